"""Hosts whose clocks are wrong: nothing is lost, whatever they show."""

import itertools
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.clock import Clock
from tests.stripe_to_upflow.clocks.runs import assert_nothing_is_lost, run_on_host
from upflow_provider.ledger import Ledger

CUSTOMERS = 30
_numbers = itertools.count()


def half_an_hour(bridge, clock, ahead_of_runs):
    """Create a customer every minute; let a run begin every five minutes, on hosts ahead by these times in turn."""
    done = []
    for minute in range(CUSTOMERS):
        bridge.customer(f"cus_m{minute}", created=int(clock.at.timestamp()))
        clock.go_on(minutes=1)
        if minute % 5 == 4:
            done.append(run_on_host(bridge, clock, f"sync/{minute}", **next(ahead_of_runs)))
    return done


@pytest.mark.parametrize("minutes", [10, -10, 7, 14, -14])
def test_a_host_that_is_always_wrong_loses_nothing(bridge, clock, minutes, caplog):
    """Thirty customers, created a minute apart, all arrive, and the log says whose clock is wrong, and by how much."""
    done = half_an_hour(bridge, clock, itertools.repeat({"minutes": minutes}))

    assert done == [True] * 6
    assert f"its clock is {abs(minutes) * 60} s {'ahead of' if minutes > 0 else 'behind'} Stripe" in caplog.text
    assert_nothing_is_lost(bridge, clock)


@pytest.mark.parametrize("minutes", [10, -10])
def test_each_change_arrives_as_soon_as_on_a_host_that_is_right(bridge, clock, minutes):
    """What is a minute old when a run begins is in Upflow when it ends."""
    bridge.stripe.update_customer("cus_1", name="Birch")
    clock.go_on(seconds=62)
    run_on_host(bridge, clock, "sync/1", minutes=minutes)

    assert bridge.imported("customers", "cus_1")["name"] == "Birch"
    assert abs(clock.at - timedelta(seconds=60) - bridge.ledger.watermark()) < timedelta(seconds=2)


def test_a_host_that_was_wrong_during_one_run_loses_nothing(bridge, clock):
    """It is set right before the next one, and a change is made in between."""
    run_on_host(bridge, clock, "sync/1", minutes=10)
    clock.go_on(seconds=30)
    bridge.stripe.update_customer("cus_1", name="Birch")

    assert_nothing_is_lost(bridge, clock)


@pytest.mark.parametrize("ahead", [{"hours": 2}, {"days": 1}, {"hours": -2}, {"days": -400}, {"minutes": 16}])
def test_a_host_that_is_very_wrong_does_nothing(bridge, clock, ahead):
    """Another host takes the retry of the same run; in the ledger, nothing is left of the refused one."""
    before = bridge.ledger.watermark()
    done = half_an_hour(bridge, clock, itertools.cycle([ahead, {"seconds": 0}]))

    assert done == [False, True] * 3
    assert before < bridge.ledger.watermark() < clock.at
    assert bridge.ledger.changes.window_of("sync/4") is None
    assert_nothing_is_lost(bridge, clock)


OFFSETS_S = st.one_of(st.integers(-890, 890), st.integers(-100_000, 100_000))
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("rename"), st.integers(1, 400)),
        st.tuples(st.just("create"), st.integers(1, 400)),
        st.tuples(st.just("run"), OFFSETS_S),
        st.tuples(st.just("backfill"), OFFSETS_S),
        st.tuples(st.just("ledger"), st.integers(-7200, 7200)),
    ),
    min_size=3,
    max_size=14,
)


@pytest.mark.slow
def test_nothing_is_lost_whatever_clocks_show(bridge):
    """Hosts with any clock take turns, and the ledger's clock steps forward and back; the last name always wins."""

    @given(STEPS)
    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    def check(steps):
        clock = begin(bridge)
        for number, (what, amount) in enumerate(steps):
            clock.go_on(seconds=37)
            if what == "run":
                run_on_host(bridge, clock, f"sync/{number}", seconds=amount)
            elif what == "backfill":
                bridge.sync("customers", owner=f"backfill/{number}")
            elif what == "ledger":
                bridge.now = lambda step=amount: clock.at + timedelta(seconds=step)
            else:
                if what == "create":
                    bridge.stripe.create_customer(id=f"cus_{number}", name="Alder")
                else:
                    bridge.stripe.update_customer("cus_1", name=f"Name {number}")
                clock.go_on(seconds=amount)
        assert_nothing_is_lost(bridge, clock)

    check()


def begin(bridge):
    """Empty both sides and the ledger; return the clock of a sync that has begun."""
    clock = Clock()
    bridge.now, bridge.stripe.clock = clock.now, lambda: int(clock.at.timestamp())
    bridge.stripe.reset()
    bridge.upflow.reset()
    bridge.ledger = Ledger(bridge.ledger._engine, f"clocks-{next(_numbers)}", now=lambda: bridge.now())  # noqa: PLW0108
    bridge.ledger.stamp_watermark(clock.now())
    bridge.stripe.create_customer(id="cus_1", name="Alder")
    return clock
