"""
The writer of one record: its document, the links of that, and its balancing documents.

Balancing documents that are no longer needed are deleted first, so that they make room for what settles the invoice
instead; those that grow are sent last. Before one is sent, the ledger notes that Upflow may have it, so that a task
that dies in between leaves nothing in Upflow that the ledger does not know. A claim keeps other tasks from writing
the record, and its customer, meanwhile. It is renewed right before each request; a request whose claim is lost is not
sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from upflow_provider.clients.upflow.client import external
from upflow_provider.delivery.balancing import (
    VOIDED,
    amount_in,
    balancing_needed,
    balancing_payload,
    document_content,
    document_key,
    may_be_linked,
)
from upflow_provider.delivery.custom_fields.acceptance import AcceptanceWatch
from upflow_provider.delivery.delivery import Delivery, DeliveryResult
from upflow_provider.delivery.dependents.attempts import imported
from upflow_provider.delivery.dependents.dependents import Dependents
from upflow_provider.delivery.links import LinkWriter, outstandings
from upflow_provider.delivery.stream import BeforeSend, Destination
from upflow_provider.errors import NewerReadError, NotFoundError, RecordBusyError, RefusedError, RetriableError
from upflow_provider.ledger import Balancing, Claim, Ledger, Owner
from upflow_provider.ledger.findings import VOID_INVOICES
from upflow_provider.records.content_hash import mapped_hash
from upflow_provider.records.mapped import BalancingDocument, Link, Mapped
from upflow_provider.records.payloads import COLLECTIONS, Collection, InvoicePayload, Payload
from upflow_provider.records.text import is_id
from upflow_provider.shown_ids import shown_id


class Writer:
    """
    Writes and removes records; safe to use from several threads for different customers.

    Args:
        upflow: Where records go.
        ledger: Keeps claims and balancing documents.
        links: Imports documents with their links.
        dependents: Brings contacts and parents of customers in line.
        owner: This task instance.

    Attributes:
        is_stopped: Whether nothing more may be sent, because the task is being stopped.
    """

    def __init__(
        self, upflow: Destination, ledger: Ledger, links: LinkWriter, dependents: Dependents, owner: Owner
    ) -> None:
        self._upflow, self._ledger, self._links, self._owner = upflow, ledger, links, owner
        self._dependents = dependents
        self._acceptance = AcceptanceWatch(ledger.findings, ledger.clock.now)
        self.is_stopped = False

    def write(self, delivery: Delivery, mapped: Mapped) -> DeliveryResult:
        """
        Import a record, so that it has exactly the balancing documents that its mapping asks for.

        Raises:
            RecordBusyError: Another task has it, or its customer, in flight.
            NewerReadError: A newer read is known, or another task has sent the same content.
            UpflowSyncError: Raised by the client.
        """
        written = DeliveryResult()
        planned = {document_key(document): document for document in mapped.balancing}
        before = self._plan(delivery, planned)
        for key in [key for key, content in before.items() if key not in planned and may_be_linked(content)]:
            self._delete(delivery, key, written)
            del before[key]
        changed = [document for key, document in planned.items() if before.get(key) != document_content(document)]
        self._import_balancing(delivery, mapped, (each for each in changed if not each.links), written)
        answer = self._import_record(delivery, mapped, written)
        wanted = balancing_needed(mapped, answer)
        growing = sorted(changed, key=lambda each: each.amount - amount_in(before.get(document_key(each))))
        self._import_balancing(delivery, mapped, (each for each in growing if each.links and each in wanted), written)
        written.balancing = {document_key(document): document_content(document) for document in wanted}
        for key in before.keys() - written.balancing.keys():
            self._delete(delivery, key, written)
        return written

    def remove(self, delivery: Delivery) -> DeliveryResult:
        """
        Delete a record and its balancing documents; what does not exist counts as deleted.

        Raises:
            RecordBusyError, NewerReadError, UpflowSyncError: As `write` does.
        """
        written = DeliveryResult()
        for key in self._plan(delivery, {}):
            self._delete(delivery, key, written)
        sent = written.sent
        self._delete(delivery, f"{delivery.stream.collection}/{delivery.external_id}", written)
        written.sent = sent
        return written

    def mark_late(self, delivery: Delivery) -> None:
        """
        Note that a request about a record may still arrive, so that the record is sent twice.

        Raises:
            RecordBusyError, NewerReadError, RetriableError: As `write` does.
        """
        self._claim(delivery, may_arrive_late=True)

    def _plan(self, delivery: Delivery, planned: Mapping[str, BalancingDocument]) -> dict[str, Any]:
        """
        Claim the record, and return the balancing documents that Upflow may have.

        Those that are about to be sent or deleted are noted first: if the task dies, nobody knows them.
        """
        before = dict(self._claim(delivery))
        from_now_on: dict[str, Any] = dict.fromkeys((*before, *planned)) | {
            key: before[key] for key in before.keys() & planned if before[key] == document_content(planned[key])
        }
        if from_now_on != before:
            self._claim(delivery, from_now_on)
        return before

    def _claim(
        self, delivery: Delivery, balancing: Balancing | None = None, *, may_arrive_late: bool = False
    ) -> Balancing:
        """Claim the record or renew its claim, and return the balancing documents that Upflow may have of it."""
        if self.is_stopped:
            raise RetriableError(f"{shown_id(delivery.external_id)}: not sent, because the task is being stopped")
        stream, content, claims = delivery.stream.name, delivery.decision.content, self._ledger.claims
        answer = claims.take(
            stream,
            delivery.external_id,
            read_at=delivery.read_at,
            owner=self._owner,
            customer=delivery.customer,
            content=content,
            balancing=balancing,
            may_arrive_late=may_arrive_late,
        )
        if answer.claim is Claim.GRANTED:
            return answer.balancing
        if answer.claim is Claim.SENT and not claims.record_looks(
            stream, {delivery.external_id: content}, delivery.read_at
        ):
            raise RecordBusyError(shown_id(delivery.external_id))  # somebody has claimed it since
        if answer.claim is Claim.BUSY:
            raise RecordBusyError(shown_id(delivery.external_id))
        raise NewerReadError(shown_id(delivery.external_id))

    def _before_send(self, delivery: Delivery) -> BeforeSend:
        def renew(may_arrive_late: bool) -> None:  # noqa: FBT001 - as BeforeSend is called
            try:
                self._claim(delivery, may_arrive_late=may_arrive_late)
            except NewerReadError as error:
                raise NewerReadError(str(error), has_begun=True) from error

        return renew

    def _import_record(self, delivery: Delivery, mapped: Mapped, written: DeliveryResult) -> dict[str, Any]:
        """Import the record's own document; a customer together with its contacts and its parent."""
        collection = mapped.collection or delivery.stream.collection
        wanted = self._acceptance.sendable(collection, mapped)
        with self._dependents.first_use(wanted):
            planned = self._dependents.planned(delivery, wanted)
            first = self._dependents.imported(delivery, planned)
            answer, sent = imported(
                lambda each: self._import_as_mapped(delivery, each, written), first, delivery.stream.accessories
            )
            self._acceptance.note(collection, first, sent, answer)
            sent = self._dependents.complete(delivery, planned, sent, answer, self._before_send(delivery))
        written.sent_as = self._acceptance.as_known(collection, sent)
        stored = self._dependents.as_stored(self._acceptance.as_stored(collection, wanted, sent), sent)
        if stored != mapped:
            written.content = mapped_hash(stored)
        return answer

    def _import_as_mapped(self, delivery: Delivery, mapped: Mapped, written: DeliveryResult) -> dict[str, Any]:
        """Import a document; a void invoice without its state if Upflow refuses that."""
        collection = mapped.collection or delivery.stream.collection
        payload = mapped.payload
        is_void = "state" in payload
        bare = cast("Payload", {name: value for name, value in payload.items() if name != "state"})
        findings = self._ledger.findings
        if is_void and findings.get(VOID_INVOICES) == "credit note":
            payload = bare
        try:
            answer = self._import(
                delivery, collection, payload, mapped.links, written, has_no_links=mapped.has_no_links
            )
        except RefusedError:
            if "state" not in payload:
                raise
            # It is not verified that Upflow accepts `state`; a balancing document brings the invoice to zero, too.
            answer = self._import(delivery, collection, bare, mapped.links, written, has_no_links=mapped.has_no_links)
            findings.keep(VOID_INVOICES, "credit note")
        upflow_id = answer.get("id")
        written.upflow_id = upflow_id if is_id(upflow_id) else external(delivery.external_id)  # Upflow has it anyway
        if is_void:
            written.void = VOIDED if answer.get("state") == VOIDED else "credit note"
        return answer

    def _import_balancing(
        self, delivery: Delivery, mapped: Mapped, documents: Iterable[BalancingDocument], written: DeliveryResult
    ) -> None:
        for document in documents:
            payload = balancing_payload(cast("InvoicePayload", mapped.payload), document)
            self._import(delivery, document.collection, payload, document.links, written)
            written.sent += 1

    def _import(
        self,
        delivery: Delivery,
        collection: Collection,
        payload: Payload,
        links: Sequence[Link],
        written: DeliveryResult,
        *,
        has_no_links: bool = False,
    ) -> dict[str, Any]:
        before_send = self._before_send(delivery)
        answer = self._links.import_(collection, payload, links, before_send=before_send, has_no_links=has_no_links)
        written.observed.update(outstandings(answer))
        if self._links.method == "reconcile":
            written.observed.update(
                {link.external_id: None for link in links if COLLECTIONS[link.collection].has_outstanding}
            )
        return answer

    def _delete(self, delivery: Delivery, key: str, written: DeliveryResult) -> None:
        name, _, external_id = key.partition("/")
        collection = cast("Collection", name)
        if not COLLECTIONS[collection].owns_documents:
            self._links.undo(collection, external_id, before_send=self._before_send(delivery))
        try:
            self._upflow.delete(collection, external(external_id), before_send=self._before_send(delivery))
        except NotFoundError:
            return  # it was never sent, or its deletion was
        written.sent += 1
        written.observed[delivery.external_id] = None
