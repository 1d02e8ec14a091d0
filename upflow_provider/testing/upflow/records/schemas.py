"""The bodies that Upflow's API takes, as strict models: unknown fields and wrong types are refused."""

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, RootModel, create_model, model_validator
from pydantic.alias_generators import to_camel

from upflow_provider.testing.upflow.records.field_types import OMITTED, Currency, DateLike, Email, Id, Links, Positive


class Body(BaseModel):
    """What every body has in common: camelCase, exact types, nothing unknown. An omitted field is unset."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", strict=True)

    def sent(self) -> dict[str, Any]:
        """Return the fields that were sent, under the names they were sent with."""
        return self.model_dump(by_alias=True, exclude_unset=True)


class Reference(Body):
    """Another record, by either of its ids."""

    id: Id = OMITTED
    external_id: Id = OMITTED

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if self.id is None and self.external_id is None:
            raise ValueError("needs id or externalId")
        return self


class Link(Reference):
    """One side of a link, as ``/reconcile`` takes it."""

    custom_id: str = OMITTED
    amount_linked: Positive


class Address(Body):
    """Postal address."""

    address: str
    zipcode: str = OMITTED
    city: str = OMITTED
    state: str = OMITTED
    country: str = OMITTED


class Toggle(Body):
    """Whether a payment method is offered."""

    enabled: bool = OMITTED


class BankAccount(Body):
    """Reference to a bank account."""

    id: Id


class WireTransfer(Toggle):
    """Offer of wire transfers."""

    bank_account: BankAccount = OMITTED
    bank_accounts: list[BankAccount] = OMITTED


class PaymentMethods(Body):
    """Payment methods offered to a customer."""

    card: Toggle = OMITTED
    check: Toggle = OMITTED
    ach_debit: Toggle = OMITTED
    sepa_debit: Toggle = OMITTED
    go_cardless: Toggle = OMITTED
    wire_transfer: WireTransfer = OMITTED


class CustomFieldValue(Reference):
    """Value of a custom field; what is allowed depends on the field."""

    value: Any


class ContactInput(Body):
    """One contact."""

    id: Id = OMITTED
    external_id: Id = OMITTED
    email: Email
    first_name: str = OMITTED
    last_name: str = OMITTED
    phone: str = OMITTED
    position: str | None = OMITTED
    is_main: bool = OMITTED


class CustomerUpdate(Body):
    """Any part of a customer."""

    id: Id = OMITTED
    external_id: Id = OMITTED
    name: Id = OMITTED
    vat_number: str = OMITTED
    accounting_ref: str = OMITTED
    account_manager_id: Id | None = OMITTED
    dunning_plan_id: Id | None = OMITTED
    address: Address = OMITTED
    parent: Reference | None = OMITTED
    payment_methods: PaymentMethods = OMITTED
    custom_fields: list[CustomFieldValue] = OMITTED
    contacts: list[ContactInput] = OMITTED


class CustomerImport(CustomerUpdate):
    """A customer to be created or updated."""

    external_id: Id
    name: Id


class InvoiceFields(Body):
    """An invoice without its customer."""

    id: Id = OMITTED
    external_id: Id
    custom_id: Id
    name: str = OMITTED
    issued_at: DateLike
    due_date: DateLike
    currency: Currency
    gross_amount: int
    net_amount: int
    state: Literal["VOIDED"] = OMITTED
    custom_fields: list[CustomFieldValue] = OMITTED


class DocumentImport(Body):
    """A document of a customer, to be created or updated."""

    id: Id = OMITTED
    external_id: Id
    customer: Reference


def document_body(model: str, /, **fields: Any) -> type[DocumentImport]:  # noqa: ANN401 - pydantic's own
    """
    Make the body of a document's import of what it has besides its ids and its customer.

    Args:
        model: Name of the model.
        fields: Type and default of each field; ``...`` for one that must be sent, `OMITTED` for one that may be.
    """
    return create_model(model, __base__=DocumentImport, **fields)


class InvoiceImport(InvoiceFields, DocumentImport):
    """An invoice to be created or updated."""


class CreditNoteImport(DocumentImport):
    """A credit note to be created or updated."""

    custom_id: Id
    name: str = OMITTED
    issued_at: DateLike = OMITTED
    due_date: DateLike = OMITTED
    currency: Currency
    gross_amount: Positive
    net_amount: int
    linked_invoices: Links = OMITTED


class Transaction(DocumentImport):
    """What payments and refunds have in common."""

    currency: Currency
    amount: Positive
    validated_at: DateLike
    instrument: Literal["WIRE_TRANSFER", "DIRECT_DEBIT", "CARD", "CASH", "CHECK", "UNKNOWN"] = OMITTED


class PaymentImport(Transaction):
    """A payment to be created or updated."""

    bank_account_id: Id = OMITTED
    custom_fields: list[CustomFieldValue] = OMITTED
    linked_invoices: Links = OMITTED


class RefundImport(Transaction):
    """A refund to be created or updated."""

    linked_payments: Links = OMITTED
    linked_credit_notes: Links = OMITTED


class Reconcile(Body):
    """A group of links to be set, replaced or cleared."""

    external_id: Id
    invoices: list[Link]
    payments: list[Link]
    credit_notes: list[Link]
    refunds: list[Link]


class CustomFieldCreate(Body):
    """A custom field to be defined."""

    name: Id
    external_id: Id = OMITTED
    entity_type: Literal["CUSTOMER", "INVOICE", "PAYMENT", "CREDIT_NOTE"]
    data_type: Literal["TEXT", "NUMBER", "DATE", "BOOLEAN", "SELECT", "MULTI_SELECT"]


class PortalRequest(Body):
    """Wishes for a portal URL."""

    expires_in: Positive = 86_400
    frame_ancestors: Id = OMITTED


class Pdf(Body):
    """A PDF in base64."""

    data: Id


class AnyBody(RootModel[Any]):
    """JSON of any shape, where the shape is not on record."""
