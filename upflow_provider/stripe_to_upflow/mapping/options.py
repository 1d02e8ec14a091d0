"""The options of an organization's mappings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from upflow_provider.records.contacts import ContactSource, ContactsWay
from upflow_provider.stripe_to_upflow.mapping.custom_fields import MappedField

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
        contact_sources: Where a customer's additional contacts come from.
        contacts_way: Who makes additional contacts: Upflow, of the custom ``fields`` that we write, or we do, as
            ``contacts``. Never both, because somebody would get each letter twice.
        custom_fields: The custom fields that are filled, by stream.
        sends_empty_fields: Whether custom fields without a value are sent, so that Upflow clears them.
        unshown_fields: Streams whose custom fields Upflow does not show, so that they cannot be read back.
    """

    time_zone: ZoneInfo = UTC
    parent_metadata_key: str | None = None
    currency_decimals: Mapping[str, int] = field(default_factory=dict)
    delete_empty_customers: bool = False
    contact_sources: tuple[ContactSource, ...] = ()
    contacts_way: ContactsWay = "fields"
    custom_fields: Mapping[str, Sequence[MappedField]] = field(default_factory=dict)
    sends_empty_fields: bool = True
    unshown_fields: frozenset[str] = frozenset()

    def fields_of(self, stream: str) -> Sequence[MappedField]:
        """Return the custom fields of a stream that are filled."""
        return self.custom_fields.get(stream, ())
