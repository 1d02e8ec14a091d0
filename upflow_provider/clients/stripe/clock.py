"""Stripe's clock, as far as its answers show it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from upflow_provider.clients.http_dates import http_instant
from upflow_provider.errors import ProtocolError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from upflow_provider.runs.host_clock import HostClock

CARRY_MAX_S = 600.0
"""Seconds for which an answer shows the time; monotonic clocks drift by less than half a second meanwhile."""


class StripeClock:
    """
    The ``Date`` of Stripe's latest answer, carried on by a clock of this host that never steps; threads may share it.

    It is never ahead of Stripe, because ``Date`` has whole seconds, rounded down, and is older than the answer's
    arrival. It may be behind by the time that the answer took, and a second.

    Args:
        monotonic: Returns the seconds of a monotonic clock.
        host: This host's clock, to be compared with the first answer; ``None`` to compare nothing.
    """

    def __init__(self, *, monotonic: Callable[[], float], host: HostClock | None = None) -> None:
        self._monotonic, self._host = monotonic, host
        self._latest: tuple[datetime, float] | None = None

    def observe(self, headers: Mapping[str, str], call: str) -> None:
        """
        Take the time from an answer that has just arrived; if it has no usable ``Date``, nothing changes.

        Args:
            headers: Headers of a successful answer; errors may come from somebody else, such as a proxy.
            call: Method and path, for the message.

        Raises:
            ProtocolError: The answer comes from a cache, so that its content is as old as its ``Date``.
        """
        age = headers.get("Age", "").strip()
        if age.strip("0"):
            raise ProtocolError(
                f"{call}: the answer comes from a cache (Age: {age[:20]} s), so that later changes are missing in it; "
                "exclude Stripe's API from the cache of the proxy between this host and Stripe"
            )
        date = http_instant(headers.get("Date", ""))
        if date is not None:
            self._latest = date, self._monotonic()

    def now(self) -> datetime | None:
        """Return the present, aware, UTC; ``None`` if no answer of the last ten minutes shows it."""
        if self._latest is None:
            return None
        date, arrived_at_s = self._latest
        age_s = self._monotonic() - arrived_at_s
        return date + timedelta(seconds=age_s) if age_s < CARRY_MAX_S else None

    def compare_host(self) -> None:
        """
        Compare the host's clock with Stripe's, once.

        Raises:
            RetriableError: They differ too much; see `HostClock.compare`.
        """
        present = self.now()
        if self._host is not None and present is not None:
            host, self._host = self._host, None
            host.compare(present, "Stripe")
