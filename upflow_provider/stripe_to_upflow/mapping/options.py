"""The options of an organization's mappings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Options:
    """
    Settings of one Upflow organization that decide how records are mapped.

    Attributes:
        time_zone: Decides on which calendar day an instant falls.
        parent_metadata_key: Stripe customer metadata key whose value is the id of the parent
            customer; ``None`` when customers have no parents.
        currency_decimals: Decimals of Upflow's amounts by currency, if they differ from ISO 4217.
        delete_empty_customers: Whether a customer that was deleted in Stripe, and never had a finalized
            invoice, is deleted in Upflow; otherwise it stays.
    """

    time_zone: ZoneInfo = UTC
    parent_metadata_key: str | None = None
    currency_decimals: Mapping[str, int] = field(default_factory=dict)
    delete_empty_customers: bool = False
