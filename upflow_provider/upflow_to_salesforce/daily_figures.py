"""
Figures that Upflow's API does not tell, worked out once a day from what Upflow and Stripe do tell.

Upflow itself works out delays once a day. The saved payment method and how its last payment went are what Stripe
knows of the customer.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from upflow_provider.errors import UpflowSyncError
from upflow_provider.records.dates import local_date
from upflow_provider.records.instruments import instrument
from upflow_provider.upflow_to_salesforce.mapping.payment_delay import PaymentDelay, rating

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from upflow_provider.clients.stripe.source import StripeSource
    from upflow_provider.clients.upflow.client import UpflowClient
    from upflow_provider.ledger import Ledger

log = logging.getLogger(__name__)

FIRST_CHARGES = timedelta(days=365)
"""How far back charges are read the first time: who paid nothing for longer has no status."""
UNSETTLED = timedelta(days=14)
"""How long a direct debit may take to succeed or fail: charges of that time are read again."""
STATUSES = {"succeeded": "Succeeded", "failed": "Failed"}
"""How a charge ended, in the words of Upflow's filter (https://docs.upflow.io, customers)."""
PATIENCE = timedelta(days=3)
"""How old figures may get, when they cannot be worked out, before the export fails for them."""
BEGINNING = datetime(2011, 1, 1, tzinfo=UTC)
"""Before the first customer of Stripe's."""


class DailyFigures:
    """
    The figures of one organization.

    Args:
        upflow: Lists invoices.
        source: Opens Stripe; called when something is read from it.
        ledger: Keeps the figures and when they were worked out.
        zone: The organization's time zone, which decides when a day begins.
        clock: Current time, aware.
    """

    def __init__(
        self,
        *,
        upflow: UpflowClient,
        source: Callable[[], StripeSource],
        ledger: Ledger,
        zone: ZoneInfo,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._upflow, self._source, self._ledger, self._zone, self._clock = upflow, source, ledger, zone, clock

    def refresh(self, names: Collection[str]) -> list[str]:
        """
        Work out those of the figures that are not of today yet.

        Args:
            names: Of ``average_payment_delay``, ``rating``, ``payment_method``, ``payment_method_status``; others are
                left alone.

        Returns:
            The names of what was worked out.
        """
        now = self._clock()
        today = self._day(now)
        work = {
            ("average_payment_delay", "rating"): self._delays,
            ("payment_method",): self._methods,
            ("payment_method_status",): self._statuses,
        }
        done: list[str] = []
        for figures, work_out in work.items():
            last = self._last(figures[0])
            if not set(figures) & set(names) or (last and self._day(last) == today):
                continue
            try:
                worked_out = work_out(now, last)
            except UpflowSyncError as error:
                if last is None or now - last > PATIENCE:
                    raise
                log.warning("%s: those of %s stay for now: %s", ", ".join(figures), self._day(last), error)
                continue
            for name, values in worked_out.items():
                self._ledger.accounts.keep_figures(name, values)
                log.info("%s: known of %d customers", name, len(values))
                done.append(name)
            self._ledger.findings.keep(_remembered(figures[0]), now.isoformat())
        return done

    def _last(self, name: str) -> datetime | None:
        known = self._ledger.findings.get(_remembered(name))
        return datetime.fromisoformat(known) if known else None

    def _day(self, at: datetime) -> date:
        return date.fromisoformat(local_date(int(at.timestamp()), self._zone))

    def _delays(self, now: datetime, _: datetime | None) -> dict[str, dict[str, str]]:
        """Return average delay and rating by Upflow's id of the customer; one request for 500 invoices."""
        today = self._day(now)
        delays = defaultdict[str, PaymentDelay](lambda: PaymentDelay(today, self._zone))
        for invoice in self._upflow.list("invoices"):
            delays[invoice["customerId"]].add(invoice)
        averages = {customer: days for customer, its in delays.items() if (days := its.average()) is not None}
        return {
            "average_payment_delay": {customer: str(days) for customer, days in averages.items()},
            "rating": {customer: rating(days) for customer, days in averages.items()},
        }

    def _methods(self, now: datetime, _: datetime | None) -> dict[str, dict[str, str]]:
        """Return the default payment method by Stripe's id of the customer; one request for 100 customers."""
        pages = self._source().pages(
            "customers", start=BEGINNING, end=now, expand=["invoice_settings.default_payment_method"]
        )
        methods = {each["id"]: _method(each) for page in pages for each in page.records}
        return {"payment_method": {customer: method for customer, method in methods.items() if method}}

    def _statuses(self, now: datetime, last: datetime | None) -> dict[str, dict[str, str]]:
        """Return how the last charge went by Stripe's id of the customer; one request for 100 charges."""
        start = last - UNSETTLED if last else now - FIRST_CHARGES
        newest: dict[str, str] = {}
        for page in self._source().pages("charges", start=start, end=now):
            for charge in page.records:
                if charge["customer"] and charge["status"] in STATUSES:
                    newest.setdefault(charge["customer"], STATUSES[charge["status"]])
        return {"payment_method_status": self._ledger.accounts.figures("payment_method_status") | newest}


def _remembered(name: str) -> str:
    return f"figures:{name}"


def _method(customer: Mapping[str, Any]) -> str | None:
    """Return the type of what a customer pays with, in Upflow's words where it has one for it."""
    default = (customer.get("invoice_settings") or {}).get("default_payment_method")
    if isinstance(default, dict):
        known = instrument(default)
        return default["type"] if known == "UNKNOWN" else known
    source = customer.get("default_source") or ""
    return next(
        (word for prefix, word in (("card_", "CARD"), ("ba_", "DIRECT_DEBIT")) if source.startswith(prefix)), None
    )
