"""What the demonstration shows."""

import io

import pytest
from rich.console import Console

from demo.errors import DemoError
from demo.screen import Rate, Screen
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


def test_equal_sides_are_equal(screen):
    """The table names stream, currency, counts and sums of both sides."""
    side = {("customers", ""): Total(2), ("invoices", "EUR"): Total(3, 4200)}

    assert screen.compare(side, dict(side)) is True
    assert "3 42.00 EUR" in shown(screen)
    assert "DIFFERENT" not in shown(screen)


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
