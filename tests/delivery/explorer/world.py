"""Upflow and the ledger of one case, as they are in the beginning of each execution, and as they must be in the end."""

import copy
import sqlite3
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from tests.delivery.explorer.cases import Task
from tests.delivery.explorer.processes import Process
from tests.delivery.explorer.trace import Trace
from tests.stripe_to_upflow.simulator.wire import Clock
from upflow_provider.ledger import Ledger
from upflow_provider.ledger.ledger import CLAIM_LEASE_S
from upflow_provider.ledger.tables import records, turns
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS
from upflow_provider.testing.upflow.fake import FakeUpflow
from upflow_provider.testing.upflow.records import answers

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
PAUSE_S = 2 * CLAIM_LEASE_S
"""Time between two runs: leases have ended, and what may have arrived late is sent again."""
LAST_RUNS = 2


class _Clock(Clock):
    def sleep(self, seconds):
        """Let time pass."""
        self.seconds += seconds


class _Database(sqlite3.Connection):
    def close(self):
        """Undo what was not committed, and stay: a process takes its connection with it, not the database."""
        self.rollback()


class World:
    """
    The world of one case; `reset` brings back its beginning, which takes a fraction of a millisecond.

    Args:
        case: The case.

    Attributes:
        state: Number of the state that Stripe has.
        trace: What has happened.
        on_statement: Called before each statement, with its connection.
        acting: Name of whoever acts now; empty for the world itself.
    """

    def __init__(self, case):
        self.case, self.on_statement = case, _ignore
        self.clock = _Clock(START)
        self._database = sqlite3.connect(":memory:", factory=_Database)
        self._engine = sa.create_engine("sqlite://", creator=lambda: self._database, poolclass=sa.pool.StaticPool)
        self.ledger = Ledger(self._engine, "explorer", now=self.clock.now)
        self.upflow = FakeUpflow(enforce_limits=False, clock=self.clock.monotonic, now=self.clock.now)
        self.upflow.url = "http://upflow.test"
        # Upflow takes links of more than is due here, so that they are seen.
        self.upflow.configure({"behaviour": {"over_linking": "accepted", "null_parent": "clears"}})
        empty = self._copied()
        self._restore(empty)
        self._expected = self._undisturbed()
        self._restore(empty)
        self._import(case.known)
        self._beginning = self._copied()
        # A process stops at the first of these, because what is raised at the second takes SQLAlchemy long.
        sa.event.listen(self._engine, "before_execute", self._before)
        sa.event.listen(self._engine, "before_cursor_execute", self._note)

    def reset(self):
        """Begin again."""
        self._restore(self._beginning)

    def close(self):
        """Give its memory back."""
        self._engine.dispose()
        sqlite3.Connection.close(self._database)

    def finish(self):
        """Let two runs of the sync read what is due, and return what is wrong then, in words."""
        self.state = self._last_state
        for _ in range(LAST_RUNS):
            self.read_due()
        return [*self._wrong_in_upflow(), *self._wrong_in_ledger()]

    def read_due(self):
        """Let a run of the sync come some time later; nobody else acts meanwhile."""
        self.clock.sleep(PAUSE_S)
        self.acting, _ = "final", self.trace.say("final", "reads what is due")
        due = {(each.stream, each.record_id) for each in self.ledger.changes.due(STREAMS, self.clock.now())}
        due |= {key for key in self._changed() if self._handled.get(key, 0) < self.state}
        self._import(sorted(due, key=lambda key: [*STREAMS].index(key[0])))
        self.acting = ""

    def mark_handled(self, stream, record_id, state):
        """Note that a sync has done with a record; later runs do not read it because of changes before that."""
        self._handled[stream, record_id] = max(state, self._handled.get((stream, record_id), 0))

    def claims_of(self, process):
        """Return what a process has in the ledger: its records, and the customers whose turn it is."""
        lapsed_at = self.clock.now() - timedelta(seconds=CLAIM_LEASE_S)
        claimed = sa.select(records.c.external_id).where(
            records.c.claim_process == process, records.c.claimed_at >= lapsed_at
        )
        its_turn = sa.select(turns.c.customer).where(turns.c.process == process, turns.c.taken_at >= lapsed_at)
        with self._engine.connect() as connection:
            return [*connection.execute(claimed).scalars(), *connection.execute(its_turn).scalars()]

    def overlinked(self):
        """Return invoices to which more is linked than due."""
        invoices = self.upflow.store.invoices.values()
        return [each["externalId"] for each in invoices if answers.outstanding(self.upflow.store, each) < 0]

    @property
    def _last_state(self):
        return len(self.case.states) - 1

    def _changed(self):
        first, *later = self.case.states
        return {key for key, record in first.items() if any(state[key] != record for state in later)}

    def _import(self, keys):
        """Import records one after the other, as they are now, without any trouble."""
        for stream, record_id in keys:
            Process(self, Task(f"final {stream}", stream, record_id), "final", self._pass_time).run()

    def _pass_time(self, at, *_):
        self.clock.sleep(PAUSE_S if at == "busy" else 0)

    def _undisturbed(self):
        """Return what Upflow and the ledger must have in the end."""
        self.state = self._last_state
        self._import(self.case.states[-1])
        return self.upflow.snapshot(), {key: found["payload_hash"] for key, found in self._records().items()}

    def _wrong_in_upflow(self):
        found, (expected, _) = self.upflow.snapshot(), self._expected
        for collection in expected:
            if found[collection] != expected[collection]:
                yield f"Upflow has {collection} {found[collection]} instead of {expected[collection]}"

    def _wrong_in_ledger(self):
        found = self._records()
        for key, expected in self._expected[1].items():
            if key not in found:
                yield f"the ledger lacks {key}"
                continue
            known = found[key]
            is_due = known["payload_hash"] is None and known["next_attempt_at"] is not None
            if known["payload_hash"] != expected and not is_due:
                yield f"the ledger has {key} with {known['payload_hash']} instead of {expected}: {dict(known)}"
            if known["claim_process"] is not None:
                yield f"a claim of {known['claimed_by']} is left on {key}"
        with self._engine.connect() as connection:
            left = connection.execute(sa.select(turns)).all()
        yield from (f"the turn of {each.customer} is left with {each.owner}" for each in left)

    def _records(self):
        with self._engine.connect() as connection:
            found = connection.execute(sa.select(records)).mappings().all()
        return {(each["stream"], each["external_id"]): each for each in found}

    def _copied(self):
        kept = sqlite3.connect(":memory:")
        self._database.backup(kept)
        return kept, self._copy_of(self.upflow.store)

    def _restore(self, kept):
        database, store = kept
        database.backup(self._database)
        self.upflow.store = self._copy_of(store)
        self.upflow.requests.clear()
        self.clock.seconds, self.state = START.timestamp(), 0
        self.trace, self._handled, self.on_statement, self.acting = Trace(), {}, _ignore, ""

    def _copy_of(self, store):
        return copy.deepcopy(store, {id(self.clock): self.clock})

    def _before(self, connection, statement, *_):
        self.on_statement(connection, statement)

    def _note(self, _, __, sql, *___):
        if self.acting:
            self.trace.add_statement(self.acting, sql)


def _ignore(*_):
    """Nobody is interrupted."""
