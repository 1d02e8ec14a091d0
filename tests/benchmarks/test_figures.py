"""How figures are shown and saved."""

import json

import pytest

from benchmarks.figures import Figure, save


@pytest.mark.parametrize(
    ("figure", "shown"),
    [
        pytest.param(Figure("writes", 12_345), "12,345", id="count"),
        pytest.param(Figure("share", 97.86, unit="%", digits=1), "97.9 %", id="unit"),
        pytest.param(Figure("ratio", 5, digits=2), "5.00", id="digits"),
    ],
)
def test_a_figure_is_shown_with_its_unit(figure, shown):
    """People read the unit beside the number."""
    assert figure.shown == shown


def test_figures_are_saved_with_names_and_units(tmp_path):
    """Whoever compares two measurements needs no format strings for it."""
    path = save("budget", [Figure("share", 97.86, ">= 97 %", unit="%", digits=1)], tmp_path)

    saved = {"what": "share", "measured": 97.86, "target": ">= 97 %", "unit": "%", "digits": 1}
    assert json.loads(path.read_text())["figures"] == [saved]
