"""The clock of this host, which decides nothing that lasts, and is compared with those that do."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from datetime import UTC, datetime

from upflow_provider.errors import RetriableError

log = logging.getLogger(__name__)

REPORTED_S = 10.0
"""Least difference in seconds that is reported; answers that take long explain smaller ones."""
REFUSED_S = 900.0
"""Difference in seconds beyond which a host does no work: whatever else relies on its clock is wrong as well."""


def host_now() -> datetime:
    """Return the time of this host's clock, aware, UTC."""
    return datetime.now(UTC)


class HostClock:
    """
    The clock of this host.

    Args:
        now: Current time of the host, aware, UTC.
    """

    def __init__(self, now: Callable[[], datetime] = host_now) -> None:
        self._now = now

    def compare(self, instant: datetime, owner: str) -> None:
        """
        Compare this clock with another one; a difference from 10 seconds on is a warning in the log.

        Args:
            instant: The present by the other clock, aware.
            owner: Whose clock that is, for the message.

        Raises:
            RetriableError: They differ by more than 15 minutes. Another host may take the retry.
        """
        ahead_s = (self._now() - instant).total_seconds()
        if abs(ahead_s) < REPORTED_S:
            return
        side = "ahead of" if ahead_s > 0 else "behind"
        difference = f"host {socket.gethostname()}: its clock is {abs(ahead_s):,.0f} s {side} {owner}"
        if abs(ahead_s) > REFUSED_S:
            raise RetriableError(
                f"{difference}, and no task runs on a host whose clock differs by more than {REFUSED_S:,.0f} s; "
                "correct the clock, for example with NTP. Until then, a retry may succeed on another host"
            )
        log.warning(
            "%s; correct it, for example with NTP. Windows and reads do not depend on it, but schedules and logs do",
            difference,
        )
