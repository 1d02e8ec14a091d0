"""Contacts of a customer."""

from __future__ import annotations


def contact_id(external_id: str) -> str:
    """Return the external id of the main contact of a customer."""
    return f"{external_id}:email"
