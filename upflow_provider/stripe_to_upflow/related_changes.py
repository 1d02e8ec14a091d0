"""What records that were read again lead to, as far as the ledger does not show it already."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from upflow_provider.ledger import Change, Ledger, Outcome, RecordState
from upflow_provider.stripe_to_upflow.streams.leading import RelatedChange
from upflow_provider.stripe_to_upflow.streams.registry import Record, Stream


def follow(stream: Stream, records: Iterable[Record], ledger: Ledger) -> list[Change]:
    """
    Return what else has to be read again.

    Args:
        stream: Stream of the records.
        records: The records as they are now.
        ledger: Tells which payments are imported and linked already.
    """
    leads = [(record["id"], lead) for record in records if _is_there(record) for lead in stream.leads_to(record)]
    if not leads or stream.leads is None:
        return []
    known = ledger.records(stream.leads, {lead.record_id for _, lead in leads})
    return [_change(lead) for of, lead in leads if _is_news(of, lead, known.get(lead.record_id))]


def _is_there(record: Record) -> bool:
    return not record.keys() & {"gone", "refused", "deleted"}


def _is_news(of: str, lead: RelatedChange, state: RecordState | None) -> bool:
    """Tell whether the ledger lacks the link that is told, or shows one that is no more."""
    if lead.settles is None:
        return True
    if state is None:
        return lead.settles
    return lead.settles != (state.outcome is Outcome.IMPORTED and of in (state.settles or ()))


def _change(lead: RelatedChange) -> Change:
    at = None if lead.created_at is None else datetime.fromtimestamp(lead.created_at, UTC)
    return Change(lead.stream, lead.record_id, at)
