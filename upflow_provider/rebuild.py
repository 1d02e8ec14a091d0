"""
The ledger written again from what Upflow holds: for when it was lost.

Losing the ledger costs time, never correctness. What Upflow lists says which records it has and, as
far as it repeats what was imported, with which content: the next sync sends only what it cannot
tell to be equal.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from upflow_provider.ledger import Ledger
from upflow_provider.mapping import customers, invoices
from upflow_provider.mapping.hashing import payload_hash
from upflow_provider.payloads import Collection
from upflow_provider.streams import CUSTOMERS, INVOICES


class Lists(Protocol):
    """What a rebuild needs of Upflow's client."""

    def list(self, collection: Collection) -> Iterator[dict[str, Any]]:
        """List every record of a collection."""


def rebuild(ledger: Ledger, upflow: Lists) -> dict[str, int]:
    """
    List Upflow's customers and invoices and adopt each into the ledger.

    Records that the ledger knows from a read of the source stay as they are, so that this may run
    at any time.

    Returns:
        How many records of each stream Upflow has under an external id.
    """
    external_ids: dict[str, str] = {}

    def seen_customers() -> Iterator[tuple[str, str, str | None]]:
        for entity in upflow.list(CUSTOMERS.collection):
            if entity.get("externalId"):
                external_ids[entity["id"]] = entity["externalId"]
                payload = customers.from_upflow(entity)
                yield entity["externalId"], entity["id"], payload_hash(payload, ()) if payload else None

    def seen_invoices() -> Iterator[tuple[str, str, str | None]]:
        for entity in upflow.list(INVOICES.collection):
            if entity.get("externalId"):
                payload = invoices.from_upflow(entity, external_ids.get(entity.get("customerId", "")))
                yield entity["externalId"], entity["id"], payload_hash(payload, ()) if payload else None

    return {
        CUSTOMERS.name: ledger.adopt(CUSTOMERS.name, seen_customers()),
        INVOICES.name: ledger.adopt(INVOICES.name, seen_invoices()),
    }
