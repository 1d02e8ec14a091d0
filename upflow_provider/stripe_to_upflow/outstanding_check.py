"""
The closing check: for every invoice, what Upflow shows as outstanding is what Stripe says remains.

Each import of an invoice tells the ledger what must be shown in the end (`Arithmetic`), and each answer
of Upflow's what is shown. At the end of a run the invoices that do not agree are looked at: first in lists
of Upflow's, where no answer told; then their documents are brought from Stripe, for some belong to another
window; then records that waited for room are tried again. What differs still is rejected, with the sum in
words.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Protocol

from upflow_provider.errors import RefusedError
from upflow_provider.ledger import Ledger, Outcome, RecordOutcome, RecordState
from upflow_provider.records.money import Units
from upflow_provider.records.page import Page
from upflow_provider.records.payloads import Collection
from upflow_provider.runs.batches import batches
from upflow_provider.runs.sync_report import MAX_EXAMPLES, SyncReport
from upflow_provider.stripe_to_upflow.mapping.invoice_sum import Arithmetic
from upflow_provider.stripe_to_upflow.mapping.options import Options
from upflow_provider.stripe_to_upflow.streams.registry import CREDIT_NOTES, INVOICES, PAYMENTS, STREAMS, Record, Stream

log = logging.getLogger(__name__)

AT_A_TIME = 100
"""Records that are brought in one piece."""
MOST = 2_000
"""
Invoices whose documents one check brings from Stripe. More than that differ only when something differs for all,
such as Upflow's way to count; then reading more would not help.
"""


class Load(Protocol):
    """Syncs records that were read at some time; *reject_refused* as of `Importer`."""

    def __call__(self, stream: Stream, records: list[Record], read_at: datetime, *, reject_refused: bool) -> SyncReport:
        """Return the counts."""


class Source(Protocol):
    """What the check needs of the source."""

    def retrieve(self, stream: Stream, record_id: str) -> Record:
        """Read one record; `NotFoundError` when there is none."""

    def of_invoice(self, stream: Stream, invoice_id: str) -> list[Record]:
        """Read the records of a stream that belong to an invoice."""


class Lists(Protocol):
    """What the check needs of Upflow's client."""

    def list(self, collection: Collection) -> Iterator[dict[str, Any]]:
        """List every record of a collection."""


@dataclass(slots=True)
class OutstandingReport:
    """
    What the closing check came to.

    Attributes:
        checked: Invoices for which answers alone did not show that they agree.
        agreed: Those of them that agree after all.
        synced: Counts of the records that were brought for them.
    """

    checked: int = 0
    agreed: int = 0
    synced: SyncReport = field(default_factory=SyncReport)

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON: counts, ids, and sums in words."""
        return {**asdict(self), "synced": self.synced.as_dict()}

    def __str__(self) -> str:
        differ = self.checked - self.agreed
        text = f"{self.checked:,} invoices checked, {differ:,} differ" if self.checked else "every answer agreed"
        return f"{text}; {self.synced}" if self.synced.read else text


class Closing:
    """
    Checks the invoices of one organization.

    Args:
        source: Where records are read from.
        upflow: Where outstanding amounts are listed.
        ledger: What must be shown, and what is.
        load: Syncs records.
        options: The organization's mapping options.
        owner: Name of this task instance.
        run: The run whose invoices are checked: those that it was the last to touch.
        now: Current time, aware, UTC.
    """

    def __init__(
        self,
        *,
        source: Source,
        upflow: Lists,
        ledger: Ledger,
        load: Load,
        options: Options,
        owner: str,
        run: str = "",
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._source, self._upflow, self._ledger, self._load = source, upflow, ledger, load
        self._options, self._owner, self._run, self._now = options, owner, run, now

    def run(self) -> OutstandingReport:
        """
        Check every invoice that is not known to agree, and mend what can be mended.

        Returns:
            Counts; the caller decides how many rejected records are too many.

        Raises:
            RetriableError, FatalError: As the clients raise them.
        """
        report = OutstandingReport()
        self._look_up()
        unclosed = self._ledger.balances.unclosed(self._run)
        report.checked = len(unclosed)
        settled = dict.fromkeys([*islice(unclosed, MOST), *self._settled_by_waiting()])
        for ids in batches(settled, AT_A_TIME):
            self._bring(ids, report.synced)
        self._retry_waiting(report.synced)
        self._look_up()
        differing = self._ledger.balances.unclosed(self._run)
        for number, state in enumerate(differing.values()):
            self._reject(state, report.synced, in_words=number < MAX_EXAMPLES)
        report.agreed = report.checked - len(differing.keys() & unclosed.keys())
        return report

    def _look_up(self) -> None:
        """List Upflow's invoices, if there are any whose outstanding amount is not as it must be."""
        wanted = self._ledger.balances.unclosed(self._run)
        if not wanted:
            return
        found: dict[str, int | None] = {}
        for entity in self._upflow.list(INVOICES.collection):
            external_id = entity.get("externalId")
            if external_id in wanted and isinstance(entity.get("amountOutstanding"), int):
                found[external_id] = entity["amountOutstanding"]
                if len(found) == len(wanted):
                    break
        self._ledger.balances.observe(found, self._run)

    def _bring(self, invoice_ids: list[str], report: SyncReport) -> None:
        """Sync invoices and what settles them, whatever window it belongs to."""
        read_at = self._now()
        report.add(self._load(INVOICES, self._retrieve(INVOICES, invoice_ids), read_at, reject_refused=False))
        for stream in (CREDIT_NOTES, PAYMENTS):
            found = {
                record["id"]: record
                for invoice_id in invoice_ids
                for record in self._source.of_invoice(stream, invoice_id)
            }
            report.add(self._load(stream, list(found.values()), read_at, reject_refused=False))

    def _settled_by_waiting(self) -> Iterator[str]:
        """Yield the invoices that waiting records are to settle: what is in their way has to go first."""
        yield from self._ledger.waiting(INVOICES.name, self._run)
        for note in self._retrieve(CREDIT_NOTES, self._ledger.waiting(CREDIT_NOTES.name, self._run)):
            yield note["invoice"]
        for payment in self._retrieve(PAYMENTS, self._ledger.waiting(PAYMENTS.name, self._run)):
            yield from (each["invoice"]["id"] for each in payment["applications"])

    def _retry_waiting(self, report: SyncReport) -> None:
        for stream in STREAMS.values():
            for ids in batches(self._ledger.waiting(stream.name, self._run), AT_A_TIME):
                read_at = self._now()
                report.add(self._load(stream, self._retrieve(stream, ids), read_at, reject_refused=True))
            for external_id in self._ledger.waiting(stream.name, self._run):
                reason = f"{external_id}: still waits, and could not be read again: load its window once more"
                self._settle(stream, external_id, reason, report)

    def _retrieve(self, stream: Stream, ids: Iterable[str]) -> list[Record]:
        found: list[Record] = []
        for external_id in ids:
            try:
                found.append(self._source.retrieve(stream, external_id))
            except RefusedError as error:
                log.warning("%s", error)
        return found

    def _reject(self, state: RecordState, report: SyncReport, *, in_words: bool) -> None:
        shown = "an unknown amount" if state.observed is None else state.observed
        sum_of = f": {self._sum_of(state.external_id)}" if in_words else ""
        reason = (
            f"{state.external_id}: Upflow shows {shown} outstanding, Stripe says {state.expected} remains "
            f"(minor units){sum_of}. Look at the invoice in Upflow: what is linked to it besides?"
        )
        self._settle(INVOICES, state.external_id, reason, report)

    def _sum_of(self, invoice_id: str) -> str:
        """Return an invoice's sum in words, as Stripe tells it now."""
        for invoice in self._retrieve(INVOICES, [invoice_id]):
            units = Units(invoice_id, invoice["currency"], self._options.currency_decimals)
            return f"{Arithmetic.of(invoice, units)} {units.currency}"
        return "Stripe has it no more"

    def _settle(self, stream: Stream, external_id: str, reason: str, report: SyncReport) -> None:
        log.warning("rejected %s", reason)
        report.read += 1
        report.reject(external_id, reason)
        rejected = RecordOutcome(external_id, Outcome.REJECTED, self._now(), reason=reason, error="DifferenceError")
        self._ledger.settle(stream.name, [rejected], owner=self._owner, run=self._run)


def page_of(records: list[Record], read_at: datetime) -> Page:
    """Return records as the page of a listing that is nowhere gone on with."""
    return Page([dict(each) for each in records], {}, read_at, read_at)
