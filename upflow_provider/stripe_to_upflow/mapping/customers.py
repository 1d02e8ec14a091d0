"""
Stripe customers as Upflow customers, with their e-mail address as main contact.

Sources: https://docs.stripe.com/api/customers/object and Upflow's pages on the Stripe Billing
connector and on its API (https://docs.upflow.io).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from upflow_provider.errors import MappingError
from upflow_provider.records.contacts import contact_id
from upflow_provider.records.mapped import Mapped, Need, Skip
from upflow_provider.records.text import cleaned, entries_in, id_in, is_id, mapping_in
from upflow_provider.shown_ids import shown_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from upflow_provider.records.payloads import AddressPayload, ContactPayload, CustomerPayload
    from upflow_provider.stripe_to_upflow.mapping.options import Options

VAT_SUFFIXES = ("_vat", "_gst")
"""Suffixes of tax id types that are registrations for VAT or GST: ``eu_vat``, ``gb_vat``, ``in_gst``."""
VAT_TYPES = frozenset({"ae_trn", "au_abn", "ca_gst_hst", "jp_trn", "my_sst", "no_voec"})
"""Tax id types that are registrations for VAT, GST or consumption tax and have another name."""

SENDABLE = re.compile(r"[A-Za-z0-9+_'-]+(\.[A-Za-z0-9+_'-]+)*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
"""
E-mail addresses that Upflow accepts: letters, digits and ``+ _ ' . -`` (support article 34694152983185). Letters are
assumed to be those of ASCII.
"""

NAMES = ("name", "business_name", "individual_name")
"""Fields of a customer that may contain its name; the first one that does counts."""
ADDRESSES = re.compile(r"[,;]")
"""What people put between several addresses in the field for one."""
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
            ``delete_empty_customers`` says whether deleted customers are removed.

    Returns:
        The customer with its name (or that of its business, its e-mail address, or its id), first VAT number, postal
        address with ``""`` for missing parts, and the e-mail address as its only contact. Without a usable e-mail
        address the payload has no ``contacts``, which leaves those in Upflow alone. What is unusable is left out, and
        noted.
    """
    if customer.get("deleted"):
        if options.delete_empty_customers and not customer.get("has_invoices", True):
            return Skip("deleted in Stripe, without invoices", remove=True, customer=customer["id"])
        return Skip("deleted in Stripe")
    payload, notes = _payload(
        customer["id"],
        name=next(filter(None, (cleaned(customer.get(field)) for field in NAMES)), ""),
        email=customer.get("email"),
        phone=customer.get("phone"),
        address=customer.get("address"),
        tax_ids=customer.get("tax_ids", NOT_SHOWN),
    )
    parent, note = _parent(customer, options.parent_metadata_key)
    if parent:
        payload["parent"] = {"externalId": parent}
    needs = (Need("customers", parent),) if parent else ()
    return Mapped(payload, customer["id"], needs, notes=(*notes, *note), dependents=_dependents(payload))


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
        name=invoice.get("customer_name"),
        email=invoice.get("customer_email"),
        phone=invoice.get("customer_phone"),
        address=invoice.get("customer_address"),
        tax_ids=invoice.get("customer_tax_ids", NOT_SHOWN),
    )
    return Mapped(payload, external_id, notes=notes, dependents=_dependents(payload))


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
    contacts = [
        _contact(external_id, contact["email"], contact.get("phone"), is_main=bool(contact.get("isMain")))
        for contact in entity.get("contacts") or ()
        if contact.get("externalId") == contact_id(external_id)
    ]
    if contacts:
        payload["contacts"] = contacts
    return payload


def _payload(
    external_id: str, *, name: object, email: object, phone: object, address: object, tax_ids: object
) -> tuple[CustomerPayload, tuple[str, ...]]:
    """Build the payload, and the notes on what is not in it."""
    addresses = [each for each in map(str.strip, ADDRESSES.split(cleaned(email))) if each]
    sendable = [each for each in addresses if SENDABLE.fullmatch(each)]
    payload: CustomerPayload = {
        "externalId": external_id,
        "name": cleaned(name) or next(iter(sendable or addresses), external_id),
        "address": _address(address, "line1", "postal_code"),
    }
    if tax_ids is not NOT_SHOWN:
        payload["vatNumber"] = _vat_number(tax_ids)
    notes = []
    if address is not None and not isinstance(address, dict):
        notes.append("address is unusable")
    if sendable:
        payload["contacts"] = [_contact(external_id, sendable[0], phone, is_main=True)]
        if len(addresses) > 1:
            notes.append("the first address in email is the main contact; the others are left out")
    elif addresses:
        notes.append("no contact, because Upflow does not accept such an email")
    return payload, tuple(f"{shown_id(external_id)}: {note}" for note in notes)


def _dependents(payload: CustomerPayload) -> tuple[str, ...]:
    contacts = tuple(f"contacts/{contact['externalId']}" for contact in payload.get("contacts", ()))
    parent = payload.get("parent")
    return (*contacts, f"parent/{parent['externalId']}") if parent else contacts


def _contact(external_id: str, email: str, phone: object, *, is_main: bool) -> ContactPayload:
    contact: ContactPayload = {
        "externalId": contact_id(external_id),
        "email": email,
        "isMain": is_main,
    }
    if number := cleaned(phone):
        contact["phone"] = number
    return contact


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
        return "", (f"{shown_id(customer['id'])}: no parent, because metadata.{key} {problem}",)
    return parent, ()
