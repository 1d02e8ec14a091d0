"""What the processes of ``test_processes.py`` do; in a module of its own, which they import."""

import os
import random
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from upflow_provider.ledger import Claim, Ledger, LedgerBudget, Outcome, RecordOutcome

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
        claim = ledger.claim("invoices", external_id, read_at=read_at, owner=owner)
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
        left = ledger.record_outcomes("invoices", [settled], owner=owner)
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
        ledger.record_outcomes("invoices", batch, owner=str(number))
    engine.dispose()
