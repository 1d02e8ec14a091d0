"""
Unseen changes, which no event shows: open records are listed once a day, and all records after a long pause.

The sync is responsible only for records that the ledger knows and for those created since it began. Other records
are history, which a backfill loads on request.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from upflow_provider.ledger import Change, Ledger
from upflow_provider.records.dates import first_instant
from upflow_provider.records.page import Page, Record
from upflow_provider.runs.window import Window
from upflow_provider.stripe_to_upflow.changed_records import reread
from upflow_provider.stripe_to_upflow.reader import Reader
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS
from upflow_provider.stripe_to_upflow.streams.stream import StripeStream

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NO_LOOKBACK = timedelta(0)


class UnseenChanges:
    """
    The listings of one run: a *sweep* of what is open, or everything that may have changed in a *gap* of the feed.

    Args:
        reader: Reads records from Stripe.
        ledger: Knows which records were synced; its clock orders the reads.
        gap_start: Instant from which changes may be unseen, UTC; ``None`` for a sweep.
        created_before: End of the run's window, UTC; the next run covers records that are created later.
        sync_started_at: When the incremental sync took over from the backfill, by Stripe's clock, UTC.
    """

    def __init__(
        self,
        reader: Reader,
        ledger: Ledger,
        *,
        gap_start: datetime | None,
        created_before: datetime,
        sync_started_at: datetime,
    ) -> None:
        self._reader, self._ledger, self._gap_start, self._created_before = reader, ledger, gap_start, created_before
        self._sync_started_at = sync_started_at

    @property
    def streams(self) -> tuple[str, ...]:
        """Names of the streams that are listed: all after a gap, only those with open records in a sweep."""
        return tuple(name for name, stream in STREAMS.items() if self._gap_start or stream.open_statuses)

    @property
    def unknown(self) -> str:
        """What cannot be known after a gap, in words."""
        lookbacks = "; ".join(
            f"{name} {_lookback(stream.gap_lookback)}"
            for name, stream in STREAMS.items()
            if stream.gap_lookback != NO_LOOKBACK
        )
        return (
            f"what is open, and what was created since {self._gap_start:%Y-%m-%d}, is listed instead ({lookbacks}); "
            "unknown: changes to other invoices that do not affect amounts (such as metadata), and which customers "
            "were deleted"
        )

    def pages(self, stream: StripeStream) -> Iterator[Page]:
        """
        Yield the listed records of a stream that the sync is responsible for.

        Raises:
            RetriableError, FatalError: Raised by the client.
        """
        if stream.open_statuses:
            yield from self._open_records(stream)
        elif self._gap_start is not None:
            yield from self._created_records(stream, self._start(stream, self._gap_start))

    @staticmethod
    def _start(stream: StripeStream, gap_start: datetime) -> datetime:
        return EPOCH if stream.gap_lookback is None else gap_start - stream.gap_lookback

    def _created_records(self, stream: StripeStream, start: datetime, status: str | None = None) -> Iterator[Page]:
        def wanted(records: Sequence[Record]) -> list[Record]:
            known = self._ledger.records(stream.name, (stream.id_of(record) for record in records))
            started = self._sync_started_at.timestamp()
            return [each for each in records if _created_s(each) >= started or stream.id_of(each) in known]

        filters = {"status": status} if status else None
        for page in self._reader.pages(stream, Window(start, self._created_before), wanted=wanted, filters=filters):
            yield _uncounted(page)

    def _open_records(self, stream: StripeStream) -> Iterator[Page]:
        """List the open records, then read those that were open when they were last read and are no longer."""
        listed: set[str] = set()
        for status in stream.open_statuses:
            for page in self._created_records(stream, EPOCH, status):
                listed |= {record["id"] for record in page.records}
                yield page
        if self._gap_start is not None:
            for page in self._created_records(stream, self._start(stream, self._gap_start)):
                listed |= {record["id"] for record in page.records}
                yield page
        closed = [each for each in self._ledger.balances.still_open() if each not in listed]
        changes = [Change(stream.name, each) for each in closed]
        for page in reread(self._reader, stream, changes, self._ledger.clock.tick):
            yield _uncounted(page)


def _created_s(record: Record) -> float:
    """Return when a record was created, Unix seconds; infinitely late, so that it is wanted, if it does not say."""
    return first_instant(record.get("created")) or math.inf


def _lookback(lookback: timedelta | None) -> str:
    return "of any age" if lookback is None else f"from {lookback.days} days before"


def _uncounted(page: Page) -> Page:
    """Return a page that covers none of the changes that the run has counted."""
    return Page(page.records, {"ids": []}, page.read_at, page.covered_to, share=1.0)
