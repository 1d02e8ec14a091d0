"""
Every stream of Stripe, in the order in which they depend on each other.

Each module of this folder but `stream` and this one defines one stream, under the module's name in capitals. The
registry finds it there, so that a new stream is a new file and no list can be forgotten.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from graphlib import TopologicalSorter

from upflow_provider.stripe_to_upflow import streams
from upflow_provider.stripe_to_upflow.streams.stream import StripeStream

_WITHOUT_STREAM = {"registry", "stream"}


def _streams() -> Iterator[StripeStream]:
    for module in pkgutil.iter_modules(streams.__path__):
        if module.name not in _WITHOUT_STREAM:
            streams_found = getattr(
                importlib.import_module(f"{streams.__name__}.{module.name}"), module.name.upper(), None
            )
            if not isinstance(streams_found, StripeStream):
                raise TypeError(f"{streams.__name__}.{module.name} has no StripeStream called {module.name.upper()}")
            yield streams_found


def _in_order(streams_found: Iterator[StripeStream]) -> dict[str, StripeStream]:
    """Return streams by name, each after those it depends on."""
    by_name = {stream.name: stream for stream in streams_found}
    order = TopologicalSorter({name: by_name[name].after for name in sorted(by_name)}).static_order()
    return {name: by_name[name] for name in order}


STREAMS: dict[str, StripeStream] = _in_order(_streams())
"""Every stream by name, in dependency order."""


def stream_of(record_id: str) -> StripeStream | None:
    """Return the stream that a record of Stripe's belongs to, by its id; ``None`` for anything else."""
    return next((stream for stream in STREAMS.values() if record_id.startswith(stream.prefixes)), None)
