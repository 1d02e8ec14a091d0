"""Contacts of a customer: the full-list semantics of imports, single contacts, and those made of custom fields."""

from collections.abc import Sequence
from typing import Literal
from urllib.parse import unquote

from pydantic import ValidationError

from upflow_provider.testing.upflow.behaviour import Behaviour
from upflow_provider.testing.upflow.records.refusal import RefusedError
from upflow_provider.testing.upflow.records.schemas import ContactInput
from upflow_provider.testing.upflow.records.store import Record, Store

Origin = Literal["API", "APP", "CUSTOM_FIELD"]
"""Where a contact was made; only those of the API are surely removed when an import leaves them out."""


def replaced(
    store: Store, behaviour: Behaviour, customer: Record | None, inputs: Sequence[ContactInput]
) -> list[Record]:
    """
    Return a customer's contacts after an import that holds *inputs*, the complete list.

    A contact is recognised by id, else by external id, else by e-mail; others are new.

    Raises:
        RefusedError: One of them cannot be taken.
    """
    external_ids = [each.external_id for each in inputs if each.external_id is not None]
    if len(set(external_ids)) < len(external_ids):
        raise RefusedError("contacts: two of them have the same externalId")
    old = list(customer["contacts"]) if customer else []
    contacts = []
    for number, each in enumerate(inputs):
        _check(store, behaviour, each, customer, f"contacts.{number}.")
        match = _recognised(old, each, f"contacts.{number}.")
        if match:
            old.remove(match)
        contacts.append(_merged(store, match, each))
    stay = {"APP": behaviour.app_contacts, "CUSTOM_FIELD": behaviour.field_contacts}
    kept = [each for each in old if stay.get(each["origin"]) == "kept"]
    return _with_one_main(contacts + kept, [each["id"] for each in contacts if each.get("isMain")])


def added(
    store: Store, behaviour: Behaviour, customer: Record, body: ContactInput, origin: Origin = "API"
) -> tuple[list[Record], Record]:
    """
    Return a customer's contacts with one more, and that contact.

    Raises:
        RefusedError: It cannot be taken.
    """
    _check(store, behaviour, body, customer, "")
    if body.id is not None:
        raise RefusedError("id: cannot be chosen")
    if known(customer, body):
        raise RefusedError("externalId: is taken by another contact of this customer")
    contact = {**_merged(store, None, body), "origin": origin}
    mains = [contact["id"]] if contact.get("isMain") else []
    return _with_one_main([*customer["contacts"], contact], mains), contact


def changed(store: Store, behaviour: Behaviour, customer: Record, contact: Record, body: ContactInput) -> list[Record]:
    """
    Return a customer's contacts with one of them changed.

    Raises:
        RefusedError: The change cannot be taken.
    """
    _check(store, behaviour, body, customer, "")
    if body.id not in (None, contact["id"]):
        raise RefusedError("id: is not that of this contact")
    new = _merged(store, contact, body)
    contacts = [new if each is contact else each for each in customer["contacts"]]
    return _with_one_main(contacts, [new["id"]] if new.get("isMain") else [])


def of_fields(store: Store, customer: Record) -> list[Record]:
    """
    Return a customer's contacts with one of every address in those custom fields that contact management lists.

    Addresses are separated by commas; a contact goes with its address, or when its field is listed no longer
    (https://docs.upflow.io, import contacts from custom fields). The same address in two fields makes two contacts.
    """
    held = {value["id"]: value["value"] for value in customer["customFields"]}
    wanted = [
        (field_id, email.strip())
        for field_id in sorted(store.organization.contact_fields)
        for email in dict.fromkeys(str(held.get(field_id) or "").split(","))
        if _is_email(email.strip())
    ]
    made = {(each["fieldId"], each["email"]): each for each in customer["contacts"] if each["origin"] == "CUSTOM_FIELD"}
    others = [each for each in customer["contacts"] if each["origin"] != "CUSTOM_FIELD"]
    return others + [
        made.get(key) or {"id": store.new_id(), "email": key[1], "origin": "CUSTOM_FIELD", "fieldId": key[0]}
        for key in wanted
    ]


def known(customer: Record, body: ContactInput) -> Record | None:
    """Return the contact of a customer that has the external id of *body*, if there is one."""
    if body.external_id is None:
        return None
    return next((each for each in customer["contacts"] if each.get("externalId") == body.external_id), None)


def find(customer: Record, ref: str) -> Record:
    """
    Return the contact that a path names, by id or ``external:`` and external id.

    Raises:
        RefusedError: There is none.
    """
    kind, _, external_id = unquote(ref).partition(":")
    for contact in customer["contacts"]:
        if contact["id"] == ref or (kind == "external" and contact.get("externalId") == external_id):
            found: Record = contact
            return found
    raise RefusedError("contacts: no such record", 404)


def _check(store: Store, behaviour: Behaviour, body: ContactInput, customer: Record | None, path: str) -> None:
    if body.position is not None and body.position not in store.organization.positions:
        raise RefusedError(f"{path}position: does not exist in the organization")
    if behaviour.unique_emails and any(
        contact["email"].lower() == body.email.lower()
        for other in store.customers.values()
        if customer is None or other["id"] != customer["id"]
        for contact in other["contacts"]
    ):
        raise RefusedError(f"{path}email: is that of another customer's contact")


def _recognised(contacts: Sequence[Record], body: ContactInput, path: str) -> Record | None:
    for key, value in (("id", body.id), ("externalId", body.external_id), ("email", body.email)):
        if value is None:
            continue
        for contact in contacts:
            if contact.get(key) == value:
                return contact
        if key == "id":
            raise RefusedError(f"{path}id: names no contact of this customer")
        if key == "externalId":
            return None
    return None


def _merged(store: Store, contact: Record | None, body: ContactInput) -> Record:
    return {"origin": "API", **(contact or {"id": store.new_id()}), **body.sent()}


def _is_email(text: str) -> bool:
    try:
        ContactInput.model_validate({"email": text})
    except ValidationError:
        return False
    return True


def _with_one_main(contacts: Sequence[Record], mains: Sequence[str]) -> list[Record]:
    """Return the contacts with the last of *mains* as their only main one; the latest update wins."""
    if not mains:
        return list(contacts)
    return [{**each, "isMain": each["id"] == mains[-1]} if each.get("isMain") else each for each in contacts]
