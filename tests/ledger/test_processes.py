"""Several processes and threads at one ledger."""

import bisect
import itertools
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from tests.forks import FORKS
from tests.ledger.workers import RECORDS, ask, import_at_random, settle_batches, settle_in_any_order
from upflow_provider.ledger import Claim, Ledger, LedgerBudget, ListedRecord, Outcome, Owner, RecordOutcome


@contextmanager
def running(target, *arguments):
    """Run one process for each of *arguments* from a common barrier on; leave once all have ended well."""
    barrier = FORKS.Barrier(len(arguments) + 1, timeout=60)
    processes = [FORKS.Process(target=target, args=(barrier, *each), daemon=True) for each in arguments]
    for process in processes:
        process.start()
    barrier.wait()
    yield
    for process in processes:
        process.join(60)

    assert [process.exitcode for process in processes] == [0] * len(processes)


@pytest.mark.slow
def test_an_older_read_never_wins_between_processes(database_url, tmp_path):
    """Four processes import the same 50 records with reads of all ages; none has one while another does."""
    with running(import_at_random, *((database_url, tmp_path, number) for number in range(4))):
        pass
    engine = sa.create_engine(database_url)
    found = Ledger(engine, "default").records("invoices", RECORDS)
    engine.dispose()
    grants = {each: (tmp_path / each).read_text().split() for each in RECORDS}

    assert sum(map(len, grants.values())) > 200
    for external_id, read_ats in grants.items():
        assert read_ats == sorted(read_ats)
        assert found[external_id].read_at.isoformat() == read_ats[-1]
        assert found[external_id].payload_hash == read_ats[-1]
        assert found[external_id].outcome is Outcome.IMPORTED


@pytest.mark.slow
def test_processes_share_one_pace(database_url):
    """Three processes at 6,000 requests a minute, on the real clock: no burst, and hardly a slot lost."""
    times, seconds = FORKS.Queue(), 3
    lanes = ("live", "history", "history")
    with running(ask, *((database_url, lane, seconds, times) for lane in lanes)):
        sent = sorted(itertools.chain(*(times.get(timeout=60) for _ in lanes)))
    most = max(bisect.bisect_right(sent, at + 1) - index for index, at in enumerate(sent))

    assert most <= 98 + 1 + 2 + len(lanes)
    assert len(sent) >= 0.85 * 98 * seconds


def test_both_databases_hand_out_the_same_slots(database_url):
    """The statements mean the same on PostgreSQL, which goes by its own clock."""
    engine = sa.create_engine(database_url)
    live, history = (LedgerBudget(engine, "k", requests_per_minute=60, lane=lane) for lane in ("live", "history"))
    began = time.monotonic()
    first, refused, second, third = history.reserve(), history.reserve(), live.reserve(), live.reserve()
    live.pause(30)
    held = [live.reserve(), history.reserve()]
    passed_s = 0.5 + time.monotonic() - began  # PostgreSQL's clock goes on meanwhile
    engine.dispose()

    interval_s = 60 / 50
    assert (first.granted, refused.granted, second.granted, third.granted) == (True, False, True, True)
    assert [first.wait_s, refused.wait_s, second.wait_s, third.wait_s] == pytest.approx(
        [0, interval_s, interval_s, 2 * interval_s], abs=passed_s
    )
    assert [each.granted for each in held] == [False, False]
    assert [each.wait_s for each in held] == pytest.approx([30 - 2 * interval_s, 30], abs=passed_s)


@pytest.mark.slow
def test_batches_do_not_starve_the_budget(database_url):
    """While two processes settle thousands of records, a slot is still to be had at once."""
    stop, engine = FORKS.Event(), sa.create_engine(database_url)
    budget = LedgerBudget(engine, "k", requests_per_minute=60_000, lane="live")
    took = []
    with running(settle_batches, *((database_url, number, stop) for number in range(2))):
        end = time.monotonic() + 2
        while time.monotonic() < end:
            before = time.monotonic()
            budget.reserve()
            took.append(time.monotonic() - before)
            time.sleep(0.02)
        stop.set()
    settled = Ledger(engine, "default").counts("invoices")
    engine.dispose()

    assert settled[Outcome.SKIPPED] == 2000
    assert len(took) > 30
    assert sorted(took)[len(took) // 2] < 0.05
    assert max(took) < 1


def test_threads_of_a_task_share_an_engine(engine):
    """Five threads claim, settle and look up at once, more often than the engine has connections."""
    ledger = Ledger(engine, "default")

    def work(number):
        external_id, read_at = f"in_{number}", datetime.now(UTC)
        claim = ledger.claims.take("invoices", external_id, read_at=read_at, owner=Owner("me", "me")).claim
        left = ledger.claims.record_outcomes(
            "invoices", [RecordOutcome(external_id, Outcome.IMPORTED, read_at, "hash")], owner=Owner("me", "me")
        )
        return claim, left, ledger.records("invoices", [external_id])[external_id].payload_hash

    with ThreadPoolExecutor(5) as pool:
        done = list(pool.map(work, range(200)))

    assert done == [(Claim.GRANTED, [], "hash")] * 200


def test_looking_up_a_page_of_records_is_cheap(sqlite_url):
    """A hundred records take about a millisecond of CPU; the bound is wide, for slow machines."""
    engine = sa.create_engine(sqlite_url)
    ledger, read_at = Ledger(engine, "default"), datetime.now(UTC)
    ids = [f"in_{number}" for number in range(100)]
    ledger.inventory.adopt("invoices", [ListedRecord(each, f"up_{each}", "1:" + "a" * 64) for each in ids])
    ledger.claims.record_outcomes(
        "invoices",
        [RecordOutcome(each, Outcome.SKIPPED, read_at, reason="draft") for each in ids],
        owner=Owner("me", "me"),
    )
    ledger.records("invoices", ids)
    took = []
    for _ in range(20):
        before = time.process_time()
        found = ledger.records("invoices", ids)
        took.append(time.process_time() - before)
    engine.dispose()

    assert len(found) == 100
    assert min(took) < 0.003


@pytest.mark.slow
def test_processes_that_settle_the_same_records_never_block_each_other(database_url):
    """In whatever order they have them: a deadlock would end one of them."""
    with running(settle_in_any_order, *((database_url, number) for number in range(4))):
        pass
    engine = sa.create_engine(database_url)
    counts = Ledger(engine, "default").counts("invoices")
    engine.dispose()

    assert counts == {Outcome.SKIPPED: 20}
