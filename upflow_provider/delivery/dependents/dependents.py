"""
What is imported along with a customer: its contacts, and its place below a parent customer.

An import that lists contacts removes those that it does not list, whoever imported them (https://docs.upflow.io). So
only the import of a new customer lists them. Of any other customer they are compared with what Upflow's answer shows,
and each that differs has a request of its own: a contact that we did not bring is never touched.

No trouble with a contact keeps the customer, or its money, out of Upflow.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any, cast

from upflow_provider.clients.upflow.client import external
from upflow_provider.delivery.delivery import Delivery
from upflow_provider.delivery.dependents.contact_list import ContactList
from upflow_provider.delivery.dependents.losses import is_loss, with_contacts_of_before
from upflow_provider.delivery.dependents.positions import Positions
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
from upflow_provider.records.accessories import CONTACT, UNSERVED, WAITING, lacks_position
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
        contacts_once: Whether contacts come along with new customers only, because another source owns them later.
    """

    def __init__(
        self,
        upflow: Destination,
        ledger: Ledger,
        losses_per_day: int = contacts.LOSSES_PER_DAY,
        *,
        contacts_once: bool = False,
    ) -> None:
        self._upflow, self._losses_per_day, self._contacts_once = upflow, losses_per_day, contacts_once
        self._findings = ContactFindings(ledger.findings, ledger.clock.now)
        self._positions = Positions(self._findings)

    def first_use(self, mapped: Mapped) -> AbstractContextManager[None]:
        """Return what a customer is imported within; see `Positions.first_use`."""
        return self._positions.first_use(mapped)

    def planned(self, delivery: Delivery, mapped: Mapped) -> Mapped:
        """
        Return a customer with those contacts that it may have now.

        Positions that Upflow lacks are left out. If too many customers would lose contacts, it keeps its own.
        A document stays as it is.
        """
        if not _has_dependents(delivery):
            return mapped
        mapped = _with_unmentioned(self._positions.without_missing(mapped), delivery)
        if self._leaves_contacts(delivery):
            return mapped
        before = self._before(delivery, mapped)
        if not is_loss(delivery.external_id, before, contacts.contact_ids(mapped.dependents)):
            return mapped
        if self._findings.may_lose(self._losses_per_day):
            return mapped
        kept = with_contacts_of_before(mapped, before, self._losses_per_day)
        log.warning("%s", kept.notes[-1])
        return kept

    def imported(self, delivery: Delivery, planned: Mapped) -> Mapped:
        """Return a customer as it is imported: contacts that are not mentioned stay as they are in Upflow."""
        if _is_new(delivery) or "contacts" not in planned.payload or not _has_dependents(delivery):
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
        if not _has_dependents(delivery):
            return sent
        self._positions.keep_missing(planned, sent)
        sent = _with_written_fields(delivery, sent)
        is_listed = "contacts" in sent.payload or (_is_new(delivery) and len(contacts.contacts_of(planned)) <= 1)
        if not is_listed and "contacts" not in planned.keeps and not self._leaves_contacts(delivery):
            sent = self._with_contacts(delivery, planned, sent, answer, before_send)
        return replace(sent, notes=(*sent.notes, *self._detach_parent(delivery, sent, answer, before_send)))

    def as_stored(self, mapped: Mapped, sent: Mapped) -> Mapped:
        """
        Return a customer as the ledger compares it: without contacts and positions that Upflow cannot have for now.

        Args:
            mapped: The customer as it was to be imported.
            sent: What `complete` returned for it.
        """
        if lacks_position("; ".join(sent.notes)):
            mapped = contacts.without_positions(mapped, self._findings.missing_positions())
        return contacts.without_stand_ins(mapped, sent.dependents)

    def _leaves_contacts(self, delivery: Delivery) -> bool:
        """Return whether the contacts of a customer are those of another source."""
        return self._contacts_once and not _is_new(delivery)

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
            dependents=(*(each for each in dependents if each not in lacking), *own.stand_ins),
            notes=(*notes, *own.notes),
        )

    def _before(self, delivery: Delivery, mapped: Mapped) -> list[str]:
        """
        Return which contacts came along with a customer before.

        Upflow says it if the ledger does not know, and what is in custom fields that were not written before.
        """
        known, external_id = delivery.dependents, delivery.external_id
        if known is not None and (delivery.is_new or _fields(mapped.contact_fields) <= set(known)):
            return contacts.contact_ids(known)
        try:
            shown = self._upflow.get("customers", external(external_id))
        except NotFoundError:
            return contacts.contact_ids(known)
        own = [each["externalId"] for each in entries_in(shown.get("contacts")) if contacts.is_ours(each, external_id)]
        fields = entries_in(shown.get("customFields"))
        values = [each for each in fields if contacts.field_ref(each) in mapped.contact_fields]
        found = [address for each in values for address in contacts.addresses_in(each.get("value"))]
        ids = dict.fromkeys((*own, *(contacts.contact_id(external_id, each.email) for each in found)))
        mains = {contacts.contact_id(external_id, each["email"]) for each in contacts.contacts_of(mapped)[:1]}
        listed = (f"{contacts.DEPENDENT}{each}" for each in ids if each not in mains - set(own))
        return list(dict.fromkeys((*contacts.contact_ids(known), *listed)))

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


def _fields(refs: Iterable[str]) -> set[str]:
    """Return what custom fields with addresses are called among the dependents of a customer."""
    return {f"{contacts.FIELD}{each}" for each in refs}


def _with_written_fields(delivery: Delivery, sent: Mapped) -> Mapped:
    """Return a customer with the custom fields with addresses that were written by now among its dependents."""
    refs = {contacts.field_ref(each) for each in entries_in(sent.payload.get("customFields"))}
    before = set(delivery.dependents or ())
    written = [f"{contacts.FIELD}{each}" for each in sent.contact_fields if each in refs]
    written += sorted(_fields(sent.contact_fields) & before - set(written))
    return replace(sent, dependents=(*sent.dependents, *written))


def _is_new(delivery: Delivery) -> bool:
    """Return whether nobody can have added contacts to a customer, because Upflow does not have it."""
    return delivery.is_new and not (isinstance(delivery.mapped, Mapped) and delivery.mapped.exists)


def _with_unmentioned(mapped: Mapped, delivery: Delivery) -> Mapped:
    """Return a customer with those dependents of before that its source says nothing about."""
    unmentioned = [each for each in delivery.dependents or () if each.partition("/")[0] in mapped.keeps]
    return (
        replace(mapped, dependents=tuple(dict.fromkeys((*mapped.dependents, *unmentioned)))) if unmentioned else mapped
    )


def _has_dependents(delivery: Delivery) -> bool:
    """Return whether contacts and a parent come along with a record; a change says itself what it changes of them."""
    return delivery.collection.owns_documents and not delivery.stream.has_changes_only
