"""A trigger that watches Stripe's event feed, so that the incremental sync runs soon after a change."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from airflow.sdk.exceptions import AirflowNotFoundException
from airflow.triggers.base import BaseEventTrigger, TriggerEvent

from upflow_provider.errors import UpflowSyncError

log = logging.getLogger(__name__)

STATE_KEY = "announced"
"""Key of the announced changes in the asset's state store."""
BUSY_PERIOD_S = 600.0
"""Seconds after a change during which the feed is read every `poll_s` seconds."""
CLOCK_STEP_S = 1.0
"""Seconds between two ticks of Stripe's clock; a window ends before the second in which it ends."""


class AnnouncedChanges(NamedTuple):
    """
    The changes that were announced, up to a second.

    Attributes:
        second: When the newest announced change was made, in Unix seconds.
        ids: Ids of the events of that second that were announced.
    """

    second: int
    ids: frozenset[str] = frozenset()

    def including(self, due: Mapping[str, int]) -> AnnouncedChanges:
        """Return how far changes are announced with *due*: when each was made, in Unix seconds, by event id."""
        newest = max(self.second, *due.values())
        same_second = frozenset(event for event, second in due.items() if second == newest)
        return AnnouncedChanges(newest, same_second | self.ids if newest == self.second else same_second)


class FeedLook(NamedTuple):
    """
    One look at the feed.

    Attributes:
        now_s: The present by Stripe's clock, in Unix seconds.
        changes: When each of the newest changes was made, in Unix seconds, by event id.
    """

    now_s: float
    changes: Mapping[str, int]


class StripeEventsTrigger(BaseEventTrigger):
    """
    Fire when a change in Stripe has become old enough for a run of the sync to see it.

    A run works on events that are at least *lag_s* old, because Stripe shows some events late. Polling more often than
    that would therefore start no run sooner, and firing at once would start it too early. Each poll asks for the types
    of events that concern a stream, however many others there are, as a run does: in three lists, usually one request
    each. Changes that are found together are announced together. The asset's state store keeps what was announced, so
    that a restarted triggerer continues where it stopped. Problems with Stripe are logged and do not stop the trigger:
    the DAG still has its schedule, and those runs fail loudly. How old a change is goes by Stripe's clock.

    :param organization: organization whose sync is to run; each has a trigger of its own
    :param stripe_conn_id: connection of type ``stripe``
    :param lag_s: age in seconds from which events are complete
    :param poll_s: seconds between two polls while there are changes
    :param idle_poll_s: greatest number of seconds between two polls while there are none
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
        self._monotonic: Callable[[], float] = time.monotonic
        self._sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
        self._source: Any = None

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return class and arguments, by which Airflow distinguishes triggers."""
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
        """Yield an event for changes that are old enough; its payload holds only an instant and a count."""
        announced = await asyncio.to_thread(self._read_state)
        waiting: dict[str, int] = {}
        started_s, last_change_s, pause_s = self._monotonic(), -math.inf, self.poll_s
        while True:
            look = await self._look(announced)
            wait_s = math.inf
            if look is None:
                last_change_s = -math.inf
            else:
                if announced is None or announced.second > look.now_s:
                    # Changes before the trigger started are left to the schedule.
                    announced = AnnouncedChanges(int(look.now_s - (self._monotonic() - started_s)))
                new = _new_changes(look, announced, waiting)
                waiting |= new
                last_change_s = self._monotonic() if new else last_change_s
                due = {event: second for event, second in waiting.items() if self._until_due_s(second, look) <= 0}
                if due:
                    waiting = {event: second for event, second in waiting.items() if event not in due}
                    announced = announced.including(due)
                    await asyncio.to_thread(self._write_state, announced)
                    yield TriggerEvent({"until": announced.second, "events": len(due)})  # type: ignore[no-untyped-call]
                wait_s = min((self._until_due_s(second, look) for second in waiting.values()), default=math.inf)
            is_busy = self._monotonic() - last_change_s < BUSY_PERIOD_S
            pause_s = self.poll_s if is_busy else min(pause_s * 2, self.idle_poll_s)
            await self._sleep(min(pause_s, max(wait_s, 0.1)))

    async def _look(self, announced: AnnouncedChanges | None) -> FeedLook | None:
        """Look at the changes since those that were announced; ``None`` if Stripe cannot be read for now."""
        try:
            return await asyncio.to_thread(self._changes, announced.second if announced else None)
        except (UpflowSyncError, AirflowNotFoundException) as error:
            log.warning("cannot watch Stripe's events for now; scheduled runs continue: %s", error)
            self._source = None  # the connection may have been changed
            return None

    def _changes(self, second: int | None) -> FeedLook:
        """Look at all changes from a second on; only at Stripe's clock if none is given."""
        from upflow_provider.hooks.stripe import StripeHook
        from upflow_provider.stripe_to_upflow.event_feed import event_changes, events

        if self._source is None:
            self._source = StripeHook(self.stripe_conn_id).source
        pages = () if second is None else events(self._source, datetime.fromtimestamp(second, UTC))
        changes = {event["id"]: event["created"] for page in pages for event in page if event_changes([event])}
        return FeedLook(self._source.server_time().timestamp(), changes)

    def _until_due_s(self, second: int, look: FeedLook) -> float:
        """Return the seconds from a look until a run can see a change of a second; 0 or less if it can."""
        return second + self.lag_s + CLOCK_STEP_S - look.now_s

    def _read_state(self) -> AnnouncedChanges | None:
        """Return how far changes were announced; ``None`` if none was."""
        state: Any = self.asset_state_store.get(STATE_KEY) if self.asset_state_store is not None else None
        return AnnouncedChanges(state["second"], frozenset(state["ids"])) if state else None

    def _write_state(self, announced: AnnouncedChanges) -> None:
        if self.asset_state_store is not None:
            state: Any = {"second": announced.second, "ids": sorted(announced.ids)}
            self.asset_state_store.set(STATE_KEY, state)


def _new_changes(look: FeedLook, announced: AnnouncedChanges, waiting: Mapping[str, int]) -> dict[str, int]:
    """Return the changes of a look that are neither announced nor waiting."""
    known = {*announced.ids, *waiting}
    return {
        event: second for event, second in look.changes.items() if second >= announced.second and event not in known
    }
