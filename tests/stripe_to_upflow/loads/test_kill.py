"""A worker that is killed at any moment loses nothing and doubles nothing."""

import json
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from upflow_provider.stripe_to_upflow.streams.registry import STREAMS
from upflow_provider.testing.seed.seed import Seed

SEED = Seed(seed=11, customers=60, invoices=420)
KILLS = 10


@pytest.mark.slow
def test_ten_kills_end_in_the_store_of_an_undisturbed_run(bridge, sqlite_url, tmp_path):
    """SIGKILL at ten random moments, each followed by a retry; then the store equals that of one clean run."""
    chance = random.randrange(10**6)
    print(f"seed of the moments: {chance}")  # noqa: T201 - to repeat a failure
    dice = random.Random(chance)
    bridge.stripe.seed(SEED)
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
    command = [sys.executable, str(Path(__file__).with_name("killable.py")), json.dumps(config)]
    killed = 0
    while killed < KILLS:
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            process.stdout.readline()
            time.sleep(dice.uniform(0.0, 0.35))
            process.kill()
        killed += process.wait() == -9
        assert process.returncode in (0, -9)
        if process.returncode == 0:
            break
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    disturbed = bridge.upflow.snapshot()
    reports = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]

    bridge.upflow.reset()
    bridge.sync_all()
    assert disturbed == bridge.upflow.snapshot()
    assert killed == KILLS
    assert [report["rejected"] for report in reports] == [0] * len(STREAMS)
    assert reports[1]["read"] == SEED.invoices
