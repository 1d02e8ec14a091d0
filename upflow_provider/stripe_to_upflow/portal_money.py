"""
Money that Upflow took itself, on records of Stripe's: it is in Upflow already, and must not come back.

Records get what the mappings need to know of it after they were read. What is written back is in the ledger before
Stripe can show anything of it, so that the ledger knows whatever a record shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from upflow_provider.errors import RecordError
from upflow_provider.records.page import Record
from upflow_provider.records.portal.credit_cover import CreditCover, credit_covers, payments_refunded, refunds_named
from upflow_provider.records.portal.tag import is_tagged
from upflow_provider.records.text import entries_in, id_in


class Settlements(Protocol):
    """The part of the ledger's settlements that is used here: what payments settle that Upflow took itself."""

    def of_invoices(self, invoice_ids: Iterable[str]) -> Mapping[str, Sequence[Any]]:
        """Return the settlements of some invoices, by invoice."""

    def known_payments(self, stripe_ids: Iterable[str]) -> Mapping[str, set[str]]:
        """Return those of some payments in Stripe whose money Upflow took itself, each with the invoices it is for."""


class Source(Protocol):
    """The part of `StripeSource` that is used here."""

    def find(self, resource: str, *, expand: Sequence[str] = (), **filters: Any) -> Sequence[Record]:  # noqa: ANN401 - Stripe's filters
        """Return all records that match the filters."""

    def retrieve(self, resource: str, record_id: str, *, expand: Sequence[str] = ()) -> Record:
        """Read one record; raises `NotFoundError` if it does not exist."""


PortalMoney = Callable[[Settlements, Source, Sequence[Record]], Sequence[Record]]
"""Returns complete records of a stream with what the mapping has to know of money that Upflow took itself."""


def without_portal_money(
    settlements: Settlements,  # noqa: ARG001 - as all of them
    source: Source,  # noqa: ARG001 - as all of them
    records: Sequence[Record],
) -> Sequence[Record]:
    """Return records as they are: money that Upflow took itself does not concern them."""
    return records


def on_invoices(settlements: Settlements, source: Source, invoices: Sequence[Record]) -> Sequence[Record]:
    """Return invoices, those that portal payments settle with ``portal``; see `mapping.portal`."""
    known = settlements.of_invoices(each["id"] for each in invoices)

    def with_portal(invoice: Record) -> Record:
        return {**invoice, "portal": _of_invoice(settlements, source, invoice, known[invoice["id"]])}

    return [_contained(each, with_portal) if each["id"] in known else each for each in invoices]


def on_credit_notes(settlements: Settlements, source: Source, notes: Sequence[Record]) -> Sequence[Record]:
    """Return credit notes, those of an invoice that Upflow was paid for with that invoice as ``portal_invoice``."""
    invoice_ids = {each["id"]: id_in(each.get("invoice")) or "" for each in notes if each.get("post_payment_amount")}
    known = settlements.of_invoices(set(invoice_ids.values()))

    def with_invoice(note: Record) -> Record:
        invoice = source.retrieve("invoices", invoice_ids[note["id"]])
        paid = {"payments": {"data": source.find("invoice_payments", invoice=invoice["id"])}}
        portal = _of_invoice(settlements, source, invoice, known[invoice["id"]])
        return {**note, "portal_invoice": {**invoice, **paid, "portal": portal}}

    written = {name for name, found in known.items() if any(each.amount for each in found)}
    return [_contained(each, with_invoice) if invoice_ids.get(each["id"]) in written else each for each in notes]


def _contained(record: Record, complete: Callable[[Record], Record]) -> Record:
    """Complete a record; if that fails for this record, return one that says why."""
    try:
        return record if "refused" in record or "gone" in record else complete(record)
    except RecordError as error:
        return {"id": record["id"], "refused": str(error)}


def _of_invoice(settlements: Settlements, source: Source, invoice: Record, of_invoice: Sequence[Any]) -> dict[str, Any]:
    is_credited = invoice.get("post_payment_credit_notes_amount") and any(each.amount for each in of_invoice)
    return {
        "linked": sum(each.linked for each in of_invoice),
        "out_of_band": sum(each.amount or 0 for each in of_invoice if each.method == "out_of_band"),
        "payments": [found for each in of_invoice for found in (each.record_id, each.gateway_id) if found],
        "credited": _covers(settlements, source, invoice["id"]) if is_credited else [],
    }


def _covers(settlements: Settlements, source: Source, invoice_id: str) -> list[CreditCover]:
    """Return what credit notes of an invoice can cover of what was refunded in Upflow."""
    notes = source.find("credit_notes", invoice=invoice_id)
    refunds = [source.retrieve("refunds", each) for each in refunds_named(notes)]
    known = settlements.known_payments({payment for each in refunds for payment in payments_refunded(each)})
    return credit_covers(notes, {each["id"] for each in refunds if payments_refunded(each) & {*known}})


def on_payments(
    settlements: Settlements,
    source: Source,  # noqa: ARG001 - as all of them
    payments: Sequence[Record],
) -> Sequence[Record]:
    """
    Return payments, those that record a payment of Upflow's with ``is_portal``.

    A payment that Upflow took for one invoice and Stripe applies to another one is Stripe's payment of that.
    """
    known = settlements.known_payments(each["id"] for each in payments)
    return [_of_payment(each, known.get(each["id"], set())) for each in payments]


def _of_payment(payment: Record, invoices: set[str]) -> Record:
    if is_tagged(payment.get("payment")):
        return {**payment, "is_portal": True}
    if not invoices:
        return payment
    applications = entries_in(payment.get("applications"))
    others = [each for each in applications if id_in(each.get("invoice")) not in invoices]
    pays_others = any(each.get("status") == "paid" for each in others)
    return {**payment, "applications": others} if pays_others else {**payment, "is_portal": True}


def on_refunds(
    settlements: Settlements,
    source: Source,  # noqa: ARG001 - as all of them
    refunds: Sequence[Record],
) -> Sequence[Record]:
    """Return refunds, those of a payment that Upflow took itself, and refunds itself, with ``is_portal``."""
    paid_by = {each["id"]: payments_refunded(each) for each in refunds}
    known = settlements.known_payments({each for ids in paid_by.values() for each in ids})

    def is_portal(refund: Record) -> bool:
        ours = paid_by[refund["id"]] & {*known}
        return any(refund.get("invoice_id") in {None, *known[each]} for each in ours)

    return [{**each, "is_portal": True} if is_portal(each) else each for each in refunds]
