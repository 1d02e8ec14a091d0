"""The windows of a source: none is lost, whatever its clock shows and whichever records are rejected."""

from datetime import UTC, datetime, timedelta

import pytest

from upflow_provider.errors import ConfigurationError
from upflow_provider.ledger import Ledger
from upflow_provider.tables_to_upflow.windows import FIRST, SourceWindows

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
HOW = {"lag": timedelta(minutes=1), "overlap": timedelta(minutes=5)}


@pytest.fixture
def windows(ledger_engine):
    """Give the test the windows of a new source."""
    return SourceWindows(Ledger(ledger_engine, "default"), "erp")


def test_each_window_begins_where_the_last_one_ended(windows):
    """The first one begins with the history; those that stay open are read again."""
    first = windows.open(NOW, None, **HOW)
    again = windows.open(NOW + DAY, None, **HOW)
    windows.close(again)
    next_one = windows.open(NOW + 2 * DAY, None, **HOW)

    assert (first.start, again.start) == (FIRST, FIRST)
    assert next_one.start == again.end - timedelta(minutes=5)
    assert next_one.end == NOW + 2 * DAY - timedelta(minutes=1)


def test_a_window_with_rejected_records_is_read_again_for_thirty_days(windows):
    """However old the records are; then no longer."""
    window = windows.open(NOW, None, **HOW)
    windows.note_unfinished()
    windows.close(window)

    assert windows.open(NOW + 29 * DAY, None, **HOW).start == FIRST
    assert windows.open(NOW + 31 * DAY, None, **HOW).start > NOW - DAY


def test_records_that_are_no_longer_rejected_end_it(windows):
    """Because the window was read again, and nothing was noted."""
    window = windows.open(NOW, None, **HOW)
    windows.note_unfinished()
    windows.close(window)
    windows.close(windows.open(NOW + DAY, None, **HOW))

    assert windows.open(NOW + 2 * DAY, None, **HOW).start > NOW


def test_a_clock_that_was_ahead_is_named(windows):
    """Instead of windows that stay empty for a year; since corrects it."""
    windows.close(windows.open(NOW + 365 * DAY, None, **HOW))
    with pytest.raises(ConfigurationError, match="the clock of source 'erp' shows 2026-03-01 12:00 UTC"):
        windows.open(NOW, None, **HOW)
    windows.close(windows.open(NOW, NOW - DAY, **HOW))

    assert windows.open(NOW + DAY, None, **HOW).start == NOW - timedelta(minutes=6)


def test_sources_do_not_know_each_other(windows, ledger_engine):
    """Each has windows of its own."""
    windows.close(windows.open(NOW, None, **HOW))
    other = SourceWindows(Ledger(ledger_engine, "default"), "shop")

    assert other.open(NOW, None, **HOW).start == FIRST
