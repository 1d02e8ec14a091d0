"""Instants become calendar days."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upflow_provider.records.dates import local_date

NEW_YEAR_S = 1_735_689_600  # 2025-01-01T00:00:00Z


@pytest.mark.parametrize(
    ("epoch_s", "zone", "day"),
    [
        pytest.param(NEW_YEAR_S, "UTC", "2025-01-01", id="first-second"),
        pytest.param(NEW_YEAR_S - 1, "UTC", "2024-12-31", id="last-second"),
        pytest.param(NEW_YEAR_S - 1, "Europe/Paris", "2025-01-01", id="already-tomorrow"),
        pytest.param(NEW_YEAR_S, "America/New_York", "2024-12-31", id="still-yesterday"),
        pytest.param(NEW_YEAR_S - 1, "Pacific/Kiritimati", "2025-01-01", id="far-east"),
        pytest.param(1_743_292_799, "Europe/Paris", "2025-03-30", id="night-of-summer-time"),
        pytest.param(0, "UTC", "1970-01-01", id="epoch"),
    ],
)
def test_local_date(epoch_s, zone, day):
    """The day is that of the given time zone."""
    assert local_date(epoch_s, ZoneInfo(zone)) == day


@given(
    epoch_s=st.integers(1_000_000_000, 4_000_000_000),
    zone=st.sampled_from(["UTC", "Europe/Paris", "America/St_Johns", "Asia/Kathmandu", "Pacific/Apia"]),
)
def test_local_date_is_within_a_day_of_utc(epoch_s, zone):
    """No time zone moves an instant by more than one day."""
    utc = datetime.fromtimestamp(epoch_s, UTC).date()

    assert abs(date.fromisoformat(local_date(epoch_s, ZoneInfo(zone))) - utc).days <= 1
