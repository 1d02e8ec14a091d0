"""Related changes: records that may have changed together with those that were read again."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from upflow_provider.errors import RecordError
from upflow_provider.ledger import Change, Ledger, Outcome, RecordState
from upflow_provider.records.page import Record
from upflow_provider.runs.containment import contained
from upflow_provider.stripe_to_upflow.streams.stream import RelatedChange, StripeStream

log = logging.getLogger(__name__)


def related_changes(stream: StripeStream, records: Iterable[Record], ledger: Ledger) -> list[Change]:
    """
    Return the related records that have to be read again.

    Args:
        stream: Stream of the records.
        records: The records as they are now.
        ledger: Knows which payments are imported and linked already.
    """
    related = [(record["id"], each) for record in records if _is_there(record) for each in _related(stream, record)]
    if not related or stream.related_stream is None:
        return []
    known = ledger.records(stream.related_stream, {each.record_id for _, each in related})
    return [_change(each) for record_id, each in related if _is_news(record_id, each, known.get(each.record_id))]


def _related(stream: StripeStream, record: Record) -> Sequence[RelatedChange]:
    """Return what is related to a record; nothing if the record is too odd to say so, which rejects it as well."""
    try:
        with contained(record["id"]):
            return stream.related(record)
    except RecordError as error:
        log.warning("related records are not read again: %s", error)
        return ()


def _is_there(record: Record) -> bool:
    return not record.keys() & {"gone", "refused", "deleted"}


def _is_news(record_id: str, related: RelatedChange, state: RecordState | None) -> bool:
    """Return whether the ledger lacks a link that exists, or shows one that is gone."""
    if related.is_linked is None:
        return True
    if state is None:
        return related.is_linked
    is_known = state.outcome is Outcome.IMPORTED and record_id in (state.linked_invoices or ())
    return related.is_linked != is_known


def _change(related: RelatedChange) -> Change:
    created_at = None if related.created_at is None else datetime.fromtimestamp(related.created_at, UTC)
    return Change(related.stream, related.record_id, created_at)
