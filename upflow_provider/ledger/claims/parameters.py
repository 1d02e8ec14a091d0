"""Parameters of the statements of claims."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from upflow_provider.errors import RetriableError
from upflow_provider.ledger.claims.statements import KEY_COLUMNS
from upflow_provider.ledger.records import RETRY_DELAYS, Outcome, Owner, RecordOutcome
from upflow_provider.shown_ids import shown_id

_OUTCOME_FIELDS = fields(RecordOutcome)
CLOCK_STEP_MAX = timedelta(minutes=1)
"""A claim from further in the future than this was made before the database's clock stepped back, and counts as old."""
SLOW_TRIES_MAX = 10
"""Tries of a claim or turn whose statements take longer than `CLOCK_STEP_MAX`."""
RESEND_DELAY = timedelta(minutes=5)
"""Time until a record is sent once more because a request from before may still arrive."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """
    Parameters for one organization.

    Attributes:
        organization: Name of the organization.
        lease: Age from which a claim counts as left behind by a dead task.
    """

    organization: str
    lease: timedelta

    def outcome(self, stream: str, outcome: RecordOutcome, now: datetime) -> dict[str, Any]:
        """Return those that record the outcome of one record at an instant of the ledger's time."""
        delay = outcome.retry_delay
        row = {
            **{each.name: getattr(outcome, each.name) for each in _OUTCOME_FIELDS},
            "organization": self.organization,
            "stream": stream,
            "attempts": int(outcome.outcome is Outcome.REJECTED),
            "next_attempt_at": now + delay if delay else None,
            "first_seen_at": now,
            "settled_at": now,
        }
        due = {f"due_{number}": now + delay for number, delay in enumerate(RETRY_DELAYS)}
        values = {f"new_{name}": value for name, value in row.items()}
        return {**values, **due, **self.lease_ends(now), "resend_at": now + RESEND_DELAY}

    def lease_ends(self, now: datetime) -> dict[str, datetime]:
        """Return the bounds between which a claim must have been made to count at an instant."""
        return {"lapsed": now - self.lease, "ahead": now + CLOCK_STEP_MAX}

    def turn(self, customer: str, owner: Owner) -> dict[str, str]:
        """Return those that name the turn of a customer."""
        return {"new_organization": self.organization, "new_customer": customer, "new_process": owner.process}


def key_of(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return those parameters of a statement that name its record."""
    return {f"new_{name}": parameters[f"new_{name}"] for name in KEY_COLUMNS}


def too_slow(external_id: str) -> RetriableError:
    """Return the error of a record or customer that cannot be claimed, because each statement takes so long."""
    minutes = CLOCK_STEP_MAX.total_seconds() / 60
    return RetriableError(
        f"{shown_id(external_id)}: it could not be claimed, because the ledger's database took longer than "
        f"{minutes:.0f} minute for each of {SLOW_TRIES_MAX} tries; find out what keeps it busy"
    )
