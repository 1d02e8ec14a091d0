"""What is not known about Upflow's API, as switches: code must survive either position."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class FieldRefusal(BaseModel):
    """
    One field that is refused, although its type is right.

    Attributes:
        collection: Last word of the request's path, such as ``customers`` or ``contacts``.
        field: Path within the body, such as ``contacts.email``; each item of a list is looked at.
        says: What the answer says after the field's name; ``{value}`` stands for the value that was sent.
        values: Regular expression of the values that are refused, searched in their text; null is ``None``.
        status: Status of the answer.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    collection: str
    field: str
    says: str = "is invalid"
    values: str = ""
    status: int = 400


def _list_keys() -> dict[str, str]:
    return {
        "customers": "customers",
        "invoices": "invoices",
        "users": "users",
        "payments": "items",
        "actions": "items",
        "dunning_plans": "items",
        # Not on record; `items` is likely.
        "credit_notes": "items",
        "refunds": "items",
        "contacts": "items",
        "custom_fields": "items",
        "bank_accounts": "items",
        "account_managers": "items",
    }


class Behaviour(BaseModel):
    """
    How the fake behaves where the vendor's behaviour is unknown, or where it is strict on purpose.

    The defaults follow the best public evidence, and the stricter side where there is none. Setting
    something that does not exist, or to what it cannot be, is an error.

    Attributes:
        void_import: What ``state: "VOIDED"`` in the import of an invoice does: it voids the invoice,
            it is ignored, or it is refused as an unknown field.
        omitted_on_import: Whether fields left out of a repeated import keep their value or lose it.
            Contacts and custom fields left out are always kept.
        null_parent: What ``parent: null`` does: it takes the parent off, or it is refused.
        inline_links: Shape of the items of ``linkedInvoices`` and its like in an import: that of
            ``/reconcile`` (``{externalId, amountLinked}``), that of answers
            (``{invoice: {externalId}, linkedAmount}``); or links are ignored, or refused.
        unbalanced_links: What happens to a group of links whose debits and credits differ.
        over_linking: What happens to links of more than a document's amount.
        reconcile_body: Whether the answer of ``/reconcile`` is a JSON string or bare text.
        app_contacts: Whether the full list of contacts in an import removes contacts made in the app.
        field_contacts: Whether that list removes contacts that Upflow has made of custom fields.
        known_contact: What creating a contact under a known external id does: it updates that contact, as
            imports do, or it is refused.
        unique_emails: Whether a contact's e-mail may occur only once in the organization.
        missing_reference_status: Status when a record named in a body does not exist.
        import_statuses: Status of an import that creates, and of one that updates.
        delete_status: Status of a deletion that succeeds.
        error_body: ``{"message": ...}``, ``{"error": ...}`` or plain text.
        error_text: What errors say; ``{message}`` stands for the reason.
        refused_fields: Fields that are refused, one by one; see `FieldRefusal`.
        longest_text: Most characters of any text of a body; None for any number.
        early_due_date: Whether a due date before the day of issue is taken.
        answered_fields: Fields of answers, by the last word of the request's path, that have other values than
            the record, or that records lack.
        retry_after: Whether a 429 says how long to wait.
        portal_key: Key of the URL in the answer to a portal request.
        lists_with_contacts: Whether lists of customers hold their contacts.
        list_keys: Key of the array in the answer of each list; ``items`` where none is named.
        default_limit: Page size of a list whose request names none.
        largest_page: Most records on a page, however many are asked for; None for as many.
        custom_fields_path: Where custom fields live; the other spelling is a 404.
        custom_field_spelling: How definitions of custom fields call their name, records and type: ``name``,
            ``entityType`` and ``dataType``, or ``label``, ``entity`` and ``type``; the other is an unknown field.
        custom_field_options: Whether definitions show the options of selects, as texts or as objects with a label.
        document_custom_fields: What happens to custom fields in imports of invoices and payments.
        pdf_max_bytes: Largest PDF taken; None for any size. Larger ones are answered 413.
        unknown_parameters: Unknown query parameters are refused, or ignored as the vendor does.
    """

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    void_import: Literal["honoured", "ignored", "refused"] = "honoured"
    omitted_on_import: Literal["kept", "reset"] = "kept"
    null_parent: Literal["clears", "refused"] = "refused"
    inline_links: Literal["reconcile_style", "response_style", "ignored", "refused"] = "reconcile_style"
    unbalanced_links: Literal["refused", "accepted"] = "refused"
    over_linking: Literal["refused", "accepted"] = "refused"
    reconcile_body: Literal["json", "text"] = "json"
    app_contacts: Literal["kept", "removed"] = "kept"
    field_contacts: Literal["kept", "removed"] = "kept"
    known_contact: Literal["updated", "refused"] = "updated"
    unique_emails: bool = False
    missing_reference_status: Literal[400, 404] = 404
    import_statuses: tuple[int, int] = (201, 200)
    delete_status: Literal[200, 204] = 204
    error_body: Literal["message", "error", "text"] = "message"
    error_text: str = "{message}"
    refused_fields: tuple[FieldRefusal, ...] = ()
    longest_text: int | None = None
    early_due_date: Literal["accepted", "refused"] = "accepted"
    answered_fields: dict[str, dict[str, Any]] = Field(default_factory=dict)
    retry_after: bool = True
    portal_key: str = "url"
    lists_with_contacts: bool = True
    list_keys: dict[str, str] = Field(default_factory=_list_keys)
    default_limit: int = 50
    largest_page: int | None = None
    custom_fields_path: Literal["custom_fields", "custom_field"] = "custom_fields"
    custom_field_spelling: Literal["dataType", "type"] = "dataType"
    custom_field_options: Literal["hidden", "labels", "objects"] = "hidden"
    document_custom_fields: Literal["kept", "ignored", "refused"] = "refused"
    pdf_max_bytes: int | None = None
    unknown_parameters: Literal["refused", "ignored"] = "refused"
