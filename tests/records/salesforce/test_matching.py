"""Customers and Accounts are matched one to one, or not at all."""

import string
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upflow_provider.records.salesforce.matching import Matches, id18, key, match

SAME_NUMBER = [285, 285.0, Decimal("285.00"), "285", " 285 ", "285.0", "2.85E2"]
SHORT_IDS = st.text(string.ascii_letters + string.digits, min_size=15, max_size=15)


@pytest.mark.parametrize(
    "account_id",
    [
        "0012300000bVTq1AAG",
        "0012300000bVTphAAG",
        "0012300000bVTpwAAG",
        "001IV00000hHdc7YAC",
        "00530000009M943AAC",
    ],
)
def test_ids_of_real_organizations(account_id):
    """The suffix follows from the other characters."""
    assert id18(account_id[:15]) == id18(account_id) == account_id


@given(SHORT_IDS)
def test_ids_that_differ_by_case_differ_whatever_the_case(short_id):
    """That is what the suffix is for."""
    assert id18(id18(short_id)) == id18(short_id)
    if short_id.swapcase() != short_id:
        assert id18(short_id.swapcase()).lower() != id18(short_id).lower()


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "001",
        "0012300000bVTq1AA",
        "0012300000bVTq1AAGx",
        "0012300000bVTq-",
        "\u0660012300000bVTq1",
        "x" * 15 + "aaa",
    ],
)
def test_what_is_no_id_is_told_without_its_value(wrong):
    """Other lengths, other characters."""
    with pytest.raises(ValueError, match=r"^is not a Salesforce id: expected 15 or 18 letters and digits$"):
        id18(wrong)


def test_an_id_whose_case_was_changed_is_found_out():
    """A spreadsheet or a form may do that; the id would be another Account's."""
    with pytest.raises(ValueError, match="its last three characters do not fit the others"):
        id18("0012300000BVTQ1AAG")


@pytest.mark.parametrize("value", SAME_NUMBER)
@pytest.mark.parametrize("field_type", ["double", "int", "currency"])
def test_keys_of_a_number_field_are_equal_by_value(value, field_type):
    """Salesforce answers 285.0 for what Upflow calls 285."""
    assert key(value, field_type) == "285"


@pytest.mark.parametrize(
    ("value", "field_type", "expected"),
    [
        (285.0, "string", "285"),
        (Decimal(300), "string", "300"),
        ("285.0", "string", "285.0"),
        ("0285", "string", "0285"),
        ("0285", "double", "285"),
        (" a b ", "string", "a b"),
        ("A-285", "double", "A-285"),
        ("NaN", "double", "NaN"),
        ("1e999999999", "double", "1e999999999"),
        ("0.50", "double", "0.5"),
        (0, "double", "0"),
        ("-0", "double", "0"),
        ("0012300000bVTq1", "id", "0012300000bVTq1AAG"),
        ("0012300000bVTq1AAG", "reference", "0012300000bVTq1AAG"),
        ("0012300000bVTq1", "string", "0012300000bVTq1"),
        ("cus_1", "id", "cus_1"),
        *((value, field_type, None) for value in (None, "", "  ") for field_type in ("string", "double", "id")),
    ],
)
def test_normal_forms_of_keys(value, field_type, expected):
    """Text keeps its zeros; what is no number or id where one is expected matches as text, so nothing."""
    assert key(value, field_type) == expected


@given(st.text(), st.sampled_from(["string", "double", "id"]))
def test_normal_forms_are_normal(text, field_type):
    """Both sides may be normalised more than once."""
    assert key(key(text, field_type), field_type) == key(text, field_type)


def test_each_customer_is_told_once():
    """Matched, without an Account, without a key, with several Accounts, or not alone with one."""
    customers = [("u1", "1"), ("u2", "2"), ("u3", None), ("u4", "4"), ("u5", "5"), ("u6", "5"), ("u7", ""), ("u8", "8")]
    accounts = [("a1", "1"), ("a4", "4"), ("b4", "4"), ("a5", "5"), ("a9", "9"), ("b9", "9"), ("a0", None), ("a8", "8")]

    assert match(customers, accounts) == Matches(
        matched={"u1": "a1", "u8": "a8"},
        unmatched=["u2"],
        keyless=["u3", "u7"],
        undecided={"u4": ["a4", "b4"]},
        claimed={"a5": ["u5", "u6"]},
    )


def test_pages_that_overlap_change_nothing():
    """The same customer or Account, read twice, is one."""
    customers, accounts = [("u1", "1"), ("u1", "1")], [("a1", "1"), ("a1", "1")]

    assert match(customers, accounts) == Matches({"u1": "a1"}, [], [], {}, {})


def test_an_account_that_changed_its_key_while_it_was_read_is_no_ones():
    """Two customers find it, so it is written for neither."""
    matches = match([("u1", "1"), ("u2", "2")], [("a1", "1"), ("a1", "2")])

    assert (matches.matched, matches.claimed) == ({}, {"a1": ["u1", "u2"]})


KEYS = st.one_of(st.none(), st.sampled_from("123456789"))


@given(st.lists(KEYS, max_size=30), st.lists(KEYS, max_size=30))
def test_nobody_is_lost_and_nothing_is_guessed(customer_keys, account_keys):
    """Every customer is in exactly one place; a match is the only one on both sides."""
    customers = [(f"u{n}", each) for n, each in enumerate(customer_keys)]
    accounts = [(f"a{n}", each) for n, each in enumerate(account_keys)]
    matches = match(iter(customers), iter(accounts))
    claiming = [each for several in matches.claimed.values() for each in several]

    assert sorted([*matches.matched, *matches.unmatched, *matches.keyless, *matches.undecided, *claiming]) == sorted(
        customer_id for customer_id, _ in customers
    )
    for customer_id, account_id in matches.matched.items():
        shared = dict(customers)[customer_id]
        assert dict(accounts)[account_id] == shared
        assert (customer_keys.count(shared), account_keys.count(shared)) == (1, 1)
    assert matches.undecided == {
        customer_id: [account_id for account_id, held in accounts if held == its_key]
        for customer_id, its_key in customers
        if its_key and account_keys.count(its_key) > 1
    }
