"""
Figures that Upflow's API does not return, computed once a day from what Upflow and Stripe do return.

Upflow, too, works out delays once a day. The saved payment method, and whether its last payment succeeded, come from
Stripe.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from upflow_provider.errors import MappingError, RecordError, UpflowSyncError
from upflow_provider.ledger.findings import refreshed_at
from upflow_provider.records.dates import local_date
from upflow_provider.records.instruments import instrument
from upflow_provider.records.text import is_id
from upflow_provider.runs.containment import contained
from upflow_provider.upflow_to_salesforce.mapping.fields import FIELDS, FigureSource
from upflow_provider.upflow_to_salesforce.mapping.payment_delay import PaymentDelay, rating

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from upflow_provider.clients.stripe.source import StripeSource
    from upflow_provider.clients.upflow.client import UpflowClient
    from upflow_provider.ledger import Ledger

log = logging.getLogger(__name__)

Method = Callable[[datetime, "datetime | None"], dict[str, dict[str, str]]]
"""Works out figures: now, and when this was last done -> customer to value, by name of the field."""

FIRST_CHARGES = timedelta(days=365)
"""How far back charges are read the first time: a customer who has paid nothing since then has no status."""
PENDING_TIME = timedelta(days=14)
"""How long a direct debit may take to succeed or fail: charges that are younger are read again."""
STATUSES = {"succeeded": "Succeeded", "failed": "Failed"}
"""How a charge ended, in the words of Upflow's filter of customers (https://docs.upflow.io)."""
MAX_AGE = timedelta(days=3)
"""How old figures may get while they cannot be computed; after that, the export fails."""
BEGINNING = datetime(2011, 1, 1, tzinfo=UTC)
"""An instant before Stripe had its first customer."""


class DailyFigures:
    """
    The figures of one organization.

    Args:
        upflow: Lists invoices.
        source: Opens Stripe; called only when something is read from it.
        ledger: Keeps the figures, and when they were computed.
        zone: The organization's time zone, which decides when a day begins, by the ledger's clock.
    """

    def __init__(
        self,
        *,
        upflow: UpflowClient,
        source: Callable[[], StripeSource],
        ledger: Ledger,
        zone: ZoneInfo,
    ) -> None:
        self._upflow, self._source, self._ledger, self._zone = upflow, source, ledger, zone

    def refresh(self, names: Collection[str]) -> list[str]:
        """
        Work out the figures that are not today's yet.

        Args:
            names: Names of Upflow fields; those that are not daily figures are ignored.

        Returns:
            The names of the figures that were computed.

        Raises:
            UpflowSyncError: A figure could not be computed for days, or never was.
        """
        now = self._ledger.clock.now()
        today = self._day(now)
        methods: dict[FigureSource, Method] = {
            "upflow_invoices": self._delays,
            "stripe_customers": self._methods,
            "stripe_charges": self._statuses,
        }
        done: list[str] = []
        for source, work_out in methods.items():
            figures = [each.name for each in FIELDS if each.figure_source == source]
            last = self._last(figures[0])
            if not set(figures) & set(names) or (last and self._day(last) == today):
                continue
            try:
                worked_out = work_out(now, last)
            except UpflowSyncError as error:
                if last is None or now - last > MAX_AGE:
                    raise
                log.warning("%s: keeping the values of %s for now: %s", ", ".join(figures), self._day(last), error)
                continue
            for name, values in worked_out.items():
                self._ledger.accounts.keep_figures(name, values)
                log.info("%s: known for %d customers", name, len(values))
                done.append(name)
            self._ledger.findings.keep(refreshed_at(figures[0]), now.isoformat())
        return done

    def _last(self, name: str) -> datetime | None:
        known = self._ledger.findings.get(refreshed_at(name))
        return datetime.fromisoformat(known) if known else None

    def _day(self, at: datetime) -> date:
        return date.fromisoformat(local_date(int(at.timestamp()), self._zone))

    def _delays(self, now: datetime, _: datetime | None) -> dict[str, dict[str, str]]:
        """Return average delays and ratings by Upflow's id of the customer; takes one request for 500 invoices."""
        today = self._day(now)
        delays = defaultdict[str, PaymentDelay](lambda: PaymentDelay(today, self._zone))
        for invoice in self._upflow.list("invoices"):
            with _left_out_if_odd(invoice["id"]):
                if not is_id(invoice.get("customerId")):
                    raise MappingError(invoice["id"], "customerId")
                delays[invoice["customerId"]].add(invoice)
        averages = {customer: days for customer, its in delays.items() if (days := its.average()) is not None}
        return {
            "average_payment_delay": {customer: str(days) for customer, days in averages.items()},
            "rating": {customer: rating(days) for customer, days in averages.items()},
        }

    def _methods(self, now: datetime, _: datetime | None) -> dict[str, dict[str, str]]:
        """Return default payment methods by Stripe's id of the customer; takes one request for 100 customers."""
        pages = self._source().pages(
            "customers", start=BEGINNING, end=now, expand=["invoice_settings.default_payment_method"]
        )
        methods: dict[str, str | None] = {}
        for page in pages:
            for each in page.records:
                with _left_out_if_odd(each["id"]):
                    methods[each["id"]] = _method(each)
        return {"payment_method": {customer: method for customer, method in methods.items() if method}}

    def _statuses(self, now: datetime, last: datetime | None) -> dict[str, dict[str, str]]:
        """Return how the last charge ended by Stripe's id of the customer; takes one request for 100 charges."""
        start = last - PENDING_TIME if last else now - FIRST_CHARGES
        newest: dict[str, str] = {}
        for page in self._source().pages("charges", start=start, end=now):
            for charge in page.records:
                with _left_out_if_odd(charge["id"]):
                    if charge["customer"] and charge["status"] in STATUSES:
                        newest.setdefault(charge["customer"], STATUSES[charge["status"]])
        return {"payment_method_status": self._ledger.accounts.figures("payment_method_status") | newest}


@contextmanager
def _left_out_if_odd(record_id: str) -> Iterator[None]:
    """Leave a record out that cannot be read; figures of others do not suffer."""
    try:
        with contained(record_id):
            yield
    except RecordError as error:
        log.warning("left out of the figures: %s", error)


def _method(customer: Mapping[str, Any]) -> str | None:
    """Return the type of a customer's default payment method, in Upflow's word for it if there is one."""
    default = (customer.get("invoice_settings") or {}).get("default_payment_method")
    if isinstance(default, dict):
        known = instrument(default)
        return default["type"] if known == "UNKNOWN" else known
    source = customer.get("default_source") or ""
    return next(
        (word for prefix, word in (("card_", "CARD"), ("ba_", "DIRECT_DEBIT")) if source.startswith(prefix)), None
    )
