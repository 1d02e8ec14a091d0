"""Claims and settlements against a model: the rules in plain Python, any sequence of events."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from upflow_provider.ledger import Claim, Ledger, ListedRecord, Outcome, RecordOutcome
from upflow_provider.ledger.records import RETRY_DELAYS

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
LEASE_S = 600
instants = st.integers(0, 5).map(lambda minutes: EPOCH + timedelta(minutes=minutes))
owners = st.sampled_from(["backfill", "sync", "replay"])
ids = st.sampled_from(["in_1", "in_2"])


@dataclass
class Known:
    """What the model knows of a record."""

    outcome: Outcome = Outcome.PENDING
    read_at: datetime | None = None
    payload_hash: str | None = None
    upflow_id: str | None = None
    attempts: int = 0
    next_attempt_at: datetime | None = None
    owner: str | None = None
    claimed_at: datetime | None = None

    def is_newer_than(self, read_at):
        """Tell whether a newer read is known."""
        return self.read_at is not None and self.read_at > read_at


class LedgerModel(RuleBasedStateMachine):
    """Several owners claim, settle, die and come back, in any order."""

    @initialize()
    def start(self):
        """Begin with an empty ledger."""
        self.now = datetime(2026, 3, 1, tzinfo=UTC)
        self.known = {}
        self.engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
        self.ledger = Ledger(self.engine, "default", clock=lambda: self.now, lease_s=LEASE_S)

    @rule(seconds=st.sampled_from([1, 599, 600, 601]))
    def time_passes(self, seconds):
        """Let a claim grow old."""
        self.now += timedelta(seconds=seconds)

    @rule(external_id=ids, read_at=instants, owner=owners)
    def claim(self, external_id, read_at, owner):
        """One owner at a time, reads only forward."""
        known = self.known.setdefault(external_id, Known())
        alive = known.owner is not None and (self.now - known.claimed_at).total_seconds() <= LEASE_S
        if known.is_newer_than(read_at):
            expected = Claim.STALE
        elif alive and known.owner != owner:
            expected = Claim.BUSY
        else:
            expected = Claim.GRANTED
            known.owner, known.claimed_at = owner, self.now
            known.read_at, known.payload_hash = read_at, None

        assert self.ledger.claim("invoices", external_id, read_at=read_at, owner=owner) is expected

    @rule(
        external_id=ids,
        read_at=instants,
        owner=owners,
        outcome=st.sampled_from([Outcome.IMPORTED, Outcome.SKIPPED, Outcome.REJECTED]),
        upflow_id=st.sampled_from([None, "up_1", "up_2"]),
    )
    def settle(self, external_id, read_at, owner, outcome, upflow_id):
        """Count an import while the claim is the owner's, anything else unless a newer read is known."""
        sent = outcome is Outcome.IMPORTED
        content = f"{read_at} {upflow_id}" if sent else None
        known = self.known.get(external_id)
        is_first = known is None
        known = self.known.setdefault(external_id, Known())
        mine = known.owner == owner
        counts = not known.is_newer_than(read_at) and (is_first or mine or not sent)
        if counts:
            known.outcome, known.read_at, known.payload_hash = outcome, read_at, content
            known.upflow_id = upflow_id or known.upflow_id
            known.attempts = known.attempts + 1 if outcome is Outcome.REJECTED else 0
            rest = RETRY_DELAYS[min(known.attempts, len(RETRY_DELAYS)) - 1]
            known.next_attempt_at = self.now + rest if known.attempts else None
        if mine:
            known.owner = known.claimed_at = None
        settled = RecordOutcome(external_id, outcome, read_at, content, upflow_id)

        assert self.ledger.record_outcomes("invoices", [settled], owner=owner) == ([] if counts else [external_id])

    @rule(external_id=ids)
    def adopt(self, external_id):
        """Take what Upflow lists only where no read of the source is known."""
        known = self.known.setdefault(external_id, Known())
        if known.read_at is None:
            known.outcome, known.upflow_id, known.payload_hash = Outcome.IMPORTED, "up_listed", "listed"
        self.ledger.adopt("invoices", [ListedRecord(external_id, "up_listed", "listed")])

    @invariant()
    def ledger_and_model_agree(self):
        """Compare everything that can be seen."""
        found = self.ledger.records("invoices", ["in_1", "in_2"])

        assert set(found) == set(self.known)
        for external_id, state in found.items():
            known = self.known[external_id]
            assert (state.outcome, state.read_at, state.payload_hash, state.upflow_id) == (
                known.outcome,
                known.read_at,
                known.payload_hash,
                known.upflow_id,
            )
            assert (state.attempts, state.next_attempt_at) == (known.attempts, known.next_attempt_at)

    def teardown(self):
        """Close the database."""
        self.engine.dispose()


TestLedgerModel = LedgerModel.TestCase
TestLedgerModel.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
