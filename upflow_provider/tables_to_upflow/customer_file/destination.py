"""
Where changes of customers go: an import of a customer that exists becomes an update of the fields that differ.

Contacts are added or changed one by one, after the customer; none is ever removed. Upflow takes an address as a whole:
the rest of a partial one is read right before it is sent, so that nobody's change in between is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from upflow_provider.clients.upflow.client import external
from upflow_provider.delivery.stream import Answer, BeforeSend, Destination, ForwardingDestination
from upflow_provider.errors import RefusedError
from upflow_provider.records.payloads import Collection, ContactPayload, CustomerChanges, Payload
from upflow_provider.records.text import cleaned, mapping_in
from upflow_provider.tables_to_upflow.customer_file.checks.directory import CustomerDirectory
from upflow_provider.tables_to_upflow.customer_file.checks.notes import CheckNotes
from upflow_provider.tables_to_upflow.customer_file.mapping.contacts import ContactChange, contact_changes
from upflow_provider.tables_to_upflow.customer_file.mapping.customers import whole_address
from upflow_provider.tables_to_upflow.customer_file.mapping.kinds import ADDRESS

CONTACTS = "contacts"
UNSHOWN_ADDRESS = "Address: Upflow does not show it; fill all of its columns"


class ChangesDestination(ForwardingDestination):
    """
    Upflow, for records that are changes of customers; threads may share it for different customers.

    Args:
        upflow: Upflow's client.
        directory: Says which customers exist.
        notes: Keep what Upflow says about requests that it refuses.
    """

    def __init__(self, upflow: Destination, directory: CustomerDirectory, notes: CheckNotes) -> None:
        super().__init__(upflow)
        self._directory, self._notes = directory, notes

    def import_(self, collection: Collection, payload: Payload, *, before_send: BeforeSend | None = None) -> Answer:
        """Create a customer, or change the fields in the payload of one that exists; then its contacts."""
        fields: dict[str, Any] = {**payload}
        contacts, key = fields.pop(CONTACTS, None), fields["externalId"]
        ref = self._directory.ref(key) if collection == "customers" else None
        try:
            fields = self._with_whole_address(ref, fields)
            if ref is None:
                answer = self._upflow.import_(collection, cast("Payload", fields), before_send=before_send)
            else:
                answer = self._change(ref, fields, before_send)
        except RefusedError as error:
            self._notes.note_answer(key, "", cleaned(str(error)))
            raise
        if contacts:
            self._bring(key, ref or external(key), contacts, before_send)
        return answer

    def _with_whole_address(self, ref: str | None, fields: dict[str, Any]) -> dict[str, Any]:
        """Return fields with the whole address, of which they have the cells of the file; without it if it is right."""
        cells = fields.get("address")
        if not cells or len(cells) == len(ADDRESS):
            return fields
        shown = {"address": None} if ref is None else self._upflow.get("customers", ref)
        if "address" not in shown:
            raise RefusedError(UNSHOWN_ADDRESS, 400)  # as a request with half an address would be
        address = whole_address(cells, mapping_in(shown["address"]))
        others = {name: value for name, value in fields.items() if name != "address"}
        return {**others, "address": address} if address else others

    def _change(self, ref: str, fields: dict[str, Any], before_send: BeforeSend | None) -> Answer:
        """Change what differs; if only contacts do, nothing is sent."""
        changes = {name: value for name, value in fields.items() if name != "externalId"}
        if not changes:
            return {"id": None if ref.startswith(external("")) else ref}
        return self._upflow.update_customer(ref, cast("CustomerChanges", changes), before_send=before_send)

    def _bring(self, key: str, ref: str, wanted: Sequence[dict[str, Any]], before_send: BeforeSend | None) -> None:
        """
        Bring contacts, compared with those that the customer has right now.

        One that Upflow refuses keeps no other one out, and is noted. The old main contact is unset last, and only if
        the new one is there.
        """
        refused: set[str] = set()
        for change in contact_changes(key, wanted, self._upflow.list_contacts(ref)):
            if change.is_unset and change.email in refused:
                continue
            try:
                self._bring_one(ref, change, before_send)
            except RefusedError as error:
                refused.add(change.email)
                self._notes.note_answer(key, change.email, cleaned(str(error)))

    def _bring_one(self, ref: str, change: ContactChange, before_send: BeforeSend | None) -> None:
        """Add or change one contact; it is not documented whether an empty text or ``null`` clears a position."""
        try:
            self._send(ref, change, before_send)
        except RefusedError:
            if change.fields.get("position") != "":
                raise
            self._send(ref, change._replace(fields={**change.fields, "position": None}), before_send)

    def _send(self, ref: str, change: ContactChange, before_send: BeforeSend | None) -> None:
        fields = cast("ContactPayload", change.fields)
        if change.ref:
            self._upflow.update_contact(ref, change.ref, fields, before_send=before_send)
        else:
            self._upflow.create_contact(ref, fields, before_send=before_send)
