"""A stream as the delivery sees it, from any source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from upflow_provider.records.accessories import Accessory
from upflow_provider.records.mapped import Mapped, Skip
from upflow_provider.records.page import Record
from upflow_provider.records.payloads import Collection


@dataclass(frozen=True, slots=True)
class Stream:
    """
    One kind of source record and the collection of Upflow that it goes into.

    Attributes:
        name: Its name in the ledger.
        collection: Where its records are imported.
        to_upflow: Maps one record, with its ``id``; raises `MappingError` for one that is unusable.
        accessories: What never keeps one of its records out of Upflow; see `Accessory`.
    """

    name: str
    collection: Collection
    to_upflow: Callable[[Record], Mapped | Skip]
    accessories: tuple[Accessory, ...] = ()
