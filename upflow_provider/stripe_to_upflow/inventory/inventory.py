"""The inventory of one organization: Upflow's lists against the ledger."""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime

from upflow_provider.ledger import Ledger, ListedRecord, RecordState, Repair
from upflow_provider.ledger.findings import REPAIRED_CONTENT, UNFINISHED, UPFLOW_LISTED_AT
from upflow_provider.stripe_to_upflow.inventory.comparison import Difference, compare
from upflow_provider.stripe_to_upflow.inventory.content import ListedDocument
from upflow_provider.stripe_to_upflow.inventory.lists import RecordFinder, UpflowLists
from upflow_provider.stripe_to_upflow.inventory.missing import Absent, Missing, MissingRecords
from upflow_provider.stripe_to_upflow.inventory.origins import Origins, StripeCustomers
from upflow_provider.stripe_to_upflow.inventory.report import InventoryReport
from upflow_provider.stripe_to_upflow.mapping.options import Options
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS, document_stream_of
from upflow_provider.stripe_to_upflow.sync_windows import EVENT_RETENTION

log = logging.getLogger(__name__)

REPAIRS_MIN, REPAIRS_MAX = 50, 1_000
"""
Bounds of the number of records that one inventory asks for or lets send again, which is a quarter of those that the
ledger knows. If more differ, there is a general cause, and to send everything again may be the wrong answer.
"""
BOUNDED = (Difference.CHANGED, Difference.UNLINKED, Difference.OUTSTANDING)
"""Differences that are left if there are so many that the cause must be general."""


class UpflowInventory:
    """
    One inventory: lists what Upflow has, adopts what the ledger does not know, and repairs what it knows otherwise.

    Args:
        ledger: The organization's ledger.
        upflow: Lists and returns records.
        source: Asks Stripe which customers are its own.
        options: The organization's mapping options, which say what its custom fields are.
        send_again: Repair everything that differs, however much it is.
    """

    def __init__(
        self,
        ledger: Ledger,
        upflow: RecordFinder,
        source: StripeCustomers,
        options: Options | None = None,
        *,
        send_again: bool = False,
    ) -> None:
        self._ledger, self._origins, self._send_again = ledger, Origins(ledger, source), send_again
        self._lists = UpflowLists(upflow, options or Options(), self._origins.elsewhere)
        self._report = InventoryReport()
        self._listed: dict[str, set[str]] = {name: set() for name in STREAMS}
        self._amounts: dict[str, dict[str, int]] = defaultdict(dict)
        self._repairs: dict[tuple[Difference, str], dict[str, Repair]] = defaultdict(dict)
        self._fingerprints: dict[str, str] = {}
        self._sent_again: dict[str, str] = {}

    def run(self) -> InventoryReport:
        """
        Take the inventory. What is missing or differs is concluded only after all lists were read to their end.

        Returns:
            What was found; all of it is due in the ledger, except what was left.

        Raises:
            ConfigurationError: So many records are missing in Upflow that there must be a general cause.
            RetriableError, FatalError: Raised by the client.
        """
        findings, inventory, listed_at = self._ledger.findings, self._ledger.inventory, self._ledger.clock.now()
        if findings.get(UPFLOW_LISTED_AT) is None and inventory.is_ledger_empty():
            findings.keep(UPFLOW_LISTED_AT, UNFINISHED)
        for batch in self._lists.batches():
            self._report.listed[batch[0].stream] += len(batch)
            self._listed[batch[0].stream].update(each.record.external_id for each in batch)
            self._compare(batch)
        for each in self._lists.unreadable:
            if each.stream:  # it is there
                self._listed[each.stream].add(each.external_id)
        self._compare_orphans()
        self._find_missing(listed_at)
        self._leave_content()
        self._repair(listed_at)
        self._report.add_unreadable(each.name for each in self._lists.unreadable)
        self._report.unasked = self._origins.unasked
        findings.keep(UPFLOW_LISTED_AT, listed_at.isoformat())
        return self._report

    def _compare(self, batch: Sequence[ListedDocument]) -> None:
        """Adopt the records of one stream that the ledger does not know, and compare the others."""
        stream = batch[0].stream
        known = self._ledger.records(stream, [each.record.external_id for each in batch])
        unknown = self._unknown(stream, [each.record for each in batch if each.record.external_id not in known])
        if unknown and not self._report.counts[Difference.ADOPTED]:
            # Nobody knows what changed while the ledger was lost. Stripe keeps events for that long, and the sync lists
            # what they may lack. This comes first, because a retry does not adopt the same records again.
            self._ledger.inventory.rewind_watermark(self._ledger.clock.now() - EVENT_RETENTION)
        self._ledger.inventory.adopt(stream, unknown)
        self._report.add(Difference.ADOPTED, stream, (each.external_id for each in unknown))
        for each in batch:
            if state := known.get(each.record.external_id):
                self._note(state, each, compare(state, each))

    def _unknown(self, stream: str, records: Sequence[ListedRecord]) -> list[ListedRecord]:
        """Return those of some records, which the ledger does not know, that came from Stripe."""
        of_stripe = self._origins.of_stripe(stream, [each.external_id for each in records])
        return [each for each in records if each.external_id in of_stripe]

    def _note(self, known: RecordState, listed: ListedDocument, difference: Difference | None) -> None:
        stream, record = listed.stream, listed.record
        if record.observed is not None and known.observed not in {None, record.observed}:
            self._amounts[stream][record.external_id] = record.observed
        if difference is Difference.LEFT:
            self._report.add(difference, stream, [record.external_id])
        elif difference:
            linked = dict.fromkeys([*(known.linked_invoices or ()), *(record.linked_invoices or ())])
            self._repairs[difference, stream][record.external_id] = Repair(
                record.external_id,
                record.upflow_id,
                {**(known.balancing or {}), **listed.balancing},
                record.observed,
                list(linked) or None,
            )
        if difference in {Difference.CHANGED, Difference.UNLINKED}:
            self._fingerprints[f"{stream}/{record.external_id}"] = listed.fingerprint

    def _compare_orphans(self) -> None:
        """Find balancing documents whose record is not in Upflow; the next sync sends the record, or deletes them."""
        for external_id, listed in self._lists.balancing.items():
            stream = document_stream_of(external_id)
            if stream is None or external_id in self._listed[stream.name]:
                continue
            state = self._ledger.records(stream.name, [external_id]).get(external_id)
            known = (state and state.balancing) or {}
            if listed.keys() - known.keys() and not (state and state.is_imported):
                self._repairs[Difference.FOUND, stream.name][external_id] = Repair(
                    external_id, None, {**known, **listed}
                )

    def _find_missing(self, listed_at: datetime) -> None:
        """Look for everything that was not listed: a list may lack a record, because its pages shift meanwhile."""
        missing = list(self._missing(listed_at))
        if self._send_again:
            absent = [Absent(each, None) for each in missing]
        else:
            search = MissingRecords(self._lists, self._limit())
            absent = search.absent(missing)
            for document in search.found:
                self._listed[document.stream].add(document.record.external_id)
                self._compare([document])
        for each, upflow_id in absent:
            balancing = {*each.balancing, *self._lists.balancing.get(each.external_id, ())}
            repair = Repair(each.external_id, upflow_id, balancing)
            self._repairs[Difference.DELETED, each.stream][each.external_id] = repair

    def _missing(self, listed_at: datetime) -> Iterator[Missing]:
        for stream, listed in self._listed.items():
            for external_id, balancing in self._ledger.inventory.imported(stream, listed_at=listed_at):
                shown = self._lists.balancing.get(external_id, {})
                unlisted = [key for key, content in balancing.items() if content is not None and key not in shown]
                if unlisted or external_id not in listed:
                    yield Missing(stream, external_id, list(balancing), unlisted)

    def _limit(self) -> int:
        return min(max(self._ledger.inventory.count_imported() // 4, REPAIRS_MIN), REPAIRS_MAX)

    def _leave_content(self) -> None:
        """Leave what was sent again before, and everything if there is so much that the cause must be general."""
        before = json.loads(self._ledger.findings.get(REPAIRED_CONTENT) or "{}")
        number, limit = sum(len(each) for key, each in self._repairs.items() if key[0] in BOUNDED), self._limit()
        is_general = number > limit and not self._send_again
        if is_general:
            self._report.problem = (
                f"{number:,} records differ from what was sent. Because there are so many (at most {limit:,} "
                "are sent again), Upflow probably shows them in a different form. If people have changed "
                "them, trigger the DAG upflow_ledger_rebuild with send_again"
            )
        known = {} if self._send_again else before
        for (difference, stream), repairs in self._repairs.items():
            for external_id in list(repairs) if difference in BOUNDED else ():
                name = f"{stream}/{external_id}"
                if is_general or (name in known and known[name] == self._fingerprints.get(name)):
                    del repairs[external_id]
                    self._report.add(Difference.LEFT, stream, [external_id])
                    self._sent_again |= {name: known[name]} if name in known else {}

    def _repair(self, listed_at: datetime) -> None:
        inventory = self._ledger.inventory
        for stream, amounts in self._amounts.items():
            inventory.observe(stream, amounts, listed_at=listed_at)
        for (difference, stream), repairs in self._repairs.items():
            repaired = sorted(inventory.repair(stream, repairs.values(), listed_at=listed_at))
            self._report.add(difference, stream, repaired)
            names = (f"{stream}/{external_id}" for external_id in repaired)
            self._sent_again |= {name: self._fingerprints[name] for name in names if name in self._fingerprints}
        self._ledger.findings.keep(REPAIRED_CONTENT, json.dumps(self._sent_again))
