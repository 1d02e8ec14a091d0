"""
What is imported along with a customer: its contacts, and its place below a parent customer.

An import that lists contacts removes those that it does not list, whoever imported them (https://docs.upflow.io). So
only the import of a new customer lists them. Of any other customer they are compared with what Upflow's answer shows,
and each that differs has a request of its own: a contact that we did not bring is never touched.

No trouble with a contact keeps the customer, or its money, out of Upflow.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, cast

from upflow_provider.clients.upflow.client import external
from upflow_provider.delivery.delivery import Delivery
from upflow_provider.delivery.dependents.contact_list import ContactList
from upflow_provider.delivery.stream import BeforeSend, Destination
from upflow_provider.errors import (
    ForbiddenError,
    NotFoundError,
    RecordError,
    RefusedError,
    SharedLimitError,
    UnservedError,
)
from upflow_provider.ledger import Ledger
from upflow_provider.ledger.contacts import ContactFindings
from upflow_provider.records import contacts
from upflow_provider.records.accessories import CONTACT, UNAVAILABLE, UNSERVED, WAITING
from upflow_provider.records.mapped import Mapped
from upflow_provider.records.payloads import Payload
from upflow_provider.records.text import cleaned, entries_in
from upflow_provider.runs.containment import contained
from upflow_provider.shown_ids import shown_id

log = logging.getLogger(__name__)


class Dependents:
    """
    Brings contacts and parent of customers in line with their source; threads may share it.

    Args:
        upflow: Where the customers are.
        ledger: Keeps positions that Upflow lacks, and how many customers have lost contacts.
        losses_per_day: How many customers may lose contacts within a day. If there are more, those of the others stay
            as they are: most likely somebody has renamed a metadata key.
    """

    def __init__(self, upflow: Destination, ledger: Ledger, losses_per_day: int = contacts.LOSSES_PER_DAY) -> None:
        self._upflow, self._losses_per_day = upflow, losses_per_day
        self._findings = ContactFindings(ledger.findings, ledger.clock.now)

    def planned(self, delivery: Delivery, mapped: Mapped) -> Mapped:
        """
        Return a customer with those contacts that it may have now.

        Positions that Upflow lacks are left out. If too many customers would lose contacts, it keeps its own.
        A document stays as it is.
        """
        if not delivery.collection.owns_documents:
            return mapped
        mapped = self._without_missing_positions(mapped)
        before = self._before(delivery, mapped)
        if len(before) <= len(contacts.contact_ids(mapped.dependents)):
            return mapped
        if self._findings.may_lose(self._losses_per_day):
            return mapped
        note = (
            f"{shown_id(delivery.external_id)}: contacts stay in Upflow, {WAITING} ({self._losses_per_day} may); if "
            "that is right, raise additional_contacts.losses_per_day"
        )
        log.warning("%s", note)
        return replace(
            contacts.without_values(mapped, mapped.contact_fields),
            dependents=tuple(dict.fromkeys((*mapped.dependents, *before))),
            notes=(*mapped.notes, note),
        )

    def imported(self, delivery: Delivery, planned: Mapped) -> Mapped:
        """Return a customer as it is imported: contacts that are not mentioned stay as they are in Upflow."""
        if delivery.is_new or "contacts" not in planned.payload:
            return planned
        return replace(planned, payload=cast("Payload", CONTACT.without({**planned.payload})))

    def complete(
        self, delivery: Delivery, planned: Mapped, sent: Mapped, answer: Mapping[str, Any], before_send: BeforeSend
    ) -> Mapped:
        """
        Bring the contacts and the parent of an imported customer in line with its source.

        Args:
            delivery: The customer, with what was imported along with it before.
            planned: What `planned` returned for it.
            sent: What was imported.
            answer: Upflow's answer to the import.
            before_send: Called right before each attempt at a request; see `BeforeSend`.

        Returns:
            What Upflow has of it now, with notes on what it lacks.
        """
        if not delivery.collection.owns_documents:
            return sent
        is_listed = "contacts" in sent.payload or (delivery.is_new and len(contacts.contacts_of(planned)) <= 1)
        if not is_listed:  # they were not sent, or one of several was refused: each is sent by itself
            sent = self._with_contacts(delivery, planned, sent, answer, before_send)
        return replace(sent, notes=(*sent.notes, *self._detach_parent(delivery, sent, answer, before_send)))

    def _with_contacts(
        self, delivery: Delivery, planned: Mapped, sent: Mapped, answer: Mapping[str, Any], before_send: BeforeSend
    ) -> Mapped:
        """Bring the contacts in line, and return the customer with those that Upflow takes."""
        own = ContactList(self._upflow, self._findings, delivery.external_id, before_send)
        try:
            with contained(delivery.external_id):
                own.bring(contacts.contacts_of(planned), answer, keeps_all=any(WAITING in each for each in sent.notes))
        except SharedLimitError:
            raise
        except (UnservedError, ForbiddenError, RecordError) as error:
            own.notes.append(
                f"{shown_id(delivery.external_id)}: contacts are not complete, {UNSERVED}: {cleaned(str(error))}"
            )
        lacking = {f"{contacts.DEPENDENT}{each}" for each in own.lacking}
        dependents = dict.fromkeys((*contacts.contact_ids(planned.dependents), *sent.dependents))
        notes = (each for each in sent.notes if not CONTACT.is_noted(each))
        return replace(
            sent,
            dependents=tuple(each for each in dependents if each not in lacking),
            notes=(*notes, *own.notes),
        )

    def _before(self, delivery: Delivery, mapped: Mapped) -> list[str]:
        """Return which contacts came along with a customer before; Upflow says it if the ledger does not know."""
        if delivery.dependents is not None:
            return contacts.contact_ids(delivery.dependents)
        external_id = delivery.external_id
        try:
            shown = self._upflow.get("customers", external(external_id))
        except NotFoundError:
            return []
        own = [each["externalId"] for each in entries_in(shown.get("contacts")) if contacts.is_ours(each, external_id)]
        fields = entries_in(shown.get("customFields"))
        values = [each for each in fields if contacts.field_ref(each) in mapped.contact_fields]
        found = [address for each in values for address in contacts.addresses_in(each.get("value"))]
        ids = dict.fromkeys((*own, *(contacts.contact_id(external_id, each.email) for each in found)))
        return [f"{contacts.DEPENDENT}{each}" for each in ids]

    def _without_missing_positions(self, mapped: Mapped) -> Mapped:
        used = {each["position"] for each in contacts.contacts_of(mapped) if "position" in each}
        missing = used & self._findings.missing_positions() if used else used
        if not missing:
            return mapped
        note = f"{shown_id(mapped.customer)}: contacts.position is left out, {UNAVAILABLE}"
        return replace(contacts.without_positions(mapped, missing), notes=(*mapped.notes, note))

    def _detach_parent(
        self, delivery: Delivery, mapped: Mapped, answer: Mapping[str, Any], before_send: BeforeSend
    ) -> Iterator[str]:
        """Take a customer off the parent that the source no longer has; yield what could not be removed, in words."""
        for dependent in sorted(set(delivery.dependents or ()) - set(mapped.dependents)):
            kind, _, parent = dependent.partition("/")
            if kind != "parent" or (answer.get("parent") or {}).get("externalId") != parent:
                continue
            try:
                self._upflow.update_customer(external(delivery.external_id), {"parent": None}, before_send=before_send)
            except NotFoundError:
                continue  # somebody else has removed it
            except RefusedError:
                # It is not documented whether the API can remove a parent.
                yield f"{shown_id(delivery.external_id)}: remains below {shown_id(parent)} in Upflow; detach it there"
