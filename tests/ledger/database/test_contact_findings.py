"""What the ledger keeps about contacts, across tasks."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from upflow_provider.ledger import Ledger
from upflow_provider.ledger.contacts import ContactFindings


@pytest.fixture
def world(database_url):
    """Return two tasks that share one ledger, and their clock as a list of one instant."""
    engine, now = sa.create_engine(database_url), [datetime(2026, 3, 1, tzinfo=UTC)]
    tasks = [ContactFindings(Ledger(engine, "default").findings, lambda: now[0]) for _ in range(2)]
    yield tasks, now
    engine.dispose()


def test_all_tasks_together_keep_to_the_limit_of_a_day(world):
    """Many threads of two tasks let exactly that many customers lose contacts; the next day as many again."""
    tasks, now = world
    with ThreadPoolExecutor(4) as pool:
        granted = list(pool.map(lambda number: tasks[number % 2].may_lose(7), range(20)))

    assert sum(granted) == 7
    now[0] += timedelta(hours=23)
    assert not tasks[0].may_lose(7)
    assert tasks[0].may_lose(8)  # the limit was raised
    now[0] += timedelta(hours=2)
    assert [tasks[1].may_lose(1), tasks[1].may_lose(1), tasks[1].may_lose(0)] == [True, False, False]


def test_missing_positions_are_kept_for_some_hours(world):
    """Then they are tried again, because somebody may have created them."""
    (one, other), now = world
    one.keep_missing_position("PAYER")
    now[0] += timedelta(hours=12)
    other.keep_missing_position("Käufer")

    assert one.missing_positions() == {"PAYER", "Käufer"}
    now[0] += timedelta(hours=9)
    assert one.missing_positions() == {"Käufer"}
