"""Required fields."""

from __future__ import annotations

import pytest

from upflow_provider.errors import MappingError
from upflow_provider.records.text import require

RECORD = {
    "id": "in_1",
    "no": "F-1",
    "total": 0,
    "note": "",
    "off": False,
    "at": {"paid": 7, "void": None},
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        pytest.param("no", "F-1", id="text"),
        pytest.param("at.paid", 7, id="nested"),
        pytest.param("total", 0, id="zero-is-there"),
        pytest.param("note", "", id="empty-is-there"),
        pytest.param("off", False, id="false-is-there"),
    ],
)
def test_require_returns_what_is_there(path, value):
    """Only null counts as missing."""
    assert require(RECORD, path) == value


@pytest.mark.parametrize("path", ["customer", "at.sent", "at.void", "nowhere.at.all"])
def test_require_names_what_is_missing(path):
    """The error says which record lacks which field."""
    with pytest.raises(MappingError) as raised:
        require(RECORD, path)

    assert str(raised.value) == f"in_1: {path} is missing"
    assert (raised.value.record_id, raised.value.field) == ("in_1", path)
