"""
Whatever happens, in the end Upflow holds what an undisturbed backfill would have brought.

``make test`` plays the same 200 worlds each time, and ``make soak`` 2,000 others each day.
"""

import pytest

from tests.amounts import SEED, WORLDS
from tests.stripe_to_upflow.simulator.ends import problems
from tests.stripe_to_upflow.simulator.simulation import Simulation
from tests.stripe_to_upflow.simulator.wire import OneByOne
from upflow_provider.clients.stripe import page_sizes
from upflow_provider.delivery import page_queue
from upflow_provider.stripe_to_upflow import changed_records
from upflow_provider.stripe_to_upflow.pdfs import upload

CHUNKS = 8
SMALL = (
    (page_queue, "ThreadPoolExecutor", OneByOne),
    (page_queue, "BUSY_WAITS_MAX", 30),  # each is longer here, and as long together
    (changed_records, "ThreadPoolExecutor", OneByOne),
    (changed_records, "SINGLE_READS_PER_PAGE", 2),
    (changed_records, "CLUSTER_SIZE_MIN", 4),
    (changed_records, "PAGE_YIELD_MIN", 2),
    (page_sizes, "PAGE_SIZE", 4),
    (upload, "ThreadPoolExecutor", OneByOne),
    (upload, "BATCH_SIZE", 4),
)
"""Pages of a few records, and no threads: whatever could be interrupted is interrupted."""


def run(seed, engine):
    """Let one seed's world go its way; fails with all that happened in it."""
    simulation = Simulation(seed, engine)
    try:
        simulation.happen()
        found = problems(simulation)
    except BaseException as error:
        error.add_note(_story(seed, simulation, []))
        raise
    finally:
        simulation.world.close()
    assert not found, _story(seed, simulation, found)
    return simulation


def _story(seed, simulation, found):
    return "\n".join(
        [f"seed {seed} (alone: UPFLOW_TEST_SEED={seed} UPFLOW_TEST_TIMES=0)", *simulation.world.trail, *found]
    )


@pytest.mark.slow(seconds=20)
@pytest.mark.soak
@pytest.mark.no_cover  # as in test_histories
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_upflow_ends_as_a_clean_backfill_would_leave_it(monkeypatch, ledger_engine, chunk):
    """Changes, crashes, pauses, wrong clocks, lost ledgers, troubles, people in Upflow, and backfills meanwhile."""
    for module, name, value in SMALL:
        monkeypatch.setattr(module, name, value)
    for seed in range(SEED + chunk, SEED + WORLDS, CHUNKS):
        run(seed, ledger_engine)
