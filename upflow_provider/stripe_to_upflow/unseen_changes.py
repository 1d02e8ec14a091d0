"""
What is listed because no event tells of it: now and then what is open, and everything after a long pause.

Only what the sync is responsible for is taken on: records that the ledger knows, and those created since
the sync began. The rest is history, which is loaded when somebody asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from upflow_provider.ledger import Change, Ledger
from upflow_provider.records.page import Page
from upflow_provider.runs.window import Window
from upflow_provider.stripe_to_upflow.changed_records import reread
from upflow_provider.stripe_to_upflow.reader import Reader
from upflow_provider.stripe_to_upflow.streams.registry import (
    CREDIT_NOTES,
    CUSTOMERS,
    INVOICES,
    PAYMENTS,
    REFUNDS,
    Record,
    Stream,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
OPEN = ("open", "uncollectible")
"""Statuses of invoices that are not at their end."""
LATE = timedelta(days=120)
"""How long after its beginning a refund may fail or a dispute end."""


class UnseenChanges:
    """
    Lists of one run.

    Args:
        reader: Where records are read.
        ledger: What is known.
        since: Instant since which anything may have changed unseen; ``None`` for a sweep of what is open.
        until: When the run took its window; what is created later is told by the next one.
        began: When the incremental sync took over from the backfill.
        now: Current time, aware, UTC.
    """

    def __init__(
        self,
        reader: Reader,
        ledger: Ledger,
        *,
        since: datetime | None,
        until: datetime,
        began: datetime,
        now: Callable[[], datetime],
    ) -> None:
        self._reader, self._ledger, self._since, self._until = reader, ledger, since, until
        self._began, self._now = began, now

    @property
    def streams(self) -> tuple[str, ...]:
        """Names of the streams that are listed."""
        streams = (CUSTOMERS, INVOICES, CREDIT_NOTES, PAYMENTS, REFUNDS) if self._since else (INVOICES,)
        return tuple(stream.name for stream in streams)

    @property
    def unknown(self) -> str:
        """What cannot be known any more after a gap, in words."""
        return (
            f"listed instead what is open, what was created since {self._since:%Y-%m-%d}, all customers, and refunds "
            f"and disputes of the {LATE.days} days before; not seen are changes of other invoices that leave their "
            "amounts as they were (such as of metadata), and which customers were deleted"
        )

    def pages(self, stream: Stream) -> Iterator[Page]:
        """
        Yield the records of a stream that are listed, as far as the sync is responsible for them.

        Raises:
            RetriableError, FatalError: As the client raises them.
        """
        if stream is INVOICES:
            yield from self._invoices()
        elif stream is CUSTOMERS:
            yield from self._created(stream, EPOCH)
        elif self._since is not None:
            yield from self._created(stream, self._since - (LATE if stream is REFUNDS else timedelta(0)))

    def _created(self, stream: Stream, start: datetime, status: str | None = None) -> Iterator[Page]:
        def wanted(records: Sequence[Record]) -> list[Record]:
            known = self._ledger.records(stream.name, (stream.id_of(record) for record in records))
            began = self._began.timestamp()
            return [each for each in records if each["created"] >= began or stream.id_of(each) in known]

        filters = {"status": status} if status else None
        for page in self._reader.pages(stream, Window(start, self._until), wanted=wanted, filters=filters):
            yield Page(page.records, {"ids": []}, page.read_at, page.covered_to)

    def _invoices(self) -> Iterator[Page]:
        """List what is open, then what was when it was last read and is no more."""
        listed: set[str] = set()
        for status in OPEN:
            for page in self._created(INVOICES, EPOCH, status):
                listed |= {record["id"] for record in page.records}
                yield page
        if self._since is not None:
            for page in self._created(INVOICES, self._since):
                listed |= {record["id"] for record in page.records}
                yield page
        closed = [each for each in self._ledger.balances.still_open() if each not in listed]
        for page in reread(self._reader, INVOICES, [Change(INVOICES.name, each) for each in closed], self._now):
            yield Page(page.records, {"ids": []}, page.read_at, page.covered_to)
