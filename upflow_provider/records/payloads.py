"""
The payloads of Upflow's import endpoints, as types, and the properties of each collection.

Code that treats collections differently asks `COLLECTIONS`, so that a new collection is one more entry there.

Amounts are integers in the currency's minor unit (1700 = 17.00 EUR, 1700 = 1700 JPY).
Dates are ``YYYY-MM-DD``. Facts: https://docs.upflow.io (integrating with the Upflow API).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NotRequired, TypedDict

Collection = Literal["customers", "invoices", "credit_notes", "payments", "refunds"]
"""Name of a collection, as it stands in the paths of the API."""


@dataclass(frozen=True, slots=True)
class UpflowCollection:
    """
    The properties of one collection.

    Attributes:
        name: The collection.
        singular: Field of a link in an answer that contains a record of this collection.
        link_field: Field of an import, and of answers, that links a document to records of this
            collection; empty when no import links to it.
        group_field: Field of ``/reconcile`` for the documents of this collection; empty when they are not linked.
        owns_documents: Whether its records are customers: they have contacts and a parent, and are
            deleted only when they have no document.
        has_outstanding: Whether Upflow computes an outstanding amount for its documents.
    """

    name: Collection
    singular: str
    link_field: str = ""
    group_field: str = ""
    owns_documents: bool = False
    has_outstanding: bool = False


COLLECTIONS: dict[Collection, UpflowCollection] = {
    collection.name: collection
    for collection in (
        UpflowCollection("customers", "customer", owns_documents=True),
        UpflowCollection("invoices", "invoice", "linkedInvoices", "invoices", has_outstanding=True),
        UpflowCollection("credit_notes", "creditNote", "linkedCreditNotes", "creditNotes"),
        UpflowCollection("payments", "payment", "linkedPayments", "payments"),
        UpflowCollection("refunds", "refund", group_field="refunds"),
    )
}
"""Every collection by name."""

Instrument = Literal["WIRE_TRANSFER", "DIRECT_DEBIT", "CARD", "CASH", "CHECK", "UNKNOWN"]
"""How money was moved, as Upflow calls it."""


class Reference(TypedDict, total=False):
    """Another record, by either of its keys."""

    id: str
    externalId: str


class AddressPayload(TypedDict):
    """Postal address. Upflow requires ``address`` in it, so ``""`` is sent if it is not known."""

    address: str
    zipcode: str
    city: str
    state: str
    country: str


class ContactPayload(TypedDict):
    """One contact of a customer; only ``email`` is required by Upflow."""

    email: str
    externalId: NotRequired[str]
    id: NotRequired[str]
    firstName: NotRequired[str]
    lastName: NotRequired[str]
    phone: NotRequired[str]
    position: NotRequired[str]
    isMain: NotRequired[bool]


class CustomFieldValue(TypedDict, total=False):
    """Value of one custom field: a scalar, ``{"label": ...}`` or a list of labels."""

    id: str
    externalId: str
    value: Any


class CustomerDetails(TypedDict, total=False):
    """
    The optional fields of a customer.

    ``contacts``, when present, is the complete list: imported contacts that are not in it
    are removed by Upflow. Leave the key out to leave contacts alone.
    """

    vatNumber: str
    accountingRef: str
    accountManagerId: str | None
    dunningPlanId: str | None
    address: AddressPayload
    parent: Reference | None
    paymentMethods: dict[str, Any]
    customFields: list[CustomFieldValue]
    contacts: list[ContactPayload]


class CustomerPayload(CustomerDetails):
    """One customer."""

    externalId: str
    name: str


class CustomerChanges(CustomerDetails, total=False):
    """Fields of a customer to change; ``None`` removes the workflow, and perhaps the parent."""

    name: str


class InvoicePayload(TypedDict):
    """One invoice; ``grossAmount`` includes tax, ``netAmount`` does not (minor units)."""

    externalId: str
    customId: str
    issuedAt: str
    dueDate: str
    currency: str
    grossAmount: int
    netAmount: int
    customer: Reference
    name: NotRequired[str]
    state: NotRequired[str]
    customFields: NotRequired[list[CustomFieldValue]]


class LinkPayload(TypedDict):
    """One side of a group of links: which record, and how much of it (minor units)."""

    externalId: NotRequired[str]
    id: NotRequired[str]
    customId: NotRequired[str]
    amountLinked: int


InlineLink = LinkPayload | dict[str, Any]
"""A link within an import, in the format of ``/reconcile`` or in that of answers."""


class ReconcilePayload(TypedDict):
    """One group of links; four empty lists under a known ``externalId`` remove the group."""

    externalId: str
    invoices: list[LinkPayload]
    payments: list[LinkPayload]
    creditNotes: list[LinkPayload]
    refunds: list[LinkPayload]


class CreditNotePayload(TypedDict):
    """One credit note; amounts are positive minor units."""

    externalId: str
    customId: str
    currency: str
    grossAmount: int
    netAmount: int
    customer: Reference
    issuedAt: NotRequired[str]
    dueDate: NotRequired[str]
    name: NotRequired[str]
    linkedInvoices: NotRequired[list[InlineLink]]


class PaymentPayload(TypedDict):
    """One payment; ``validatedAt`` is its date, ``instrument`` e.g. ``CARD``."""

    externalId: str
    currency: str
    amount: int
    validatedAt: str
    customer: Reference
    instrument: NotRequired[Instrument]
    bankAccountId: NotRequired[str]
    customFields: NotRequired[list[CustomFieldValue]]
    linkedInvoices: NotRequired[list[InlineLink]]


class RefundPayload(TypedDict):
    """One refund, of payments or of credit notes."""

    externalId: str
    currency: str
    amount: int
    validatedAt: str
    customer: Reference
    instrument: NotRequired[Instrument]
    linkedPayments: NotRequired[list[InlineLink]]
    linkedCreditNotes: NotRequired[list[InlineLink]]


Payload = CustomerPayload | InvoicePayload | CreditNotePayload | PaymentPayload | RefundPayload
"""Anything that can be imported under its own ``externalId``."""
