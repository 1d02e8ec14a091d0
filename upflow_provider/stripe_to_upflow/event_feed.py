"""
Stripe's event feed, as a pointer to what changed: ids only, no payload is ever mapped.

https://docs.stripe.com/api/events/list: kept for 30 days, newest first, and rendered in whatever version was
current at the time. Three lists tell of all streams.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from upflow_provider.clients.stripe.source import StripeSource
from upflow_provider.ledger import Change
from upflow_provider.runs.window import Window
from upflow_provider.stripe_to_upflow.streams.registry import EVENT_TYPES, STREAMS, EventRule, Stream

Event = Mapping[str, Any]

LISTS: tuple[dict[str, Any], ...] = ({"type": "customer.*"}, {"type": "invoice.*"}, {"types": list(EVENT_TYPES)})
"""Filters of the lists that tell of all streams."""


def told(source: StripeSource, window: Window) -> Iterator[Sequence[Event]]:
    """
    Yield the events of a window, page by page.

    Raises:
        AuthenticationError: The key may not read events.
        RetriableError, FatalError: As the client raises them.
    """
    for filters in LISTS:
        for page in source.pages("events", start=window.start, end=window.end, filters=filters):
            yield page.records


def changes_told(events: Iterable[Event]) -> list[Change]:
    """Return the records that events tell of, each once; what is no record of ours is left out."""
    found: dict[tuple[str, str], Change] = {}
    for event in events:
        for stream in STREAMS.values():
            for told_by in stream.told:
                change = _change(event, stream, told_by)
                if change is not None:
                    known = found.get((change.stream, change.record_id))
                    if known is None or known.created_at is None:
                        found[change.stream, change.record_id] = change
    return list(found.values())


def _change(event: Event, stream: Stream, told_by: EventRule) -> Change | None:
    if not event["type"].startswith(told_by.by):
        return None
    prefixes = (*stream.found_by, *(prefix for read in stream.reads for prefix in read.prefixes))
    # What a change took away, such as the customer of a payment method, is told apart.
    for holder in (event["data"]["object"], event["data"].get("previous_attributes") or {}):
        for path in told_by.at:
            record_id = _at(holder, path)
            if isinstance(record_id, str) and record_id.startswith(prefixes):
                is_dated = "created" in holder and (path == "id" or path.startswith("payment."))
                at = datetime.fromtimestamp(holder["created"], UTC) if is_dated else None
                return Change(stream.name, record_id, at)
    return None


def _at(holder: Any, path: str) -> Any:  # noqa: ANN401 - JSON
    for name in path.split("."):
        holder = holder.get(name) if isinstance(holder, Mapping) else None
    return holder
