"""Watermarks in Stripe's future, which an earlier version put there by the clock of its host."""

from datetime import timedelta

import pytest

from tests.clock import BEGIN
from tests.stripe_to_upflow.clocks.runs import assert_nothing_is_lost
from upflow_provider.ledger import Change
from upflow_provider.stripe_to_upflow.event_feed import feed_filters
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS

AHEAD = [{"minutes": 5}, {"minutes": 10}, {"hours": 2}, {"days": 1}, {"days": 40}]


def leave_watermark(bridge, clock, **ahead):
    """Put the watermark where an earlier version did on a host that was ahead; what changed meanwhile is missing."""
    bridge.stripe.update_customer("cus_1", name="Birch")
    bridge.customer("cus_2", created=int(clock.at.timestamp()))
    clock.go_on(hours=3)
    bridge.ledger.changes.correct_watermark(bridge.ledger.watermark(), clock.at + timedelta(**ahead))


@pytest.mark.parametrize("ahead", AHEAD)
def test_what_a_clock_that_was_ahead_left_out_arrives(bridge, clock, ahead, caplog):
    """The first run says that it corrects the watermark, and reads the feed again; nothing waits until then."""
    leave_watermark(bridge, clock, **ahead)
    report, _ = bridge.catch_up("sync/1")

    seconds = timedelta(**ahead).total_seconds()
    assert f"UTC is {seconds:,.0f} s ahead of Stripe's clock" in report.correction
    assert report.correction in caplog.text
    assert report.correction in str(report)
    assert (report.relisting, report.changes["customers"]) == ("sweep", 2)
    assert abs(clock.at - timedelta(seconds=60) - bridge.ledger.watermark()) < timedelta(seconds=2)
    assert_nothing_is_lost(bridge, clock)


def test_the_run_after_it_is_an_ordinary_one(bridge, clock):
    """The watermark is right from then on."""
    leave_watermark(bridge, clock, days=1)
    bridge.catch_up("sync/1")
    clock.go_on(minutes=5)
    bridge.stripe.requests.clear()
    report, _ = bridge.catch_up("sync/2")

    assert (report.correction, report.events, bridge.reads()) == ("", 0, {"events": len(feed_filters())})


def test_a_run_that_fails_leaves_a_corrected_watermark(bridge, clock):
    """The next run covers the same time, also a day later, without listing everything."""
    leave_watermark(bridge, clock, days=1)
    clock.go_on(days=40)
    bridge.ledger.changes.correct_watermark(bridge.ledger.watermark(), clock.at + timedelta(days=1))
    bridge.incremental("sync/1").open_window()
    clock.go_on(hours=23)
    report = bridge.incremental("sync/2").open_window()

    assert (report.correction, report.relisting) == ("", "sweep")
    assert bridge.ledger.watermark() < clock.at - timedelta(days=28)


def test_a_dry_run_says_it_and_leaves_the_watermark(bridge, clock):
    """It shows what the next run would do."""
    leave_watermark(bridge, clock, days=1)
    before = bridge.ledger.watermark()
    report = bridge.incremental("dry").open_window(dry_run=True)

    assert "ahead of Stripe's clock" in report.correction
    assert report.changes["customers"] == 2
    assert bridge.ledger.watermark() == before


def test_the_feed_is_not_read_from_before_the_sync_began(bridge, clock):
    """What changed before the month in which it began is history, which a backfill loads."""
    february = BEGIN - timedelta(days=10)
    bridge.stripe.clock = lambda: int(february.timestamp())
    bridge.stripe.create_customer(id="cus_old", name="Alder")
    bridge.stripe.clock = lambda: int(clock.at.timestamp())
    leave_watermark(bridge, clock, days=1)
    bridge.catch_up("sync/1")

    assert bridge.upflow.store.by_external_id("customers", "cus_old") is None
    assert bridge.ledger.records("customers", ["cus_old"]) == {}


def test_a_watermark_from_the_future_is_corrected_by_a_later_run_too(bridge, clock):
    """A run of the earlier version ends after the first one of this version, with a window that ends in the future."""
    leave_watermark(bridge, clock, days=1)
    opened = bridge.ledger.changes.window_of("sync/0")
    late = type(opened)(opened.start, clock.at + timedelta(days=1), clock.at, feed_read_at=clock.at)
    bridge.ledger.changes.open_window("sync/late", late)
    bridge.catch_up("sync/1")
    bridge.incremental("sync/late").finish()
    assert bridge.ledger.watermark() > clock.at
    clock.go_on(minutes=5)
    bridge.stripe.update_customer("cus_1", name="Cedar")

    assert_nothing_is_lost(bridge, clock)


def test_open_changes_of_earlier_runs_stay_theirs(bridge, clock):
    """A correction changes the watermark, and nothing of other runs."""
    leave_watermark(bridge, clock, days=1)
    bridge.ledger.changes.add("sync/0", [Change("customers", "cus_1")])
    bridge.catch_up("sync/1")

    assert [each.record_id for each in bridge.ledger.changes.stream_changes("sync/0", STREAMS["customers"].name)] == [
        "cus_1"
    ]
