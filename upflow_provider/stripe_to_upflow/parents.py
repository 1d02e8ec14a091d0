"""Parents: the records of Stripe that Upflow must have before others, such as the customer of an invoice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Protocol

from upflow_provider.delivery.decision import Action, decide
from upflow_provider.delivery.delivery import Delivery
from upflow_provider.errors import MappingError, NotFoundError, RecordError, RefusedError
from upflow_provider.ledger import Ledger, Plan, RecordState
from upflow_provider.records.mapped import Mapped, Need, Skip
from upflow_provider.records.page import Record
from upflow_provider.records.payloads import COLLECTIONS
from upflow_provider.runs.containment import contained
from upflow_provider.shown_ids import shown_id
from upflow_provider.stripe_to_upflow.mapping.customers import account_id
from upflow_provider.stripe_to_upflow.mapping.options import Options
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS
from upflow_provider.stripe_to_upflow.streams.stream import StripeStream


class RecordReader(Protocol):
    """The part of `Reader` that parents use."""

    def retrieve(self, stream: StripeStream, record_id: str) -> Record:
        """Read one record; `NotFoundError` when there is none."""

    def newest_invoice(self, customer: Mapping[str, str]) -> Record | None:
        """Read the newest finalized invoice of a customer; ``None`` if there is none."""


class StripeParents:
    """
    Finds and reads the parents of records that Upflow lacks; safe to use from several threads.

    Args:
        reader: Reads missing records from Stripe.
        ledger: Knows which records Upflow has; its clock orders the reads.
        options: The organization's mapping options.
        plan: What a dry run would have imported by now; ``None`` if this is no dry run.
    """

    def __init__(self, reader: RecordReader, ledger: Ledger, options: Options, plan: Plan | None = None) -> None:
        self._reader, self._ledger, self._options, self._plan = reader, ledger, options, plan
        self._unusable: dict[Need, RecordError] = {}
        self._refreshed: set[Need] = set()

    def missing(self, delivery: Delivery) -> Iterator[Delivery]:
        """
        Yield the records that must be imported before *delivery*, each after those that it needs itself.

        Raises:
            MappingError, RefusedError: The record needs one that cannot be imported.
            RetriableError, FatalError: Raised by the client.
        """
        yield from self._missing(delivery, (delivery.external_id,))

    def is_missing(self, parent: Delivery) -> bool:
        """Return whether Upflow still lacks a parent, or what this read of it shows, according to the ledger."""
        known = self._ledger.records(parent.stream.name, [parent.external_id]).get(parent.external_id)
        if known is None or not known.is_imported:
            return True
        # Its hash does not tell: that of a record which will be sent a second time is unknown until then.
        is_older = known.read_at is None or known.read_at < parent.read_at
        return parent.decision.action is Action.UPDATED and (is_older or known.claim_process is not None)

    def reject(self, parent: Delivery, error: RecordError) -> None:
        """Remember that a parent cannot be imported, so that other records that need it fail at once."""
        self._unusable[Need(parent.stream.name, parent.external_id)] = error

    def forget_rejected(self) -> None:
        """Forget which parents cannot be imported, so that they are tried again."""
        self._unusable.clear()

    def _missing(self, delivery: Delivery, path: tuple[str, ...]) -> Iterator[Delivery]:
        needs = delivery.mapped.needs if isinstance(delivery.mapped, Mapped) else ()
        invoices = [each.external_id for each in needs if COLLECTIONS[STREAMS[each.stream].collection].has_outstanding]
        if self._plan is None:
            self._ledger.balances.link(invoices, delivery.read_at)  # before it is known which have balancing documents
        for need in needs:
            if self._plan and self._plan.has(*need):
                continue
            known = self._ledger.records(need.stream, [need.external_id]).get(need.external_id)
            if known is not None and known.is_imported:
                if known.balancing or need.external_id == account_id(delivery.record):
                    yield from self._refresh(need, known, delivery)
                continue
            if need.external_id in path:
                raise MappingError(path[0], need.stream, "needs itself, directly or through other records")
            if need in self._unusable:
                raise _error_of_need(delivery.external_id, need, self._unusable[need])
            parent = self._read(need, delivery)
            yield from self._with_parents(parent.with_state(known) if known else parent, (*path, need.external_id))

    def _with_parents(self, parent: Delivery, path: tuple[str, ...]) -> Iterator[Delivery]:
        """Yield a parent after those that it needs itself; if they are accessories and unusable, without them."""
        try:
            yield from self._missing(parent, path)
        except RecordError:
            fewer = parent.without_needs()
            if fewer is None:
                raise
            parent = fewer
        yield parent

    def _read(self, need: Need, needed_by: Delivery) -> Delivery:
        """Read a record from Stripe, or a customer that is gone there from the newest invoice that describes it."""
        stream, read_at = STREAMS[need.stream], self._ledger.clock.tick()
        record: Record = {}
        try:
            with contained(need.external_id):
                record = self._reader.retrieve(stream, need.external_id)
                mapped = stream.map_record(record, self._options)
        except NotFoundError:
            mapped = Skip("not in Stripe")
        if isinstance(mapped, Skip):
            snapshot = STREAMS[needed_by.stream.name].customer_snapshot
            if snapshot is None or not COLLECTIONS[stream.collection].owns_documents:
                problem = f"{shown_id(need.external_id)} is skipped: {mapped.reason}"
                raise MappingError(needed_by.external_id, need.stream, problem)
            # That Stripe has no such customer is the newest read of it, however old the record is.
            record = self._newest_snapshot(need, needed_by)
            mapped = snapshot(record, self._options)
        decision = decide(mapped, read_at, None)
        return Delivery(stream.delivery_stream(self._options), need.external_id, record, mapped, decision, read_at)

    def _newest_snapshot(self, need: Need, needed_by: Delivery) -> Record:
        """Return the newest invoice that describes a customer: what an older one recorded may have changed since."""
        owner = "customer_account" if need.external_id == account_id(needed_by.record) else "customer"
        return self._reader.newest_invoice({owner: need.external_id}) or needed_by.record

    def _refresh(self, need: Need, known: RecordState, needed_by: Delivery) -> Iterator[Delivery]:
        """
        Yield a parent once more, if it has changed: one that has balancing documents, or is known by snapshots only.

        A write-off has to give way before a payment is linked to its invoice: at no time may more be linked than due.
        An account of Accounts v2 sends no event that it has changed; its newest invoice shows it.

        Raises:
            RecordError: One that has balancing documents cannot be imported as it is now.
        """
        if need in self._refreshed:
            return
        if need in self._unusable:
            if known.balancing:
                raise _error_of_need(needed_by.external_id, need, self._unusable[need])
            return  # Upflow has the customer, though not as it is now; that keeps no document out
        parent = self._read(need, needed_by)
        decision = decide(parent.mapped, parent.read_at, known)
        if decision.action is not Action.UNCHANGED:
            yield replace(parent, decision=decision).with_state(known)
        self._refreshed.add(need)  # only now: the import may have ended in an error, such as that it is in flight


def _error_of_need(external_id: str, need: Need, error: RecordError) -> RecordError:
    """Return the error of a record whose parent is rejected."""
    problem = f"{shown_id(need.external_id)} is rejected: {error}"
    if isinstance(error, RefusedError):
        return RefusedError(f"{shown_id(external_id)}: {need.stream} {problem}", error.status)
    return MappingError(external_id, need.stream, problem)
