"""
The import of one table: every row is checked, then the records are imported as those of any other source.

``read rows | CHECK | stage | map | decide | import | record``
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from upflow_provider.delivery.page_decisions import Deliverer
from upflow_provider.delivery.page_sync import StreamSync
from upflow_provider.delivery.stream import Stream
from upflow_provider.errors import MappingError
from upflow_provider.ledger import Ledger
from upflow_provider.records.accessories import (
    ADDRESS,
    CONTACT,
    CUSTOM_FIELDS,
    DUE_DATE,
    EMPTY_FIELDS,
    NET_AMOUNT,
    PARENT,
    PHONE,
    VAT_NUMBER,
    Accessory,
)
from upflow_provider.records.mapped import Mapped
from upflow_provider.records.page import Page, Record
from upflow_provider.runs.batches import batches
from upflow_provider.runs.progress import Progress
from upflow_provider.runs.report import counted
from upflow_provider.runs.sync_report import SyncReport
from upflow_provider.tables_to_upflow.check import Check
from upflow_provider.tables_to_upflow.hierarchy import CycleError, top_parent
from upflow_provider.tables_to_upflow.known_customers import KnownCustomers
from upflow_provider.tables_to_upflow.mapping.payloads import mapping_of, stream_name
from upflow_provider.tables_to_upflow.mapping.problems import in_words
from upflow_provider.tables_to_upflow.staging import StagedRow, Staging, place_in_words

if TYPE_CHECKING:
    from upflow_provider.records.payloads import Collection
    from upflow_provider.tables_to_upflow.mapping.rows import ReadRow, RowReader
    from upflow_provider.tables_to_upflow.sources.table_rows import TableRows

log = logging.getLogger(__name__)

PAGE_SIZE = 100
"""Records on a page."""
ACCESSORIES: Mapping[Collection, tuple[Accessory, ...]] = {
    "customers": (PHONE, CONTACT, PARENT, VAT_NUMBER, ADDRESS),
    "invoices": (DUE_DATE, NET_AMOUNT),
    "credit_notes": (DUE_DATE, NET_AMOUNT),
    "payments": (),
    "refunds": (),
}
"""What a record of a table can be imported without, beside its custom fields."""


class TableImport:
    """
    The import of one table into one collection of Upflow.

    Args:
        collection: What is imported.
        source: Name of the source, by which the ledger knows its records.
        reader: Reads the rows.
        staging: Keeps them until all are checked.
        deliverer: Imports records, or counts what an import would do.
        ledger: What was sent before.
        threads: Imports in flight.
        run: Name of the run, as the deliverer has it.
        known: Says what Upflow has of customers that the ledger does not know.
    """

    def __init__(
        self,
        collection: Collection,
        source: str,
        *,
        reader: RowReader,
        staging: Staging,
        deliverer: Deliverer,
        ledger: Ledger,
        known: KnownCustomers,
        threads: int = 1,
        run: str = "",
    ) -> None:
        self._collection, self._reader, self._staging = collection, reader, staging
        self._known = known
        accessories = (EMPTY_FIELDS, CUSTOM_FIELDS, *ACCESSORIES[collection])
        to_upflow = mapping_of(collection, source)
        self.stream = Stream(stream_name(source, collection), collection, _refusing(to_upflow), accessories)
        self._sync = StreamSync(self.stream, deliverer, ledger, threads)
        self._ledger, self._run = ledger, run

    def check(self, rows: TableRows) -> Check:
        """
        Read and stage every row, and return what is wrong with them.

        Raises:
            ConfigurationError: The table does not have the columns that an import needs.
        """
        check = Check()
        if rows.header is not None and (ignored := self._reader.check_header(rows.header)):
            log.info("%s: columns that fill nothing: %s", self.stream.name, ", ".join(map(repr, ignored)))
        for row in rows:
            found = self._reader.read(row)
            check.rows += 1
            if found.problems:
                check.unusable += 1
                check.examples.add(_place(found), in_words(found.problems))
            if found.notes:
                check.noted += 1
                check.notes.add(_place(found), in_words(found.notes))
            if key := found.external_id:
                self._stage(key, found)
            else:
                check.unnamed += 1
                log.warning("rejected line %d of %s: %s", found.line, self.stream.name, in_words(found.problems))
        if check.noted:
            log.warning(
                "%s: %s with cells that are left out: %s", self.stream.name, counted(check.noted, "row"), check.notes
            )
        if rows.blank:
            log.info("%s: %s", self.stream.name, counted(rows.blank, "blank line"))
        check.records, check.conflicting = self._staging.finish(), self._staging.conflicting_rows()
        return check

    def run(self, check: Check, read_at: datetime) -> SyncReport:
        """
        Import what was staged, customers without a parent first.

        Args:
            check: What the check has found.
            read_at: When the source was read, aware, UTC.

        Raises:
            RetriableError, FatalError: Something stops the whole import.
        """
        report = SyncReport(dry_run=self._sync.deliverer.is_dry_run, read=check.rows - check.records)
        report.rejected = check.unnamed + check.conflicting
        report.skipped = report.read - report.rejected  # rows that are identical to others
        report.examples.add_all(check.examples)
        progress = Progress(self.stream.name, counted(check.records, "record"))
        for with_parent in (False, True):  # those above others must be there, and not only under way
            pages = self._pages(check, report, read_at, with_parent=with_parent)
            report = self._sync.run(pages, progress=progress, report=report)
        if report.waiting:
            self._retry_waiting(report, read_at, progress)
        return report

    def is_unfinished(self, report: SyncReport, read_at: datetime) -> bool:
        """Return whether rows of this read were rejected, or lack what Upflow may be able to have later."""
        if report.rejected or report.waiting:
            return True
        due = [each.record_id for each in self._ledger.changes.due([self.stream.name], None)]
        return any(state.read_at == read_at for state in self._ledger.records(self.stream.name, due).values())

    def _retry_waiting(self, report: SyncReport, read_at: datetime, progress: Progress) -> None:
        """Import once more what Upflow refused because of its links: others may have made room for it by now."""
        sync = replace(self._sync, reject_refused=True)
        for keys in batches(self._ledger.waiting(self.stream.name, self._run), PAGE_SIZE):
            page = Page([self._placed(_merged(*self._staging.group(key))) for key in keys], {}, read_at, read_at, 1.0)
            again = sync.run([page], progress=progress)
            report.waiting -= again.read
            report.read -= again.read
            report.add(again)

    def _stage(self, key: str, found: ReadRow) -> None:
        content: dict[str, Any] = {"values": found.values}
        if found.notes:
            content["notes"] = [str(each) for each in found.notes]
        if found.problems:
            content = {"problem": in_words(found.problems)}
        self._staging.add(key, found.line, content, found.values.get("parent") or "")

    def _pages(self, check: Check, report: SyncReport, read_at: datetime, *, with_parent: bool) -> Iterator[Page]:
        records = (self._placed(_merged(*group)) for group in self._staging.groups(with_parent=with_parent))
        for batch in batches(records, PAGE_SIZE):
            yield Page(
                self._compared(batch), {}, read_at, read_at, share=min(1.0, (report.read + len(batch)) / check.rows)
            )

    def _placed(self, record: dict[str, Any]) -> dict[str, Any]:
        """Return a customer below the top of its hierarchy; other records as they are."""
        parent = record.get("values", {}).get("parent")
        if self._collection != "customers" or not parent:
            return record
        try:
            top = top_parent(record["id"], parent, self._parent_of)
        except CycleError as error:
            return {**record, "problem": f"the customer {error}"}
        return {**record, "values": {**record["values"], "parent": top}}

    def _parent_of(self, customer: str) -> str:
        parent = self._staging.parent_of(customer)
        return self._known.parent_of(customer) if parent is None else parent

    def _compared(self, batch: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """
        Note of customers with contacts whether Upflow has them, if the ledger does not know it.

        An import that lists contacts removes those of other sources, and those that people made.
        """
        with_contacts = [each["id"] for each in batch if each.get("values", {}).get("contacts")]
        if self._collection != "customers" or not with_contacts:
            return batch
        known = self._ledger.records(self.stream.name, with_contacts)
        there = {each for each in with_contacts if each not in known and self._known.has(each)}
        return [{**each, "exists": True} if each["id"] in there else each for each in batch]


def _merged(key: str, rows: list[StagedRow]) -> dict[str, Any]:
    """Return the record of its rows: one of several that are identical; none of those that differ."""
    where, first = place_in_words(rows), rows[0].content
    if any(each.content != first for each in rows):
        return {"id": key, "where": where, "problem": "say different things about the same externalId; keep one"}
    return {"id": key, "where": f"{where}:", **first}


def _refusing(to_upflow: Callable[[Record], Mapped]) -> Callable[[Record], Mapped]:
    """Return a mapping that raises the problems of a record, with the place where it stands."""

    def mapped(record: Record) -> Mapped:
        if "problem" in record:
            raise MappingError(record["id"], record["where"], record["problem"])
        return to_upflow(record)

    return mapped


def _place(found: ReadRow) -> str:
    return found.external_id or f"line-{found.line}"
