"""Rows come out of their temporary file as they went in, those of one record together."""

import pytest

from upflow_provider.tables_to_upflow.staging import StagedRow, Staging

CONTENT = {"values": {"name": "Érable\ud800", "amount": 10**20, "parent": None, "fields": [{"value": True}, 1.5]}}


def copied(content):
    """Return an equal content that shares no text with another one."""
    values = {
        name: "".join(list(value)) if isinstance(value, str) else value for name, value in content["values"].items()
    }
    return {"values": values}


def test_rows_of_a_record_come_together_and_unchanged():
    """Whatever JSON can hold is the same afterwards."""
    with Staging() as staging:
        staging.add("b", 2, CONTENT)
        staging.add("a", 3, {"problem": "is empty"}, parent="b")
        staging.add("b", 4, {"values": {}})

        assert staging.finish() == 2
        assert list(staging.groups()) == [
            ("a", [StagedRow(3, {"problem": "is empty"})]),
            ("b", [StagedRow(2, CONTENT), StagedRow(4, {"values": {}})]),
        ]
        assert [key for key, _ in staging.groups(with_parent=True)] == ["a"]


@pytest.mark.parametrize(
    ("second", "conflicting"),
    [
        pytest.param(copied(CONTENT), 0, id="equal"),
        pytest.param(CONTENT, 0, id="the same"),
        pytest.param({"values": {}}, 1, id="different"),
    ],
)
def test_rows_that_differ_from_another_one_of_their_record_are_counted(second, conflicting):
    """Equal rows do not conflict, whether or not their texts are the same objects."""
    with Staging() as staging:
        staging.add("a", 2, CONTENT)
        staging.add("a", 3, second)
        staging.add("b", 4, {"values": {}})
        staging.finish()

        assert staging.conflicting_rows() == conflicting
