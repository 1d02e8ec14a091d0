"""
Changed records read again: one by one, or from lists where many were created close together.

A list brings a hundred records for one request. Where, say, the invoices of a billing day have all
changed, their list is the cheaper way; for a few among many it is not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from upflow_provider.ledger import Change
from upflow_provider.records.page import Page, Record
from upflow_provider.runs.batches import batches
from upflow_provider.runs.window import Window
from upflow_provider.stripe_to_upflow.reader import Reader
from upflow_provider.stripe_to_upflow.streams.stream import StripeStream

CLUSTER_GAP_MAX = timedelta(hours=1)
"""How far apart two records may have been created to be looked for in one list."""
CLUSTER_SIZE_MIN = 20
"""How many records must be close together before a list is tried."""
PAGE_YIELD_MIN = 5
"""How many wanted records a page of a hundred must bring; when it brings fewer, the rest is read one by one."""
SINGLE_READS_PER_PAGE = 20
"""How many records that are read one by one make up a page."""
SINGLE_READS_AT_ONCE = 4
"""Requests for single records that are under way at once."""


def reread(
    reader: Reader, stream: StripeStream, changes: Sequence[Change], now: Callable[[], datetime]
) -> Iterator[Page]:
    """
    Yield the current state of changed records; the cursor of each page names the changes that it covers.

    Args:
        reader: Where they are read.
        stream: Their stream.
        changes: The changes, newest records first, those of unknown age last.
        now: Current time, aware, UTC.

    Raises:
        RetriableError, FatalError: As the client raises them.
    """
    rest = {each.record_id: each for each in changes}
    for cluster in clusters(changes):
        for page in _listed(reader, stream, {each.record_id: each for each in cluster}):
            for record_id in page.cursor["ids"]:
                rest.pop(record_id, None)
            yield page
    with ThreadPoolExecutor(SINGLE_READS_AT_ONCE, thread_name_prefix=f"read-{stream.name}") as pool:
        for batch in batches(rest, SINGLE_READS_PER_PAGE):
            read_at = now()
            found = pool.map(lambda record_id: reader.read_again(stream, record_id), batch)
            records = {record["id"]: record for each in found for record in each}
            yield Page(list(records.values()), {"ids": list(batch)}, read_at, read_at)


def clusters(changes: Sequence[Change]) -> list[list[Change]]:
    """
    Return groups of records that were created so close together that a list may bring many at once.

    Args:
        changes: The changes, newest records first; those of unknown age are in no group.
    """
    groups: list[list[Change]] = []
    before: datetime | None = None
    for change in changes:
        if change.created_at is None:
            continue
        if before is None or before - change.created_at > CLUSTER_GAP_MAX:
            groups.append([])
        groups[-1].append(change)
        before = change.created_at
    return [group for group in groups if len(group) >= CLUSTER_SIZE_MIN]


def _listed(reader: Reader, stream: StripeStream, cluster: dict[str, Change]) -> Iterator[Page]:
    """Yield what lists bring of a cluster, as long as they bring enough."""
    instants = [each.created_at for each in cluster.values() if each.created_at]
    window = Window(min(instants), max(instants) + timedelta(seconds=1))

    def wanted(records: Sequence[Record]) -> list[Record]:
        return [record for record in records if stream.id_of(record) in cluster]

    for page in reader.pages(stream, window, wanted=wanted):
        ids = [record["id"] for record in page.records]
        yield Page(page.records, {"ids": ids}, page.read_at, page.covered_to)
        if len(ids) < PAGE_YIELD_MIN:
            return
