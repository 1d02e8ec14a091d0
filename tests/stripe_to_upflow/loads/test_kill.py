"""
A worker that is killed at any moment loses nothing and doubles nothing.

``make test`` kills one run ten times, and ``make soak`` ten runs.
"""

import random
import time

import pytest

from tests.amounts import KILLED_RUNS, SEED
from tests.forks import FORKS
from tests.stripe_to_upflow.loads.killable import sync_everything
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS
from upflow_provider.testing.seed.seed import Seed

ACCOUNT = Seed(seed=11, customers=60, invoices=420)
KILLS = 10


def start(config):
    """Start a try, and wait until it is about to sync; return its process and what it will say."""
    reports, sending = FORKS.Pipe(duplex=False)
    process = FORKS.Process(target=sync_everything, args=(config, sending), daemon=True)
    process.start()
    sending.close()
    assert reports.recv() == "started"
    return process, reports


@pytest.mark.slow(seconds=20)
@pytest.mark.soak
@pytest.mark.no_cover  # what is interrupted here runs in other processes
@pytest.mark.parametrize("number", range(KILLED_RUNS))
def test_ten_kills_end_in_the_store_of_an_undisturbed_run(bridge, tmp_path, number):
    """SIGKILL at ten random moments, each followed by a retry; then the store equals that of one clean run."""
    dice = random.Random(SEED + number)
    bridge.stripe.seed(ACCOUNT)
    bridge.upflow.faults.latency_s = (0.005, 0.03)
    config = {
        "key": bridge.upflow.api_key,
        "secret": bridge.upflow.api_secret,
        "upflow_url": bridge.upflow.base_url,
        "stripe_url": bridge.stripe.url,
        "stripe_key": bridge.stripe.api_key,
        "ledger": f"sqlite:///{tmp_path / 'killed.db'}",
        "state": str(tmp_path),
    }
    exit_codes = []
    for _ in range(KILLS):
        process, _ = start(config)
        time.sleep(dice.uniform(0.0, 0.35))
        process.kill()
        process.join()
        exit_codes.append(process.exitcode)
    process, reports = start(config)
    last = [reports.recv() for _ in STREAMS]
    process.join()
    disturbed = bridge.upflow.snapshot()

    bridge.upflow.reset()
    bridge.sync_all()
    assert disturbed == bridge.upflow.snapshot()
    assert exit_codes == [-9] * KILLS
    assert process.exitcode == 0
    assert [report["rejected"] for report in last] == [0] * len(STREAMS)
    assert last[1]["read"] == ACCOUNT.invoices
