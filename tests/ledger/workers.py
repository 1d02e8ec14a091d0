"""What the processes of ``test_processes.py`` do; in a module of its own, which they import."""

import os
import random
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from upflow_provider.ledger import Claim, Ledger, LedgerBudget, Outcome, Owner, RecordOutcome

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
RECORDS = [f"in_{number}" for number in range(50)]


def import_at_random(barrier, url, folder, number):
    """
    Claim and settle records with reads of all ages, as fast as possible.

    Each grant is written to the record's file in *folder*, under a lock file that must not be there:
    that two owners have one record at once would be an error here, whatever the ledger says.
    """
    engine = sa.create_engine(url)
    ledger, owner, dice = Ledger(engine, "default"), f"task {number}", random.Random(number)
    barrier.wait()
    for turn in range(300):
        external_id = dice.choice(RECORDS)
        read_at = EPOCH + timedelta(seconds=turn + dice.randrange(100), microseconds=number)
        claim = ledger.claims.take("invoices", external_id, read_at=read_at, owner=Owner(owner, owner)).claim
        if claim is Claim.GRANTED:
            lock = Path(folder, f"{external_id}.lock")
            os.close(os.open(lock, os.O_CREAT | os.O_EXCL))
            with Path(folder, external_id).open("a") as grants:
                grants.write(f"{read_at.isoformat()}\n")
            time.sleep(dice.uniform(0, 0.002))
            lock.unlink()
            settled = RecordOutcome(external_id, Outcome.IMPORTED, read_at, payload_hash=read_at.isoformat())
        else:
            settled = RecordOutcome(external_id, Outcome.REJECTED, EPOCH, reason="too old to count")
        left = ledger.claims.record_outcomes("invoices", [settled], owner=Owner(owner, owner))
        assert left == ([] if claim is Claim.GRANTED else [external_id])
    engine.dispose()


def ask(barrier, url, lane, seconds, times):
    """Make requests as fast as the budget allows, and put the instants at which they left into *times*."""
    engine = sa.create_engine(url)
    budget = LedgerBudget(engine, "k", requests_per_minute=6000, lane=lane)
    barrier.wait()
    end, sent = time.time() + seconds, []
    while time.time() < end:
        granted, wait_s = budget.reserve()
        time.sleep(wait_s)
        if granted:
            sent.append(time.time())
    times.put(sent)
    engine.dispose()


def settle_batches(barrier, url, number, stop):
    """Settle batches of a thousand records until told to stop."""
    engine = sa.create_engine(url)
    ledger = Ledger(engine, "default")
    barrier.wait()
    while not stop.is_set():
        read_at = datetime.now(UTC)
        batch = [RecordOutcome(f"{number}_{each}", Outcome.SKIPPED, read_at, reason="draft") for each in range(1000)]
        ledger.claims.record_outcomes("invoices", batch, owner=Owner(str(number), str(number)))
    engine.dispose()


def settle_in_any_order(barrier, url, number):
    """Claim, settle and look at the same records as the other processes, in the opposite order of every other one."""
    engine = sa.create_engine(url)
    ledger, owner = Ledger(engine, "default"), Owner(str(number))
    order = RECORDS[:20] if number % 2 else RECORDS[19::-1]
    barrier.wait()
    for turn in range(6):
        read_at = EPOCH + timedelta(seconds=turn, microseconds=number)
        for record in order[:3]:
            ledger.claims.take("invoices", record, read_at=read_at, owner=owner, customer="cus_1")
        outcomes = [RecordOutcome(each, Outcome.SKIPPED, read_at, reason="draft", expected=1) for each in order]
        ledger.claims.record_outcomes("invoices", outcomes, owner=owner, run=str(number), customer="cus_1")
        ledger.claims.record_looks("invoices", dict.fromkeys(order), read_at)
        ledger.claims.give_back(owner, may_arrive_late=False)
    engine.dispose()
