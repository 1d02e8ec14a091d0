"""Windows: closed at the start, open at the end, UTC."""

from datetime import UTC, datetime

import pytest

from upflow_provider.errors import ConfigurationError
from upflow_provider.runs.window import Window, first_watermark


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC), id="date"),
        pytest.param("2026-01-31T02:00:00+02:00", datetime(2026, 1, 31, tzinfo=UTC), id="offset"),
        pytest.param("2026-01-31T00:00:00Z", datetime(2026, 1, 31, tzinfo=UTC), id="zulu"),
    ],
)
def test_parse_reads_iso_dates_and_instants_as_utc(text, expected):
    """A date is its midnight in UTC, and an offset is honoured."""
    window = Window.parse(text, "2027-01-01")

    assert window == Window(expected, datetime(2027, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("start", "end", "says"),
    [
        pytest.param(None, "2026-01-01", "has no start (since): trigger the run with since and until", id="none"),
        pytest.param("2026-01-01", "", "has no end (until)", id="empty-text"),
        pytest.param("yesterday", "2026-01-01", "start (since) is not an ISO 8601", id="bad-start"),
        pytest.param("2026-01-01", "31/01/2026", "end (until) is not an ISO 8601", id="bad-end"),
        pytest.param("2026-01-01", "2026-01-01", "is empty", id="empty"),
        pytest.param("2026-02-01", "2026-01-01", "is empty", id="reversed"),
    ],
)
def test_parse_refuses_what_is_no_window(start, end, says):
    """The message names the end that is wrong and what is expected."""
    with pytest.raises(ConfigurationError) as raised:
        Window.parse(start, end)

    assert says in str(raised.value)


@pytest.mark.parametrize(
    ("loaded_until", "begins"),
    [(None, "2026-11-01"), ("2020-01-01", "2026-11-01"), ("2026-11-15", "2026-11-15"), ("2027-01-01", "2026-11-21")],
    ids=["nothing", "old months", "this month in part", "all of it"],
)
def test_the_sync_begins_where_whole_months_end(loaded_until, begins):
    """The month under way is the sync's, and nothing falls between history and it."""
    until = datetime.fromisoformat(loaded_until).replace(tzinfo=UTC) if loaded_until else None

    assert first_watermark(datetime(2026, 11, 21, tzinfo=UTC), until).date().isoformat() == begins
