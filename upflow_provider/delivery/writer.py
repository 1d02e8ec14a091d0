"""
One record written to Upflow: its document, what that settles, and its balancing documents.

Lines that are no longer wanted go first, so that they make room for what settles the invoice instead; lines
that grow come last. Before a line is sent the ledger learns that Upflow may hold it, so that a task
that dies in between leaves nothing behind that nobody knows of. Claims keep every other task off the
record meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from upflow_provider.clients.upflow.client import external
from upflow_provider.delivery.delivery import Delivery
from upflow_provider.delivery.detachment import detach_removed
from upflow_provider.delivery.links import Destination, LinkWriter, outstandings
from upflow_provider.errors import NewerReadError, NotFoundError, RecordBusyError, RefusedError
from upflow_provider.ledger import Claim, Ledger, Lines
from upflow_provider.records.mapped import Line, Link, Mapped
from upflow_provider.records.payloads import Collection, CreditNotePayload, InvoicePayload, Payload, PaymentPayload

VOIDED = "VOIDED"


@dataclass(slots=True)
class Written:
    """
    What a write came to.

    Attributes:
        upflow_id: The record's id in Upflow.
        lines: Its balancing documents there.
        observed: What is outstanding on invoices by now, in Upflow's minor units; ``None`` where it has changed
            to what nobody knows.
        sent: How many lines were sent or deleted.
        void: How a void invoice was brought to zero, if it is one.
        notes: What could not be brought about; ids and field names only.
    """

    upflow_id: str | None = None
    lines: dict[str, Any] = field(default_factory=dict)
    observed: dict[str, int | None] = field(default_factory=dict)
    sent: int = 0
    void: str = ""
    notes: tuple[str, ...] = ()


class Writer:
    """
    Writes and removes records; safe to use from several threads for different customers.

    Args:
        upflow: Where records go.
        ledger: Keeps claims and lines.
        linking: Imports documents with their links.
        owner: Name of this task instance.
    """

    def __init__(self, upflow: Destination, ledger: Ledger, linking: LinkWriter, owner: str) -> None:
        self._upflow, self._ledger, self._linking, self._owner = upflow, ledger, linking, owner

    def write(self, intent: Delivery, mapped: Mapped) -> Written:
        """
        Import a record, and leave it with exactly its lines.

        Raises:
            RecordBusyError: Another task has it in flight.
            NewerReadError: A newer read was sent.
            UpflowSyncError: As the client does.
        """
        written = Written()
        planned = {_key(line): line for line in mapped.lines}
        known = self._plan(intent, planned) if planned or intent.lines else None
        held = dict(known or {})
        for key in [key for key, content in held.items() if key not in planned and _is_linked(content)]:
            self._delete(intent, key, written)
            del held[key]
        changed = [line for key, line in planned.items() if held.get(key) != _content(line)]
        for line in changed:
            if not line.links:
                self._import_line(intent, mapped, line, written)
        answer = self._import_document(intent, mapped, written)
        if known is None:
            held = dict(self._held(intent))  # another task may have sent lines since this record was decided on
        wanted = lines_needed(mapped, answer)
        for line in sorted(changed, key=lambda line: line.amount - _amount(held.get(_key(line)))):
            if line.links and line in wanted:
                self._import_line(intent, mapped, line, written)
        written.lines = {_key(line): _content(line) for line in wanted}
        for key in held.keys() - written.lines.keys():
            self._delete(intent, key, written)
        if intent.stream.collection == "customers":
            written.notes = detach_removed(self._upflow, intent, mapped, answer, lambda: self._claim(intent))
        return written

    def remove(self, intent: Delivery, collection: Collection) -> Written:
        """
        Delete a record with its lines; what is not there counts as deleted.

        Raises:
            RecordBusyError, NewerReadError, UpflowSyncError: As `write` does.
        """
        written = Written()
        self._claim(intent)
        for key in self._held(intent):
            self._delete(intent, key, written)
        lines = written.sent
        self._delete(intent, f"{collection}/{intent.external_id}", written)
        written.sent = lines
        return written

    def _plan(self, intent: Delivery, planned: Mapping[str, Line]) -> Lines:
        """Claim the record, tell the ledger which lines Upflow may hold from now on, and return what it held."""
        self._claim(intent)
        held = self._held(intent)
        news = {key: None for key, line in planned.items() if held.get(key) != _content(line)}
        if news:
            self._claim(intent, {**held, **news})
        return held

    def _held(self, intent: Delivery) -> Lines:
        """Return the lines that the ledger knows of a record that is claimed."""
        return self._ledger.records(intent.stream.name, [intent.external_id])[intent.external_id].lines or {}

    def _claim(self, intent: Delivery, lines: Lines | None = None) -> None:
        """Mark the record as in flight; the last thing before each attempt, so that claims are short."""
        claim = self._ledger.claim(
            intent.stream.name, intent.external_id, read_at=intent.read_at, owner=self._owner, lines=lines
        )
        if claim is Claim.BUSY:
            raise RecordBusyError
        if claim is Claim.STALE:
            raise NewerReadError

    def _import_document(self, intent: Delivery, mapped: Mapped, written: Written) -> dict[str, Any]:
        """Import the record's own document; a void invoice as Upflow takes it."""
        collection = mapped.collection or intent.stream.collection
        payload = mapped.payload
        is_void = "state" in payload
        bare = cast("Payload", {name: value for name, value in payload.items() if name != "state"})
        findings = self._ledger.findings
        if is_void and findings.get("void") == "credit note":
            payload = bare
        try:
            answer = self._import(intent, collection, payload, mapped.links, written)
        except RefusedError:
            if "state" not in payload:
                raise
            # Whether Upflow takes `state` is not verified; without it, a line does its work.
            answer = self._import(intent, collection, bare, mapped.links, written)
            findings.keep("void", "credit note")
        written.upflow_id = answer.get("id")
        if is_void:
            written.void = VOIDED if answer.get("state") == VOIDED else "credit note"
        return answer

    def _import_line(self, intent: Delivery, mapped: Mapped, line: Line, written: Written) -> None:
        payload = _payload(cast("InvoicePayload", mapped.payload), line)
        self._import(intent, line.collection, payload, line.links, written)
        written.sent += 1

    def _import(
        self, intent: Delivery, collection: Collection, payload: Payload, links: Sequence[Link], written: Written
    ) -> dict[str, Any]:
        answer = self._linking.import_(collection, payload, links, before_send=lambda: self._claim(intent))
        written.observed.update(outstandings(answer))
        if self._linking.way == "reconcile":
            written.observed.update({link.external_id: None for link in links if link.collection == "invoices"})
        return answer

    def _delete(self, intent: Delivery, key: str, written: Written) -> None:
        collection, _, external_id = key.partition("/")
        self._claim(intent)
        if collection != "customers":
            self._linking.undo(external_id, before_send=lambda: self._claim(intent))
        try:
            self._upflow.delete(cast("Collection", collection), external(external_id))
        except NotFoundError:
            return  # it was never sent, or its deletion was
        written.sent += 1
        written.observed[intent.external_id] = None


def lines_needed(mapped: Mapped, answer: Mapping[str, Any]) -> tuple[Line, ...]:
    """
    Return the lines that are needed after Upflow's *answer* to the import of their record.

    A void invoice that Upflow shows as voided needs none.
    """
    return () if answer.get("state") == VOIDED else mapped.lines


def _key(line: Line) -> str:
    return f"{line.collection}/{line.external_id}"


def _content(line: Line) -> list[Any]:
    """Return what a line is, as JSON gives it back."""
    return [line.amount, line.date, [list(link) for link in line.links]]


def _amount(content: Any) -> int:  # noqa: ANN401 - JSON
    amount: int = content[0] if content else 0
    return amount


def _is_linked(content: Any) -> bool:  # noqa: ANN401 - JSON
    """Tell whether a line settles something, as far as known."""
    return content is None or bool(content[2])


def _payload(of: InvoicePayload, line: Line) -> Payload:
    """Return the payload of a line; of its record it needs currency and customer."""
    if line.collection == "credit_notes":
        note: CreditNotePayload = {
            "externalId": line.external_id,
            "customId": line.external_id,
            "currency": of["currency"],
            "grossAmount": line.amount,
            "netAmount": line.amount,
            "issuedAt": line.date,
            "customer": of["customer"],
            "name": line.reason,
        }
        return note
    payment: PaymentPayload = {  # a refund looks the same
        "externalId": line.external_id,
        "currency": of["currency"],
        "amount": line.amount,
        "validatedAt": line.date,
        "instrument": "UNKNOWN",
        "customer": of["customer"],
    }
    return payment
