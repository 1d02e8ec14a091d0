"""The log of requests that arrived at a fake, and what can be read from it."""

import json
import re
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, cast


@dataclass(slots=True, eq=False)
class Arrival:
    """
    One request.

    Attributes:
        at: When it arrived, in seconds of a monotonic clock.
        method: HTTP method.
        path: Path as it was sent, still percent-encoded.
        query: Query string as it was sent.
        body: Body as it was sent; empty for file uploads.
        customer: External id of the customer it is about, where that can be told.
        status: Status of the answer; None while it runs, and for ever when the connection was dropped.
        ended: When it was answered or dropped, on the same clock; None while it runs.
    """

    at: float
    method: str
    path: str
    query: str = ""
    body: bytes = b""
    customer: str | None = None
    status: int | None = None
    ended: float | None = None

    @property
    def json(self) -> dict[str, Any]:
        """The body, parsed; empty when there was none."""
        return cast("dict[str, Any]", json.loads(self.body or b"{}"))


class RequestLog:
    """
    All requests since the start or the last `clear`, in the order of arrival. Safe to read from any thread.

    Args:
        clock: Monotonic time in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._lock = threading.Lock()
        self._arrivals: list[Arrival] = []

    def __iter__(self) -> Iterator[Arrival]:
        return iter(self._copy())

    def __len__(self) -> int:
        return len(self._arrivals)

    def __getitem__(self, index: int) -> Arrival:
        return self._arrivals[index]

    def add(self, arrival: Arrival) -> None:
        """Log the arrival of a request."""
        with self._lock:
            self._arrivals.append(arrival)

    def end(self, arrival: Arrival, status: int | None) -> None:
        """Log the end of a request, once; no status means that the connection was dropped."""
        if arrival.ended is None:
            arrival.status, arrival.ended = status, self.clock()

    def clear(self) -> None:
        """Forget all requests."""
        with self._lock:
            self._arrivals.clear()

    def matching(self, method: str | None = None, path: str | None = None) -> list[Arrival]:
        """Return the requests of a method whose path contains the regular expression *path*."""
        return [
            arrival
            for arrival in self._copy()
            if method in (None, arrival.method) and re.search(path or "", arrival.path)
        ]

    def peak_concurrency(self) -> int:
        """Return how many requests were in flight at once, at most."""
        return _peak(self._copy())

    def peak_concurrency_per_customer(self) -> dict[str, int]:
        """Return, per customer's external id, how many requests about it were in flight at once."""
        by_customer: dict[str, list[Arrival]] = defaultdict(list)
        for arrival in self._copy():
            if arrival.customer is not None:
                by_customer[arrival.customer].append(arrival)
        return {customer: _peak(arrivals) for customer, arrivals in by_customer.items()}

    def peak_per_window(self, window_s: float = 60.0) -> int:
        """Return how many requests arrived in any window of *window_s* seconds, at most."""
        peak = first = 0
        times = sorted(arrival.at for arrival in self._copy())
        for last, at in enumerate(times):
            while times[first] <= at - window_s:
                first += 1
            peak = max(peak, last - first + 1)
        return peak

    def _copy(self) -> list[Arrival]:
        with self._lock:
            return list(self._arrivals)


def _peak(arrivals: Iterable[Arrival]) -> int:
    """Return how many of *arrivals* overlapped at once, at most; those still running never end."""
    changes = []
    for arrival in arrivals:
        changes.append((arrival.at, 1))
        if arrival.ended is not None:
            changes.append((arrival.ended, -1))
    peak = running = 0
    for _, change in sorted(changes):  # an end sorts before a start at the same time
        running += change
        peak = max(peak, running)
    return peak
