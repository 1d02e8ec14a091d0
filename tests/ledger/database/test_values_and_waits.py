"""Values that no database stores, and waits for a connection."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from upflow_provider.errors import RecordError, RetriableError
from upflow_provider.hooks.ledger import ENGINE_KWARGS
from upflow_provider.ledger import Ledger, Outcome, Owner, RecordOutcome, prepare
from upflow_provider.ledger.database.pool import LedgerPool


def test_a_wait_for_a_connection_of_the_process_may_pass(sqlite_url):
    """Threads that keep all of them are named, instead of SQLAlchemy's own error; so it is after a fork."""
    engine = prepare(sa.create_engine(sqlite_url, poolclass=LedgerPool, pool_size=1, max_overflow=0, pool_timeout=0.05))
    engine.dispose()  # as in a child process: the engine makes a new pool
    ledger = Ledger(engine, "default")
    with engine.connect(), pytest.raises(RetriableError, match=r"all 1 connections .* in use for 0 s; lower threads"):
        ledger.counts("invoices")

    assert ledger.counts("invoices") == {}
    engine.dispose()


def test_a_key_that_is_too_long_for_an_index_is_one_records_trouble(postgres_url):
    """All other records are written."""
    ledger = Ledger(prepare(sa.create_engine(postgres_url, poolclass=sa.NullPool)), "default")
    noise = "".join(chr(number * 7919 % 20_000 + 0x4E00) for number in range(20_000))  # it cannot be compressed
    with pytest.raises(RecordError, match="54000"):
        ledger.findings.keep(noise, "x")


def test_the_hook_uses_this_pool():
    """Whoever opens a ledger gets these errors."""
    assert ENGINE_KWARGS["poolclass"] is LedgerPool


@pytest.mark.parametrize(
    "outcome",
    [
        {"reason": "a\ud83d"},
        {"external_id": "a\ud83d"},
        {"expected": 2**63},
    ],
)
def test_a_value_that_cannot_be_stored_is_its_records_trouble(database_url, outcome):
    """Whatever brought it there; the message does not repeat it."""
    engine = prepare(sa.create_engine(database_url))
    fields = {"external_id": "in_1", **outcome}
    read_at = datetime(2026, 1, 1, tzinfo=UTC)
    unstorable = RecordOutcome(outcome=Outcome.IMPORTED, read_at=read_at, **fields)
    with pytest.raises(RecordError, match="the ledger's database"):
        Ledger(engine, "default").claims.record_outcomes("invoices", [unstorable], owner=Owner("me", "me"))
    engine.dispose()
