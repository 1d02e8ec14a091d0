"""The comparison of what Upflow lists of a record with what the ledger knows. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from upflow_provider.clients.upflow.client import external
from upflow_provider.ledger import Outcome, RecordState
from upflow_provider.records.accessories import is_incomplete
from upflow_provider.records.contacts import STAND_IN
from upflow_provider.records.content_hash import parts_of
from upflow_provider.stripe_to_upflow.inventory.content import ListedDocument


class Difference(StrEnum):
    """
    How Upflow differs from the ledger; the values are the names of the report's counts.

    ADOPTED: the ledger did not know the record. FOUND: the ledger knew that Upflow does not have it. CHANGED: Upflow
    shows other content than was sent. UNLINKED: Upflow shows other links. OUTSTANDING: Upflow shows another outstanding
    amount than it did, and than it must. DELETED: Upflow does not have the record, or a balancing document of it.
    LEFT: it was sent again before, and is still different.
    """

    ADOPTED = "adopted"
    FOUND = "found"
    CHANGED = "changed"
    UNLINKED = "unlinked"
    OUTSTANDING = "outstanding"
    DELETED = "deleted"
    LEFT = "left"


def compare(known: RecordState, listed: ListedDocument) -> Difference | None:
    """
    Return how a listed record differs from what the ledger knows; ``None`` if it does not, or if the list does not say.

    Args:
        known: What the ledger knows about it.
        listed: What Upflow lists of it.
    """
    is_id_unknown = known.upflow_id == external(listed.record.external_id)  # the answer to its import had none
    if known.upflow_id != listed.record.upflow_id and not is_id_unknown:
        return Difference.FOUND
    if listed.balancing.keys() - (known.balancing or {}).keys():
        return Difference.CHANGED
    if known.outcome is not Outcome.IMPORTED or known.payload_hash is None:
        # It is sent again, but only those of its balancing documents that are not known to be as they were sent.
        return _balancing(known, listed) or _outstanding(known, listed)
    if _lacks_stand_in(known, listed):
        return Difference.CHANGED
    return _content(known, known.payload_hash, listed) or _balancing(known, listed) or _outstanding(known, listed)


def _lacks_stand_in(known: RecordState, listed: ListedDocument) -> bool:
    """Return whether somebody else's contact is gone that made one of ours unnecessary."""
    stand_ins = {each for each in known.dependents or () if each.startswith(STAND_IN)}
    return listed.stand_ins is not None and not stand_ins <= listed.stand_ins


def _content(known: RecordState, content: str, listed: ListedDocument) -> Difference | None:
    payload, links, custom_fields = parts_of(content)
    is_payload_alone = listed.record.content is not None and parts_of(listed.record.content).links is None
    if links is None and (known.balancing or known.linked_invoices or not is_payload_alone):
        return None  # version 0.1.0 put payload, links and balancing documents into one digest
    is_other = bool(listed.payloads) and payload not in listed.payloads
    are_others = bool(listed.custom_fields) and custom_fields not in listed.custom_fields
    if (is_other or are_others) and not is_incomplete(known.reason):
        return Difference.CHANGED
    if links is not None and listed.links is not None and links != listed.links:
        return Difference.UNLINKED
    return None


def _balancing(known: RecordState, listed: ListedDocument) -> Difference | None:
    for key, shown in listed.balancing.items():
        sent = (known.balancing or {}).get(key)
        if sent is None or shown is None:
            continue  # it is not known what was sent, or what is listed cannot be read
        if sent[:2] != shown[:2]:
            return Difference.CHANGED
        if shown[2] is not None and _amounts(sent[2]) != sorted(map(tuple, shown[2]), key=str):
            return Difference.UNLINKED
    return None


def _amounts(links: list[list[Any]]) -> list[tuple[Any, Any]]:
    return sorted(((external_id, amount) for _, external_id, amount in links), key=str)


def _outstanding(known: RecordState, listed: ListedDocument) -> Difference | None:
    """
    Compare outstanding amounts.

    An amount that Upflow showed before is no news: a run is about to check the invoice, or its check has rejected it.
    """
    shown = listed.record.observed
    if shown is None or known.expected in {None, shown}:
        return None
    if known.outcome is Outcome.REJECTED:
        return Difference.LEFT
    return Difference.OUTSTANDING if known.observed not in {None, shown} else None
