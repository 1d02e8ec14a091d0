"""One record on its way into Upflow, and whose turn it is."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from upflow_provider.decide import Decision
from upflow_provider.ledger import Lines
from upflow_provider.mapping.outcome import Mapped, Skip
from upflow_provider.streams import Record, Stream


class BusyError(Exception):
    """Another task has this record in flight; its turn comes later."""


class StaleError(Exception):
    """A newer read of this record has been sent already."""


@dataclass(frozen=True, slots=True)
class Intent:
    """
    One record to be imported, or removed, and what is known about it.

    Attributes:
        stream: Its stream.
        external_id: Its id in the source, its external id in Upflow.
        record: The record; for a customer that is gone, the one that told of it.
        mapped: Its counterpart, or why it must not stay.
        decision: What is to be done.
        read_at: When the source was read, aware, UTC.
        lines: Balancing documents that Upflow may hold of it, as far as known beforehand.
        settles: Invoices that it was last linked to, or what came with a customer; ``None`` when nobody knows.
    """

    stream: Stream
    external_id: str
    record: Record
    mapped: Mapped | Skip
    decision: Decision
    read_at: datetime
    lines: Lines | None = None
    settles: Sequence[str] | None = ()

    @property
    def customer(self) -> str:
        """External id of the customer that its requests concern."""
        return self.mapped.customer


class Turns:
    """Locks by name, so that one customer has one request in flight; unused names are forgotten."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._locks: dict[str, tuple[threading.Lock, int]] = {}

    @contextmanager
    def turn(self, name: str) -> Iterator[None]:
        """Wait until nobody else has the turn of *name*, and keep it."""
        with self._guard:
            lock, users = self._locks.get(name, (threading.Lock(), 0))
            self._locks[name] = lock, users + 1
        try:
            with lock:
                yield
        finally:
            with self._guard:
                users = self._locks[name][1] - 1
                if users:
                    self._locks[name] = lock, users
                else:
                    del self._locks[name]
