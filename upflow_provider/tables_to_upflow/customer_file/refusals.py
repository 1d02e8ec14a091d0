"""What Upflow has refused of a file: which of its lines that concerns, in Upflow's words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from upflow_provider.ledger import Ledger, Outcome, RecordState
from upflow_provider.runs.batches import batches
from upflow_provider.tables_to_upflow.customer_file.checks.customers import CheckedCustomer
from upflow_provider.tables_to_upflow.customer_file.checks.notes import CheckNotes
from upflow_provider.tables_to_upflow.customer_file.checks.payments import CheckedPayment

BATCH_SIZE = 100
"""Records that the ledger is asked for at once."""
SUPERSEDED = "another import has changed this record meanwhile; import this line again"
PARTLY = "everything else of this line is imported"


class RecordLines(NamedTuple):
    """
    The lines of a file that one record is made of.

    Attributes:
        key: Its key.
        lines: All of its lines.
        details: Those that say more of it than contacts.
        contacts: Those about each contact, by its address with its case folded.
    """

    key: str
    lines: list[int]
    details: list[int]
    contacts: Mapping[str, list[int]]

    @classmethod
    def of_customer(cls, customer: CheckedCustomer) -> RecordLines:
        """Return the lines about a customer."""
        content: Mapping[str, Any] = customer.content
        return cls(customer.key, customer.lines, content["detailLines"], content["contactLines"])

    @classmethod
    def of_payment(cls, payment: CheckedPayment) -> RecordLines:
        """Return the lines about a payment."""
        return cls(payment.key, payment.lines, payment.lines, {})


def refuse_lines(
    notes: CheckNotes, ledger: Ledger, stream: str, records: Iterable[RecordLines], read_at: datetime
) -> None:
    """
    Note the lines that Upflow has not taken, or not completely.

    Args:
        notes: Keep why lines are refused.
        ledger: Knows what became of records.
        stream: Their stream.
        records: Their lines.
        read_at: When they were read, by which their outcomes are known.
    """
    for batch in batches(records, BATCH_SIZE):
        states = ledger.records(stream, [each.key for each in batch])
        for record in batch:
            answers = notes.answers(record.key)
            if state := states.get(record.key):
                _refuse_record(notes, record, state, answers.get("", []), read_at)
            for contact, lines in record.contacts.items():
                for reason in answers.get(contact, ()):
                    notes.refuse(lines, reason)


def _refuse_record(
    notes: CheckNotes, record: RecordLines, state: RecordState, answers: list[str], read_at: datetime
) -> None:
    """Note the lines of a record that was rejected, that lacks something, or that a newer read has superseded."""
    if state.read_at is not None and state.read_at > read_at:
        notes.refuse(record.lines, SUPERSEDED)
    elif state.read_at != read_at or not state.reason:
        return
    elif state.outcome is Outcome.REJECTED:
        notes.refuse(record.lines, state.reason)
    elif state.outcome is Outcome.IMPORTED:
        reason = "; ".join(dict.fromkeys([*answers, state.reason]))
        notes.refuse(record.details or record.lines, f"{reason}; {PARTLY}")
