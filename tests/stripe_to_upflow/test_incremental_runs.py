"""Windows of incremental runs: what a run that fails, is cleared, repeated or only tried leaves to the next one."""

from datetime import datetime, timedelta

import pytest

from tests.clock import BEGIN
from upflow_provider.errors import AuthenticationError, ConfigurationError, UnfinishedError
from upflow_provider.ledger import Outcome
from upflow_provider.runs.window import Window
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS


def test_the_watermark_moves_when_every_stream_is_done(bridge, clock):
    """Before, the last task says which are not, and the next run covers the same time."""
    before = bridge.ledger.watermark()
    bridge.stripe.update_customer("cus_1", name="Birch")
    clock.go_on(minutes=5)
    run = bridge.incremental("sync/1")
    run.open_window()
    with pytest.raises(UnfinishedError, match="1 of customers"):
        run.finish()
    assert bridge.ledger.watermark() == before

    bridge.catch_up("sync/2")
    assert abs(clock.now() - timedelta(seconds=60) - bridge.ledger.watermark()) < timedelta(seconds=1)
    assert bridge.imported("customers", "cus_1")["name"] == "Birch"


def test_a_run_that_died_in_the_feed_cannot_end(bridge, clock):
    """Its window is open, but nobody knows what changed in it."""
    bridge.stripe.update_customer("cus_1", name="Birch")
    clock.go_on(minutes=5)
    bridge.stripe.faults.add("status", status=403, path="events", after=1)
    run = bridge.incremental("sync/1")
    with pytest.raises(AuthenticationError, match="events"):
        run.open_window()
    with pytest.raises(UnfinishedError, match="clear its first task"):
        run.finish()
    with pytest.raises(UnfinishedError, match="clear its first task"):
        next(run.pages(STREAMS["customers"]))

    clock.go_on(hours=1)
    taken, _ = bridge.catch_up("sync/1")
    end = clock.now() - timedelta(seconds=60, hours=1)
    assert abs(end - datetime.fromisoformat(taken.end)) < timedelta(seconds=1)
    assert bridge.imported("customers", "cus_1")["name"] == "Birch"


def test_a_cleared_run_does_the_same_window_again(bridge, clock):
    """With the state that its records have by now; the watermark does not go back."""
    bridge.stripe.update_customer("cus_1", name="Birch")
    clock.go_on(minutes=5)
    bridge.catch_up("sync/1")
    clock.go_on(minutes=5)
    bridge.catch_up("sync/2")
    mark = bridge.ledger.watermark()
    bridge.upflow.requests.clear()
    taken, reports = bridge.catch_up("sync/1")

    assert (taken.changes, reports["customers"].unchanged) == ({"customers": 1}, 1)
    assert (bridge.writes(), bridge.ledger.watermark()) == ([], mark)


def test_any_window_of_the_last_month_can_be_replayed(bridge, clock):
    """The watermark stays; a window that reaches further back is refused with its remedy."""
    bridge.stripe.update_customer("cus_1", name="Birch")
    clock.go_on(minutes=5)
    bridge.catch_up("sync/1")
    mark = bridge.ledger.watermark()
    clock.go_on(days=20)
    taken, _ = bridge.catch_up("manual", Window(BEGIN, BEGIN + timedelta(hours=1)))

    assert (taken.changes["customers"], bridge.ledger.watermark()) == (1, mark)
    with pytest.raises(ConfigurationError, match=r"30 days.*stripe_to_upflow_backfill"):
        bridge.incremental("older").open_window(Window(BEGIN - timedelta(days=11), BEGIN))


def test_a_dry_run_writes_nothing_and_leaves_the_watermark(bridge, clock):
    """The next run does it all."""
    mark = bridge.ledger.watermark()
    bridge.stripe.update_customer("cus_1", name="Birch")
    clock.go_on(minutes=5)
    run = bridge.incremental("dry")
    run.open_window(dry_run=True)
    report = bridge.sync("customers", pages=run.pages(STREAMS["customers"]), dry_run=True)
    run.stream_done(STREAMS["customers"])
    run.finish()
    assert (report.updated, bridge.writes(), bridge.ledger.watermark()) == (1, [], mark)

    bridge.catch_up()
    assert bridge.imported("customers", "cus_1")["name"] == "Birch"


def test_rejected_records_are_tried_again_when_they_are_due(bridge, clock):
    """Not before, unless their source changes or somebody asks; then they leave no trace."""
    bridge.stripe.create_customer(id="cus_2", name="Cedar")
    bridge.upflow.faults.add("status", method="POST", path="customers$", status=422)
    clock.go_on(minutes=2)
    _, reports = bridge.catch_up("sync/1")
    assert reports["customers"].rejected == 1

    clock.go_on(minutes=2)
    assert bridge.catch_up("sync/2")[0].due == 0
    state = bridge.ledger.records("customers", ["cus_2"])["cus_2"]
    taken, reports = bridge.catch_up("sync/3", retry_all=True)
    assert (taken.due, reports["customers"].created, state.outcome) == (1, 1, Outcome.REJECTED)
    after = bridge.ledger.records("customers", ["cus_2"])["cus_2"]
    assert (after.outcome, after.attempts, after.reason, after.next_attempt_at) == (Outcome.IMPORTED, 0, None, None)


def test_a_run_that_is_cleared_after_a_month_does_what_it_did(bridge, clock):
    """Stripe's feed has nothing left of its window; the ledger knows its changes."""
    bridge.stripe.update_customer("cus_1", name="Birch")
    clock.go_on(minutes=5)
    bridge.catch_up("sync/1")
    clock.go_on(days=29, hours=12)
    taken, reports = bridge.catch_up("sync/1")

    assert (taken.events, taken.changes, reports["customers"].unchanged) == (0, {"customers": 1}, 1)
