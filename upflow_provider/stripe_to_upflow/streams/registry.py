"""
Every stream of Stripe, in the order in which they depend on each other.

Each module of this folder, except `stream` and this one, defines one stream, whose name is the module's name in
capitals. The registry finds it there, so a new stream needs a new file and no entry in a list.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator
from graphlib import TopologicalSorter

from upflow_provider.records.payloads import COLLECTIONS
from upflow_provider.stripe_to_upflow import streams
from upflow_provider.stripe_to_upflow.streams.stream import StripeStream

RESERVED_NAMES = {
    "access",
    "assets",
    "changes",
    "closing",
    "custom_fields",
    "fields",
    "fields_filled",
    "inventory",
    "preflight",
    "watermark",
    "window",
}
"""Ids of other tasks of the DAGs, whose tasks are named by streams."""
_WITHOUT_STREAM = {"registry", "stream"}


def _streams() -> Iterator[StripeStream]:
    for module in pkgutil.iter_modules(streams.__path__):
        if module.name not in _WITHOUT_STREAM:
            stream = getattr(importlib.import_module(f"{streams.__name__}.{module.name}"), module.name.upper(), None)
            if not isinstance(stream, StripeStream):
                raise TypeError(f"{streams.__name__}.{module.name} has no StripeStream called {module.name.upper()}")
            yield stream


def in_order(found: Iterable[StripeStream]) -> dict[str, StripeStream]:
    """
    Return streams by name, each after those that it depends on.

    Raises:
        ValueError: Two streams, or a stream and another task, have one name; or one comes after a stream that does
            not exist. Streams that come after each other are a `graphlib.CycleError`.
    """
    by_name: dict[str, StripeStream] = {}
    for stream in found:
        if stream.name in by_name or stream.name in RESERVED_NAMES:
            raise ValueError(f"stream {stream.name!r}: another stream or task has this name")
        by_name[stream.name] = stream
    for stream in by_name.values():
        if missing := set(stream.after) - by_name.keys():
            raise ValueError(f"stream {stream.name!r} comes after {sorted(missing)}, which do not exist")
    order = TopologicalSorter({name: by_name[name].after for name in sorted(by_name)}).static_order()
    return {name: by_name[name] for name in order}


STREAMS: dict[str, StripeStream] = in_order(_streams())
"""Every stream by name, in dependency order."""


DOCUMENT_STREAMS = tuple(each for each in STREAMS.values() if not COLLECTIONS[each.collection].owns_documents)


def document_stream_of(record_id: str) -> StripeStream | None:
    """
    Return the stream of a document of Stripe, by the prefix of its id; ``None`` if it belongs to no stream.

    Stripe makes the ids of documents. Those of customers may be chosen by the account's owner, and say nothing.
    """
    return next((stream for stream in DOCUMENT_STREAMS if record_id.startswith(stream.prefixes)), None)
