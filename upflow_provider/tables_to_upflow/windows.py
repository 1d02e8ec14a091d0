"""
The windows of an incremental import from a source that knows when its rows changed.

Windows follow each other by the source's own clock: each begins where the last one that was imported ended, minus an
overlap, because rows become visible a little after the instant that they show. A window whose records were partly
rejected is read again with each of the next ones, because only the source knows those records: what is unchanged costs
a comparison with the ledger, and no request.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta

from upflow_provider.errors import ConfigurationError
from upflow_provider.ledger import Ledger
from upflow_provider.ledger.findings import Finding
from upflow_provider.runs.window import Window

FIRST = datetime(1970, 1, 1, tzinfo=UTC)
"""Where the first window begins."""
REJECTED_FOR = timedelta(days=30)
"""How long a window with rejected records is read again; later, a record is tried when it changes at its source."""
AHEAD_MAX = timedelta(hours=1)
"""How far the source's clock may be behind what was imported: more shows that it was wrong once."""


@dataclass(frozen=True, slots=True)
class SourceState:
    """
    How far the imports from one source have come, by the clock of the source.

    Attributes:
        synced_until: Up to when everything was imported, UTC; ``None`` before the first window.
        rejected_since: First instant of the oldest window with records that are still rejected, UTC.
        rejected_at: When they were first rejected, UTC.
        opened_at: When the last window was opened, by the ledger's clock, UTC.
    """

    synced_until: datetime | None = None
    rejected_since: datetime | None = None
    rejected_at: datetime | None = None
    opened_at: datetime | None = None

    def as_dict(self) -> dict[str, str | None]:
        """Return the state as JSON."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: value and value.isoformat() for name, value in values.items()}

    @classmethod
    def of(cls, known: str | None) -> SourceState:
        """Return the state that was stored as JSON; that of a new source if there is none."""
        values: dict[str, str | None] = json.loads(known or "{}")
        return cls(**{name: datetime.fromisoformat(value) if value else None for name, value in values.items()})

    def reads_again(self, now: datetime) -> datetime | None:
        """Return the first instant that is still to be read again because of rejected records."""
        is_due = self.rejected_at is not None and now - self.rejected_at < REJECTED_FOR
        return self.rejected_since if is_due else None


class SourceWindows:
    """
    The windows of one source.

    Args:
        ledger: Keeps how far the imports have come.
        source: Name of the source.
    """

    def __init__(self, ledger: Ledger, source: str) -> None:
        self._ledger, self._source = ledger, source
        self._state = Finding(f"source {source}: synced")
        self._unfinished = Finding(f"source {source}: unfinished")

    def open(self, now: datetime, since: datetime | None, *, lag: timedelta, overlap: timedelta) -> Window | None:
        """
        Return the next window.

        Args:
            now: The present by the source's clock, aware, UTC.
            since: Where it begins, aware, UTC; ``None`` for where the last one ended.
            lag: How long before *now* a window ends, because rows become visible late.
            overlap: How long before the end of the last window it begins.

        Returns:
            The window; ``None`` if there is nothing to import yet.

        Raises:
            ConfigurationError: The clock of the source shows an instant long before what was imported.
        """
        state, end = self._read(), now - lag
        if since is None and state.synced_until and state.synced_until > now + AHEAD_MAX:
            raise ConfigurationError(
                f"the clock of source {self._source!r} shows {now:%Y-%m-%d %H:%M} UTC, but its records count as "
                f"imported up to {state.synced_until:%Y-%m-%d %H:%M}: one of them was wrong. Correct the clock, or run "
                "once with since, from where on records are to be read again"
            )
        start = since or (FIRST if state.synced_until is None else state.synced_until - overlap)
        if again := state.reads_again(now):
            start = min(start, again)
        self._keep(replace(state, opened_at=self._ledger.clock.tick()))
        return Window(start, end) if start < end else None

    def close(self, window: Window) -> SourceState:
        """Record that everything in a window was imported or rejected, and return how far the imports have come."""
        state = self._read()
        known = state.synced_until
        is_wrong = known is not None and known > window.end + AHEAD_MAX
        synced_until = window.end if known is None or is_wrong else max(known, window.end)
        since, at = None, None
        if self._is_unfinished(state.opened_at):
            again = state.reads_again(window.end)
            since = min(again, window.start) if again else window.start
            at = state.rejected_at if again else window.end
        closed = SourceState(synced_until, since, at)
        self._keep(closed)
        return closed

    def note_unfinished(self) -> None:
        """Note that a row of the window that is open could not be imported, or not completely."""
        self._ledger.findings.keep(self._unfinished, self._ledger.clock.tick().isoformat())

    def _is_unfinished(self, opened_at: datetime | None) -> bool:
        noted = self._ledger.findings.get(self._unfinished)
        return noted is not None and (opened_at is None or datetime.fromisoformat(noted) >= opened_at)

    def _read(self) -> SourceState:
        return SourceState.of(self._ledger.findings.get(self._state))

    def _keep(self, state: SourceState) -> None:
        self._ledger.findings.keep(self._state, json.dumps(state.as_dict()))
