"""
Requests about records that somebody names, one record after the other.

What goes wrong with one record rejects that record, and the others continue. A request about a customer, or about one
of its documents, is sent only in the customer's turn, because Upflow asks that no two requests for one customer overlap
(https://docs.upflow.io, integrating with the Upflow API).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from upflow_provider.clients.upflow.client import BeforeSend
from upflow_provider.errors import RecordBusyError, RecordError, RetriableError
from upflow_provider.ledger import Ledger, Owner
from upflow_provider.records.text import is_id, mapping_in
from upflow_provider.runs.containment import contained
from upflow_provider.runs.outage import Outage
from upflow_provider.runs.sync_report import SyncReport
from upflow_provider.shown_ids import shown_id

if TYPE_CHECKING:
    from upflow_provider.clients.upflow.client import UpflowClient

log = logging.getLogger(__name__)

BUSY_WAIT_S = 2.0
"""Seconds before a customer is tried again that another task sends requests about."""
TRIES_MAX = 600
"""Tries of one request while its customer is busy: twice as long as a turn lasts."""
REMEMBERED_MAX = 100_000
"""Customers whose external id is remembered."""

T = TypeVar("T")


def reject(error: RecordError, record_id: str, report: SyncReport) -> None:
    """Log and count a record that is rejected."""
    log.warning("rejected: %s", error)
    report.reject(record_id, str(error))


class RecordRequests:
    """
    The requests of one task; a context manager, which gives the turns of customers back if the task fails.

    Args:
        ledger: Has the turns of customers.
        owner: Name of the task instance, the same on each try.
        sleep: Waits for a number of seconds.

    Attributes:
        owner: The task instance, and the process of this try.
    """

    def __init__(self, ledger: Ledger, owner: str, sleep: Callable[[float], None] = time.sleep) -> None:
        self.owner = Owner(owner)
        self._ledger, self._sleep = ledger, sleep
        self._outage, self._is_stopped = Outage(), False

    def __enter__(self) -> Self:
        self._ledger.turns.end_earlier(self.owner)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self.stop()

    def stop(self) -> None:
        """Send nothing more, and give the turns back."""
        self._is_stopped = True
        self._ledger.claims.give_back(self.owner, may_arrive_late=False)

    def attempted(self, record_id: str, report: SyncReport, work: Callable[[], T]) -> T | None:
        """
        Do the work on one record and return its result; ``None`` if the record was rejected, which is counted.

        Args:
            record_id: The record.
            report: Counts it if it is rejected.
            work: Sends requests about this record only.

        Raises:
            RetriableError, FatalError: It is no trouble of this record alone.
        """
        if self._is_stopped:
            raise RetriableError(f"{shown_id(record_id)}: not sent, because the task is being stopped")
        try:
            with contained(record_id), self._outage.watched(record_id):
                result = work()
        except RecordError as error:
            reject(error, record_id, report)
            return None
        self._outage.served()
        return result

    def in_turn(self, customer: str, request: Callable[[BeforeSend], T]) -> T:
        """
        Send a request in the turn of a customer, and return its result.

        Args:
            customer: External id of the customer.
            request: Sends it; it is given what must be called right before each attempt.

        Raises:
            RetriableError: The task is being stopped, or another one has the turn for longer than any turn lasts.
        """
        for _ in range(TRIES_MAX):
            try:
                return request(lambda _: self._take_turn(customer))
            except RecordBusyError:
                self._sleep(BUSY_WAIT_S)
            finally:
                self._ledger.turns.end(customer, self.owner)
        shown = shown_id(customer)
        raise RetriableError(f"{shown}: other tasks send requests about this customer for longer than any turn lasts")

    def _take_turn(self, customer: str) -> None:
        if self._is_stopped:
            raise RetriableError(f"{shown_id(customer)}: not sent, because the task is being stopped")
        if not self._ledger.turns.take(customer, self.owner):
            raise RecordBusyError(shown_id(customer))


class DocumentCustomers:
    """
    The customers of documents that Upflow shows, by the names of their turns.

    Args:
        upflow: Shows a customer, because an invoice names it by Upflow's id only.
    """

    def __init__(self, upflow: UpflowClient) -> None:
        self._upflow = upflow
        self._external_ids: dict[str, str] = {}

    def of(self, document: Mapping[str, Any]) -> str:
        """
        Return the external id of a document's customer; Upflow's id of one that has none, so that nobody imports it.

        Raises:
            RecordError: The document names no customer.
        """
        external_id = mapping_in(document.get("customer")).get("externalId")
        if is_id(external_id):
            return external_id
        upflow_id = customer_id_of(document)
        if not upflow_id:
            raise RecordError(f"{shown_id(str(document['id']))}: Upflow does not show whose document it is")
        if upflow_id not in self._external_ids:
            self._remember(upflow_id)
        return self._external_ids[upflow_id]

    def _remember(self, upflow_id: str) -> None:
        if len(self._external_ids) >= REMEMBERED_MAX:
            self._external_ids.clear()
        external_id = self._upflow.get("customers", upflow_id).get("externalId")
        self._external_ids[upflow_id] = external_id if is_id(external_id) else upflow_id


def customer_id_of(document: Mapping[str, Any]) -> str:
    """Return Upflow's id of a document's customer; empty if the document does not show it."""
    found = document.get("customerId") or mapping_in(document.get("customer")).get("id")
    return found if is_id(found) else ""
