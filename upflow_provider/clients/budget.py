"""
The request budget as clients see it.

Clients ask for slots and the ledger hands them out; neither knows the other.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

MAX_PAUSE_S = 300.0
"""Seconds that all tasks pause at most before one of them asks again."""


class Reservation(NamedTuple):
    """
    The answer to a caller who wants to make one request.

    Attributes:
        granted: Whether the caller owns a slot. If so: wait, then send. If not: wait, then ask again.
        wait_s: Seconds to wait.
    """

    granted: bool
    wait_s: float


class Budget(Protocol):
    """Hands out the slots of one vendor account, which every task on every host shares."""

    def reserve(self) -> Reservation:
        """Ask for one slot."""

    def pause(self, seconds: float) -> None:
        """Give nobody a slot for that many seconds, because the vendor asked for a pause."""
