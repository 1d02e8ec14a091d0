"""
The method of a payment: one of three ways to tell Stripe. Pure.

They are never mixed for one payment, and none replaces another after an error, because the first one may have worked
(https://docs.stripe.com/payments/payment-records).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from upflow_provider.ledger.settlements import Method
from upflow_provider.upflow_to_stripe.decisions.causes import Cause
from upflow_provider.upflow_to_stripe.decisions.parts import Part, Stop


@dataclass(frozen=True, slots=True)
class GatewayPayment:
    """
    The PaymentIntent of a payment, in the Stripe account that the invoices are in.

    Attributes:
        payment_id: Its id.
        amount: What it received, in Stripe's minor units.
        currency: ISO 4217 code, capitals.
        refunded: What was given back of it, in Stripe's minor units.
        invoices: Ids of the invoices that it pays.
    """

    payment_id: str
    amount: int
    currency: str
    refunded: int = 0
    invoices: frozenset[str] = frozenset()


def method_of(
    parts: Sequence[Part], received: GatewayPayment | None, *, partial: Literal["report", "refuse"]
) -> Method | Stop:
    """
    Return the one method by which a payment is written, or why there is none.

    Args:
        parts: All parts of one payment that something is linked of.
        received: Its PaymentIntent, if that is in the account.
        partial: What becomes of parts of invoices, and of several invoices.
    """
    begun = {each.settlement.method for each in parts if each.settlement.method}
    if len(begun) > 1:
        return Stop(Cause.CHANGED, "two methods were begun")
    if received and (not begun or begun == {"intent"}):
        return _attachable(parts, received) or "intent"
    if begun:
        return begun.pop()
    if len(parts) == 1 and parts[0].missing >= parts[0].invoice.remaining:
        return "out_of_band"
    return "record" if partial == "report" else Stop(Cause.PARTIAL)


def _attachable(parts: Sequence[Part], received: GatewayPayment) -> Stop | None:
    """
    Return why an intent cannot be attached to all invoices of a payment.

    Stripe applies as much of it as remains of an invoice, a surcharge included, and takes no amount.
    """
    linked = sum(each.linked for each in parts)
    if any(each.invoice.currency != received.currency for each in parts):
        return Stop(Cause.OTHER_CURRENCY)
    if received.amount - received.refunded < linked:
        is_refunded = received.refunded > 0
        return Stop(Cause.GATEWAY_REFUNDED) if is_refunded else _unattachable("it received less than is linked")
    if received.invoices - {each.invoice.invoice_id for each in parts}:
        return _unattachable("it pays another invoice")
    waiting = [each for each in parts if not each.shown]
    if any(each.missing < each.linked for each in waiting):
        return _unattachable("Stripe shows some of the amount already")
    is_exact = len(parts) == 1 and received.amount == linked
    if is_exact or all(each.missing >= each.invoice.remaining for each in waiting):
        return None
    return _unattachable("Stripe would apply more of it to an invoice than is linked")


def _unattachable(why: str) -> Stop:
    return Stop(Cause.UNATTACHABLE, why)
