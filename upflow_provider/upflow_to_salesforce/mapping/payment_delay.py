"""
Average payment delay and rating of a customer, which Upflow's API does not return.

Upflow's formula: the days from due date to payment, or to today if an invoice is overdue or disputed, weighted by gross
amounts; an early payment counts as negative
(https://docs.upflow.io/en-us/core-entities/customers/your-customers-average-payment-delay). Upflow's own figures may
differ a little: they are computed once a day, with dates of payments that its API does not return.
"""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from upflow_provider.errors import MappingError
from upflow_provider.records.money import is_amount

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

LATE_STATES = frozenset({"OVERDUE", "DISPUTED"})
"""States in which an unpaid invoice counts."""

RATINGS = ((30, "A"), (60, "B"), (90, "C"))
"""Longest average delay of each rating, in days; longer delays are a D."""


class PaymentDelay:
    """
    The average payment delay of a customer, collected one invoice at a time.

    Amounts in several currencies cannot be weighed against each other. Only the currency of most invoices counts; of
    several such currencies, the first by alphabet. These invoices do not count: paid ones without a payment, such as
    those settled by a credit note, because nothing tells when; disputed ones that are not due yet; and those whose
    amount is not above zero.

    Args:
        today: The day for which it is computed, in *zone*.
        zone: Decides on which calendar day an instant falls.
    """

    __slots__ = ("_today", "_totals", "_zone")

    def __init__(self, today: date, zone: ZoneInfo) -> None:
        self._today, self._zone = today, zone
        self._totals: dict[str, tuple[int, int, int]] = {}

    def add(self, invoice: Mapping[str, Any]) -> None:
        """
        Add an invoice as Upflow answers it, in any order.

        Raises:
            MappingError: Its amount or currency is none.
        """
        days, amount, code = _days_late(invoice, self._today, self._zone), invoice["grossAmount"], invoice["currency"]
        if not is_amount(amount):
            raise MappingError(invoice["id"], "grossAmount", "is not a whole number of minor units")
        if not isinstance(code, str):
            raise MappingError(invoice["id"], "currency", "is no text")
        if days is not None and amount > 0:
            number, weighted, gross = self._totals.get(code, (0, 0, 0))
            self._totals[code] = (number + 1, weighted + amount * days, gross + amount)

    def average(self) -> Decimal | None:
        """Return days, not rounded, below zero for a customer who pays early; ``None`` when no invoice counts."""
        if not self._totals:
            return None
        _, weighted, gross = min(self._totals.items(), key=lambda each: (-each[1][0], each[0]))[1]
        return Decimal(weighted) / gross


def rating(average_delay: Decimal) -> str:
    """Return the rating that goes with an average payment delay in days, bounds included."""
    return next((name for longest, name in RATINGS if average_delay <= longest), "D")


def _days_late(invoice: Mapping[str, Any], today: date, zone: ZoneInfo) -> int | None:
    """Return the days from an invoice's due date to its payment or to today; ``None`` if it does not count."""
    if not invoice.get("dueDate"):
        return None
    due = _day(invoice["dueDate"], zone)
    if invoice["state"] == "PAID":
        paid = [_day(each["executedAt"], zone) for each in invoice.get("payments") or () if each.get("executedAt")]
        return (max(paid) - due).days if paid else None
    if invoice["state"] in LATE_STATES and due <= today:
        return (today - due).days
    return None


def _day(text: str, zone: ZoneInfo) -> date:
    """
    Return the calendar day of a date or date-time.

    Upflow answers a day without a time as midnight UTC: it means that day, wherever the customer is.
    """
    at = datetime.fromisoformat(text)
    if at.tzinfo is None or (not at.utcoffset() and at.time() == time()):
        return at.date()
    return at.astimezone(zone).date()
