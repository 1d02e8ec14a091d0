"""Whatever happens, in the end Upflow holds what an undisturbed backfill would have brought."""

import os

import pytest
import sqlalchemy as sa

from tests.stripe_to_upflow.simulator.ends import problems
from tests.stripe_to_upflow.simulator.simulation import Simulation
from tests.stripe_to_upflow.simulator.wire import OneByOne

CHUNKS = 8
SEEDS = int(os.environ.get("UPFLOW_TEST_SEEDS", "200"))
FIRST = int(os.environ.get("UPFLOW_TEST_SEED", "0"))

SMALL = {
    "delivery.page_queue.ThreadPoolExecutor": OneByOne,
    "stripe_to_upflow.changed_records.ThreadPoolExecutor": OneByOne,
    "stripe_to_upflow.changed_records.SINGLE_READS_PER_PAGE": 2,
    "stripe_to_upflow.changed_records.CLUSTER_SIZE_MIN": 4,
    "stripe_to_upflow.changed_records.PAGE_YIELD_MIN": 2,
    "clients.stripe.source.PAGE_SIZE": 4,
}
"""Pages of a few records, and no threads: whatever could be interrupted is interrupted."""


def run(seed, engine):
    """Let one seed's world go its way; fails with all that happened in it."""
    simulation = Simulation(seed, engine)
    try:
        simulation.happen()
        found = problems(simulation)
    except BaseException as error:
        found = [f"{type(error).__name__}: {error}"]
        raise AssertionError(_story(seed, simulation, found)) from error
    finally:
        simulation.world.close()
    assert not found, _story(seed, simulation, found)
    return simulation


def _story(seed, simulation, found):
    return "\n".join([f"seed {seed} (UPFLOW_TEST_SEED={seed} UPFLOW_TEST_SEEDS=1)", *simulation.world.trail, *found])


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_upflow_ends_as_a_clean_backfill_would_leave_it(monkeypatch, sqlite_url, chunk):
    """Changes, late events, crashes, cleared tasks, lost permissions, storms, pauses, and a backfill meanwhile."""
    for name, value in SMALL.items():
        monkeypatch.setattr(f"upflow_provider.{name}", value)
    engine = sa.create_engine(sqlite_url)
    for seed in range(FIRST + chunk, FIRST + SEEDS, CHUNKS):
        run(seed, engine)
    engine.dispose()
