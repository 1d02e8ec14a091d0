"""Ids of the fake Salesforce."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upflow_provider.testing.salesforce.org.ids import checked, long_id, numbered


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("0012300000bVTq1", "0012300000bVTq1AAG"),
        ("001IV00000hHdc7", "001IV00000hHdc7YAC"),
        ("001000000000000", "001000000000000AAA"),
    ],
)
def test_ids(short, long):
    """The three last characters are those that real orgs compute."""
    assert long_id(short) == long_id(long) == checked(short) == long


@pytest.mark.parametrize(
    "wrong",
    ["", "1", "0030000000000001", "003000000000000AAA", "001IV00000hhdc7YAC", "001IV00000hHdc ", "001000é00000000"],
)
def test_what_is_no_id(wrong):
    """Another length, another object, another letter's case, other characters."""
    with pytest.raises(ValueError, match="Id of an Account"):
        long_id(wrong)


@given(st.lists(st.integers(0, 62**10 - 1), unique=True))
def test_ids_are_one_each(numbers):
    """Different numbers have different Ids, and all are well-formed."""
    made = [numbered("001", each) for each in numbers]

    assert len(set(made)) == len(numbers)
    assert [long_id(each[:15]) for each in made] == made
