"""What the tests of the ledger share: an engine, a ledger, and a clock that they move."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from upflow_provider.ledger import Ledger


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self):
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self):
        """Return the current time."""
        return self.now

    def go_on(self, **time):
        """Let some time pass, and return the time then."""
        self.now += timedelta(**time)
        return self.now


@pytest.fixture
def clock():
    """Return a clock that the test moves."""
    return Clock()


@pytest.fixture
def engine(database_url):
    """Return an engine of an empty database: SQLite, then PostgreSQL."""
    engine = sa.create_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def ledger(engine, clock):
    """Return an empty ledger."""
    return Ledger(engine, "default", now=clock, lease_s=600)
