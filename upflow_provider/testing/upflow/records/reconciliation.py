"""
Links as they are sent to the API: the groups of ``/reconcile``, and those given with an import.

They are read and checked here, and stored in `links`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from upflow_provider.testing.upflow.behaviour import Behaviour
from upflow_provider.testing.upflow.records.document_types import CREDITS, DEBITS, DOCUMENTS
from upflow_provider.testing.upflow.records.links import Document, Share, amount, side
from upflow_provider.testing.upflow.records.references import resolve
from upflow_provider.testing.upflow.records.refusal import RefusedError, explain
from upflow_provider.testing.upflow.records.schemas import Link, Reconcile
from upflow_provider.testing.upflow.records.store import Record, Store

Linked = tuple[Share, Record]
"""A share, and the record it is a share of."""


def reconcile(store: Store, behaviour: Behaviour, body: Reconcile) -> None:
    """
    Set, replace or (with four empty lists) undo a group of links.

    Raises:
        RefusedError: A document does not exist, the group is unbalanced, mixes currencies or links
            more of a document than there is.
    """
    linked = [
        _linked(store, behaviour, collection, link, f"{DOCUMENTS[collection].plural}.{number}")
        for collection in (*DEBITS, *CREDITS)
        for number, link in enumerate(getattr(body, collection))
    ]
    _check(store, behaviour, body.external_id, linked)
    store.links.put(body.external_id, [share for share, _ in linked])


def inline(
    store: Store, behaviour: Behaviour, document: Document, record: Record, sent: Mapping[str, Any]
) -> dict[str, Sequence[Share]]:
    """
    Return the groups that the links given with an import make; one per field that was sent.

    Raises:
        RefusedError: As `reconcile`, or links are not taken in an import.
    """
    groups: dict[str, Sequence[Share]] = {}
    for collection, row in DOCUMENTS.items():
        field = row.links
        if field not in sent or behaviour.inline_links == "ignored":
            continue
        if behaviour.inline_links == "refused":
            raise RefusedError(f"{field}: Extra inputs are not permitted")
        group = f"{document.collection}/{document.id}/{field}"
        others = [
            _linked(store, behaviour, collection, _parse(behaviour, collection, each, path), path)
            for number, each in enumerate(sent[field])
            for path in [f"{field}.{number}"]
        ]
        own = Share(document, sum(share.amount for share, _ in others))
        linked = [(own, record), *others] if others else []
        _check(store, behaviour, group, linked)
        groups[group] = [share for share, _ in linked]
    return groups


def _parse(behaviour: Behaviour, collection: str, sent: Mapping[str, Any], path: str) -> Link:
    """Read one link of an import, in the one shape that is taken."""
    link = dict(sent)
    if behaviour.inline_links == "response_style":
        singular = DOCUMENTS[collection].singular
        reference = link.get(singular)
        if link.keys() != {singular, "linkedAmount"} or not isinstance(reference, dict):
            raise RefusedError(f"{path}: needs {singular} and linkedAmount")
        link = {**reference, "amountLinked": link["linkedAmount"]}
    try:
        return Link.model_validate(link)
    except ValidationError as error:
        raise RefusedError(f"{path}: {explain(error)}") from error


def _linked(store: Store, behaviour: Behaviour, collection: str, link: Link, path: str) -> Linked:
    record = resolve(store, behaviour, collection, link, path)
    if link.custom_id is not None and link.custom_id != record.get("customId"):
        raise RefusedError(f"{path}.customId: is not that of the record")
    return Share(Document(collection, record["id"]), link.amount_linked), record


def _check(store: Store, behaviour: Behaviour, group: str, linked: Sequence[Linked]) -> None:
    shares = [share for share, _ in linked]
    if behaviour.unbalanced_links == "refused" and side(shares, DEBITS) != side(shares, CREDITS):
        raise RefusedError("amountLinked: invoices and refunds do not equal payments and creditNotes")
    if len({record["currency"] for _, record in linked}) > 1:
        raise RefusedError("currency: documents of different currencies cannot be linked")
    for share, record in linked:
        total = sum(each.amount for each in shares if each.document == share.document)
        total += store.links.linked(share.document, without=group)
        if total <= amount(record):
            continue
        if behaviour.over_linking == "accepted":
            store.over_linked.append(record["externalId"])
        else:
            raise RefusedError(f"amountLinked: links more than the amount of {record['externalId']}")
