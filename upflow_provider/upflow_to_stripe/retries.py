"""Which payments a run of the write-back looks at, and which it leaves alone. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from upflow_provider.errors import ConfigurationError
from upflow_provider.ledger.settlements import Settlement
from upflow_provider.shown_ids import shown_id
from upflow_provider.upflow_to_stripe.decisions.causes import Cause
from upflow_provider.upflow_to_stripe.payment_kinds import UNDECIDED, UNREADABLE, UNSUCCESSFUL

FIRST_RETRY = timedelta(minutes=15)
LAST_RETRY = timedelta(days=1)
"""A payment in error is tried again after 15, 30, 60, ... minutes, and then once a day."""
ALL = "all"
"""Instead of the ids of payments: all that are in error."""

CAUSES_BY_KIND = {
    UNDECIDED: Cause.UNDECIDED,
    UNSUCCESSFUL: Cause.UNSUCCESSFUL,
    UNREADABLE: Cause.UNUSABLE,
}
"""What is in the way of payments of which Upflow does not say what they are."""

Retry = Collection[str]
"""Which payments in error are tried now, whenever they are due: ids in Upflow, or `ALL`, or both; or one of these."""


def check_named(retry: Retry, settlements: Iterable[Settlement]) -> None:
    """
    Check that all payments are known that are to be tried again.

    Raises:
        ConfigurationError: One is not; without this, a mistyped id would be ignored without a word.
    """
    if unknown := sorted({*retry} - {ALL} - {each.payment_id for each in settlements}):
        raise ConfigurationError(
            f"retry names payments that settle no invoice of Stripe's: {', '.join(map(shown_id, unknown))}. Nothing "
            "was written. Take the ids from the table in the log, or try all in error with: all"
        )


def has_changed(settlement: Settlement, read_at: Mapping[str, datetime]) -> bool:
    """
    Return whether the sync has read the invoice since the settlement was looked at.

    Args:
        settlement: The settlement.
        read_at: When the sync has last read invoices, by their ids.
    """
    seen_at = read_at.get(settlement.invoice_id)
    return seen_at is not None and settlement.tried_at is not None and seen_at > settlement.tried_at


def is_due(settlement: Settlement, retry: Retry, read_at: Mapping[str, datetime], now: datetime) -> bool:
    """
    Return whether it is time to look at a settlement, somebody asks for it, or its invoice was read since.

    Args:
        settlement: The settlement.
        retry: What somebody asks for.
        read_at: When the sync has last read invoices, by their ids.
        now: The present, aware, UTC.
    """
    if ALL in retry or settlement.payment_id in retry or has_changed(settlement, read_at):
        return True
    return settlement.next_attempt_at is None or settlement.next_attempt_at <= now


def next_attempt(settlement: Settlement, now: datetime, *, waits_a_day: bool) -> datetime:
    """
    Return when a settlement in error is looked at again.

    Args:
        settlement: The settlement, as it was before.
        now: The present, aware, UTC.
        waits_a_day: Whether Stripe keeps the answer for a day.
    """
    return now + (LAST_RETRY if waits_a_day else min(FIRST_RETRY * 2 ** min(settlement.attempts, 10), LAST_RETRY))


def may_fail(settlement: Settlement, today: date, settle_days: int) -> bool:
    """Return whether a payment is a direct debit that may still fail."""
    try:
        paid_on = date.fromisoformat(settlement.paid_on)
    except ValueError:
        return False  # it is listed as unusable
    return settlement.instrument == "DIRECT_DEBIT" and today < paid_on + timedelta(days=settle_days)


def main_settlement(settlements: Sequence[Settlement]) -> Settlement:
    """Return the settlement that says most about the payment: one whose links cannot be read, or that is linked."""
    return max(settlements, key=lambda each: (each.kind == UNREADABLE, each.linked > 0))


def is_unlinked(settlement: Settlement) -> bool:
    """Return whether there was never anything to write: it was not begun, and is not linked any more."""
    return settlement.state == "listed" and not settlement.linked and settlement.kind != UNREADABLE


def stops(main: Settlement, settlements: Sequence[Settlement]) -> bool:
    """Return whether the kind of a payment stops it; what was begun is not undecided any more, and goes on."""
    is_begun = any(each.state != "listed" for each in settlements)
    return main.kind == UNREADABLE or (main.linked > 0 and not (is_begun and main.kind == UNDECIDED))
