"""
Stripe's payments of invoices as Upflow payments.

An Upflow payment is one PaymentIntent, charge or payment record, linked to every invoice that it was applied to
(https://docs.stripe.com/api/invoice-payment/object). Refunds refer to the same ids. A payment without an invoice is
not imported; Upflow's own connector does not import it either (https://docs.upflow.io, Stripe Billing).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from upflow_provider.errors import MappingError
from upflow_provider.records.dates import local_date
from upflow_provider.records.instruments import instrument
from upflow_provider.records.mapped import BalancingDocument, Link, Mapped, Need, Skip
from upflow_provider.records.money import Units, is_amount
from upflow_provider.records.text import is_id, mapping_in
from upflow_provider.stripe_to_upflow.mapping.applications import amount_applied, paid_at
from upflow_provider.stripe_to_upflow.mapping.customers import customer_id
from upflow_provider.stripe_to_upflow.mapping.portal import REASON

if TYPE_CHECKING:
    from collections.abc import Mapping

    from upflow_provider.records.payloads import PaymentPayload
    from upflow_provider.stripe_to_upflow.mapping.options import Options

LISTED_FIELDS = ("externalId", "currency", "amount", "validatedAt", "instrument")
"""Fields of a payload that Upflow's lists of payments and refunds contain, too."""


def amount_received(payment: Mapping[str, Any]) -> int:
    """Return the amount received by an intent, a charge or a payment record, in Stripe's minor units; 0 if unknown."""
    amount = {
        "payment_intent": payment.get("amount_received"),
        "charge": payment.get("amount_captured"),
        "payment_record": mapping_in(payment.get("amount")).get("value"),
    }.get(str(payment.get("object")))
    return amount if is_amount(amount) else 0


def to_upflow(record: Mapping[str, Any], options: Options) -> Mapped | Skip:
    """
    Map one payment with all of its applications.

    Args:
        record: ``id`` and ``payment``: the intent (with its latest charge), charge or payment record;
            ``applications``: its invoice payments of any status, each with its invoice. An invoice whose applications
            have to be seen together (see `needs_siblings`) has its ``payments``. ``is_portal`` if Upflow took it.
        options: ``time_zone`` decides on which day it was paid.

    Returns:
        The payment, with the amounts applied and overpaid. A balancing document settles an overpaid amount, which
        Stripe adds to the customer's balance. The payment is skipped, and removed, if it is not applied to any invoice,
        or if it was made in Upflow's portal.

    Raises:
        MappingError: An application lacks its invoice, an amount or a date; or an invoice names no customer.
    """
    paid = [each for each in record["applications"] if each.get("status") == "paid"]
    invoices = [_invoice(record["id"], each) for each in record["applications"]]
    customer = customer_id(invoices[0])
    if record.get("is_portal"):
        return Skip(REASON, remove=True, customer=customer)
    units = Units(record["id"], record["applications"][0].get("currency"), options.currency_decimals)
    applied = [(each["invoice"], amount_applied(each, units)) for each in paid]
    links = tuple(Link("invoices", invoice["id"], amount) for invoice, amount in applied if amount)
    if not links:
        return Skip("not applied to any invoice", remove=True, customer=customer)
    linked = sum(link.amount for link in links)
    overpaid = sum(units.of(invoice, "amount_overpaid", absent=0) for invoice, _ in applied)
    surplus = min(max(units(amount_received(record["payment"])) - linked, 0), overpaid)
    days = [local_date(instant, options.time_zone) for instant in map(paid_at, paid) if instant]
    if not days:
        raise MappingError(record["id"], "status_transitions.paid_at")
    payload: PaymentPayload = {
        "externalId": record["id"],
        "currency": units.currency,
        "amount": linked + surplus,
        "validatedAt": min(days),
        "instrument": instrument(_method_details(record["payment"])),
        "customer": {"externalId": customer},
    }
    needs = tuple(Need("invoices", link.external_id) for link in links)
    return Mapped(payload, customer, needs, links, _overpayment(record["id"], surplus, min(days)))


def from_upflow(entity: Mapping[str, Any], customer_external_id: str | None) -> PaymentPayload | None:
    """
    Return the payload that was imported for a payment, or for a refund, as far as Upflow's list shows it.

    Args:
        entity: Payment or refund as Upflow lists it, with a date-time instead of a date.
        customer_external_id: External id of its customer.

    Returns:
        The payload; ``None`` if the list does not contain all fields.
    """
    if not customer_external_id or any(entity.get(name) is None for name in LISTED_FIELDS):
        return None
    return {
        "externalId": entity["externalId"],
        "currency": entity["currency"],
        "amount": entity["amount"],
        "validatedAt": entity["validatedAt"][:10],
        "instrument": entity["instrument"],
        "customer": {"externalId": customer_external_id},
    }


def _overpayment(payment_id: str, surplus: int, day: str) -> tuple[BalancingDocument, ...]:
    if not surplus:
        return ()
    reason = "Overpaid: added to the customer balance in Stripe"
    return (
        BalancingDocument(
            "refunds", f"{payment_id}:overpayment", surplus, day, reason, (Link("payments", payment_id, surplus),)
        ),
    )


def _invoice(record_id: str, application: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the invoice of an application, which Stripe includes on request."""
    invoice = mapping_in(application.get("invoice"))
    if not is_id(invoice.get("id")):
        raise MappingError(record_id, "invoice")
    return invoice


def _method_details(payment: Mapping[str, Any]) -> object:
    """Return Stripe's details of the payment method; ``None`` if there are none."""
    is_intent = payment.get("object") == "payment_intent"
    return mapping_in(payment.get("latest_charge") if is_intent else payment).get("payment_method_details")
