"""The records that those of a table need first: whether Upflow has them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol, cast

from upflow_provider.clients.upflow.client import external
from upflow_provider.delivery.delivery import Delivery
from upflow_provider.errors import MappingError, NotFoundError, RecordError
from upflow_provider.ledger import Ledger, Outcome, Plan
from upflow_provider.records.mapped import Mapped, Need
from upflow_provider.records.payloads import COLLECTIONS, Collection
from upflow_provider.shown_ids import shown_id

if TYPE_CHECKING:
    from collections.abc import Mapping

REMEMBERED_MAX = 100_000
"""Records of which is remembered whether Upflow has them."""


class Finder(Protocol):
    """The part of Upflow's client that looks for one record."""

    def get(self, collection: Collection, ref: str) -> Mapping[str, Any]:
        """Return one record; `NotFoundError` if there is none."""


class TableParents:
    """
    What the records of a table need first.

    A table cannot be asked for one record, so that nothing is imported on demand: a record whose customer is neither in
    the ledger nor in Upflow is rejected, and imported by a later run. Upflow is asked once for each.

    Args:
        upflow: Looks for records.
        ledger: What was imported before.
        plan: What a dry run would have imported by now; ``None`` if records are imported.
    """

    def __init__(self, upflow: Finder, ledger: Ledger, plan: Plan | None = None) -> None:
        self._upflow, self._ledger, self._plan = upflow, ledger, plan
        self._known: dict[Need, bool] = {}

    def missing(self, delivery: Delivery) -> Iterator[Delivery]:
        """
        Yield nothing, because whatever is needed must be there.

        Raises:
            MappingError: Upflow lacks what the record needs.
            RetriableError, FatalError: Raised by the client.
        """
        for need in delivery.mapped.needs if isinstance(delivery.mapped, Mapped) else ():
            if not self._is_there(need):
                collection = COLLECTIONS[_collection_of(need)].singular
                problem = f"{shown_id(need.external_id)} is not in Upflow; import it first"
                raise MappingError(delivery.external_id, collection, problem)
        yield from ()

    def is_missing(self, parent: Delivery) -> bool:
        """Return whether Upflow lacks a parent; none is ever imported on demand."""
        return not self._is_there(Need(parent.stream.name, parent.external_id))

    def forget_rejected(self) -> None:
        """Forget what Upflow lacked."""
        self._known = {need: is_there for need, is_there in self._known.items() if is_there}

    def reject(self, parent: Delivery, error: RecordError) -> None:  # noqa: ARG002 - as the protocol
        """Remember that a parent cannot be imported."""
        self._known[Need(parent.stream.name, parent.external_id)] = False

    def _is_there(self, need: Need) -> bool:
        if self._plan and self._plan.has(need.stream, need.external_id):
            return True
        state = self._ledger.records(need.stream, [need.external_id]).get(need.external_id)
        if state is not None and state.outcome is Outcome.IMPORTED:
            return True
        if need not in self._known:
            if len(self._known) >= REMEMBERED_MAX:
                self._known.clear()
            self._known[need] = self._is_in_upflow(need)
        return self._known[need]

    def _is_in_upflow(self, need: Need) -> bool:
        try:
            self._upflow.get(_collection_of(need), external(need.external_id))
        except NotFoundError:
            return False
        return True


def _collection_of(need: Need) -> Collection:
    """Return the collection of a record that is needed; its stream is called ``<source>:<collection>``."""
    return cast("Collection", need.stream.rpartition(":")[2])
