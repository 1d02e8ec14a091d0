"""
The outstanding check: every invoice must show in Upflow the amount that remains in Stripe.

Each import of an invoice records the amount that Upflow must show in the end (`InvoiceSum`), and each answer of
Upflow the amount that it shows. At the end of a run, the invoices that differ are checked. First Upflow's list is
read, if no answer has shown their amounts. Then their documents are read from Stripe and synced, because some belong
to another window. Then records that wait for others are tried again. An invoice that still differs is rejected, with
its sum in words.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Protocol

from upflow_provider.delivery.importer import Importer
from upflow_provider.delivery.page_sync import StreamSync
from upflow_provider.errors import RecordError
from upflow_provider.ledger import Ledger, Outcome, RecordOutcome, RecordState
from upflow_provider.records.money import Units, is_amount
from upflow_provider.records.page import Page, Record
from upflow_provider.records.text import is_id
from upflow_provider.runs.batches import batches
from upflow_provider.runs.progress import Progress
from upflow_provider.runs.report import MAX_EXAMPLES, counted
from upflow_provider.runs.sync_report import SyncReport
from upflow_provider.runs.window import Window
from upflow_provider.stripe_to_upflow.inventory.lists import Lister
from upflow_provider.stripe_to_upflow.mapping.invoice_sum import InvoiceSum
from upflow_provider.stripe_to_upflow.mapping.options import Options
from upflow_provider.stripe_to_upflow.streams.invoices import INVOICES
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS
from upflow_provider.stripe_to_upflow.streams.stream import StripeStream

log = logging.getLogger(__name__)

BATCH_SIZE = 100
"""Records that are synced together."""
CHECKED_INVOICES_MAX = 2_000
"""
Greatest number of invoices whose documents one check reads from Stripe. If more differ, there is a general cause,
such as the way in which Upflow counts, and reading more would not help.
"""
SETTLING_STREAMS = {stream: stream.linked_invoices for stream in STREAMS.values() if stream.linked_invoices}
"""Streams whose records settle invoices, each with the function that returns the invoices of a record."""


class InvoiceReader(Protocol):
    """The part of `Reader` that the check uses."""

    def retrieve(self, stream: StripeStream, record_id: str) -> Record:
        """Read one record; `NotFoundError` when there is none."""

    def find_by_invoice(self, stream: StripeStream, invoice_id: str) -> Sequence[Record]:
        """Read the records of a stream that settle an invoice."""


@dataclass(slots=True)
class OutstandingReport:
    """
    The result of the check.

    Attributes:
        checked: Number of invoices that Upflow's answers did not show to agree.
        agreed: Number of those that agree after the check.
        synced: Counts of the records that were synced for them.
    """

    checked: int = 0
    agreed: int = 0
    synced: SyncReport = field(default_factory=SyncReport)

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON: counts, ids, and sums in words."""
        return {**asdict(self), "synced": self.synced.as_dict()}

    def __str__(self) -> str:
        text = "every invoice that is in Upflow shows the right amount"
        if self.checked:
            text = f"{counted(self.checked, 'invoice')} checked, {self.checked - self.agreed:,} differ"
        return f"{text}; {self.synced}" if self.synced.read else text


class OutstandingCheck:
    """
    Checks the invoices of one organization.

    Args:
        reader: Reads records from Stripe.
        upflow: Lists outstanding amounts.
        ledger: Knows which amounts Upflow must show, and which it shows; its clock orders the reads.
        importer: Imports the records that are read for the check.
        options: The organization's mapping options.
        window: The window of the run, for its log.
        run: The run whose invoices are checked, and with them those of runs that will not be checked.
        threads: Imports in flight.
        sleep: Waits that many seconds.
        list_payments: Reads the payments that Upflow took itself into the ledger, before invoices are compared again.
    """

    def __init__(
        self,
        *,
        reader: InvoiceReader,
        upflow: Lister,
        ledger: Ledger,
        importer: Importer,
        options: Options,
        window: Window,
        run: str = "",
        threads: int = 1,
        sleep: Callable[[float], None] = time.sleep,
        list_payments: Callable[[], object] = lambda: None,
    ) -> None:
        self._reader, self._upflow, self._ledger, self._importer = reader, upflow, ledger, importer
        self._threads, self._sleep, self._list_payments = threads, sleep, list_payments
        self._options, self._window, self._run, self._tick = options, window, run, ledger.clock.tick

    def run(self) -> OutstandingReport:
        """
        Check every invoice that is not known to agree, and correct those that can be corrected.

        Returns:
            Counts; the caller decides how many rejected records are too many.

        Raises:
            RetriableError, FatalError: Raised by the clients.
        """
        report = OutstandingReport()
        self._ledger.balances.take_over(self._run)
        self._look_up()
        differing = self._ledger.balances.differing(self._run)
        report.checked = len(differing)
        wanted = dict.fromkeys([*islice(differing, CHECKED_INVOICES_MAX), *self._invoices_of_waiting()])
        if wanted:
            self._list_payments()
        for ids in batches(wanted, BATCH_SIZE):
            self._sync_invoices(ids, report.synced)
        self._retry_waiting(report.synced)
        self._look_up()
        left = self._ledger.balances.differing(self._run)
        for number, state in enumerate(left.values()):
            self._reject_differing(state, report.synced, with_sum=number < MAX_EXAMPLES)
        report.agreed = report.checked - len(left.keys() & differing.keys())
        self._ledger.balances.forget_agreeing(self._run)
        return report

    def _look_up(self) -> None:
        """Read Upflow's list of invoices, if any invoice may show a wrong outstanding amount."""
        wanted = self._ledger.balances.differing(self._run)
        if wanted:
            self._ledger.balances.observe(_outstanding(self._upflow, wanted), self._run)

    def _sync_invoices(self, invoice_ids: list[str], report: SyncReport) -> None:
        """Sync invoices and the records that settle them, even if those belong to another window."""
        read_at = self._tick()
        report.add(self._sync(INVOICES, self._retrieve(INVOICES, invoice_ids), read_at))
        for stream in SETTLING_STREAMS:
            read_at = self._tick()
            found = {
                record["id"]: record for invoice_id in invoice_ids for record in self._settling(stream, invoice_id)
            }
            report.add(self._sync(stream, list(found.values()), read_at))

    def _sync(
        self, stream: StripeStream, records: list[Record], read_at: datetime, *, reject_refused: bool = False
    ) -> SyncReport:
        sync = StreamSync(
            stream=stream.delivery_stream(self._options),
            deliverer=self._importer,
            ledger=self._ledger,
            threads=self._threads,
            reject_refused=reject_refused,
            sleep=self._sleep,
        )
        return sync.run([Page(records, {}, read_at, read_at)], progress=Progress(stream.name, self._window))

    def _invoices_of_waiting(self) -> Iterator[str]:
        """Yield the invoices that waiting records are linked to: what is in their way must be removed first."""
        yield from self._ledger.waiting(INVOICES.name, self._run)
        for stream, linked_invoices in SETTLING_STREAMS.items():
            for record in self._retrieve(stream, self._ledger.waiting(stream.name, self._run)):
                yield from linked_invoices(record)

    def _retry_waiting(self, report: SyncReport) -> None:
        self._importer.forget_rejected_parents()
        for stream in STREAMS.values():
            for ids in batches(self._ledger.waiting(stream.name, self._run), BATCH_SIZE):
                read_at = self._tick()
                report.add(self._sync(stream, self._retrieve(stream, ids), read_at, reject_refused=True))
            for external_id in self._ledger.waiting(stream.name, self._run):
                reason = f"{external_id}: it is still waiting and could not be read again; load its window again"
                self._reject(stream, external_id, reason, report)

    def _retrieve(self, stream: StripeStream, ids: Iterable[str]) -> list[Record]:
        found: list[Record] = []
        for external_id in ids:
            try:
                found.append(self._reader.retrieve(stream, external_id))
            except RecordError as error:
                log.warning("%s", error)
        return found

    def _settling(self, stream: StripeStream, invoice_id: str) -> Sequence[Record]:
        """Return the records that settle an invoice; none if they cannot be read, so that it still differs."""
        try:
            return self._reader.find_by_invoice(stream, invoice_id)
        except RecordError as error:
            log.warning("%s: what settles it is not read: %s", invoice_id, error)
            return []

    def _reject_differing(self, state: RecordState, report: SyncReport, *, with_sum: bool) -> None:
        shown = "an unknown amount" if state.observed is None else state.observed
        sum_in_words = f": {self._sum_in_words(state.external_id)}" if with_sum else ""
        reason = (
            f"{state.external_id}: Upflow shows {shown} outstanding, Stripe says {state.expected} remains "
            f"(minor units){sum_in_words}. Check in Upflow what else is linked to the invoice."
        )
        self._reject(INVOICES, state.external_id, reason, report)

    def _sum_in_words(self, invoice_id: str) -> str:
        """Return an invoice's sum in words, as Stripe has it now."""
        for invoice in self._retrieve(INVOICES, [invoice_id]):
            units = Units(invoice_id, invoice["currency"], self._options.currency_decimals)
            return f"{InvoiceSum.from_invoice(invoice, units)} {units.currency}"
        return "Stripe does not return the invoice now"

    def _reject(self, stream: StripeStream, external_id: str, reason: str, report: SyncReport) -> None:
        log.warning("rejected %s", reason)
        report.read += 1
        report.reject(external_id, reason)
        rejected = RecordOutcome(external_id, Outcome.REJECTED, self._tick(), reason=reason, error="DifferenceError")
        self._importer.record_outcomes(stream.delivery_stream(self._options), [rejected])


def _outstanding(upflow: Lister, wanted: Mapping[str, RecordState]) -> dict[str, int | None]:
    """Return the outstanding amounts that Upflow lists, by external id, in Upflow's minor units."""
    found: dict[str, int | None] = {}
    for entity in upflow.list(INVOICES.collection):
        external_id, amount = entity.get("externalId"), entity.get("amountOutstanding")
        if is_id(external_id) and external_id in wanted and is_amount(amount):
            found[external_id] = amount
            if len(found) == len(wanted):
                break
    return found
