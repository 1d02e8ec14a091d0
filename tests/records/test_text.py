"""Texts and ids of odd records: what is sent can be sent, stored and read by everybody."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upflow_provider.records.text import cleaned, entries_in, id_in, is_id, mapping_in


@given(st.text())
def test_a_cleaned_text_has_no_control_characters_and_no_halves(text):
    """It can be encoded, it is one line, and to clean it again changes nothing."""
    clean = cleaned(f"{text}\ud83d{text}\0\x1b\n{text}")

    clean.encode()
    assert not set(clean) & {"\0", "\x1b", "\n", "\ud83d"}
    assert cleaned(clean) == clean == clean.strip()


@given(st.text(st.characters(categories=["L", "N", "P", "Zs", "So"])))
def test_ordinary_texts_stay_as_they_are(text):
    """White space around them aside."""
    assert cleaned(text) == text.strip()


@pytest.mark.parametrize("value", [None, 7, True, [], {}, ["a"], {"a": "b"}])
def test_what_is_no_text_is_none(value):
    """Of whatever type."""
    assert (cleaned(value), is_id(value), id_in(value)) == ("", False, None)


@pytest.mark.parametrize("chosen", ["cus_1", "user_4711", "a@b.c", "shop/7 %", "é", "Ann of Lyon"])
def test_owners_may_choose_ids(chosen):
    """As they are, or in the expanded record."""
    assert is_id(chosen)
    assert id_in(chosen) == id_in({"id": chosen}) == chosen


@pytest.mark.parametrize("text", ["", " cus_1", "cus_1\n", "cus\0_1", "cus_\ud83d", "x" * 256])
def test_what_is_no_id(text):
    """It could not be stored, or not be found again."""
    assert not is_id(text)
    assert id_in({"id": text}) is None


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_objects_and_lists_are_found_in_any_json(value):
    """What else there is counts as nothing."""
    json.dumps(value)
    assert all(isinstance(each, dict) for each in (*entries_in(value), mapping_in(value)))
    assert entries_in({"data": [{"id": 1}, 7]}) == entries_in([{"id": 1}]) == [{"id": 1}]
