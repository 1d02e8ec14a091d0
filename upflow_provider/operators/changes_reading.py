"""The reading of the records that changed in a run's window, for the task of one stream."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from upflow_provider.hooks.organization import OpenOrganization
    from upflow_provider.records.page import Page
    from upflow_provider.stripe_to_upflow.incremental import Incremental
    from upflow_provider.stripe_to_upflow.streams.stream import StripeStream


class ChangesReading:
    """
    The records that changed in the run's window.

    :param opened: the organization
    :param incremental: the run of the incremental sync
    :param stream: the stream
    :raises UnfinishedError: the run's first task has not read the event feed to the end
    """

    def __init__(self, opened: OpenOrganization, incremental: Incremental, stream: StripeStream) -> None:
        self._opened, self._incremental, self._stream = opened, incremental, stream
        self._first_try_at = opened.ledger.clock.tick()
        self.window = incremental.window()

    @property
    def inputs(self) -> dict[str, Any]:
        """What the cursor depends on."""
        return {"run": self._opened.run, "settings": self._opened.organization.sync_settings}

    def pages(self, cursor: dict[str, Any] | None) -> Iterable[Page]:
        """Return the changed records, without those that an earlier try has done."""
        if cursor:
            self._first_try_at = datetime.fromisoformat(cursor["begun"])
        return self._incremental.pages(self._stream, self._first_try_at)

    def page_done(self, page_cursor: dict[str, Any]) -> dict[str, Any]:
        """Record that the changes of a page are done; the cursor is the tick at which the first try began."""
        self._incremental.page_done(self._stream, page_cursor)
        return {"begun": self._first_try_at.isoformat()}

    def finish(self) -> None:
        """Record that all changes of the stream are done."""
        self._incremental.stream_done(self._stream)
