"""Imports and updates: everything is checked before anything changes."""

from upflow_provider.testing.upflow.behaviour import Behaviour
from upflow_provider.testing.upflow.records import contacts, custom_fields, reconciliation
from upflow_provider.testing.upflow.records.links import Document
from upflow_provider.testing.upflow.records.references import existing, refuse_unknown, require, resolve
from upflow_provider.testing.upflow.records.refusal import RefusedError
from upflow_provider.testing.upflow.records.schemas import (
    CustomerImport,
    CustomerUpdate,
    DocumentImport,
)
from upflow_provider.testing.upflow.records.store import Record, Store

_ALWAYS_KEPT = ("id", "externalId", "createdAt", "contacts", "customFields", "accountManagerIds")


def import_customer(store: Store, behaviour: Behaviour, body: CustomerImport) -> tuple[Record, bool]:
    """
    Create a customer, or update the one with its external id.

    Returns:
        The customer, and whether it is new.

    Raises:
        RefusedError: It cannot be taken.
    """
    before = existing(store, "customers", body.external_id, body.id)
    kept = _kept(behaviour, before)
    return _put_customer(store, behaviour, before, kept, body), before is None


def update_customer(store: Store, behaviour: Behaviour, customer: Record, body: CustomerUpdate) -> Record:
    """
    Change the fields of a customer that were sent.

    Raises:
        RefusedError: The change cannot be taken.
    """
    if body.id not in (None, customer["id"]):
        raise RefusedError("id: is not that of this customer")
    if body.external_id not in (None, customer["externalId"]):
        raise RefusedError("externalId: cannot be changed")
    return _put_customer(store, behaviour, customer, customer, body)


def delete_customer(store: Store, customer: Record) -> None:
    """
    Delete a customer that has no documents.

    Raises:
        RefusedError: It has some.
    """
    if documents := store.documents_of(customer["id"]):
        raise RefusedError(f"customers: has {len(documents)} documents and cannot be deleted")
    for other in store.customers.values():
        if other.get("parentId") == customer["id"]:
            del other["parentId"]
    store.remove("customers", customer)


def import_document(store: Store, behaviour: Behaviour, collection: str, body: DocumentImport) -> tuple[Record, bool]:
    """
    Create a document of a customer, or update the one with its external id.

    Returns:
        The document, and whether it is new.

    Raises:
        RefusedError: It cannot be taken.
    """
    before = existing(store, collection, body.external_id, body.id)
    customer = resolve(store, behaviour, "customers", body.customer, "customer")
    sent = body.sent()
    require(store.organization.bank_accounts, sent.get("bankAccountId"), "bankAccountId", "bank account")
    if behaviour.void_import == "refused" and collection == "invoices":
        refuse_unknown(body, "state")
    if behaviour.document_custom_fields == "refused":
        refuse_unknown(body, "customFields")
    apart = ("customer", "customFields")
    fields = {key: value for key, value in sent.items() if key not in apart and not key.startswith("linked")}
    if "customFields" in sent and behaviour.document_custom_fields == "kept":
        held, values = (before or {}).get("customFields", ()), vars(body)["custom_fields"]
        fields["customFields"] = custom_fields.merged(store, behaviour, collection, held, values)
    if behaviour.void_import == "ignored" and collection == "invoices":
        fields.pop("state", None)
    record = {"id": store.new_id(), **_kept(behaviour, before), **fields, "customerId": customer["id"]}
    groups = reconciliation.inline(store, behaviour, Document(collection, record["id"]), record, sent)
    custom_fields.add_options(store, record.get("customFields", ()))
    stored = store.put(collection, record)
    for group, shares in groups.items():
        store.links.put(group, shares)
    return stored, before is None


def _put_customer(
    store: Store, behaviour: Behaviour, before: Record | None, kept: Record, body: CustomerUpdate
) -> Record:
    _check_organization(store, body)
    sent = body.sent()
    fields = {key: value for key, value in sent.items() if key not in ("parent", "contacts", "customFields")}
    record = {"contacts": [], "customFields": [], **kept, **fields}
    if "parent" in sent and body.parent is None and behaviour.null_parent == "clears":
        record.pop("parentId", None)
    elif "parent" in sent:
        record["parentId"] = _parent(store, behaviour, before, body)
    if "customFields" in sent:
        held = record["customFields"]
        record["customFields"] = custom_fields.merged(store, behaviour, "customers", held, body.custom_fields)
    if "contacts" in sent:
        record["contacts"] = contacts.replaced(store, behaviour, before, body.contacts)
    custom_fields.add_options(store, record["customFields"])
    record["contacts"] = contacts.of_fields(store, record)
    return store.put("customers", record)


def _kept(behaviour: Behaviour, before: Record | None) -> Record:
    """Return the fields that a repeated import starts from."""
    if before is None or behaviour.omitted_on_import == "kept":
        return dict(before or {})
    return {key: before[key] for key in _ALWAYS_KEPT if key in before}


def _check_organization(store: Store, body: CustomerUpdate) -> None:
    """Refuse users, workflows and bank accounts that do not exist."""
    organization = store.organization
    require(organization.users, body.account_manager_id, "accountManagerId", "user")
    require(organization.dunning_plans, body.dunning_plan_id, "dunningPlanId", "workflow")
    wire_transfer = body.payment_methods and body.payment_methods.wire_transfer
    if wire_transfer:
        for bank_account in [wire_transfer.bank_account, *(wire_transfer.bank_accounts or ())]:
            if bank_account:
                path = "paymentMethods.wireTransfer"
                require(organization.bank_accounts, bank_account.id, path, "bank account")


def _parent(store: Store, behaviour: Behaviour, customer: Record | None, body: CustomerUpdate) -> str:
    if body.parent is None:
        raise RefusedError("parent: must be an object")
    parent = resolve(store, behaviour, "customers", body.parent, "parent")
    ancestor: Record | None = parent
    while customer and ancestor:
        if ancestor["id"] == customer["id"]:
            raise RefusedError("parent: is this customer, or below it")
        ancestor = store.by_id("customers", ancestor.get("parentId"))
    parent_id: str = parent["id"]
    return parent_id
