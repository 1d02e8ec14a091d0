"""Progress: how far, how fast, how long still."""

import logging
from datetime import UTC, datetime, timedelta

import pytest

from upflow_provider.runs.progress import Progress, share_done, time_left
from upflow_provider.runs.sync_report import SyncReport
from upflow_provider.runs.window import Window

JANUARY = Window(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 31, tzinfo=UTC))


@pytest.mark.parametrize(
    ("covered_to", "share"),
    [
        pytest.param(JANUARY.end, 0.0, id="nothing"),
        pytest.param(datetime(2026, 1, 16, tzinfo=UTC), 0.5, id="half"),
        pytest.param(JANUARY.start, 1.0, id="all"),
        pytest.param(JANUARY.start - timedelta(days=1), 1.0, id="never-more-than-all"),
    ],
)
def test_share_done_counts_from_the_newest(covered_to, share):
    """Stripe lists the newest first."""
    assert share_done(JANUARY, covered_to) == share


def test_time_left_follows_the_pace_so_far():
    """A quarter in one minute leaves three minutes; nothing done says nothing."""
    assert time_left(timedelta(minutes=1), 0.25) == timedelta(minutes=3)
    assert time_left(timedelta(minutes=1), 0.0) is None


def test_time_left_does_not_count_what_an_earlier_try_did():
    """From a half to three quarters in one minute leaves one minute."""
    assert time_left(timedelta(minutes=1), 0.75, share_before=0.5) == timedelta(minutes=1)
    assert time_left(timedelta(minutes=1), 0.5, share_before=0.5) is None


INVOICES = "invoices: {} % of [2026-01-01 00:00 UTC, 2026-01-31 00:00 UTC), "


@pytest.fixture
def logged(caplog):
    """Return a function that shows reports at these seconds, and returns what is logged."""

    def show(*steps):
        steps = [(0.0, 0, 0.0), *steps]
        seconds = iter([0.0, *(at for at, _, _ in steps)])
        progress = Progress("invoices", JANUARY, clock=lambda: next(seconds))
        with caplog.at_level(logging.INFO):
            for _, created, share in steps:
                progress.show(SyncReport(read=created, created=created), share)
        return [record.getMessage() for record in caplog.records]

    return show


def test_progress_is_logged_from_time_to_time(logged):
    """One line every ten seconds, with share, counts, rate and time left."""
    assert logged((5.0, 100, 0.25), (20.0, 200, 0.5), (25.0, 300, 0.75)) == [
        INVOICES.format(50) + "200 read = 200 created; 10.0 records/s, about 0:00:20 left"
    ]


def test_nothing_is_logged_without_progress(logged):
    """Neither before the first record is done, nor while the next ones take their time."""
    assert logged((20.0, 0, 1.0), (40.0, 0, 1.0)) == []
    assert len(logged((20.0, 200, 0.5), (40.0, 200, 1.0), (60.0, 200, 1.0))) == 1


def test_records_that_are_read_but_not_done_are_no_progress(logged):
    """The share is that of the records that are done."""
    assert logged((5.0, 100, 0.25), (20.0, 100, 0.5)) == [
        INVOICES.format(25) + "100 read = 100 created; 5.0 records/s, about 0:01:00 left"
    ]
