"""What the tests of the budget share: a ledger in memory, and a clock that they set."""

import pytest
import sqlalchemy as sa

from tests.ledger.budget.simulation import VirtualClock, keys
from upflow_provider.ledger import LedgerBudget, prepare


@pytest.fixture(scope="module")
def memory():
    """Return the engine of a ledger in memory."""
    engine = prepare(sa.create_engine("sqlite://", poolclass=sa.StaticPool))
    yield engine
    engine.dispose()


@pytest.fixture
def clock():
    """Return a clock that the test sets."""
    return VirtualClock()


@pytest.fixture
def lanes(memory, clock):
    """Return the two lanes of one budget that nobody has used."""
    key = next(keys)
    return [LedgerBudget(memory, key, lane=lane, clock=clock) for lane in ("live", "history")]
