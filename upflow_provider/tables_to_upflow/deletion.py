"""
The deletion of records in Upflow, by external id.

``look up | say what would be deleted | DELETE | note it in the ledger``
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from upflow_provider.clients.upflow.client import BeforeSend, external
from upflow_provider.errors import MappingError, NotFoundError
from upflow_provider.ledger import Claim, Ledger, Outcome, RecordOutcome, RecordState
from upflow_provider.records.payloads import COLLECTIONS, Collection
from upflow_provider.runs.batches import batches
from upflow_provider.runs.report import counted
from upflow_provider.runs.sync_report import SyncReport
from upflow_provider.shown_ids import shown_id
from upflow_provider.tables_to_upflow.record_requests import DocumentCustomers, RecordRequests, customer_id_of, reject

if TYPE_CHECKING:
    from upflow_provider.clients.upflow.client import UpflowClient

log = logging.getLogger(__name__)

DOCUMENTS = tuple(name for name, each in COLLECTIONS.items() if not each.owns_documents)
"""Collections of which a customer that is deleted must have no record."""
LOGGED_TOGETHER = 20
"""Ids in one line of the log."""
TWO_COLLECTIONS: Mapping[str, Mapping[Collection, Collection]] = {
    "invoices": {"invoices": "credit_notes", "credit_notes": "invoices"}
}
"""
A stream whose records are in either of two collections: each with the other one. A negative invoice of Stripe's is a
credit note in Upflow.
"""


class FoundRecord(NamedTuple):
    """
    A record that Upflow has.

    Attributes:
        external_id: Its external id.
        upflow_id: Its id in Upflow.
        customer: External id of its customer, or its own if it is one.
    """

    external_id: str
    upflow_id: str
    customer: str


class Deletion:
    """
    Deletes records of one collection.

    A record that Upflow does not have counts as unchanged, so that a retry continues where the try before it ended.

    Args:
        collection: The collection.
        upflow: Where records are deleted.
        ledger: Knows which streams have sent them.
        requests: Sends requests one by one.
    """

    def __init__(
        self, collection: Collection, *, upflow: UpflowClient, ledger: Ledger, requests: RecordRequests
    ) -> None:
        self._collection, self._upflow = collection, upflow
        self._ledger, self._requests = ledger, requests
        self._customers = DocumentCustomers(upflow)
        self._streams = [each for each in ledger.streams() if collection in _collections_of(each)]

    def run(self, external_ids: Iterable[str], report: SyncReport) -> None:
        """
        Look all records up, say what would be deleted, and delete it unless the run is a dry one.

        Args:
            external_ids: The records.
            report: The counts are added to it.

        Raises:
            RetriableError, FatalError: Something stops the whole deletion.
        """
        ids = list(dict.fromkeys(external_ids))
        report.read += len(ids)
        found = self._deletable(self._look_up(ids, report), report)
        self._announce(found, report)
        for record in found:
            if report.dry_run:
                report.count("removed")
            elif counted_as := self._requests.attempted(record.external_id, report, partial(self._delete, record)):
                report.count(counted_as)

    def _look_up(self, external_ids: Iterable[str], report: SyncReport) -> list[FoundRecord]:
        found = []
        for external_id in external_ids:
            look = partial(self._find_or_note, external_id, is_dry_run=report.dry_run)
            records = self._requests.attempted(external_id, report, look)
            if records:
                found += records
            elif records is not None:
                report.count("unchanged")
                log.info("not in Upflow: %s", shown_id(external_id))
        return found

    def _find_or_note(self, external_id: str, *, is_dry_run: bool) -> list[FoundRecord]:
        """Return the record, or note in the ledger that there is none."""
        asked_at = self._ledger.clock.tick()
        found = self._find(self._collection, external_id)
        if not found and not is_dry_run:
            self._note(external_id, asked_at)
        return found

    def _find(self, collection: Collection, external_id: str) -> list[FoundRecord]:
        """Return the one record that Upflow has of an external id, or none."""
        try:
            answer = self._upflow.get(collection, external(external_id))
        except NotFoundError:
            return []
        is_customer = COLLECTIONS[collection].owns_documents
        customer = external_id if is_customer else self._customers.of(answer)
        return [FoundRecord(external_id, str(answer["id"]), customer)]

    def _deletable(self, found: list[FoundRecord], report: SyncReport) -> list[FoundRecord]:
        """Return the records without customers that have documents, which are rejected."""
        if not found or not COLLECTIONS[self._collection].owns_documents:
            return found
        documents = self._documents({each.upflow_id for each in found})
        kept = []
        for record in found:
            problem = _problem(documents[record.upflow_id], documents[""])
            if problem:
                reject(MappingError(record.external_id, "the customer", problem), record.external_id, report)
            else:
                kept.append(record)
        return kept

    def _documents(self, customers: set[str]) -> Counter[str]:
        """
        Return how many documents customers have, by Upflow's id; those that name no customer by an empty id.

        All documents are listed, because no list can be limited to one customer, and a customer's balance does not show
        those that are paid.
        """
        return Counter(
            owner
            for collection in DOCUMENTS
            for document in self._upflow.list(collection)
            if (owner := customer_id_of(document)) in customers or not owner
        )

    def _announce(self, found: list[FoundRecord], report: SyncReport) -> None:
        log.info(
            "%s: %s to be deleted, %s not in Upflow, %s refused",
            self._collection,
            counted(len(found), "record"),
            f"{report.unchanged:,}",
            f"{report.rejected:,}",
        )
        for batch in batches(found, LOGGED_TOGETHER):
            log.info("to be deleted: %s", ", ".join(shown_id(each.external_id) for each in batch))

    def _delete(self, record: FoundRecord) -> str:
        """Delete a record, and return how to count it."""

        def delete(begin: BeforeSend) -> str:
            counted_as, absent_at = "removed", self._ledger.clock.tick()
            try:
                self._upflow.delete(self._collection, external(record.external_id), before_send=begin)
            except NotFoundError:
                counted_as = "unchanged"  # somebody else has deleted it meanwhile
            self._note(record.external_id, absent_at)  # still in the customer's turn, so that nobody imports it before
            return counted_as

        return self._requests.in_turn(record.customer, delete)

    def _note(self, external_id: str, absent_at: datetime) -> None:
        """
        Note in the ledger that Upflow lacks a record, so that its next import is not taken for unchanged.

        The record does not become due: its source may still have it, and the next sync would bring it back.

        Args:
            external_id: The record.
            absent_at: Tick before Upflow was asked, or the record deleted; what was read later counts more.
        """
        for stream in self._streams:
            state = self._ledger.records(stream, [external_id]).get(external_id)
            if state is None or not (state.is_imported or state.payload_hash):
                continue
            if not self._is_in_other_collection(stream, external_id):
                self._note_removal(stream, state, absent_at)

    def _is_in_other_collection(self, stream: str, external_id: str) -> bool:
        """Return whether what the ledger knows by this id is another record than the one that is deleted."""
        other = TWO_COLLECTIONS.get(stream, {}).get(self._collection)
        return other is not None and bool(self._find(other, external_id))

    def _note_removal(self, stream: str, state: RecordState, absent_at: datetime) -> None:
        claims, owner = self._ledger.claims, self._requests.owner
        claimed = claims.take(stream, state.external_id, read_at=absent_at, owner=owner)
        if claimed.claim is Claim.GRANTED:  # otherwise a task is sending it, or has read it again
            outcome = RecordOutcome(state.external_id, Outcome.REMOVED, absent_at, balancing=state.balancing)
            claims.record_outcomes(stream, [outcome], owner=owner)


def _collections_of(stream: str) -> Iterable[str]:
    """Return the collections that records of a stream are in; a table's stream is called ``<source>:<collection>``."""
    return TWO_COLLECTIONS.get(stream, (stream.rpartition(":")[2],))


def _problem(documents: int, unowned: int) -> str:
    """Return why a customer must not be deleted; empty if nothing speaks against it."""
    if documents:
        return f"has {counted(documents, 'document')} in Upflow; delete those first"
    if unowned:
        return f"may have documents: Upflow lists {counted(unowned, 'document')} without a customer"
    return ""
