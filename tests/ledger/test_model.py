"""Claims and settlements against a model: the rules in plain Python, any sequence of events."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from uuid import uuid4

import sqlalchemy as sa
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from upflow_provider.ledger import Claim, Ledger, ListedRecord, Outcome, Owner, RecordOutcome
from upflow_provider.ledger.claims.parameters import RESEND_DELAY
from upflow_provider.ledger.records import RETRY_DELAYS

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
LEASE_S = 600
LEASE = timedelta(seconds=LEASE_S)
instants = st.integers(0, 5).map(lambda minutes: EPOCH + timedelta(minutes=minutes))
owners = st.sampled_from([Owner(name, f"{name} {number}") for name in ("backfill", "sync") for number in (1, 2)])
contents = st.sampled_from(["a", "b"])
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
    owner: Owner | None = None
    claimed_at: datetime | None = None
    resend: bool = False

    def is_newer_than(self, read_at):
        """Tell whether a newer read is known."""
        return self.read_at is not None and self.read_at > read_at


@cache
def _engine():
    """Return the engine of a database in memory that all examples share, each as an organization of its own."""
    return sa.create_engine("sqlite://", poolclass=sa.StaticPool)


class LedgerModel(RuleBasedStateMachine):
    """Several owners claim, settle, die and come back, in any order."""

    @initialize()
    def start(self):
        """Begin with an empty ledger."""
        self.now = datetime(2026, 3, 1, tzinfo=UTC)
        self.known = {}
        self.ledger = Ledger(_engine(), uuid4().hex, now=lambda: self.now, lease_s=LEASE_S)

    @rule(seconds=st.sampled_from([1, 599, 600, 601]))
    def time_passes(self, seconds):
        """Let a claim grow old."""
        self.now += timedelta(seconds=seconds)

    @rule(external_id=ids, read_at=instants, owner=owners, content=contents)
    def claim(self, external_id, read_at, owner, content):
        """One owner at a time, reads only forward, and nothing that was sent already."""
        known = self.known.get(external_id)
        lease_ends = known.claimed_at + timedelta(seconds=LEASE_S) if known and known.owner else self.now
        taken = known is not None and known.owner is not None and owner.name != known.owner.name
        if known and known.is_newer_than(read_at):
            expected = Claim.STALE
        elif taken and self.now <= lease_ends:
            expected = Claim.BUSY
        elif known and known.payload_hash == content:
            expected = Claim.SENT
        else:
            expected = Claim.GRANTED
            known = self.known.setdefault(external_id, Known())
            known.resend |= known.owner is not None and known.owner != owner
            known.owner, known.claimed_at, known.next_attempt_at = owner, self.now, self.now + LEASE
            known.read_at, known.payload_hash = read_at, None
        claimed = self.ledger.claims.take("invoices", external_id, read_at=read_at, owner=owner, content=content)

        assert claimed.claim is expected

    @rule(
        external_id=ids,
        read_at=instants,
        owner=owners,
        outcome=st.sampled_from([Outcome.IMPORTED, Outcome.SKIPPED, Outcome.REJECTED]),
        upflow_id=st.sampled_from([None, "up_1", "up_2"]),
        content=contents,
        was_sent=st.booleans(),
    )
    def settle(self, external_id, read_at, owner, outcome, upflow_id, content, was_sent):
        """Count an import while the claim is the process's, anything else unless a newer read is known."""
        sent = outcome is Outcome.IMPORTED
        is_first = external_id not in self.known
        known = self.known.setdefault(external_id, Known())
        counts = not known.is_newer_than(read_at) and (is_first or known.owner == owner or not sent)
        if counts:
            if not sent and known.owner and self.now > known.claimed_at + LEASE:
                known.owner = known.claimed_at = None  # of a dead task
            self._settle(known, read_at, owner, outcome, content if sent else None)
        elif known.owner == owner or sent or was_sent:
            known.payload_hash, known.resend = None, known.resend or known.owner not in {None, owner}
            known.next_attempt_at = known.next_attempt_at if known.owner not in {None, owner} else self.now
        if counts or known.owner == owner or sent or was_sent:
            known.upflow_id = upflow_id or known.upflow_id
        if known.owner == owner:
            known.owner = known.claimed_at = None
        settled = RecordOutcome(external_id, outcome, read_at, content if sent else None, upflow_id)
        left = self.ledger.claims.record_outcomes("invoices", [settled], owner=owner, was_sent=was_sent)

        assert left == ([] if counts else [external_id])

    def _settle(self, known, read_at, owner, outcome, content):
        """Note an outcome that counts."""
        sent = outcome is Outcome.IMPORTED
        known.outcome, known.read_at = outcome, read_at
        known.payload_hash = None if sent and known.resend else content
        known.attempts = known.attempts + 1 if outcome is Outcome.REJECTED else 0
        rest = RETRY_DELAYS[min(known.attempts, len(RETRY_DELAYS)) - 1]
        if known.owner in {None, owner}:
            known.next_attempt_at = self.now + rest if known.attempts else None
            if sent and known.resend:
                known.next_attempt_at = self.now + RESEND_DELAY
        known.resend = known.resend and not sent

    @rule(external_id=ids, read_at=instants, content=st.sampled_from([None, "a", "b"]))
    def look(self, external_id, read_at, content):
        """Count a read that finds nothing to do, unless somebody has the record, has sent it or knows a later read."""
        known = self.known.get(external_id)
        counts = (
            known is not None
            and known.owner is None
            and known.payload_hash == content
            and not known.is_newer_than(read_at)
        )
        if counts:
            known.read_at, known.next_attempt_at = read_at, None

        assert self.ledger.claims.record_looks("invoices", {external_id: content}, read_at) == (
            {external_id} if counts else set()
        )

    @rule(owner=owners, may_arrive_late=st.booleans())
    def give_back(self, owner, may_arrive_late):
        """Let a task fail: what it has is given back, and due at once."""
        had = [known for known in self.known.values() if known.owner == owner]
        for known in had:
            known.owner = known.claimed_at = None
            known.next_attempt_at, known.resend = self.now, known.resend or may_arrive_late

        assert self.ledger.claims.give_back(owner, may_arrive_late=may_arrive_late) == len(had)

    @rule(external_id=ids)
    def adopt(self, external_id):
        """Take what Upflow lists only where no read of the source is known."""
        known = self.known.setdefault(external_id, Known())
        if known.read_at is None:
            known.outcome, known.upflow_id, known.payload_hash = Outcome.IMPORTED, "up_listed", "listed"
        self.ledger.inventory.adopt("invoices", [ListedRecord(external_id, "up_listed", "listed")])

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
            assert state.claim_process == (known.owner and known.owner.process)


TestLedgerModel = LedgerModel.TestCase
TestLedgerModel.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
