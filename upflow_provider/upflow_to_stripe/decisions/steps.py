"""The decisions of the write-back: the next step of a settlement, given what both sides show now. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from upflow_provider.ledger.settlements import Method
from upflow_provider.upflow_to_stripe.decisions.causes import Cause
from upflow_provider.upflow_to_stripe.decisions.invoice_state import InvoiceState
from upflow_provider.upflow_to_stripe.decisions.parts import (
    Begin,
    BeginAnew,
    Done,
    Part,
    ReportRefund,
    Send,
    Step,
    Stop,
    Withdraw,
    Written,
)
from upflow_provider.upflow_to_stripe.decisions.requests import TIME_ZONES_MAX

KEY_LIFE = timedelta(hours=23)
"""
Time for which a request may be repeated under its idempotency key. Stripe keeps keys for at least 24 hours
(https://docs.stripe.com/api/idempotent_requests); the hour is for clocks that differ.
"""

LATE_REQUEST_MAX = timedelta(minutes=15)
"""Time after which a request whose answer was lost does not arrive any more."""


def next_step(
    part: Part, method: Method | Stop, *, now: datetime, is_forced: bool = False, finds_untagged: bool = False
) -> Step:
    """
    Return what is to be done for a part of a payment, given what Stripe shows now.

    Args:
        part: The part.
        method: The payment's method, or why it has none.
        now: The present, aware, UTC.
        is_forced: Whether somebody has made sure that nothing of it counts in Stripe, whatever the ledger says.
        finds_untagged: Whether a payment record without a word on its payment counts as the one that Stripe makes when
            an invoice is paid out of band: only while nothing is written, as after the loss of a ledger.
    """
    if part.settlement.state == "written":
        step = _after_writing(part)
    else:
        evidence = _evidence(part, method, finds_untagged=finds_untagged)
        step = evidence or _before_writing(part, method, now=now, is_forced=is_forced)
    is_stopped = isinstance(step, Stop) and step.cause in _ANEW and part.settlement.state != "listed"
    if is_forced and is_stopped and not part.shown and _is_late(part, now):
        return BeginAnew()
    return step


_ANEW = {Cause.CHANGED, Cause.DETACHED, Cause.PARTIAL}
"""What may have become of a payment that was begun and does not count in Stripe: it can be written from the start."""


def _before_writing(part: Part, method: Method | Stop, *, now: datetime, is_forced: bool) -> Step:
    if not part.linked:
        return _withdrawal(part, now)
    if cause := _obstacle(part):
        return Stop(cause, _unattached(part))
    return method if isinstance(method, Stop) else _request(part, method, now=now, is_forced=is_forced)


def _after_writing(part: Part) -> Step:
    """Compare what Stripe shows of a part that was written with what is linked in Upflow."""
    written, shown = part.settlement.amount or 0, part.shown
    unknown_to_stripe = part.all_linked - part.all_shown
    if part.invoice.status == "void" and part.linked:
        return Stop(Cause.VOID)
    if min(part.linked, written) > shown and unknown_to_stripe > 0:
        return Stop(Cause.DETACHED, part.settlement.record_id)
    if (rest := min(part.linked - max(written, shown), unknown_to_stripe)) > 0:
        return Stop(Cause.REST, f"{rest} minor units, besides {max(written, shown)}")
    if (left := reversed_amount(part)) > 0:
        return _reversal(part, left)
    if part.settlement.method == "record" and _refunded(part) > max(written - part.linked, 0):
        return Stop(Cause.RELINKED, part.settlement.record_id)
    return Done()


def reversed_amount(part: Part) -> int:
    """
    Return how much of what was written is not linked in Upflow any more, in Stripe's minor units; 0 if nothing.

    Another payment may have replaced it, and what credit notes gave back afterwards is not owed any more.
    """
    invoice_gap = part.all_shown - part.all_linked - part.invoice.credited
    return max(min(part.shown - part.linked, invoice_gap), 0)


def _reversal(part: Part, amount: int) -> Step:
    """Return what to do about money that was given back in Upflow; a record is only changed at the second look."""
    detail = f"{amount} of {part.shown} minor units"
    if part.settlement.method == "intent" and part.linked:
        return Stop(Cause.OVERAPPLIED, detail)
    is_seen_before, missing = part.settlement.cause == Cause.REFUNDED, amount - _refunded(part)
    if part.settlement.method == "record" and is_seen_before and missing > 0:
        return ReportRefund(amount, missing)
    return Stop(Cause.REFUNDED, detail)


def _refunded(part: Part) -> int:
    """Return what the part's payment record says was refunded."""
    applied = part.invoice.applied_by(part.settlement.payment_id, part.settlement.record_id)
    return applied.refunded if applied else 0


def _evidence(part: Part, method: Method | Stop, *, finds_untagged: bool) -> Written | None:
    """Return what Stripe shows of a part; ``None`` if nothing."""
    settlement, invoice = part.settlement, part.invoice
    applied = invoice.applied_by(settlement.payment_id, settlement.record_id or settlement.gateway_id)
    if applied:
        return Written(
            applied.amount, settlement.method or ("record" if applied.upflow_payment_id else "intent"), applied.paid_by
        )
    if settlement.state == "listed" and part.linked and part.is_replacement:
        return Written(0, None, part.unclaimed)
    return _out_of_band(part, method, finds_untagged=finds_untagged) if invoice.is_paid else None


def _out_of_band(part: Part, method: Method | Stop, *, finds_untagged: bool) -> Written | None:
    """Return what a paid invoice shows of a part without naming it; ``None`` if nothing."""
    settlement, invoice = part.settlement, part.invoice
    shown = max(invoice.out_of_band - part.out_of_band, 0)
    if settlement.method == "out_of_band":
        if record := invoice.recorded_out_of_band(settlement.amount, settlement.begun_at):
            return Written(record.amount, "out_of_band", record.paid_by)
        return Written(min(shown, part.linked or settlement.amount or shown), "out_of_band") if shown else None
    if not part.linked or "intent" in (method, settlement.method):
        return None
    if shown:  # somebody has marked it as paid in Stripe; a record that is not attached counts for nothing
        return Written(min(shown, part.linked), "out_of_band", settlement.record_id)
    if finds_untagged and settlement.state == "listed":
        record = invoice.recorded_out_of_band(part.linked, _day(settlement.paid_on), is_imported=False)
        return Written(record.amount, "out_of_band", record.paid_by) if record else None
    return None


def _day(paid_on: str) -> datetime | None:
    try:
        return datetime.fromisoformat(paid_on).replace(tzinfo=UTC) - TIME_ZONES_MAX
    except ValueError:
        return None


def _withdrawal(part: Part, now: datetime) -> Withdraw:
    """Return what becomes of a part that Upflow has taken back, and that Stripe does not show."""
    return Withdraw(is_final=part.settlement.state == "listed" or _is_late(part, now))


def _is_late(part: Part, now: datetime) -> bool:
    """Return whether no request about the part can arrive any more; those about one that was written have arrived."""
    settlement = part.settlement
    times = [each for each in (settlement.begun_at, settlement.tried_at) if each]
    return settlement.state == "written" or not times or now - max(times) > LATE_REQUEST_MAX


def _obstacle(part: Part) -> Cause | None:
    """Return what is in the way in the state of the invoice."""
    invoice = part.invoice
    if invoice.currency != part.settlement.currency:
        return Cause.OTHER_CURRENCY
    if invoice.status in {"draft", "void"}:
        return Cause.DRAFT if invoice.status == "draft" else Cause.VOID
    if invoice.status == "paid" or not invoice.remaining:
        return Cause.CREDITED if invoice.credited_before else Cause.ALREADY_PAID
    return None


def _unattached(part: Part) -> str | None:
    settlement = part.settlement
    is_record = settlement.method == "record" and settlement.record_id
    return f"payment record {settlement.record_id} exists, and is not attached" if is_record else None


def _request(part: Part, method: Method, *, now: datetime, is_forced: bool) -> Step:
    settlement, remaining, missing = part.settlement, part.invoice.remaining, part.missing
    if method == "out_of_band":
        if missing < remaining:
            return Stop(Cause.PARTIAL)
        return Begin(remaining) if settlement.state == "listed" else Send("pay")
    if settlement.state == "listed":
        return Begin(min(missing, remaining))
    if (settlement.amount or 0) > min(remaining, missing):
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
