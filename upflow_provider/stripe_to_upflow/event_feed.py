"""
Stripe's event feed, which says what has changed: only ids are taken from events, and no payload is mapped.

https://docs.stripe.com/api/events/list: events are kept for 30 days, listed newest first, and have the format of
the API version that was current at the time. The rows of the streams define which events are requested.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from upflow_provider.clients.stripe.source import StripeSource
from upflow_provider.ledger import Change
from upflow_provider.records.dates import first_instant
from upflow_provider.records.text import is_id, is_reference, mapping_in
from upflow_provider.runs.batches import batches
from upflow_provider.shown_ids import shown_id
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS
from upflow_provider.stripe_to_upflow.streams.stream import EventRule, StripeStream

log = logging.getLogger(__name__)

Event = Mapping[str, Any]

EVENT_TYPES_MAX = 20
"""Greatest number of types in one list (https://docs.stripe.com/api/events/list)."""


def feed_filters(streams: Iterable[StripeStream] = STREAMS.values()) -> list[dict[str, Any]]:
    """Return the filters of the lists that together contain all events of the streams; each filter is for one list."""
    types = sorted({each for stream in streams for rule in stream.events for each in rule.types})
    families = [each for each in types if each.endswith(".*")]
    exact = [each for each in types if not EventRule(tuple(families)).covers(each)]
    return [
        *({"type": family} for family in families),
        *({"types": batch} for batch in batches(exact, EVENT_TYPES_MAX)),
    ]


def events(source: StripeSource, start: datetime, end: datetime | None = None) -> Iterator[Sequence[Event]]:
    """
    Yield the events that were created in ``[start, end)``, page by page; an empty page ends each list.

    After the first page, even of an empty feed, Stripe has answered, so that its time is known.

    Args:
        source: Reads the feed.
        start: First instant, aware.
        end: First instant after them, aware; ``None`` for all events since *start*.

    Raises:
        AuthenticationError: The key may not read events.
        RetriableError, FatalError: Raised by the client.
    """
    for filters in feed_filters():
        for page in source.pages("events", start=start, end=end, filters=filters):
            yield page.records
        yield ()


def created_at(event: Event) -> datetime | None:
    """Return when an event was created, aware, UTC; ``None`` if it does not say."""
    created_s = first_instant(event.get("created"))
    return datetime.fromtimestamp(created_s, UTC) if created_s else None


def event_changes(feed_events: Iterable[Event]) -> list[Change]:
    """
    Return the records that events name, each once; objects that belong to no stream are left out.

    An event that says nothing is logged; what it is about may be found by the daily sweep.
    """
    changes: dict[tuple[str, str], Change] = {}
    for event in feed_events:
        if not isinstance(event.get("type"), str) or not mapping_in(mapping_in(event.get("data")).get("object")):
            log.warning("event %s does not say what it is about; no record is read again because of it", _shown(event))
        for stream in STREAMS.values():
            for rule in stream.events:
                change = _change(event, stream, rule)
                if change is not None:
                    known = changes.get((change.stream, change.record_id))
                    if known is None or known.created_at is None:
                        changes[change.stream, change.record_id] = change
    return list(changes.values())


def _shown(event: Event) -> str:
    return shown_id(event["id"]) if is_id(event.get("id")) else "without a usable id"


def _change(event: Event, stream: StripeStream, rule: EventRule) -> Change | None:
    if not rule.covers(str(event.get("type"))):
        return None
    data = mapping_in(event.get("data"))
    # A value that was removed, such as the customer of a payment method, is among the previous attributes.
    for document in (mapping_in(data.get("object")), mapping_in(data.get("previous_attributes"))):
        for path in rule.id_paths:
            record_id = _id(document, path, stream)
            if record_id:
                is_dated = path == "id" or path.startswith("payment.")
                created = first_instant(document.get("created")) if is_dated else None
                created_at = datetime.fromtimestamp(created, UTC) if created else None
                return Change(stream.name, record_id, created_at)
    return None


def _id(document: Mapping[str, Any], path: str, stream: StripeStream) -> str | None:
    """
    Return the id at a path of an event's object, whoever chose it.

    The object's type says whether its own id is that of a record; its beginning does not.
    """
    if path == "id" and str(document.get("object")) not in stream.object_types:
        return None
    *outer, last = path.split(".")
    for name in outer:
        document = mapping_in(document.get(name))
    found = mapping_in(document.get(last)).get("id", document.get(last))
    # One that Upflow cannot have, with blanks around it, is followed, too: its record is counted as rejected.
    return found if is_reference(found) else None
