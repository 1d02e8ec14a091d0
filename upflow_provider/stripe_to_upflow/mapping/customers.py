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
from upflow_provider.records.required import require

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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
        The customer with its name (or e-mail address, or id), first VAT number, postal address with ``""`` for
        missing parts, and the e-mail address as its only contact. Without a usable e-mail address the payload has
        no ``contacts``, which leaves those in Upflow alone.

    Raises:
        MappingError: The customer is its own parent.
    """
    if customer.get("deleted"):
        if options.delete_empty_customers and not customer.get("has_invoices", True):
            return Skip("deleted in Stripe, without invoices", remove=True, customer=customer["id"])
        return Skip("deleted in Stripe")
    payload, notes = _payload(
        customer["id"],
        name=customer["name"],
        email=customer["email"],
        phone=customer["phone"],
        address=customer["address"],
        tax_ids=customer["tax_ids"]["data"],
    )
    parent = _parent(customer, options.parent_metadata_key)
    if parent:
        payload["parent"] = {"externalId": parent}
    needs = (Need("customers", parent),) if parent else ()
    return Mapped(payload, customer["id"], needs, notes=notes, dependents=_dependents(payload))


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
        name=invoice["customer_name"],
        email=invoice["customer_email"],
        phone=invoice["customer_phone"],
        address=invoice["customer_address"],
        tax_ids=invoice["customer_tax_ids"] or (),
    )
    return Mapped(payload, external_id, notes=notes, dependents=_dependents(payload))


def customer_id(document: Mapping[str, Any]) -> str:
    """
    Return the external id of the customer of an invoice or a credit note.

    Raises:
        MappingError: The document names neither a customer nor an account.
    """
    external_id: str = document["customer"] or document.get("customer_account") or require(document, "customer")
    return external_id


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
    external_id: str,
    *,
    name: str | None,
    email: str | None,
    phone: str | None,
    address: Mapping[str, Any] | None,
    tax_ids: Iterable[Mapping[str, Any]],
) -> tuple[CustomerPayload, tuple[str, ...]]:
    """Build the payload, and the notes on what is not in it."""
    email = (email or "").strip()
    payload: CustomerPayload = {
        "externalId": external_id,
        "name": (name or "").strip() or email or external_id,
        "vatNumber": _vat_number(tax_ids),
        "address": _address(address, "line1", "postal_code"),
    }
    if not email:
        return payload, ()
    if not SENDABLE.fullmatch(email):
        return payload, (f"{external_id}: no contact, because Upflow takes no such email",)
    payload["contacts"] = [_contact(external_id, email, phone, is_main=True)]
    return payload, ()


def _dependents(payload: CustomerPayload) -> tuple[str, ...]:
    contacts = tuple(f"contacts/{contact['externalId']}" for contact in payload.get("contacts", ()))
    parent = payload.get("parent")
    return (*contacts, f"parent/{parent['externalId']}") if parent else contacts


def _contact(external_id: str, email: str, phone: str | None, *, is_main: bool) -> ContactPayload:
    contact: ContactPayload = {
        "externalId": contact_id(external_id),
        "email": email,
        "isMain": is_main,
    }
    if phone:
        contact["phone"] = phone
    return contact


def _address(address: Mapping[str, Any] | None, street: str, zipcode: str) -> AddressPayload:
    """Return the complete address; *street* and *zipcode* are the source's names of these fields."""
    known = address or {}
    street_lines = (known.get(street), known.get("line2"))
    return {
        "address": ", ".join(line for line in street_lines if line),
        "zipcode": known.get(zipcode) or "",
        "city": known.get("city") or "",
        "state": known.get("state") or "",
        "country": known.get("country") or "",
    }


def _vat_number(tax_ids: Iterable[Mapping[str, Any]]) -> str:
    """Return the first tax id that is a registration for VAT or a similar tax; ``""`` if there is none."""
    for tax_id in tax_ids:
        kind = tax_id["type"]
        if tax_id["value"] and (kind.endswith(VAT_SUFFIXES) or kind in VAT_TYPES):
            return str(tax_id["value"])
    return ""


def _parent(customer: Mapping[str, Any], key: str | None) -> str | None:
    if key is None:
        return None
    parent: str = ((customer["metadata"] or {}).get(key) or "").strip()
    if parent == customer["id"]:
        raise MappingError(parent, f"metadata.{key}", "names the customer itself")
    return parent or None
