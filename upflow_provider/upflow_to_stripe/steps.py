"""
The decisions of the write-back: the method of a payment, and the next step of a settlement. Pure.

The three methods are never mixed for one payment, and none replaces another after an error, because the first one may
have worked (https://docs.stripe.com/payments/payment-records).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from upflow_provider.ledger.settlements import Method, Settlement
from upflow_provider.upflow_to_stripe.causes import Cause
from upflow_provider.upflow_to_stripe.invoice_state import InvoiceState

KEY_LIFE = timedelta(hours=23)
"""
Time for which a request may be repeated under its idempotency key. Stripe keeps keys for at least 24 hours
(https://docs.stripe.com/api/idempotent_requests); the hour is for clocks that differ.
"""

LATE_REQUEST_MAX = timedelta(minutes=15)
"""Time after which a request whose answer was lost does not arrive any more."""


@dataclass(frozen=True, slots=True)
class Part:
    """
    A settlement, with what has to be known of both sides.

    Attributes:
        settlement: The settlement.
        linked: What is linked in Upflow now, in Stripe's minor units.
        invoice: The invoice in Stripe.
        out_of_band: What other settlements of the invoice account for of what was paid out of band, in Stripe's minor
            units.
    """

    settlement: Settlement
    linked: int
    invoice: InvoiceState
    out_of_band: int = 0


@dataclass(frozen=True, slots=True)
class Begin:
    """Write down that *amount* (Stripe's minor units) is about to be written."""

    amount: int


@dataclass(frozen=True, slots=True)
class Send:
    """Send a request to Stripe."""

    request: Literal["pay", "report", "attach"]


@dataclass(frozen=True, slots=True)
class Written:
    """Stripe shows *amount* (its minor units) of the settlement; *record_id* is the payment that it is applied by."""

    amount: int
    method: Method
    record_id: str | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    """Nothing can be done now, because of a cause; *detail* says more, without values."""

    cause: Cause
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Nothing is linked any more, and nothing was written; or wait until *is_final*, because a request may arrive."""

    is_final: bool


Step = Begin | Send | Written | Stop | Withdraw


class GatewayPayment(NamedTuple):
    """
    The PaymentIntent of a payment, in the Stripe account that the invoices are in.

    Attributes:
        payment_id: Its id.
        amount: What it received, in Stripe's minor units.
        currency: ISO 4217 code, capitals.
    """

    payment_id: str
    amount: int
    currency: str


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
    if begun:
        return begun.pop() if len(begun) == 1 else Stop(Cause.CHANGED, "two methods were begun")
    if received:
        return _attachable(parts, received) or "intent"
    if len(parts) == 1 and parts[0].linked >= parts[0].invoice.remaining:
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
    if received.amount < linked:
        return Stop(Cause.UNATTACHABLE, "it received less than is linked")
    is_exact = len(parts) == 1 and received.amount == linked
    if is_exact or all(each.linked >= each.invoice.remaining for each in parts):
        return None
    return Stop(Cause.UNATTACHABLE, "Stripe would apply more of it to an invoice than is linked")


def next_step(part: Part, method: Method | Stop, *, now: datetime, is_forced: bool = False) -> Step:
    """
    Return what is to be done for a part of a payment, given what Stripe shows now.

    Args:
        part: The part.
        method: The payment's method, or why it has none.
        now: The present, aware, UTC.
        is_forced: Whether somebody has made sure that Stripe has no record of it, whatever the ledger says.
    """
    if written := _evidence(part, method):
        return written
    if not part.linked:
        return _withdrawal(part, now)
    if cause := _obstacle(part):
        return Stop(cause, _unattached(part))
    if isinstance(method, Stop):
        return method
    return _request(part, method, now=now, is_forced=is_forced)


def reversed_amount(part: Part, all_linked: int, all_written: int) -> int:
    """
    Return how much of what was written is not linked in Upflow any more, in Stripe's minor units.

    Args:
        part: The part, which was written.
        all_linked: What is linked to the invoice in Upflow, of all payments that Upflow took.
        all_written: What Stripe shows on the invoice of all of them: another payment may have replaced this one.
            What credit notes gave back afterwards is not owed any more.
    """
    gone = min((part.settlement.amount or 0) - part.linked, all_written - all_linked)
    return max(gone - part.invoice.credited, 0)


def _evidence(part: Part, method: Method | Stop) -> Written | None:
    """Return what Stripe shows of a part; ``None`` if nothing."""
    settlement, invoice = part.settlement, part.invoice
    applied = invoice.applied_by(settlement.payment_id, settlement.record_id or settlement.gateway_id)
    if applied:
        method_shown: Method = settlement.method or ("record" if applied.upflow_payment_id else "intent")
        return Written(applied.amount, method_shown, applied.paid_by)
    shown = max(invoice.out_of_band - part.out_of_band, 0)
    is_paid = invoice.remaining == 0 and invoice.status != "void"
    is_begun = settlement.method == "out_of_band" and is_paid
    if is_begun and (record := invoice.recorded_out_of_band(settlement.amount, settlement.begun_at)):
        return Written(record.amount, "out_of_band", record.paid_by)
    if is_begun and shown:
        return Written(min(shown, part.linked or settlement.amount or shown), "out_of_band")
    is_untouched = settlement.state == "listed" and method != "intent"
    if is_untouched and is_paid and shown and part.linked:
        return Written(min(shown, part.linked), "out_of_band")  # somebody has marked it as paid in Stripe
    return None


def _withdrawal(part: Part, now: datetime) -> Withdraw | Stop:
    """Return what becomes of a part that Upflow has taken back, and that Stripe does not show."""
    settlement = part.settlement
    if settlement.state == "listed":
        return Withdraw(is_final=True)
    if settlement.method == "record":
        return Stop(Cause.CHANGED, _unattached(part) or "a payment record may exist, and is not attached")
    return Withdraw(is_final=settlement.begun_at is None or now - settlement.begun_at > LATE_REQUEST_MAX)


def _obstacle(part: Part) -> Cause | None:
    """Return what is in the way in the state of the invoice."""
    if part.invoice.currency != part.settlement.currency:
        return Cause.OTHER_CURRENCY
    by_status = {"draft": Cause.DRAFT, "void": Cause.VOID, "paid": Cause.ALREADY_PAID}
    if cause := by_status.get(part.invoice.status):
        return cause
    return None if part.invoice.remaining else Cause.ALREADY_PAID


def _unattached(part: Part) -> str | None:
    settlement = part.settlement
    is_record = settlement.method == "record" and settlement.record_id
    return f"payment record {settlement.record_id} exists, and is not attached" if is_record else None


def _request(part: Part, method: Method, *, now: datetime, is_forced: bool) -> Step:
    settlement, remaining = part.settlement, part.invoice.remaining
    if method == "out_of_band":
        if part.linked < remaining:
            return Stop(Cause.PARTIAL)
        return Begin(remaining) if settlement.state == "listed" else Send("pay")
    if settlement.state == "listed":
        return Begin(min(part.linked, remaining))
    if (settlement.amount or 0) > min(remaining, part.linked):
        return Stop(Cause.CHANGED, _unattached(part))
    if method == "intent" or settlement.state == "reported":
        return Send("attach")
    is_known = settlement.begun_at is not None and now - settlement.begun_at < KEY_LIFE
    return Send("report") if is_known or is_forced else Stop(Cause.HALF_DONE)


def cause_of_refusal(invoice: InvoiceState, method: Method | None) -> Cause:
    """Return why Stripe refused a request, by what it shows of the invoice afterwards."""
    if method == "intent":
        return Cause.UNATTACHABLE
    if invoice.is_customer_deleted:
        return Cause.CUSTOMER_DELETED
    return Cause.UNCOLLECTIBLE if invoice.status == "uncollectible" else Cause.REFUSED
