"""Windows: closed at the start, open at the end, UTC."""

import re
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
        pytest.param(20260131, datetime(2026, 1, 31, tzinfo=UTC), id="number of a native template"),
    ],
)
def test_parse_reads_iso_dates_and_instants_as_utc(text, expected):
    """A date is its midnight in UTC, and an offset is honoured."""
    window = Window.parse(text, "2027-01-01")

    assert window == Window(expected, datetime(2027, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("start", "end", "says"),
    [
        pytest.param(None, "2026-01-01", "'since' not given: the run needs both ends", id="none"),
        pytest.param("2026-01-01", "", "'until' not given: the run needs both ends", id="empty-text"),
        pytest.param(None, "", "'since' and 'until' not given: .* trigger it with 'since' and 'until'", id="neither"),
        pytest.param("yesterday", "2026-01-01", "'since' is 'yesterday', which is not an ISO 8601", id="bad-start"),
        pytest.param("2026-01-01", "31/01/2026", "'until' is '31/01/2026', which is not", id="bad-end"),
        pytest.param("2026-01-01", 2026, "'until' is '2026', which is not an ISO 8601 date", id="year"),
        pytest.param(1.5, "2026-01-01", "'since' is '1.5', which is not", id="fraction"),
        pytest.param("x" * 500, "2026-01-01", f"'since' is '{'x' * 40}...', which is not", id="long"),
        pytest.param("2026-01-01", "9999-12-31T23:00:00-14:00", "'until' is '9999-12-31T23:00:00-14:00'", id="late"),
        pytest.param("2026-01-01", "2026-01-01", "'until' is '2026-01-01', which is not after 'since'", id="empty"),
        pytest.param("2026-02-01", "2026-01-01", "'since', '2026-02-01': the window is empty", id="reversed"),
    ],
)
def test_parse_refuses_what_is_no_window(start, end, says):
    """The message names what was given, quotes it, and says what is expected."""
    with pytest.raises(ConfigurationError) as raised:
        Window.parse(start, end, ("since", "until"))

    assert re.search(says, str(raised.value))


@pytest.mark.parametrize(
    ("loaded_until", "begins"),
    [(None, "2026-11-01"), ("2020-01-01", "2026-11-01"), ("2026-11-15", "2026-11-15"), ("2027-01-01", "2026-11-21")],
    ids=["nothing", "old months", "this month in part", "all of it"],
)
def test_the_sync_begins_where_whole_months_end(loaded_until, begins):
    """The month under way is the sync's, and nothing falls between history and it."""
    until = datetime.fromisoformat(loaded_until).replace(tzinfo=UTC) if loaded_until else None

    assert first_watermark(datetime(2026, 11, 21, tzinfo=UTC), until).date().isoformat() == begins


def test_a_window_that_has_not_begun_is_refused():
    """Nothing in it can have happened; one that is under way is fine."""
    window = Window.parse("2026-11-01", "2030-01-01")
    window.check_past(datetime(2026, 11, 1, tzinfo=UTC))
    with pytest.raises(ConfigurationError, match=r"'since' is 2026-11-01T00:00:00\+00:00, which lies in the future"):
        window.check_past(datetime(2026, 10, 31, tzinfo=UTC), ("since", "until"))
