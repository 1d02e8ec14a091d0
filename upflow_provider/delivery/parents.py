"""Parents: records that Upflow must have before others, as a delivery sees their source."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from upflow_provider.delivery.delivery import Delivery
from upflow_provider.errors import RecordError


class Parents(Protocol):
    """Reads from the source the records that others need first, such as the customer of an invoice."""

    def missing(self, delivery: Delivery) -> Iterator[Delivery]:
        """
        Yield the records that must be imported before *delivery*, each after those that it needs itself.

        Raises:
            RecordError: The record needs one that cannot be imported.
        """

    def is_missing(self, parent: Delivery) -> bool:
        """Return whether Upflow still lacks a parent."""

    def forget_rejected(self) -> None:
        """Forget which parents cannot be imported, so that they are tried again."""

    def reject(self, parent: Delivery, error: RecordError) -> None:
        """Remember that a parent cannot be imported."""
