"""
Stripe's credit notes as Upflow credit notes.

The part before payment reduces its invoice. The part after payment was given back: by refunds, which are linked
to the credit note themselves, to the customer's balance, or outside of Stripe
(https://docs.stripe.com/api/credit_notes/object).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from upflow_provider.errors import MappingError
from upflow_provider.records.dates import local_date
from upflow_provider.records.mapped import BalancingDocument, Link, Mapped, Need, Skip
from upflow_provider.records.money import Units
from upflow_provider.stripe_to_upflow.mapping.customers import customer_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from upflow_provider.records.payloads import CreditNotePayload
    from upflow_provider.stripe_to_upflow.mapping.options import Options


LISTED_FIELDS = ("externalId", "customId", "currency", "grossAmount", "netAmount", "issuedAt")
"""Fields of a payload that Upflow's list of credit notes contains, too."""


def to_upflow(note: Mapping[str, Any], options: Options) -> Mapped | Skip:
    """
    Map one Stripe credit note.

    Args:
        note: Stripe credit note as plain JSON; amounts in Stripe's minor units.
        options: ``time_zone`` decides on which day it was issued.

    Returns:
        The credit note, linked to its invoice with the part before payment. It is skipped, and removed, if it is
        void or credits nothing.

    Raises:
        MappingError: The credit note names no customer, or gives back more than it credits.
    """
    customer = customer_id(note)
    if note["status"] == "void":
        return Skip("void", remove=True, customer=customer)
    if not note["total"]:
        return Skip("credits nothing", remove=True, customer=customer)
    units = Units(note["id"], note["currency"], options.currency_decimals)
    day = local_date(note["effective_at"] or note["created"], options.time_zone)
    net: int | None = note["total_excluding_tax"]
    payload: CreditNotePayload = {
        "externalId": note["id"],
        "customId": note["number"],
        "customer": {"externalId": customer},
        "currency": units.currency,
        "grossAmount": units(note["total"]),
        "netAmount": units(note["total"] if net is None else net),
        "issuedAt": day,
    }
    before = units(note["pre_payment_amount"])
    links = (Link("invoices", note["invoice"], before),) if before else ()
    balancing = tuple(
        BalancingDocument(
            "refunds", f"{note['id']}:{kind}", amount, day, reason, (Link("credit_notes", note["id"], amount),)
        )
        for kind, amount, reason in _given_back(note, units)
    )
    return Mapped(payload, customer, (Need("invoices", note["invoice"]),), links, balancing)


def from_upflow(entity: Mapping[str, Any], customer_external_id: str | None) -> CreditNotePayload | None:
    """
    Return the payload that was imported for a credit note, or for a negative invoice, as far as Upflow's list shows it.

    Args:
        entity: Credit note as Upflow lists it, with date-times instead of dates.
        customer_external_id: External id of its customer.

    Returns:
        The payload; ``None`` if the list does not contain all fields.
    """
    if not customer_external_id or any(entity.get(name) is None for name in LISTED_FIELDS):
        return None
    payload: CreditNotePayload = {
        "externalId": entity["externalId"],
        "customId": entity["customId"],
        "customer": {"externalId": customer_external_id},
        "currency": entity["currency"],
        "grossAmount": entity["grossAmount"],
        "netAmount": entity["netAmount"],
        "issuedAt": entity["issuedAt"][:10],
    }
    if entity.get("name"):
        payload["name"] = entity["name"]
    return payload


def _given_back(note: Mapping[str, Any], units: Units) -> Iterator[tuple[str, int, str]]:
    """Yield kind, amount and reason of what was given back without a refund that is a record of its own."""
    left = units(note["total"]) - units(note["pre_payment_amount"])
    for refund in note["refunds"]:
        amount = units(refund["amount_refunded"])
        left -= amount
        if refund["type"] == "payment_record_refund":
            yield refund["payment_record_refund"]["refund_group"], amount, "Refunded outside of Stripe"
    if outside := units(note["out_of_band_amount"] or 0):
        left -= outside
        yield "oob", outside, "Refunded outside of Stripe"
    if left < 0:
        raise MappingError(note["id"], "refunds", "are more than was credited after payment")
    if left:
        yield "balance", left, "Added to the customer balance in Stripe"
