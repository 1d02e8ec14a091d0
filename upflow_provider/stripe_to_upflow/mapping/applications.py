"""
Applications of payments to invoices (Stripe's invoice payments), and how much of its invoice each of them settled.

Nothing else counts what is paid, so that an invoice and its payments always agree.
https://docs.stripe.com/api/invoice-payment/object
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from upflow_provider.errors import MappingError
from upflow_provider.records.dates import first_instant
from upflow_provider.records.text import entries_in, id_in, mapping_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from upflow_provider.records.money import Units


def payment_id(application: Mapping[str, Any]) -> str:
    """
    Return the id of the payment that an application belongs to, whether it is expanded or not.

    Raises:
        MappingError: The application names no payment.
    """
    payment = mapping_in(application.get("payment"))
    kind = payment.get("type")
    found = id_in(payment.get(kind)) if isinstance(kind, str) else None
    if found is None:
        raise MappingError(application["id"], "payment", "names no payment")
    return found


def payment_of(application: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the payment that an application belongs to; an empty one if it is not expanded."""
    payment = mapping_in(application.get("payment"))
    kind = payment.get("type")
    return mapping_in(payment.get(kind)) if isinstance(kind, str) else {}


def paid_at(application: Mapping[str, Any]) -> int | None:
    """Return when an application was paid, Unix seconds; ``None`` if it does not say."""
    return first_instant(mapping_in(application.get("status_transitions")).get("paid_at"), application.get("created"))


def amount_paid(invoice: Mapping[str, Any], units: Units) -> int | None:
    """Return how much of an invoice is paid, in Upflow's minor units; ``None`` if the invoice does not say."""
    if invoice.get("amount_due") is None or invoice.get("amount_remaining") is None:
        return None
    return max(units.of(invoice, "amount_due") - units.of(invoice, "amount_remaining"), 0)


def needs_siblings(invoice: Mapping[str, Any]) -> bool:
    """Return whether only all payments of an invoice together show how much of it each of them settled."""
    return bool(invoice.get("amount_overpaid")) or invoice.get("status") == "void"


def applied_amounts(
    invoice: Mapping[str, Any], applications: Iterable[Mapping[str, Any]], units: Units
) -> dict[str, int]:
    """
    Return the amounts by which paid applications settled their invoice, in Upflow's minor units, by application.

    Stripe does not document whether an application includes an overpaid amount, and it leaves applications as they are
    when their invoice becomes void. Together they settle no more than is paid of the invoice; the last ones settle less
    than their amount.

    Args:
        invoice: The invoice.
        applications: All of its applications; or one of them, if there are no siblings that matter.
        units: Converts amounts.

    Raises:
        MappingError: An amount is none, or two applications have the same id.
    """
    left, applied = amount_paid(invoice, units), {}
    for each in _paid_in_order(applications):
        if each["id"] in applied:
            raise MappingError(invoice["id"], "payments", "have no ids of their own")
        amount = units.of(each, "amount_paid")
        applied[each["id"]] = amount if left is None else min(amount, left)
        left = None if left is None else left - applied[each["id"]]
    return applied


def amount_applied(application: Mapping[str, Any], units: Units) -> int:
    """Return the amount by which one paid application settled its ``invoice``, in Upflow's minor units."""
    invoice = mapping_in(application.get("invoice"))
    siblings = entries_in(invoice.get("payments")) if needs_siblings(invoice) else []
    return applied_amounts(invoice, siblings or [application], units).get(application["id"], 0)


def _paid_in_order(applications: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the paid applications in the order in which they were paid."""
    paid = [each for each in applications if each.get("status") == "paid"]
    return sorted(paid, key=lambda each: (paid_at(each) or 0, each["id"]))
