"""
The decisions about the records of one page: each is mapped, compared with the ledger, and delivered or written down.

``read | MAP | DECIDE | import | RECORD``
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol

from upflow_provider.delivery.decision import Action, decide, is_newer
from upflow_provider.delivery.delivery import Delivery
from upflow_provider.delivery.dependents.stored import as_stored
from upflow_provider.delivery.stream import Stream
from upflow_provider.errors import RecordError, UnexpectedError
from upflow_provider.ledger import Expectation, Ledger, Outcome, RecordOutcome, RecordState
from upflow_provider.ledger.contacts import ContactFindings
from upflow_provider.records.mapped import Mapped, Skip
from upflow_provider.records.page import NO_ID, Page, Record
from upflow_provider.records.text import cleaned, is_id
from upflow_provider.runs.containment import contained
from upflow_provider.runs.sync_report import SyncReport
from upflow_provider.shown_ids import shown_id

log = logging.getLogger(__name__)

COMPARE_WAIT_S = 0.1
"""Seconds before a record is compared again that another task was writing."""
COMPARISONS_MAX = 12_000
"""Comparisons of one record: 20 minutes, longer than any claim lasts."""
_SENT_OUTCOMES = {Outcome.IMPORTED, Outcome.REMOVED}


class Deliverer(Protocol):
    """Accepts mapped records with their decisions: an `Importer`, or a `DryRun`, which only counts."""

    @property
    def is_dry_run(self) -> bool:
        """Whether nothing is written."""

    @property
    def link_requests(self) -> int:
        """Requests made so far that only link documents."""

    def record_outcomes(
        self, stream: Stream, outcomes: Iterable[RecordOutcome], expected: Iterable[Expectation]
    ) -> None:
        """Record the outcomes of records that need no import."""

    def record_looks(self, stream: Stream, looks: Mapping[str, str | None], read_at: datetime) -> set[str]:
        """Record that a read found nothing to send, and return the records for which that still holds."""

    def give_back(self, error: BaseException) -> None:
        """End the claims of this task, which an error stops."""

    def deliver(self, delivery: Delivery, *, reject_refused: bool = False) -> SyncReport:
        """Import one record and return its counts."""


class _Look(NamedTuple):
    """A record that needs nothing, judging by what the ledger knew before."""

    action: Action
    mapped: Mapped | Skip
    before: RecordState


@dataclass(slots=True)
class PageDecisions:
    """
    The decisions about the records of one page; whatever one record raises is an outcome of that record.

    Attributes:
        stream: Their stream.
        deliverer: Writes down the outcomes of records that need no import.
        ledger: What was sent before.
        page: The page.
        sleep: Waits for a number of seconds.
        report: Counts of its records that need no import.
        deliveries: Its records that need one.
        outcomes: Outcomes of the others.
        expected: Outstanding amounts that unchanged invoices must show.
    """

    stream: Stream
    deliverer: Deliverer
    ledger: Ledger
    page: Page
    sleep: Callable[[float], None]
    report: SyncReport = field(default_factory=SyncReport)
    deliveries: list[Delivery] = field(default_factory=list)
    outcomes: list[RecordOutcome] = field(default_factory=list)
    expected: list[Expectation] = field(default_factory=list)

    def decide(self) -> None:
        """Map the records of the page and compare them with what was sent before."""
        self.report.read = len(self.page.records)
        undecided = dict(self._mapped())
        for _ in range(COMPARISONS_MAX):
            if not undecided:
                return
            known = self.ledger.records(self.stream.name, undecided)
            looks: dict[str, _Look] = {}
            for external_id, (record, mapped) in undecided.items():
                try:
                    with contained(external_id):
                        self._decide_record(record, mapped, known.get(external_id), looks)
                except RecordError as error:
                    self._reject(external_id, error)
            confirmed = self._confirm(looks)
            # What another task has claimed or sent since, or looked at later, is compared again.
            undecided = {each: undecided[each] for each in looks.keys() - confirmed}
            if undecided:
                self.sleep(COMPARE_WAIT_S)
        for external_id in undecided:
            problem = "another task has been writing it for longer than any claim lasts; it is tried again later"
            self._reject(external_id, UnexpectedError(f"{shown_id(external_id)}: {problem}"))

    def record(self) -> None:
        """Write the outcomes down; one that cannot be written down is that of a rejected record."""
        try:
            with contained(f"{self.stream.name}_outcomes"):
                self.deliverer.record_outcomes(self.stream, self.outcomes, self.expected)
        except RecordError:
            for outcome in self.outcomes:
                self._record_alone(outcome.external_id, [outcome], [])
            for expectation in self.expected:
                self._record_alone(expectation.external_id, [], [expectation])

    def _record_alone(
        self, external_id: str, outcomes: Iterable[RecordOutcome], expected: Iterable[Expectation]
    ) -> None:
        try:
            with contained(external_id):
                self.deliverer.record_outcomes(self.stream, outcomes, expected)
        except RecordError as error:
            self.deliverer.record_outcomes(self.stream, [self._rejected(external_id, error)], [])
            self.report.examples.add(shown_id(external_id), str(error))

    def _mapped(self) -> Iterator[tuple[str, tuple[Record, Mapped | Skip]]]:
        """Yield the records that can be mapped, by id, and reject the others."""
        for record in self.page.records:
            if not is_id(record["id"]):
                self._reject_unnamed(record["id"])
                continue
            try:
                with contained(record["id"]):
                    mapped = self.stream.to_upflow(record)
            except RecordError as error:
                self._reject(record["id"], error)
            else:
                yield record["id"], (record, mapped)

    def _reject_unnamed(self, record_id: object) -> None:
        """Count a record that nothing can be sent or remembered of, because it has no usable id."""
        reason = "a record has no usable id, so that it can be neither sent nor remembered; correct it at its source"
        name = "-"
        if isinstance(record_id, str) and record_id != NO_ID:
            name = shown_id(record_id)
            reason = (
                f"{name}: its id begins or ends with a blank, has a control character, or is too long, so that it can "
                "be neither sent nor remembered; give it another id at its source"
            )
        self.report.reject(name, reason)
        log.warning("rejected, of %s: %s", self.stream.name, reason)

    def _reject(self, external_id: str, error: RecordError) -> None:
        self.report.reject(external_id, str(error))
        self.outcomes.append(self._rejected(external_id, error))

    def _rejected(self, external_id: str, error: RecordError) -> RecordOutcome:
        log.warning("rejected %s", error)
        kind, read_at = type(error).__name__, self.page.read_at
        return RecordOutcome(external_id, Outcome.REJECTED, read_at, reason=cleaned(str(error)), error=kind)

    def _decide_record(
        self, record: Record, mapped: Mapped | Skip, before: RecordState | None, looks: dict[str, _Look]
    ) -> None:
        external_id, read_at = record["id"], self.page.read_at
        stored = as_stored(mapped, before, read_at, self._missing_positions) if before else None
        decision = decide(mapped, read_at, before, stored)
        if decision.action not in {Action.UNCHANGED, Action.SKIPPED}:
            delivery = Delivery(self.stream, external_id, record, mapped, decision, read_at)
            self.deliveries.append(delivery.with_state(before) if before else delivery)
        elif isinstance(mapped, Skip) and _is_news(mapped, before):
            self.report.skipped += 1
            self.outcomes.append(RecordOutcome(external_id, Outcome.SKIPPED, read_at, reason=mapped.reason))
        elif before is None or is_newer(before, read_at):
            self.report.count(decision.action)  # a later read is the one that counts
        else:
            looks[external_id] = _Look(decision.action, mapped, before)

    def _missing_positions(self) -> set[str]:
        return ContactFindings(self.ledger.findings, self.ledger.clock.now).missing_positions()

    def _confirm(self, looks: Mapping[str, _Look]) -> set[str]:
        """Record that records need nothing, and return those of them for which that still holds."""
        if not looks:
            return set()
        hashes = {external_id: look.before.payload_hash for external_id, look in looks.items()}
        confirmed = self.deliverer.record_looks(self.stream, hashes, self.page.read_at)
        for external_id in confirmed:
            action, mapped, before = looks[external_id]
            self.report.count(action)
            must_show = mapped.outstanding if isinstance(mapped, Mapped) else None
            # An invoice that differs becomes a matter of this run, too, in case that the run before has no check.
            if must_show is not None and (before.expected != must_show or before.observed != must_show):
                self.expected.append(Expectation(external_id, must_show, self.page.read_at))
        return confirmed


def _is_news(skip: Skip, before: RecordState | None) -> bool:
    """Return whether the ledger does not know yet that the record is skipped."""
    if before is None or before.claim_process is not None:
        return True
    return before.outcome not in _SENT_OUTCOMES and before.reason != skip.reason
