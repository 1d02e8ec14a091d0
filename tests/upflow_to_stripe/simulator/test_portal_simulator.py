"""
Syncs, backfills and write-backs in between each other: what remains in Stripe is what is outstanding in Upflow.

``make test`` plays the same 200 worlds each time, and ``make soak`` 2,000 others each day.
"""

import pytest
import sqlalchemy as sa

from tests.amounts import SEED, WORLDS
from tests.stripe_to_upflow.simulator.test_simulator import SMALL
from tests.upflow_to_stripe.simulator.portal_simulation import PortalSimulation

CHUNKS = 8


def play(seed, engine):
    """Let one seed's world go its way; fails with all that happened in it."""
    simulation = PortalSimulation(seed, engine)
    try:
        simulation.happen()
        found = simulation.problems()
    except BaseException as error:
        error.add_note("\n".join([f"seed {seed}", *simulation.world.trail]))
        raise
    finally:
        simulation.world.close()
    assert not found, "\n".join([f"seed {seed}", *simulation.world.trail, *found])
    return simulation


@pytest.mark.slow
@pytest.mark.soak
@pytest.mark.no_cover  # as in the other simulator
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_both_sides_agree_whatever_happens(monkeypatch, sqlite_url, chunk):
    """Tasks are interrupted anywhere, killed, and done again; ledgers are lost; vendors fail."""
    for module, name, value in SMALL:
        monkeypatch.setattr(module, name, value)
    engine, paid = sa.create_engine(sqlite_url), 0
    for seed in range(SEED + chunk, SEED + WORLDS, CHUNKS):
        paid += len(play(seed, engine).payments)
    engine.dispose()

    assert paid
