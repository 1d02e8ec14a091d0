"""
The request budget, as those who make requests see it.

A leaf: the clients ask for slots, the ledger hands them out, and neither knows the other.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol


class Reservation(NamedTuple):
    """
    The answer to a wish to make one request.

    Attributes:
        granted: The caller owns a slot: wait, then send. Otherwise: wait, then ask again.
        wait_s: Seconds to wait.
    """

    granted: bool
    wait_s: float


class Budget(Protocol):
    """Hands out the slots of one vendor account, shared by every task on every host."""

    def reserve(self) -> Reservation:
        """Ask for one slot."""

    def hold_off(self, seconds: float) -> None:
        """Give nobody a slot for that many seconds: the vendor asked for a pause."""
