"""Credit notes of Stripe, linked to their invoices."""

from __future__ import annotations

from upflow_provider.records.accessories import NET_AMOUNT
from upflow_provider.records.page import Record
from upflow_provider.records.text import entries_in, id_in
from upflow_provider.stripe_to_upflow.mapping import credit_notes
from upflow_provider.stripe_to_upflow.portal_money import on_credit_notes
from upflow_provider.stripe_to_upflow.streams.stream import EventRule, Listing, RelatedChange, StripeStream


def _related_refunds(note: Record) -> list[RelatedChange]:
    """Return the refunds that a credit note names, because they do not name it."""
    named = (id_in(each.get("refund")) for each in entries_in(note.get("refunds")))
    return [RelatedChange("refunds", refund_id) for refund_id in named if refund_id]


CREDIT_NOTES = StripeStream(
    name="credit_notes",
    listings=(Listing("credit_notes", "credit_note", prefixes=("cn_",)),),
    collection="credit_notes",
    to_upflow=credit_notes.to_upflow,
    portal_money=on_credit_notes,
    title="credit notes, linked to their invoices",
    after=("invoices",),
    events=(EventRule(("credit_note.created", "credit_note.updated", "credit_note.voided")),),
    related=_related_refunds,
    related_stream="refunds",
    linked_invoices=lambda note: filter(None, [id_in(note.get("invoice"))]),
    accessories=(NET_AMOUNT,),
    from_upflow=credit_notes.from_upflow,
)
