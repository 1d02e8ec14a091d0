"""The window of the demonstration."""

from datetime import UTC, date, datetime

import pytest

from demo.story import whole_months


@pytest.mark.parametrize(
    ("today", "start", "end"),
    [
        pytest.param(date(2026, 11, 20), (2026, 7, 1), (2026, 11, 1), id="same-year"),
        pytest.param(date(2026, 3, 1), (2025, 11, 1), (2026, 3, 1), id="first-day-and-last-year"),
        pytest.param(date(2026, 5, 31), (2026, 1, 1), (2026, 5, 1), id="from-january"),
        pytest.param(date(2027, 1, 15), (2026, 9, 1), (2027, 1, 1), id="in-january"),
        pytest.param(date(2026, 4, 2), (2025, 12, 1), (2026, 4, 1), id="from-december"),
    ],
)
def test_the_window_is_the_last_four_whole_months(today, start, end):
    """The month under way is left out: Airflow's Backfill makes no run of it."""
    assert whole_months(today, 4) == (datetime(*start, tzinfo=UTC), datetime(*end, tzinfo=UTC))
