"""
Stripe's payments of invoices as Upflow payments.

An Upflow payment is one PaymentIntent, charge or payment record, linked to every invoice that it was applied to
(https://docs.stripe.com/api/invoice-payment/object). Refunds refer to the same ids. A payment without an invoice is
not imported; Upflow's own connector does not import it either (https://docs.upflow.io, Stripe Billing).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from upflow_provider.records.dates import local_date
from upflow_provider.records.instruments import instrument
from upflow_provider.records.mapped import BalancingDocument, Link, Mapped, Need, Skip
from upflow_provider.records.money import Units
from upflow_provider.stripe_to_upflow.mapping.customers import customer_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from upflow_provider.records.payloads import PaymentPayload
    from upflow_provider.stripe_to_upflow.mapping.options import Options

LISTED_FIELDS = ("externalId", "currency", "amount", "validatedAt", "instrument")
"""Fields of a payload that Upflow's lists of payments and refunds contain, too."""


def payment_id(application: Mapping[str, Any]) -> str:
    """Return the id of the payment that an application (invoice payment) belongs to, whether it is expanded or not."""
    payment = application["payment"][application["payment"]["type"]]
    return str(payment if isinstance(payment, str) else payment["id"])


def amount_received(payment: Mapping[str, Any]) -> int:
    """Return the amount received by an intent, a charge or a payment record, in Stripe's minor units."""
    if payment["object"] == "payment_intent":
        amount: int = payment["amount_received"]
    elif payment["object"] == "charge":
        amount = payment["amount_captured"]
    else:
        amount = payment["amount"]["value"]
    return amount


def to_upflow(record: Mapping[str, Any], options: Options) -> Mapped | Skip:
    """
    Map one payment with all of its applications.

    Args:
        record: ``id`` and ``payment``: the intent (with its latest charge), charge or payment record;
            ``applications``: its invoice payments of any status, each with its invoice. An overpaid
            invoice has its ``payments``.
        options: ``time_zone`` decides on which day it was paid.

    Returns:
        The payment, with the amounts applied and overpaid. A balancing document settles an overpaid amount, which
        Stripe adds to the customer's balance. The payment is skipped, and removed, if it is applied to no invoice.
    """
    payment = record["payment"]
    paid = [each for each in record["applications"] if each["status"] == "paid"]
    customer = customer_id(record["applications"][0]["invoice"])
    units = Units(record["id"], record["applications"][0]["currency"], options.currency_decimals)
    applied = [(each["invoice"], units(_amount_applied(each))) for each in paid]
    links = tuple(Link("invoices", invoice["id"], amount) for invoice, amount in applied if amount)
    if not links:
        return Skip("not applied to any invoice", remove=True, customer=customer)
    linked = sum(link.amount for link in links)
    overpaid = units(sum(invoice["amount_overpaid"] for invoice, _ in applied))
    surplus = min(max(units(amount_received(payment)) - linked, 0), overpaid)
    day = local_date(min(each["status_transitions"]["paid_at"] or each["created"] for each in paid), options.time_zone)
    payload: PaymentPayload = {
        "externalId": record["id"],
        "currency": units.currency,
        "amount": linked + surplus,
        "validatedAt": day,
        "instrument": instrument(_method_details(payment)),
        "customer": {"externalId": customer},
    }
    needs = tuple(Need("invoices", link.external_id) for link in links)
    return Mapped(payload, customer, needs, links, _overpayment(record["id"], surplus, day))


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


def _amount_applied(application: Mapping[str, Any]) -> int:
    """
    Return the amount by which an application settled its invoice, in Stripe's minor units.

    Stripe does not document whether an invoice payment includes an overpaid amount. If it does, the invoice's payments
    add up to more than was due, and the last ones settled less than their amount.
    """
    invoice = application["invoice"]
    amount: int = application["amount_paid"]
    if not invoice["amount_overpaid"]:
        return amount
    left: int = invoice["amount_due"] - invoice["amount_remaining"]
    for paid in _paid_in_order(invoice["payments"]["data"]):
        settled: int = min(paid["amount_paid"], left)
        if paid["id"] == application["id"]:
            return settled
        left -= settled
    return amount


def _paid_in_order(payments: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the paid applications in the order in which they were paid."""
    paid = [each for each in payments if each["status"] == "paid"]
    return sorted(paid, key=lambda each: (each["status_transitions"]["paid_at"] or each["created"], each["id"]))


def _method_details(payment: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return Stripe's details of the payment method, if there are any."""
    source = payment["latest_charge"] if payment["object"] == "payment_intent" else payment
    details: Mapping[str, Any] | None = source and source["payment_method_details"]
    return details
