"""Ids as messages show them."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upflow_provider.errors import MappingError
from upflow_provider.shown_ids import shown_id


@pytest.mark.parametrize(
    "record_id",
    [
        "cus_NffrFeUfNV2Hib",
        "in_1:write_off",
        "cus_1:email",
        "cs_test_a1b2",
        "3f2b6c1a-0000-4000-8000-000000000000",
        "0015g00000Xyz12",
        "0015g00000Xyz12AAB",
        "001000000000001",
        "KD-10023",
        "C10023",
        "12345678",
        "2026/0417",
    ],
)
def test_ids_made_by_machines_and_short_numbers_stay(record_id):
    """They lead to the record and say nothing about anybody."""
    assert shown_id(record_id) == record_id


@pytest.mark.parametrize(
    "record_id",
    [
        "marie.dupont@example.com",
        "Marie Dupont",
        "dupont",
        "dupont-75",
        "cus_marie@example.com",
        "sk_live_abcdef123",
        "0612345678",
        "+33612345678",
        "FR40303265045",
        "22AAAAA0000A1Z5",
        "378282246310005",
        "NL91ABNA0417164300",
        "in_1:Marie",
        "\ud83d",
        "",
        "x" * 10_000,
    ],
)
def test_ids_that_may_name_somebody_are_hashed(record_id):
    """The hash is that of `sha256sum`, so that the record can be found by whoever knows the id."""
    digest = hashlib.sha256(record_id.encode(errors="surrogatepass")).hexdigest()

    assert shown_id(record_id) == f"id-{digest[:10]}"


@given(st.text())
def test_what_is_shown_may_be_shown_again(record_id):
    """A message may hold an id that was shown before; it is short and can be stored."""
    shown = shown_id(record_id)

    assert shown_id(shown) == shown
    assert "@" not in shown
    shown.encode()


def test_an_unusable_record_is_named_by_its_shown_id():
    """The error keeps the id itself, for those who write it down."""
    error = MappingError("marie@example.com", "email")

    assert str(error) == f"{shown_id('marie@example.com')}: email is missing"
    assert error.record_id == "marie@example.com"
