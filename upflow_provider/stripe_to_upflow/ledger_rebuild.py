"""
The ledger written again from what Upflow holds: for when it was lost.

Losing the ledger costs time, never correctness. What Upflow lists says which records it has, which
balancing documents belong to them and, as far as it repeats what was imported, with which content: the
next sync sends only what it cannot tell to be equal.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any, Protocol, cast

from upflow_provider.ledger import Ledger, Seen
from upflow_provider.records.content_hash import payload_hash
from upflow_provider.records.payloads import Collection
from upflow_provider.stripe_to_upflow.mapping import customers, invoices
from upflow_provider.stripe_to_upflow.streams.registry import CUSTOMERS, INVOICES, STREAMS, stream_of

DOCUMENTS: tuple[Collection, ...] = ("invoices", "credit_notes", "payments", "refunds")
"""Collections that hold records, and lines of records of any stream."""


class Lists(Protocol):
    """What a rebuild needs of Upflow's client."""

    def list(self, collection: Collection) -> Iterator[dict[str, Any]]:
        """List every record of a collection."""


def rebuild(ledger: Ledger, upflow: Lists) -> dict[str, int]:
    """
    List what Upflow holds and adopt each record into the ledger.

    Records that the ledger knows from a read of the source stay as they are, so that this may run
    at any time.

    Returns:
        How many records of each stream Upflow has under an external id.
    """
    external_ids: dict[str, str] = {}

    def seen_customers() -> Iterator[Seen]:
        for entity in upflow.list(CUSTOMERS.collection):
            if entity.get("externalId"):
                external_ids[entity["id"]] = entity["externalId"]
                payload = customers.from_upflow(entity)
                yield Seen(entity["externalId"], entity["id"], payload_hash(payload) if payload else None)

    counts = Counter(dict.fromkeys(STREAMS, 0))
    counts[CUSTOMERS.name] = ledger.adopt(CUSTOMERS.name, seen_customers())
    lines = _lines(upflow)
    for collection in DOCUMENTS:
        by_stream: dict[str, list[Seen]] = defaultdict(list)
        for entity in upflow.list(collection):
            external_id = cast("str", entity.get("externalId") or "")
            stream = stream_of(external_id)
            if stream is not None and ":" not in external_id:
                by_stream[stream.name].append(_seen(entity, external_ids, lines.get(external_id)))
        for name, seen in by_stream.items():
            counts[name] += ledger.adopt(name, seen)
    return dict(counts)


def _lines(upflow: Lists) -> dict[str, dict[str, None]]:
    """Return the lines that Upflow holds, by the record they belong to; what they contain is not looked at."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for collection in DOCUMENTS[1:]:
        for entity in upflow.list(collection):
            owner, colon, _ = (entity.get("externalId") or "").partition(":")
            if colon and stream_of(owner):
                found[owner][f"{collection}/{entity['externalId']}"] = None
    return found


def _seen(entity: dict[str, Any], customer_ids: dict[str, str], lines: dict[str, None] | None) -> Seen:
    """Return what a document tells; its content where it is an invoice without lines."""
    external_id = entity["externalId"]
    if stream_of(external_id) is not INVOICES or "grossAmount" not in entity or "amountOutstanding" not in entity:
        return Seen(external_id, entity["id"], lines=lines)
    payload = invoices.from_upflow(entity, customer_ids.get(entity.get("customerId", "")))
    content = payload_hash(payload) if payload and not lines else None
    return Seen(external_id, entity["id"], content, lines, entity["amountOutstanding"])
