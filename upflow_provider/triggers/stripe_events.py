"""Watches Stripe's event feed, so that the incremental sync runs as soon as something changed."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk.exceptions import AirflowNotFoundException
from airflow.triggers.base import BaseEventTrigger, TriggerEvent

from upflow_provider.errors import UpflowSyncError

log = logging.getLogger(__name__)

KEY = "announced"
"""Name in the asset's state store of what was announced."""
BUSY_S = 600.0
"""For how long after a change the feed is looked at more often, in seconds."""
A_SECOND = 1.0
"""Stripe's clock has whole seconds, and a window ends before the second it ends in."""


class StripeEventsTrigger(BaseEventTrigger):
    """
    Fire when a change in Stripe has become old enough for a run of the sync to see it.

    A run works on events that are at least *lag_s* old, because Stripe shows some late. Hence looking more often
    than that brings nothing forward, and firing at once would start a run that is too early. Each look is one
    request; changes that come together are announced together. What was announced is kept in the asset's
    state store, so that a restarted triggerer goes on where it was. Trouble with Stripe is logged and ends nothing;
    the DAG's schedule stays beside this trigger, and its runs fail loudly.

    :param organization: whose sync is to run; each organization has a watcher of its own
    :param stripe_conn_id: connection of type ``stripe``
    :param lag_s: age from which events are relied on, in seconds
    :param poll_s: seconds between two looks while there are changes
    :param idle_poll_s: most seconds between two looks when there are none
    """

    def __init__(
        self,
        *,
        organization: str = "default",
        stripe_conn_id: str = "stripe_default",
        lag_s: float = 60.0,
        poll_s: float = 15.0,
        idle_poll_s: float = 60.0,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.organization, self.stripe_conn_id = organization, stripe_conn_id
        self.lag_s, self.poll_s, self.idle_poll_s = lag_s, poll_s, idle_poll_s
        self._now: Callable[[], float] = time.time
        self._sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
        self._source: Any = None

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return class and arguments; they tell one watcher from another."""
        return (
            f"{type(self).__module__}.{type(self).__qualname__}",
            {
                "organization": self.organization,
                "stripe_conn_id": self.stripe_conn_id,
                "lag_s": self.lag_s,
                "poll_s": self.poll_s,
                "idle_poll_s": self.idle_poll_s,
            },
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Yield an event for changes that are old enough; its payload has an instant and a count only."""
        second, ids = await asyncio.to_thread(self._remembered)
        waiting: dict[str, int] = {}
        last_change, pause = 0.0, self.poll_s
        while True:
            try:
                found = await asyncio.to_thread(self._look, second)
            except (UpflowSyncError, AirflowNotFoundException) as error:
                log.warning("Stripe's events cannot be watched for now, the schedule goes on: %s", error)
                self._source = None  # the connection may have been changed
                found, last_change = {}, 0.0
            fresh = {each: created for each, created in found.items() if each not in ids and each not in waiting}
            waiting |= fresh
            if fresh:
                last_change = self._now()
            old = self._now() - self.lag_s - A_SECOND
            due = {each: created for each, created in waiting.items() if created <= old}
            if due:
                waiting = {each: created for each, created in waiting.items() if each not in due}
                second, ids = _announced(second, ids, due)
                await asyncio.to_thread(self._remember, second, ids)
                yield TriggerEvent({"until": second, "events": len(due)})  # type: ignore[no-untyped-call]
            busy = self._now() - last_change < BUSY_S
            pause = self.poll_s if busy else min(pause * 2, self.idle_poll_s)
            soonest = min(waiting.values(), default=None)
            until_due = pause if soonest is None else soonest + self.lag_s + A_SECOND - self._now()
            await self._sleep(min(pause, max(until_due, 0.1)))

    def _look(self, second: int) -> dict[str, int]:
        """Return the newest changes since a second: when each was created, by the id of its event. One request."""
        from upflow_provider.hooks.stripe import StripeHook
        from upflow_provider.stripe_to_upflow.event_feed import event_changes

        if self._source is None:
            self._source = StripeHook(self.stripe_conn_id).source
        start = datetime.fromtimestamp(second, UTC)
        page = next(iter(self._source.pages("events", start=start, end=self._end())), None)
        return {event["id"]: event["created"] for event in (page.records if page else ()) if event_changes([event])}

    def _end(self) -> datetime:
        """Return an instant after every event, also where this clock is slow."""
        return datetime.fromtimestamp(self._now(), UTC) + timedelta(hours=1)

    def _remembered(self) -> tuple[int, frozenset[str]]:
        """Return the second that was last announced, and the events of it; now, if nothing was."""
        known: Any = self.asset_state_store.get(KEY) if self.asset_state_store is not None else None
        if not known:
            return int(self._now()), frozenset()
        return known["second"], frozenset(known["ids"])

    def _remember(self, second: int, ids: frozenset[str]) -> None:
        if self.asset_state_store is not None:
            self.asset_state_store.set(KEY, {"second": second, "ids": list[Any](sorted(ids))})


def _announced(second: int, ids: frozenset[str], due: dict[str, int]) -> tuple[int, frozenset[str]]:
    """Return up to which second all is announced by now, and the events of that second."""
    newest = max(second, *due.values())
    same = frozenset(each for each, created in due.items() if created == newest)
    return newest, same | ids if newest == second else same
