"""The settings of Upflow organizations, from ``organizations.yaml``."""

from __future__ import annotations

from upflow_provider.settings.file import read_organizations
from upflow_provider.settings.organization import Entry, Organization

__all__ = ["Entry", "Organization", "read_organizations"]
