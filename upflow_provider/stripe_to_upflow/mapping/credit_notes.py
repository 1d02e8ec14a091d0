"""
Stripe's credit notes as Upflow credit notes.

The part before payment reduces its invoice. The part after payment was given back: by refunds, which are linked
to the credit note themselves, to the customer's balance, or outside of Stripe
(https://docs.stripe.com/api/credit_notes/object).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from upflow_provider.errors import MappingError
from upflow_provider.records.dates import first_instant, local_date
from upflow_provider.records.mapped import BalancingDocument, Link, Mapped, Need, Skip
from upflow_provider.records.money import Units
from upflow_provider.records.text import cleaned, entries_in, id_in, mapping_in
from upflow_provider.shown_ids import shown_id
from upflow_provider.stripe_to_upflow.mapping.customers import customer_id
from upflow_provider.stripe_to_upflow.mapping.invoice_sum import NET_UNUSABLE, net_amount
from upflow_provider.stripe_to_upflow.mapping.portal import portal_share

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from upflow_provider.records.payloads import CreditNotePayload
    from upflow_provider.stripe_to_upflow.mapping.options import Options

LISTED_FIELDS = ("externalId", "customId", "currency", "grossAmount", "netAmount", "issuedAt")
"""Fields of a payload that Upflow's lists of invoices and of credit notes contain, too."""


def to_upflow(note: Mapping[str, Any], options: Options) -> Mapped | Skip:
    """
    Map one Stripe credit note.

    Args:
        note: Stripe credit note as plain JSON; amounts in Stripe's minor units.
        options: ``time_zone`` decides on which day it was issued.

    Returns:
        The credit note, linked to its invoice with the part before payment, and with what it gave back in place of a
        refund in Upflow's portal. It is skipped, and removed, if it is void or credits nothing.

    Raises:
        MappingError: The credit note names no customer or invoice, or gives back more than it credits.
    """
    customer = customer_id(note)
    if note.get("status") == "void":
        return Skip("void", remove=True, customer=customer)
    units = Units(note["id"], note.get("currency"), options.currency_decimals)
    gross = units.of(note, "total")
    if not gross:
        return Skip("credits nothing", remove=True, customer=customer)
    invoice, issued_s = id_in(note.get("invoice")), first_instant(note.get("effective_at"), note.get("created"))
    if invoice is None or issued_s is None:
        raise MappingError(note["id"], "invoice" if invoice is None else "created")
    day, net = local_date(issued_s, options.time_zone), net_amount(note, units)
    payload: CreditNotePayload = {
        "externalId": note["id"],
        "customId": cleaned(note.get("number")) or note["id"],
        "customer": {"externalId": customer},
        "currency": units.currency,
        "grossAmount": gross,
        "netAmount": gross if net is None else net,
        "issuedAt": day,
    }
    before = units.of(note, "pre_payment_amount", absent=0)
    share, refunded = portal_share(note, units)
    links = (Link("invoices", invoice, before + share),) if before + share else ()
    balancing = tuple(
        BalancingDocument(
            "refunds", f"{note['id']}:{kind}", amount, day, reason, (Link("credit_notes", note["id"], amount),)
        )
        for kind, amount, reason in _without(share - refunded, _given_back(note, gross - before, units))
    )
    notes = () if net is not None else (f"{shown_id(note['id'])}: {NET_UNUSABLE}",)
    return Mapped(payload, customer, (Need("invoices", invoice),), links, balancing, notes)


def from_upflow(entity: Mapping[str, Any], customer_external_id: str | None) -> CreditNotePayload | None:
    """
    Return the payload that was imported for a credit note, or for a negative invoice, as far as Upflow's list shows it.

    Args:
        entity: Credit note as Upflow lists it, with date-times instead of dates.
        customer_external_id: External id of its customer.

    Returns:
        The payload; ``None`` if the list does not contain all fields.
    """
    payload = listed_document(entity, customer_external_id)
    if payload is not None and entity.get("name"):
        payload["name"] = entity["name"]
    return payload


def _given_back(note: Mapping[str, Any], left: int, units: Units) -> Iterator[tuple[str, int, str]]:
    """Yield kind, amount and reason of what was given back without a refund that is a record of its own."""
    for refund in entries_in(note.get("refunds")):
        amount = units.of(refund, "amount_refunded")
        left -= amount
        if refund.get("type") == "payment_record_refund":
            group = cleaned(mapping_in(refund.get("payment_record_refund")).get("refund_group"))
            if not group:
                raise MappingError(note["id"], "refunds.payment_record_refund.refund_group")
            yield group, amount, "Refunded outside of Stripe"
    if outside := units.of(note, "out_of_band_amount", absent=0):
        left -= outside
        yield "oob", outside, "Refunded outside of Stripe"
    if left < 0:
        raise MappingError(note["id"], "refunds", "add up to more than was credited after payment")
    if left:
        yield "balance", left, "Added to the customer balance in Stripe"


def _without(share: int, parts: Iterable[tuple[str, int, str]]) -> Iterator[tuple[str, int, str]]:
    """Yield what was given back without a share of it, that Upflow itself has given back."""
    for kind, amount, reason in parts:
        taken = min(amount, share)
        share -= taken
        if amount > taken:
            yield kind, amount - taken, reason


def listed_document(entity: Mapping[str, Any], customer_external_id: str | None) -> CreditNotePayload | None:
    """
    Return what the payloads of an invoice and of a credit note have in common, as far as Upflow's list shows it.

    Args:
        entity: Document as Upflow lists it, with date-times instead of dates.
        customer_external_id: External id of its customer.

    Returns:
        The payload; ``None`` if the list does not contain all fields.
    """
    if not customer_external_id or any(entity.get(name) is None for name in LISTED_FIELDS):
        return None
    return {
        "externalId": entity["externalId"],
        "customId": entity["customId"],
        "customer": {"externalId": customer_external_id},
        "currency": entity["currency"],
        "grossAmount": entity["grossAmount"],
        "netAmount": entity["netAmount"],
        "issuedAt": entity["issuedAt"][:10],
    }
