"""
The entities of Upflow and their fields, as tables of any source hold them. Pure.

This is the one definition for the import operators, the files that people upload, and the docs. The payloads of the
client (`payloads`) have the same fields; a test compares them.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from upflow_provider.records.payloads import Collection

CUSTOM_FIELD = "customFields."
"""Beginning of the name of a field that is a custom field, before the name that it has in Upflow."""


class FieldKind(StrEnum):
    """What the cells of a field hold; the values are the words of the docs."""

    ID = "id"
    TEXT = "text"
    DAY = "day"
    CURRENCY = "currency"
    AMOUNT = "amount"
    INSTRUMENT = "instrument"
    MANAGER = "e-mail address of a user"
    WORKFLOW = "name of a workflow"
    CONTACTS = "contacts"
    LINKS = "links"
    CUSTOM_FIELDS = "custom fields"


class EntityField(NamedTuple):
    """
    One field of an entity.

    Attributes:
        name: Its name, which is that of Upflow's API.
        kind: What its cells hold.
        meaning: What it is, for the docs.
        is_required: Whether a record without it is unusable.
    """

    name: str
    kind: FieldKind
    meaning: str
    is_required: bool = False


def _required(name: str, kind: FieldKind, meaning: str) -> EntityField:
    return EntityField(name, kind, meaning, is_required=True)


_ID = _required("externalId", FieldKind.ID, "id in the source, unique and for ever the same")
_CUSTOMER = _required("customer", FieldKind.ID, "external id of the customer")
_CURRENCY = _required("currency", FieldKind.CURRENCY, "code of ISO 4217")
_NUMBER = _required("customId", FieldKind.TEXT, "number that people know")
_GROSS = _required("grossAmount", FieldKind.AMOUNT, "amount with tax, not below zero")
_NET = EntityField("netAmount", FieldKind.AMOUNT, "amount without tax; the gross amount if it is empty")
_AMOUNT = _required("amount", FieldKind.AMOUNT, "amount, not below zero")
_VALUE_DAY = _required("validatedAt", FieldKind.DAY, "day from which it counts")
_INSTRUMENT = EntityField("instrument", FieldKind.INSTRUMENT, "how the money was moved")
_TITLE = EntityField("name", FieldKind.TEXT, "title, such as the number of an order")
_FIELDS = EntityField("customFields", FieldKind.CUSTOM_FIELDS, "values by the names of custom fields")
_LINKED_INVOICES = EntityField("linkedInvoices", FieldKind.LINKS, "amounts by the external ids of invoices")

ENTITIES: Mapping[Collection, tuple[EntityField, ...]] = {
    "customers": (
        _ID,
        _required("name", FieldKind.TEXT, "name"),
        EntityField("vatNumber", FieldKind.TEXT, "number for VAT"),
        EntityField("accountingRef", FieldKind.TEXT, "accounting code"),
        EntityField("address", FieldKind.TEXT, "street and number"),
        EntityField("zipcode", FieldKind.TEXT, "postal code"),
        EntityField("city", FieldKind.TEXT, "town"),
        EntityField("state", FieldKind.TEXT, "state or region"),
        EntityField("country", FieldKind.TEXT, "country"),
        EntityField("parent", FieldKind.ID, "external id of the parent customer"),
        EntityField("accountManager", FieldKind.MANAGER, "who is in charge"),
        EntityField("workflow", FieldKind.WORKFLOW, "collection workflow"),
        EntityField("contacts", FieldKind.CONTACTS, "contacts, the main contact first"),
        _FIELDS,
    ),
    "invoices": (
        _ID,
        _NUMBER,
        _CUSTOMER,
        _required("issuedAt", FieldKind.DAY, "day of issue"),
        _required("dueDate", FieldKind.DAY, "day on which it is due"),
        _CURRENCY,
        _GROSS,
        _NET,
        _TITLE,
        _FIELDS,
    ),
    "credit_notes": (
        _ID,
        _NUMBER,
        _CUSTOMER,
        EntityField("issuedAt", FieldKind.DAY, "day of issue"),
        EntityField("dueDate", FieldKind.DAY, "day on which it is due"),
        _CURRENCY,
        _GROSS,
        _NET,
        _TITLE,
        _LINKED_INVOICES,
    ),
    "payments": (
        _ID,
        _CUSTOMER,
        _VALUE_DAY,
        _CURRENCY,
        _AMOUNT,
        _INSTRUMENT,
        EntityField("bankAccountId", FieldKind.ID, "id of one of your bank accounts in Upflow"),
        _LINKED_INVOICES,
        _FIELDS,
    ),
    "refunds": (
        _ID,
        _CUSTOMER,
        _VALUE_DAY,
        _CURRENCY,
        _AMOUNT,
        _INSTRUMENT,
        EntityField("linkedPayments", FieldKind.LINKS, "amounts by the external ids of payments"),
        EntityField("linkedCreditNotes", FieldKind.LINKS, "amounts by the external ids of credit notes"),
    ),
}
"""The fields of each collection, required ones first."""


def field_of(collection: Collection, name: str) -> EntityField | None:
    """Return a field of a collection by its name, a custom field included; ``None`` if there is none."""
    fields = {each.name: each for each in ENTITIES[collection]}
    if name.startswith(CUSTOM_FIELD) and "customFields" in fields and name != CUSTOM_FIELD:
        return EntityField(name, FieldKind.CUSTOM_FIELDS, fields["customFields"].meaning)
    return fields.get(name)
