"""What the demonstration shows."""

import io

import pytest
from rich.console import Console

from demo.errors import DemoError
from demo.screen import Bars, Rate, Screen
from demo.totals import Total


@pytest.fixture
def screen():
    """Return a screen that is no terminal, as in CI."""
    return Screen(Console(file=io.StringIO(), width=120, highlight=False))


def shown(screen):
    """Return what was printed."""
    return screen.console.file.getvalue()


def test_the_rate_is_that_of_the_last_seconds():
    """What happened long ago does not count."""
    times = iter([0.0, 10.0, 30.0, 40.0])
    rate = Rate(lambda: next(times))

    assert [rate.per_minute(count) for count in (0, 100, 100, 150)] == [0, 600, 0, 300]


def test_progress_without_a_terminal_is_a_line_now_and_then(screen):
    """A line comes when a count has changed, not sooner than 15 seconds after the one before, nor at the end."""
    times = iter([0.0, 5.0, 20.0, 20.0, 40.0, 40.0])
    bars = Bars(screen.console, {"invoices": 3}, clock=lambda: next(times))

    for count in (0, 1, 1, 1, 2, 3):
        bars.show({"invoices": count}, f"{count} requests/min")

    assert shown(screen).splitlines() == [
        "  invoices 1/3; 1 requests/min",
        "  invoices 2/3; 2 requests/min",
    ]


def test_equal_sides_are_equal(screen):
    """Counts and sums stand in columns of their own, streams in the order of the first side."""
    side = {
        ("invoices", "USD"): Total(1, 5),
        ("invoices", "EUR"): Total(3, 4200),
        ("customers", ""): Total(2),
        ("outstanding", "JPY"): Total(1, 900),
    }

    assert screen.compare(side, dict(side)) is True
    assert [line.split() for line in shown(screen).splitlines()][-5:] == [
        ["invoices", "EUR", "3", "42.00", "3", "42.00", "equal"],
        ["invoices", "USD", "1", "0.05", "1", "0.05", "equal"],
        ["customers", "2", "2", "equal"],
        ["outstanding", "JPY", "1", "900", "1", "900", "equal"],
        ["✓", "All", "4", "rows", "are", "equal:", "counts,", "and", "sums", "to", "the", "minor", "unit"],
    ]


def test_no_amount_is_cut_off():
    """A screen without a terminal is 80 characters wide; the longest names and many digits fit."""
    screen = Screen(Console(file=io.StringIO(), width=80, highlight=False))
    side = {("overdue invoices", "USD"): Total(12_345, 123_456_78)}

    screen.compare(side, side, sides=("Upflow", "Salesforce"))

    assert shown(screen).splitlines()[-2].split()[3:-1] == ["12,345", "123,456.78"] * 2


@pytest.mark.parametrize(
    "arrived",
    [
        pytest.param({}, id="nothing"),
        pytest.param({("invoices", "EUR"): Total(3, 4201)}, id="one-minor-unit"),
        pytest.param({("invoices", "EUR"): Total(4, 4200)}, id="one-record"),
        pytest.param({("invoices", "EUR"): Total(3, 4200), ("invoices", "USD"): Total(1, 0)}, id="one-too-many"),
    ],
)
def test_any_difference_is_seen(screen, arrived):
    """Counts and sums must agree in every currency that either side has."""
    assert screen.compare({("invoices", "EUR"): Total(3, 4200)}, arrived) is False
    assert "DIFFERENT" in shown(screen)
    assert f"1 of {len(arrived) or 1} rows differ" in shown(screen)


def test_an_error_says_what_where_and_what_to_do(screen, tmp_path):
    """Logs are quoted as they are, brackets included."""
    log = tmp_path / "airflow.log"
    screen.fail(DemoError("it broke", remedy="mend it", log=log, last=["[red] is no markup here"]))

    assert shown(screen).split() == [
        *("✗", "it", "broke"),
        *("│", "[red]", "is", "no", "markup", "here"),
        *("Log:", str(log)),
        *("What", "to", "do:", "mend", "it"),
    ]
