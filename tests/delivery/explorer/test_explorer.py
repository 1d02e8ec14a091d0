"""
No order in which two tasks work on one record, and no trouble on the way, leaves Upflow or the ledger wrong.

``make test`` tries a few of the schedules of each case, always the same; ``make soak`` all with one interruption or one
trouble, and some thousands with more.
"""

import logging
import random

import pytest

from tests.amounts import SCHEDULES, SEED
from tests.delivery.explorer.cases import cases
from tests.delivery.explorer.schedule import Bounds
from tests.delivery.explorer.search import replay, search
from tests.stripe_to_upflow.simulator.wire import OneByOne
from upflow_provider.delivery import page_queue

CASES = cases()
BOUNDS = (Bounds(switches=1, troubles=0), Bounds(switches=0, troubles=1), Bounds(switches=2, troubles=1))


@pytest.fixture(autouse=True)
def no_threads(monkeypatch, caplog):
    """Import one record after the other, and say nothing of what goes wrong on purpose."""
    monkeypatch.setattr(page_queue, "ThreadPoolExecutor", OneByOne)
    caplog.set_level(logging.CRITICAL, logger="upflow_provider")


@pytest.mark.slow
@pytest.mark.soak
@pytest.mark.no_cover  # counting lines would take several times as long, and named cases reach the same ones
@pytest.mark.parametrize("name", CASES)
def test_no_order_ends_with_upflow_or_the_ledger_wrong(name):
    """Interrupted, killed, told to end, frozen, without an answer, or overtaken by a request of before."""
    for bounds in BOUNDS:
        begun, _ = search(name, CASES[name], bounds, SCHEDULES, random.Random(f"{SEED} {bounds}"))
        assert begun > 1


def test_a_schedule_is_played_again_by_its_choices():
    """What a failure shows is what happens again."""
    choices = (0, 0, 1, 0, 0, 0, 0)
    story = replay("changed and back", CASES["changed and back"], choices)

    assert "backfill 1: reads cus_1 in state 1" in story
    assert story == replay("changed and back", CASES["changed and back"], choices)
