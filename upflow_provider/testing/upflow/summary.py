"""The whole store at a glance, and as a value that two runs can be compared by."""

import hashlib
from collections import defaultdict
from typing import Any

from upflow_provider.testing.upflow.records import answers
from upflow_provider.testing.upflow.records.document_types import DOCUMENTS
from upflow_provider.testing.upflow.records.links import Document, amount
from upflow_provider.testing.upflow.records.store import Record, Store

_VOLATILE = ("id", "createdAt", "modifiedAt", "customerId", "parentId", "contacts", "customFields", "options")


def summary(store: Store) -> dict[str, Any]:
    """
    Count and add up what is stored.

    Returns:
        JSON: per collection of documents that can be linked and per currency, the ``count`` and the sum of the
        amounts (minor units), for invoices also what is outstanding and the same per state; the number of other
        records; and how often something was created, updated, sent unchanged or deleted.
    """
    writes: dict[str, dict[str, int]] = defaultdict(dict)
    for (collection, outcome), count in sorted(store.writes.items()):
        writes[collection][outcome] = count
    return {
        "customers": {"count": len(store.customers)},
        "contacts": {"count": sum(len(customer["contacts"]) for customer in list(store.customers.values()))},
        **{collection: _totals(store, collection) for collection in DOCUMENTS},
        "links": {"count": len(store.links.groups)},
        "pdfs": {"count": len(store.pdfs)},
        "portal_links": {"count": len(store.portal_links)},
        "writes": writes,
    }


def snapshot(store: Store) -> dict[str, Any]:
    """
    Return what is stored without what differs from run to run: no ids of Upflow's, no times of writing.

    Records are keyed and named by external id, contacts are sorted, custom fields named. May be called from
    any thread; meant for when no request is under way.
    """
    return {
        "customers": {_name(record): _customer(store, record) for record in list(store.customers.values())},
        **{
            collection: {_name(record): _document(store, collection, record) for record in records}
            for collection in DOCUMENTS
            for records in [list(store.table(collection).values())]
        },
        "links": {
            _stable(store, group): sorted((*_key(store, share.document), share.amount) for share in shares)
            for group, shares in list(store.links.groups.items())
        },
        "pdfs": {_key(store, document): hashlib.sha256(pdf).hexdigest() for document, pdf in list(store.pdfs.items())},
    }


def _totals(store: Store, collection: str) -> dict[str, Any]:
    if not DOCUMENTS[collection].side:
        return {"count": len(store.table(collection))}
    totals: dict[str, Any] = {}
    for record in list(store.table(collection).values()):
        total = totals.setdefault(record["currency"], {})
        _add(store, total, collection, record)
        if collection == "invoices":
            by_state = total.setdefault("states", {}).setdefault(answers.state(store, record), {})
            _add(store, by_state, collection, record)
    return totals


def _add(store: Store, total: dict[str, int], collection: str, record: Record) -> None:
    total["count"] = total.get("count", 0) + 1
    total["amount"] = total.get("amount", 0) + amount(record)
    if collection == "invoices":
        total["outstanding"] = total.get("outstanding", 0) + answers.outstanding(store, record)


def _customer(store: Store, record: Record) -> Record:
    parent = store.by_id("customers", record.get("parentId"))
    hidden = ("id", "fieldId")
    contacts = [{key: value for key, value in contact.items() if key not in hidden} for contact in record["contacts"]]
    return {
        **_lasting(record),
        "parent": parent and _name(parent),
        "contacts": sorted(contacts, key=lambda contact: sorted(map(str, contact.items()))),
        "customFields": _values(store, record),
    }


def _values(store: Store, record: Record) -> Record:
    """Return the values of custom fields by name."""
    return {store.custom_fields[held["id"]]["name"]: held["value"] for held in record.get("customFields", ())}


def _document(store: Store, collection: str, record: Record) -> Record:
    lasting = {**_lasting(record), "customer": _name(store.customers[record["customerId"]])}
    if values := _values(store, record):
        lasting["customFields"] = values
    if not DOCUMENTS[collection].side:
        return lasting
    document = Document(collection, record["id"])
    left = answers.outstanding(store, record) if collection == "invoices" else answers.unlinked(store, document)
    return {**lasting, "unlinked": left}


def _lasting(record: Record) -> Record:
    return {key: value for key, value in record.items() if key not in _VOLATILE}


def _name(record: Record) -> str:
    external_id: str = record["externalId"]
    return external_id


def _key(store: Store, document: Document) -> tuple[str, str]:
    return document.collection, _name(store.table(document.collection)[document.id])


def _stable(store: Store, group: str) -> str:
    """Return the external id of a group; that of links given with an import holds an Upflow id instead."""
    collection, slash, rest = group.partition("/")
    record = store.by_id(collection, rest.partition("/")[0]) if slash and collection in DOCUMENTS else None
    return f"{collection}/{_name(record)}/{rest.partition('/')[2]}" if record else group
