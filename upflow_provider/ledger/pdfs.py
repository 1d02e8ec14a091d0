"""
PDFs of invoices and credit notes: which are due, and which Upflow has.

A run *queues* documents whose PDF Upflow may lack. A task reads each of them again, uploads its PDF, and records the
*state* of the document that the PDF shows; a PDF that cannot be had is rejected, and is due again later. Before an
upload begins, the ledger notes its state as *sending*: if the task dies, or the answer is lost, nobody knows whether
Upflow has the PDF. Whoever begins an upload has the turn of the document's customer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from upflow_provider.ledger.records import RETRY_DELAYS
from upflow_provider.ledger.tables import UtcDateTime, metadata, records, upsert
from upflow_provider.runs.batches import batches

NEXT_SYNC = ""
"""Name that stands for the next run of the sync, whichever it is."""
DUE_NOW = datetime(1970, 1, 1, tzinfo=UTC)
"""When what is queued is due: a clock that steps back makes it no later."""
BATCH_SIZE = 100
"""Documents in one statement and one transaction."""

pdfs = sa.Table(
    "upflow_pdfs",
    metadata,
    sa.Column("organization", sa.Text, primary_key=True),
    sa.Column("stream", sa.Text, primary_key=True),
    sa.Column("external_id", sa.Text, primary_key=True),
    sa.Column("run", sa.Text, nullable=False),
    sa.Column("queued_at", UtcDateTime, nullable=False),
    sa.Column("due_at", UtcDateTime),
    sa.Column("state", sa.Text),
    sa.Column("sending", sa.Text),
    sa.Column("read_at", UtcDateTime),
    sa.Column("reason", sa.Text),
    sa.Column("error", sa.Text),
    sa.Column("attempts", sa.Integer, nullable=False),
)
sa.Index(
    "upflow_pdfs_due",
    pdfs.c.organization,
    pdfs.c.run,
    pdfs.c.due_at,
    postgresql_where=pdfs.c.due_at.is_not(None),
    sqlite_where=pdfs.c.due_at.is_not(None),
)


class DuePdf(NamedTuple):
    """
    A document whose PDF is due.

    Attributes:
        stream: Name of its stream.
        external_id: Its id in Stripe.
        upflow_id: Its id in Upflow; another one, after somebody has deleted the document there, needs another PDF.
    """

    stream: str
    external_id: str
    upflow_id: str


class KnownPdf(NamedTuple):
    """
    What the ledger knows about the PDF of a document.

    Attributes:
        state: State that the PDF in Upflow shows; ``None`` if Upflow has none.
        sending: State of an upload whose outcome is not known; ``None`` if there is none.
        read_at: Tick of the newest read of the document that counts; ``None`` before the first.
        attempts: Times it was rejected in a row.
    """

    state: str | None = None
    sending: str | None = None
    read_at: datetime | None = None
    attempts: int = 0


class Pdfs:
    """
    The PDFs of one organization's documents; threads may share it.

    Args:
        engine: Engine of a database that is prepared.
        organization: Name of the organization.
        now: The ledger's time, aware, UTC.
    """

    def __init__(self, engine: sa.Engine, organization: str, now: Callable[[], datetime]) -> None:
        self._engine, self._organization, self._now = engine, organization, now
        self._in_organization = pdfs.c.organization == organization

    def states(self, stream: str, external_ids: Iterable[str]) -> dict[str, str]:
        """Return the states that the PDFs in Upflow show, by external id; documents without a PDF are left out."""
        found: dict[str, str] = {}
        with self._engine.connect() as connection:
            for batch in batches(external_ids, BATCH_SIZE):
                query = sa.select(pdfs.c.external_id, pdfs.c.state).where(
                    self._in_organization, pdfs.c.stream == stream, pdfs.c.external_id.in_(batch)
                )
                found.update((each[0], each[1]) for each in connection.execute(query) if each[1])
        return found

    def queue(self, stream: str, external_ids: Iterable[str], *, run: str, queued_at: datetime) -> None:
        """
        Make the PDFs of documents due, also of those that were rejected.

        Args:
            stream: Name of the stream.
            external_ids: The documents.
            run: The run whose task uploads them; `NEXT_SYNC` for any run of the sync.
            queued_at: A tick before the documents are read.
        """
        values = {"organization": self._organization, "stream": stream, "attempts": 0}
        due = {"run": run, "queued_at": queued_at, "due_at": DUE_NOW}
        for batch in batches(sorted(set(external_ids)), BATCH_SIZE):  # in one order, so that two tasks never block
            statement = upsert(self._engine.dialect.name, pdfs).values(
                [{**values, **due, "external_id": external_id} for external_id in batch]
            )
            changed = statement.on_conflict_do_update(
                index_elements=["organization", "stream", "external_id"], set_=due
            )
            self._execute(changed)

    def due(self, run: str, limit: int) -> list[DuePdf]:
        """Return documents whose PDF a run has to upload now, open invoices first, then those queued last."""
        is_settled = sa.case((records.c.expected > 0, 0), else_=1)
        query = (
            sa.select(pdfs.c.stream, pdfs.c.external_id, records.c.upflow_id)
            .join(records, self._is_in_upflow)
            .where(*self._is_due(run))
            .order_by(is_settled, pdfs.c.queued_at.desc(), pdfs.c.stream.desc(), pdfs.c.external_id)
            .limit(limit)
        )
        with self._engine.connect() as connection:
            return [DuePdf(*each) for each in connection.execute(query)]

    def count_due(self, run: str) -> int:
        """Return how many documents `due` would return without a limit."""
        query = sa.select(sa.func.count()).select_from(pdfs).join(records, self._is_in_upflow)
        with self._engine.connect() as connection:
            return connection.execute(query.where(*self._is_due(run))).scalar_one()

    def known(self, due: DuePdf) -> KnownPdf:
        """Return what is known about the PDF of a document."""
        columns = (pdfs.c[name] for name in KnownPdf._fields)
        with self._engine.connect() as connection:
            found = connection.execute(sa.select(*columns).where(*self._is(due))).one_or_none()
        return KnownPdf(*found) if found else KnownPdf()

    def begin(self, due: DuePdf, state: str) -> None:
        """Note that an upload is about to begin; it may arrive, whatever becomes of the task."""
        self._execute(sa.update(pdfs).where(*self._is(due)).values(sending=state))

    def record(self, due: DuePdf, read_at: datetime, state: str) -> None:
        """
        Record that Upflow has a PDF.

        Args:
            due: The document.
            read_at: Tick of the read of the document that the PDF shows.
            state: State that the PDF shows.
        """
        self._done(due, read_at, state=state, sending=None, reason=None)

    def pass_over(self, due: DuePdf, read_at: datetime, reason: str | None = None) -> None:
        """Record that a read found no PDF to upload; *reason* says why there is none for Upflow."""
        self._done(due, read_at, reason=reason)

    def _done(self, due: DuePdf, read_at: datetime, **values: Any) -> None:  # noqa: ANN401 - values of columns
        """Record an outcome; a document that was queued after it was read stays due, and an older read counts not."""
        is_queued_again = pdfs.c.queued_at > read_at
        statement = (
            sa.update(pdfs)
            .where(*self._is(due), sa.or_(pdfs.c.read_at.is_(None), pdfs.c.read_at <= read_at))
            .values(
                due_at=sa.case((is_queued_again, pdfs.c.due_at), else_=None),
                read_at=read_at,
                error=None,
                attempts=0,
                **values,
            )
        )
        self._execute(statement)

    def reject(self, due: DuePdf, error: Exception, *, may_have_arrived: bool) -> None:
        """
        Record why a PDF cannot be had; the sync tries it again after 5 minutes, 10, 20 and so on, up to a day.

        Args:
            due: The document.
            error: Why; its message has ids and field names only.
            may_have_arrived: Whether an upload got no answer.
        """
        attempts = self.known(due).attempts
        delay = RETRY_DELAYS[min(attempts, len(RETRY_DELAYS) - 1)]
        statement = sa.update(pdfs).where(*self._is(due))
        values = {"run": NEXT_SYNC, "attempts": attempts + 1, "due_at": self._now() + delay}
        values |= {"reason": str(error), "error": type(error).__name__}
        self._execute(statement.values(values if may_have_arrived else {**values, "sending": None}))

    def retry_rejected(self) -> None:
        """Make all rejected PDFs due now."""
        is_rejected = (self._in_organization, pdfs.c.due_at.is_not(None), pdfs.c.attempts > 0)
        self._execute(sa.update(pdfs).where(*is_rejected).values(due_at=DUE_NOW))

    @property
    def _is_in_upflow(self) -> sa.ColumnElement[bool]:
        key = (records.c[name] == pdfs.c[name] for name in ("organization", "stream", "external_id"))
        return sa.and_(*key, records.c.upflow_id.is_not(None))

    def _is_due(self, run: str) -> tuple[sa.ColumnElement[bool], ...]:
        return self._in_organization, pdfs.c.run == run, pdfs.c.due_at.is_not(None), pdfs.c.due_at <= self._now()

    def _is(self, due: DuePdf) -> tuple[sa.ColumnElement[bool], ...]:
        return self._in_organization, pdfs.c.stream == due.stream, pdfs.c.external_id == due.external_id

    def _execute(self, statement: sa.Executable) -> None:
        with self._engine.begin() as connection:
            connection.execute(statement)
