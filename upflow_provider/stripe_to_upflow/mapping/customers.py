"""
Stripe customers as Upflow customers, with their contacts.

Sources: https://docs.stripe.com/api/customers/object and Upflow's pages on the Stripe Billing
connector and on its API (https://docs.upflow.io).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from upflow_provider.errors import MappingError
from upflow_provider.records.contacts import contact_id, is_ours
from upflow_provider.records.mapped import Mapped, Need, Skip
from upflow_provider.records.text import cleaned, entries_in, id_in, is_id, mapping_in
from upflow_provider.shown_ids import shown_id
from upflow_provider.stripe_to_upflow.mapping.contacts import (
    additional_contacts,
    contact_fields,
    contact_in,
    main_contact,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from upflow_provider.records.payloads import AddressPayload, ContactPayload, CustomerPayload
    from upflow_provider.stripe_to_upflow.mapping.contacts import MainContact
    from upflow_provider.stripe_to_upflow.mapping.options import Options

VAT_SUFFIXES = ("_vat", "_gst")
"""Suffixes of tax id types that are registrations for VAT or GST: ``eu_vat``, ``gb_vat``, ``in_gst``."""
VAT_TYPES = frozenset({"ae_trn", "au_abn", "ca_gst_hst", "jp_trn", "my_sst", "no_voec"})
"""Tax id types that are registrations for VAT, GST or consumption tax and have another name."""

NAMES = ("name", "business_name", "individual_name")
"""Fields of a customer that may contain its name; the first one that does counts."""
PARENT_ID = re.compile(r"[^\s<>\"']+")
"""What an id of a customer in metadata looks like; it may also be some other text."""
NOT_SHOWN = object()
"""Stands for tax ids that Stripe does not show, which says nothing about the VAT number that Upflow has."""
LISTED_FIELDS = frozenset({"vatNumber", "address", "contacts"})
"""Fields of a payload that may be empty in Upflow's list; it is not documented that the list contains them."""


def to_upflow(customer: Mapping[str, Any], options: Options) -> Mapped | Skip:
    """
    Map one Stripe customer to an Upflow customer.

    Args:
        customer: Stripe customer as plain JSON, ``tax_ids`` expanded; or, if it is deleted,
            ``{id, object, deleted}`` with ``has_invoices``: whether any of its invoices was finalized.
        options: ``parent_metadata_key`` names the metadata key that holds the parent's id;
            ``delete_empty_customers`` says whether deleted customers are removed; ``contact_sources`` names the
            metadata keys that hold the addresses of additional contacts, and ``contacts_way`` who makes these.

    Returns:
        The customer with its name (or that of its business, its e-mail address, or its id), first VAT number, postal
        address with ``""`` for missing parts, the e-mail address as its main contact, and additional contacts. Without
        a usable address the payload has no ``contacts``. What is unusable is left out, and noted.
    """
    if customer.get("deleted"):
        if options.delete_empty_customers and not customer.get("has_invoices", True):
            return Skip("deleted in Stripe, without invoices", remove=True, customer=customer["id"])
        return Skip("deleted in Stripe")
    external_id = customer["id"]
    main = main_contact(external_id, customer.get("email"), customer.get("phone"))
    payload, notes = _payload(
        external_id,
        main,
        name=next(filter(None, (cleaned(customer.get(field)) for field in NAMES)), ""),
        address=customer.get("address"),
        tax_ids=customer.get("tax_ids", NOT_SHOWN),
    )
    additional = additional_contacts(external_id, customer.get("metadata"), options.contact_sources, main.email)
    if options.contacts_way == "contacts" and additional.contacts:
        payload["contacts"] = [*payload.get("contacts", ()), *additional.contacts]
    parent, parent_notes = _parent(customer, options.parent_metadata_key)
    if parent:
        payload["parent"] = {"externalId": parent}
    return Mapped(
        payload,
        external_id,
        needs=(Need("customers", parent),) if parent else (),
        notes=_shown(external_id, (*notes, *additional.notes, *parent_notes)),
        dependents=_dependents(payload, additional.contacts),
        contact_fields=contact_fields(options.fields_of("customers"), options.contact_sources),
    )


def from_invoice(invoice: Mapping[str, Any], options: Options) -> Mapped:  # noqa: ARG001 - as every mapping
    """
    Map the customer that an invoice describes, if it is deleted in Stripe or an account of Accounts v2.

    Args:
        invoice: Finalized Stripe invoice as plain JSON.
        options: As for `to_upflow`; an invoice does not name the customer's parent.

    Raises:
        MappingError: The invoice names no customer.
    """
    external_id = customer_id(invoice)
    payload, notes = _payload(
        external_id,
        main_contact(external_id, invoice.get("customer_email"), invoice.get("customer_phone")),
        name=invoice.get("customer_name"),
        address=invoice.get("customer_address"),
        tax_ids=invoice.get("customer_tax_ids", NOT_SHOWN),
    )
    return Mapped(payload, external_id, notes=_shown(external_id, notes), dependents=_dependents(payload))


def customer_id(document: Mapping[str, Any]) -> str:
    """
    Return the external id of the customer of an invoice or a credit note.

    Raises:
        MappingError: The document names neither a customer nor an account.
    """
    external_id = id_in(document.get("customer")) or account_id(document)
    if external_id is None:
        problem = "is missing" if document.get("customer") is None else "is not an id"
        raise MappingError(document["id"], "customer", problem)
    return external_id


def account_id(document: Mapping[str, Any]) -> str | None:
    """
    Return the id of the account of Accounts v2 that a document names instead of a customer; ``None`` if it names none.

    Only the document describes such a customer (https://docs.stripe.com/api/invoices/object, ``customer_account``).
    """
    return None if document.get("customer") else id_in(document.get("customer_account"))


def from_upflow(entity: Mapping[str, Any]) -> CustomerPayload | None:
    """
    Return the payload that `to_upflow` returns for a customer, as far as Upflow's list shows it.

    Args:
        entity: Customer as Upflow lists it.

    Returns:
        The payload; ``None`` if the customer was not imported from Stripe, or the list does not contain all fields.
    """
    external_id, name = entity.get("externalId"), entity.get("name")
    if not external_id or not name or not entity.keys() >= LISTED_FIELDS:
        return None
    payload: CustomerPayload = {
        "externalId": external_id,
        "name": name,
        "vatNumber": entity.get("vatNumber") or "",
        "address": _address(entity.get("address"), "address", "zipcode"),
    }
    parent = (entity.get("parent") or {}).get("externalId")
    if parent:
        payload["parent"] = {"externalId": parent}
    contacts = [each for each in entity.get("contacts") or () if is_ours(each, external_id)]
    contacts.sort(key=lambda each: str(each["externalId"]))  # the main contact's id is the shortest
    if contacts:
        main = contact_id(external_id)
        payload["contacts"] = [contact_in(each, is_main=each["externalId"] == main) for each in contacts]
    return payload


def _payload(
    external_id: str, main: MainContact, *, name: object, address: object, tax_ids: object
) -> tuple[CustomerPayload, tuple[str, ...]]:
    """Build the payload, and the notes on what is not in it."""
    payload: CustomerPayload = {
        "externalId": external_id,
        "name": cleaned(name) or main.email or external_id,
        "address": _address(address, "line1", "postal_code"),
    }
    if tax_ids is not NOT_SHOWN:
        payload["vatNumber"] = _vat_number(tax_ids)
    if main.contact:
        payload["contacts"] = [main.contact]
    unusable = address is not None and not isinstance(address, dict)
    return payload, (*(("address is unusable",) if unusable else ()), *main.notes)


def _shown(external_id: str, notes: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{shown_id(external_id)}: {note}" for note in notes)


def _dependents(payload: CustomerPayload, additional: Sequence[ContactPayload] = ()) -> tuple[str, ...]:
    """Return what comes along with a customer, additional contacts included, whoever makes them."""
    contacts = dict.fromkeys(each["externalId"] for each in (*payload.get("contacts", ()), *additional))
    parent = payload.get("parent")
    return (*(f"contacts/{each}" for each in contacts), *((f"parent/{parent['externalId']}",) if parent else ()))


def _address(address: object, street: str, zipcode: str) -> AddressPayload:
    """Return the complete address; *street* and *zipcode* are the source's names of these fields."""
    known = mapping_in(address)
    return {
        "address": ", ".join(line for line in (cleaned(known.get(street)), cleaned(known.get("line2"))) if line),
        "zipcode": cleaned(known.get(zipcode)),
        "city": cleaned(known.get("city")),
        "state": cleaned(known.get("state")),
        "country": cleaned(known.get("country")),
    }


def _vat_number(tax_ids: object) -> str:
    """Return the first tax id that is a registration for VAT or a similar tax; ``""`` if there is none."""
    for tax_id in entries_in(tax_ids):
        kind, value = cleaned(tax_id.get("type")), cleaned(tax_id.get("value"))
        if value and (kind.endswith(VAT_SUFFIXES) or kind in VAT_TYPES):
            return value
    return ""


def _parent(customer: Mapping[str, Any], key: str | None) -> tuple[str, tuple[str, ...]]:
    """Return the id of the customer's parent, ``""`` if it has none; and a note on a parent that is unusable."""
    parent = cleaned(mapping_in(customer.get("metadata")).get(key)) if key else ""
    problem = ""
    if parent == customer["id"]:
        problem = "names the customer itself"
    elif parent and not (PARENT_ID.fullmatch(parent) and is_id(parent)):
        problem = "is not the id of a customer"
    if problem:
        return "", (f"no parent, because metadata.{key} {problem}",)
    return parent, ()
