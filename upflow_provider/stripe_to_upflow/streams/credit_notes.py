"""Credit notes of Stripe, linked to their invoices."""

from __future__ import annotations

from upflow_provider.records.page import Record
from upflow_provider.stripe_to_upflow.mapping import credit_notes
from upflow_provider.stripe_to_upflow.streams.stream import EventRule, Listing, RelatedChange, StripeStream


def _related_refunds(note: Record) -> list[RelatedChange]:
    """Return the refunds that a credit note names, because they do not name it."""
    return [RelatedChange("refunds", each["refund"]) for each in note["refunds"] if each.get("refund")]


CREDIT_NOTES = StripeStream(
    name="credit_notes",
    listings=(Listing("credit_notes", prefixes=("cn_",)),),
    collection="credit_notes",
    to_upflow=credit_notes.to_upflow,
    title="credit notes, linked to their invoices",
    after=("invoices",),
    events=(EventRule(("credit_note.created", "credit_note.updated", "credit_note.voided")),),
    related=_related_refunds,
    related_stream="refunds",
    linked_invoices=lambda note: (note["invoice"],),
    from_upflow=credit_notes.from_upflow,
)
