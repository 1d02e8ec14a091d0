"""
The contacts of one customer in Upflow, each of which has requests of its own.

A contact that Upflow does not take is sent with less, and left out in the end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from upflow_provider.clients.upflow.client import external
from upflow_provider.delivery.dependents.contact_changes import ContactChanges, contact_changes, with_less
from upflow_provider.delivery.stream import Answer, BeforeSend, Destination
from upflow_provider.errors import NotFoundError, RefusedError
from upflow_provider.ledger.contacts import ContactFindings
from upflow_provider.records.accessories import CONTACT, PRESENT, PRESUMED, REFUSED, UNKNOWN_POSITION
from upflow_provider.records.contacts import stand_in
from upflow_provider.records.payloads import ContactPayload
from upflow_provider.shown_ids import shown_id


class ContactList:
    """
    The contacts of one customer in Upflow.

    Attributes:
        notes: What could not be done, in words.
        lacking: External ids of contacts of ours that Upflow does not have in the end.
        stand_ins: Dependents that say which contacts of somebody else make some of ours unnecessary.
    """

    def __init__(self, upflow: Destination, findings: ContactFindings, customer: str, before_send: BeforeSend) -> None:
        self._upflow, self._findings, self._customer = upflow, findings, customer
        self._ref, self._before_send = external(customer), before_send
        self.notes: list[str] = []
        self.lacking: list[str] = []
        self.stand_ins: list[str] = []

    def bring(self, wanted: Sequence[ContactPayload], answer: Mapping[str, Any], *, keeps_all: bool) -> None:
        """Send what differs from Upflow's answer; remove what is not wanted, unless all are to be kept."""
        changes = contact_changes(self._customer, wanted, self._shown(answer))
        self.send(changes._replace(removed=()) if keeps_all else changes)

    def send(self, changes: ContactChanges) -> None:
        """Send changes; those of contacts that Upflow refuses keep no other ones out."""
        for external_id in changes.removed:
            self._delete(external_id)
        for contact in changes.changed:
            self._send(contact, changes.readdressed, is_new=False)
        for contact in changes.new:
            self._send(contact, changes.readdressed, is_new=True)
        for contact in changes.duplicate:
            self.stand_ins.append(stand_in(self._customer, contact))
            self._note(contact["externalId"], "is left out", PRESENT)

    def _shown(self, answer: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        shown = answer.get("contacts")
        found = shown if isinstance(shown, list) else list(self._upflow.list_contacts(self._ref))
        return [each for each in found if isinstance(each, dict)]

    def _delete(self, external_id: str) -> None:
        try:
            self._upflow.delete_contact(self._ref, external(external_id), before_send=self._before_send)
        except NotFoundError:
            return  # somebody else has removed it

    def _send(self, contact: ContactPayload, readdressed: Sequence[str], *, is_new: bool) -> None:
        """Send a contact, or as much of it as Upflow takes; an address that the source no longer has must not stay."""
        external_id = contact["externalId"]
        try:
            self._send_once(contact, is_new=is_new)
        except NotFoundError:
            raise
        except RefusedError as error:
            refusal = str(error)
        else:
            return
        for fewer, left_out in with_less(contact, refusal):
            try:
                self._send_once(fewer, is_new=is_new)
            except RefusedError:
                continue
            self._note_fields(contact, left_out, refusal)
            return
        if external_id in readdressed:
            self._delete(external_id)
        if is_new or external_id in readdressed:
            self.lacking.append(external_id)
        self._note(external_id, "is left out", REFUSED if _names(refusal, CONTACT.words) else PRESUMED)

    def _send_once(self, contact: ContactPayload, *, is_new: bool) -> Answer:
        """Send a contact; one that somebody has deleted meanwhile is new."""
        if not is_new:
            try:
                return self._upflow.update_contact(
                    self._ref, external(contact["externalId"]), contact, before_send=self._before_send
                )
            except NotFoundError:
                pass
        return self._upflow.create_contact(self._ref, contact, before_send=self._before_send)

    def _note_fields(self, contact: ContactPayload, left_out: Sequence[str], refusal: str) -> None:
        """Note which fields Upflow does not take; it may have the position later."""
        for name in left_out:
            cause = REFUSED if _names(refusal, (name,)) else PRESUMED
            if name == "position" and left_out == ["position"]:
                self._findings.keep_missing_position(contact["position"])
                cause = UNKNOWN_POSITION
            self._note(contact["externalId"], f"{name} is left out", cause)

    def _note(self, external_id: str, what: str, cause: str) -> None:
        self.notes.append(f"{shown_id(self._customer)}: contact {shown_id(external_id)}: {what}, {cause}")


def _names(refusal: str, words: Sequence[str]) -> bool:
    return any(word.lower() in refusal.lower() for word in words)
