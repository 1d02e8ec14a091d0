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


def test_progress_is_logged_from_time_to_time(caplog):
    """One line every ten seconds, with share, counts, rate and time left."""
    seconds = iter([0.0, 5.0, 20.0, 25.0])
    progress = Progress("invoices", JANUARY, clock=lambda: next(seconds))
    report = SyncReport(read=200, created=199, rejected=1)

    with caplog.at_level(logging.INFO):
        progress.show(SyncReport(), 0.0)
        for _ in range(2):
            progress.show(report, 0.5)

    assert [record.getMessage() for record in caplog.records] == [
        (
            "invoices: 50 % of [2026-01-01 00:00 UTC, 2026-01-31 00:00 UTC), 200 read: 199 created, 1 rejected; "
            "10.0 records/s, about 0:00:20 left"
        )
    ]
