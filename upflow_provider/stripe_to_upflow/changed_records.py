"""
Re-reading of changed records: one by one, or from lists if many were created close together.

One request for a list returns a hundred records. If, for example, all invoices of a billing day have changed, a list
needs fewer requests; if only a few among many have changed, single reads do.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import chain

from upflow_provider.ledger import Change, Ledger
from upflow_provider.records.page import Page, Record
from upflow_provider.runs.batches import batches
from upflow_provider.runs.window import Window
from upflow_provider.stripe_to_upflow.reader import Reader
from upflow_provider.stripe_to_upflow.streams.stream import StripeStream

CLUSTER_GAP_MAX = timedelta(hours=1)
"""Greatest time between the creation of two records of one cluster."""
CLUSTER_SIZE_MIN = 20
"""Least number of records in a cluster."""
PAGE_YIELD_MIN = 5
"""Least number of wanted records on a page of a hundred; if there are fewer, the others are read one by one."""
SINGLE_READS_PER_PAGE = 20
"""Records on a page of records that are read one by one."""
SINGLE_READS_AT_ONCE = 4
"""Greatest number of requests for single records at once."""


def reread(
    reader: Reader,
    stream: StripeStream,
    changes: Sequence[Change],
    tick: Callable[[], datetime],
    known: Container[str] = (),
) -> Iterator[Page]:
    """
    Yield the current state of changed records; the cursor of each page names the changes that it covers.

    Records that Upflow may have come before new ones: what no longer settles an invoice makes room for what does.

    Args:
        reader: Reads them from Stripe.
        stream: Their stream.
        changes: The changes, newest records first, those of unknown age last.
        tick: Returns the instant, aware, UTC, by which a read that begins now is ordered; see `LedgerClock.tick`.
        known: Ids of records that the ledger knows.

    Raises:
        RetriableError, FatalError: Raised by the client.
    """
    close_together = clusters(changes)
    in_lists = {each.record_id for cluster in close_together for each in cluster}
    rest = {each.record_id: each for each in changes}
    first = dict.fromkeys(each for each in rest if each in known and each not in in_lists)
    yield from _read_singly(reader, stream, first, tick)
    for cluster in close_together:
        for page in _listed(reader, stream, {each.record_id: each for each in cluster}):
            for record_id in page.cursor["ids"]:
                rest.pop(record_id, None)
            yield page
    yield from _read_singly(reader, stream, [each for each in rest if each not in first], tick)


def _read_singly(
    reader: Reader, stream: StripeStream, ids: Iterable[str], tick: Callable[[], datetime]
) -> Iterator[Page]:
    with ThreadPoolExecutor(SINGLE_READS_AT_ONCE, thread_name_prefix=f"read-{stream.name}") as pool:
        for batch in batches(ids, SINGLE_READS_PER_PAGE):
            read_at = tick()
            found = pool.map(lambda record_id: reader.read_again(stream, record_id), batch)
            yield Page(_each_once(found), {"ids": list(batch)}, read_at, read_at)


def looked_up(stream: StripeStream, page: Page, ledger: Ledger) -> list[Record]:
    """
    Return, as gone, what the ledger knows by the id of a look-up that has led to records with ids of their own.

    A look-up that failed, such as that of a charge, was rejected by its own id; it must not be due for ever.
    """
    asked = set(page.cursor["ids"]) - {record["id"] for record in page.records}
    reason = "looked up; its records have ids of their own"
    return [{"id": record_id, "gone": reason} for record_id in sorted(ledger.records(stream.name, asked))]


def _each_once(found: Iterable[Sequence[Record]]) -> list[Record]:
    """Return records that were found in several ways once each; what one way did not find, another one may have."""
    records: dict[str, Record] = {}
    for record in chain.from_iterable(found):
        if record["id"] not in records or not record.keys() & {"gone", "refused"}:
            records[record["id"]] = record
    return list(records.values())


def clusters(changes: Sequence[Change]) -> list[list[Change]]:
    """
    Return groups of records that were created so close together that a list may return many at once.

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
    """Yield the records of a cluster from lists, as long as their pages contain enough of them."""
    instants = [each.created_at for each in cluster.values() if each.created_at]
    window = Window(min(instants), max(instants) + timedelta(seconds=1))

    def wanted(records: Sequence[Record]) -> list[Record]:
        return [record for record in records if stream.id_of(record) in cluster]

    for page in reader.pages(stream, window, wanted=wanted):
        ids = [record["id"] for record in page.records]
        yield Page(page.records, {"ids": ids}, page.read_at, page.covered_to)
        if len(ids) < PAGE_YIELD_MIN:
            return
