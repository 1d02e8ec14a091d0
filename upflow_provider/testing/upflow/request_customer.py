"""Which customer a request to the fake Upflow is about."""

import json
from typing import Any
from urllib.parse import unquote

from upflow_provider.testing.upflow.records.document_types import DOCUMENTS
from upflow_provider.testing.upflow.records.store import Record, Store
from upflow_provider.testing.wire.server import Scope


def customer_of(store: Store, scope: Scope, body: bytes) -> str | None:
    """Return the external id of the customer that the path or the body names; None if neither does."""
    _, _, path = scope["raw_path"].decode("ascii").removeprefix("/").partition("/")  # without v1
    collection, _, below = path.partition("/")
    ref = below.partition("/")[0]
    if collection == "customers" and ref:
        return _external_id(store, "customers", _reference(ref))
    if collection in DOCUMENTS and ref:
        return _owner(store, collection, _reference(ref))
    try:
        sent = json.loads(body or b"{}")
    except ValueError:
        return None
    return _named_in(store, collection, sent if isinstance(sent, dict) else {})


def _named_in(store: Store, collection: str, sent: dict[str, Any]) -> str | None:
    if collection == "customers":
        return _external_id(store, "customers", sent)
    if collection in DOCUMENTS:
        return _external_id(store, "customers", sent.get("customer"))
    if collection == "reconcile":
        for linked, row in DOCUMENTS.items():
            for each in sent.get(row.plural) or ():
                return _owner(store, linked, each)
    return None


def _reference(ref: str) -> dict[str, str]:
    """Read a reference in a path."""
    kind, colon, external_id = unquote(ref).partition(":")
    return {"externalId": external_id} if kind == "external" and colon else {"id": ref}


def _external_id(store: Store, collection: str, reference: object) -> str | None:
    if not isinstance(reference, dict):
        return None
    external_id = reference.get("externalId")
    if isinstance(external_id, str):
        return external_id
    record = _record(store, collection, reference)
    return record["externalId"] if record else None


def _owner(store: Store, collection: str, reference: object) -> str | None:
    record = _record(store, collection, reference)
    return store.customers[record["customerId"]]["externalId"] if record else None


def _record(store: Store, collection: str, reference: object) -> Record | None:
    if not isinstance(reference, dict):
        return None
    found = store.by_id(collection, str(reference.get("id")))
    return found or store.by_external_id(collection, str(reference.get("externalId")))
