"""References between records: they must name something that exists."""

from collections.abc import Container

from upflow_provider.testing.upflow.behaviour import Behaviour
from upflow_provider.testing.upflow.records.refusal import RefusedError
from upflow_provider.testing.upflow.records.schemas import Body, Reference
from upflow_provider.testing.upflow.records.store import Record, Store


def resolve(store: Store, behaviour: Behaviour, collection: str, reference: Reference, field: str) -> Record:
    """
    Return the record that a body names.

    Raises:
        RefusedError: There is none, or its two ids name different records.
    """
    found = []
    if reference.id is not None:
        found.append(store.by_id(collection, reference.id))
    if reference.external_id is not None:
        found.append(store.by_external_id(collection, reference.external_id))
    record = found[0]
    if record is None or None in found:
        raise RefusedError(f"{field}: names nothing in {collection}", behaviour.missing_reference_status)
    if record is not found[-1]:
        raise RefusedError(f"{field}: id and externalId name different records")
    return record


def existing(store: Store, collection: str, external_id: str, record_id: str | None) -> Record | None:
    """
    Return the record that an import updates; None if it creates one.

    Raises:
        RefusedError: An ``id`` was given that does not exist or has another external id.
    """
    known = store.by_external_id(collection, external_id)
    if record_id is None:
        return known
    named = store.by_id(collection, record_id)
    if named is None:
        raise RefusedError(f"id: names nothing in {collection}", 404)
    if named is not known:
        raise RefusedError("externalId: is not that of the record with this id, and cannot be changed")
    return known


def require(known: Container[str], record_id: str | None, field: str, what: str) -> None:
    """
    Refuse an id that does not exist in the organization; None is fine.

    Raises:
        RefusedError: It does not exist.
    """
    if record_id is not None and record_id not in known:
        raise RefusedError(f"{field}: no such {what}")


def refuse_unknown(body: Body, *fields: str) -> None:
    """
    Refuse fields as if they were unknown.

    Raises:
        RefusedError: One of them was sent.
    """
    for field in fields:
        if field in body.sent():
            raise RefusedError(f"{field}: Extra inputs are not permitted")
