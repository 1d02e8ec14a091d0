"""Records as Upflow's API shows them: import fields echoed, balances and states computed."""

import uuid
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from upflow_provider.testing.upflow.records.document_types import DOCUMENTS
from upflow_provider.testing.upflow.records.links import Document, Match, amount
from upflow_provider.testing.upflow.records.store import Record, Store

Answer = dict[str, Any]
"""JSON of an answer."""

APP_URL = "https://app.upflow.io"
_DATES = ("issuedAt", "dueDate", "validatedAt", "createdAt", "modifiedAt")


def instant(value: str | datetime) -> datetime:
    """Return a date (its first moment in UTC) or date-time as an aware datetime in UTC."""
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def outstanding(store: Store, invoice: Record) -> int:
    """Return what is owed on an invoice, in minor units: nothing if it is void."""
    if invoice.get("state") == "VOIDED":
        return 0
    return amount(invoice) - store.links.linked(Document("invoices", invoice["id"]))


def state(store: Store, invoice: Record) -> str:
    """Return an invoice's state; it is overdue from the day after its due date on, in UTC."""
    if invoice.get("state") == "VOIDED":
        return "VOIDED"
    if outstanding(store, invoice) <= 0:
        return "PAID"
    overdue = instant(invoice["dueDate"]).date() < store.now().astimezone(UTC).date()
    return "OVERDUE" if overdue else "DUE"


def unlinked(store: Store, document: Document) -> int:
    """Return how much of a payment, credit note or refund is not linked, in minor units."""
    record = store.table(document.collection)[document.id]
    return amount(record) - store.links.linked(document)


def amounts(store: Store, customer_id: str) -> Answer:
    """
    Return a customer's balances.

    Those of documents in the currency of the customer's first document; what Upflow does with
    several currencies is not known. ``balance`` is due + overdue - unapplied.
    """
    documents = [(key, store.table(key.collection)[key.id]) for key in _owed(store, customer_id)]
    currency = documents[0][1]["currency"] if documents else store.organization.currency
    owed = {"DUE": [0, 0], "OVERDUE": [0, 0]}
    unapplied = 0
    for key, record in documents:
        if record["currency"] != currency:
            continue
        if key.collection != "invoices":
            unapplied += unlinked(store, key) * (-1 if key.collection == "refunds" else 1)
        elif (status := state(store, record)) in owed:
            owed[status][0] += 1
            owed[status][1] += outstanding(store, record)
    return {
        "countInvoicesDue": owed["DUE"][0],
        "countInvoicesOverdue": owed["OVERDUE"][0],
        "amountDue": owed["DUE"][1],
        "amountOverdue": owed["OVERDUE"][1],
        "balance": owed["DUE"][1] + owed["OVERDUE"][1] - unapplied,
        "currency": currency,
    }


def _owed(store: Store, customer_id: str) -> list[Document]:
    """Return the keys of those documents of a customer that count in its balances."""
    return [key for key in store.documents_of(customer_id) if DOCUMENTS[key.collection].side]


def customer(store: Store, record: Record, *, with_contacts: bool = True) -> Answer:
    """Return a customer as the API shows it."""
    parent = store.by_id("customers", record.get("parentId"))
    hidden = {"createdAt", "modifiedAt", "parentId", "accountManagerIds"} | (set() if with_contacts else {"contacts"})
    return {
        "vatNumber": None,
        "accountingRef": None,
        "accountManagerId": None,
        "dunningPlanId": None,
        "address": None,
        "paymentMethods": {},
        **{key: value for key, value in record.items() if key not in hidden},
        "parent": parent and {"id": parent["id"], "externalId": parent["externalId"]},
        **({"contacts": [contact(each) for each in record["contacts"]]} if with_contacts else {}),
        **amounts(store, record["id"]),
        "directUrl": f"{APP_URL}/customers/{record['id']}",
    }


def contact(record: Record) -> Answer:
    """Return a contact as the API shows it."""
    nothing = dict.fromkeys(("externalId", "firstName", "lastName", "phone", "position"))
    shown = {key: value for key, value in record.items() if key not in ("origin", "fieldId")}
    return {**nothing, "isMain": False, **shown}


def answer(store: Store, collection: str, record: Record) -> Answer:
    """Return a customer or a document as the API shows it."""
    return customer(store, record) if collection == "customers" else document(store, collection, record)


def document(store: Store, collection: str, record: Record) -> Answer:
    """Return a document as the API shows it."""
    row, key = DOCUMENTS[collection], Document(collection, record["id"])
    computed = {name: _COMPUTED[name](store, key) for name in row.computed}
    return {**row.defaults, **_echo(record, without=row.hidden), **computed}


def _shown(value: str | datetime) -> str:
    return instant(value).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _echo(record: Record, *, without: Collection[str]) -> Answer:
    """Return a record's fields, dates as date-times."""
    return {key: _shown(value) if key in _DATES else value for key, value in record.items() if key not in without}


def _record(store: Store, document: Document) -> Record:
    return store.table(document.collection)[document.id]


def _owner(store: Store, document: Document) -> Answer:
    """Return a document's customer the way it is embedded: its name is ``companyName`` there."""
    owner = store.customers[_record(store, document)["customerId"]]
    return {
        "id": owner["id"],
        "externalId": owner["externalId"],
        "companyName": owner["name"],
        "accountingRef": owner.get("accountingRef"),
    }


def _linked(collection: str, store: Store, document: Document) -> list[Answer]:
    """Return what a document is linked to in another collection."""
    linked = []
    for match in store.links.matches(document):
        other = _other(match, document)
        if other.collection == collection:
            shown = _nested(store, other)
            linked.append({"linkedAmount": match.amount, DOCUMENTS[collection].singular: shown})
    return linked


def _other(match: Match, document: Document) -> Document:
    return match.credit if match.debit == document else match.debit


def _nested(store: Store, document: Document) -> Answer:
    """Return a linked document the way it is embedded: an invoice's state is ``status`` there."""
    record = _record(store, document)
    if document.collection != "invoices":
        return _echo(record, without=("createdAt", "modifiedAt", "customerId"))
    paid = [_record(store, match.credit) for match in store.links.matches(document)]
    dates = [instant(each.get("validatedAt") or each.get("issuedAt") or each["createdAt"]) for each in paid]
    return {
        "name": None,
        **_echo(record, without=("createdAt", "modifiedAt", "customerId", "state")),
        "status": state(store, record),
        "amountOutstanding": outstanding(store, record),
        "paidDate": _shown(max(dates)) if dates and state(store, record) == "PAID" else None,
    }


def _pdf_url(store: Store, document: Document) -> str | None:
    if document not in store.pdfs:
        return None
    return f"{APP_URL}/files/{document.id}.pdf?signature={uuid.uuid4().hex}"


def _payments(store: Store, document: Document) -> list[Answer]:
    """Return the payments of an invoice."""
    paid = [match for match in store.links.matches(document) if match.credit.collection == "payments"]
    records = [(match.amount, _record(store, match.credit)) for match in paid]
    return [
        {
            "amount": paid_amount,
            "executedAt": _shown(record["validatedAt"]),
            "instrument": record.get("instrument", "UNKNOWN"),
        }
        for paid_amount, record in records
    ]


_COMPUTED: Mapping[str, Callable[[Store, Document], Any]] = {
    "amountLinked": lambda store, document: store.links.linked(document),
    "amountOutstanding": lambda store, document: outstanding(store, _record(store, document)),
    "customer": _owner,
    "linkedCreditNotes": partial(_linked, "credit_notes"),
    "linkedInvoices": partial(_linked, "invoices"),
    "linkedTransactions": partial(_linked, "payments"),
    "payments": _payments,
    "pdfUrl": _pdf_url,
    "state": lambda store, document: state(store, _record(store, document)),
}
"""How what answers show of a document besides its fields is computed, by its name in JSON."""
