"""Contacts: which addresses are in a text, what a contact is called, and what has to change."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upflow_provider.records.contacts import (
    Address,
    addresses_in,
    contact_id,
    is_ours,
)
from upflow_provider.shown_ids import shown_id
from upflow_provider.testing.upflow.records.schemas import ContactInput

UNACCEPTED = "characters that Upflow does not accept"
BLANK = "there is a blank in it; separate addresses by commas, semicolons or line breaks"
NO_ADDRESS = "not an e-mail address"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a@x.io, b@x.io; c@x.io\r\nd@x.io", ["a@x.io", "b@x.io", "c@x.io", "d@x.io"]),
        ("Ann Lee <a@x.io>", [("a@x.io", ("Ann", "Lee"))]),
        ('"Lee, Ann" <a@x.io>; b@x.io', [("a@x.io", ("Ann", "Lee")), "b@x.io"]),
        ("b@x.io, Lee, Ann <a@x.io>,c@x.io", ["b@x.io", ("a@x.io", ("Ann", "Lee")), "c@x.io"]),
        ('"a@x.io" <a@x.io>', ["a@x.io"]),
        ("Accounting <a@x.io>", [("a@x.io", ("Accounting", ""))]),
        ("Zoé de la Ö <a@x.io>", [("a@x.io", ("Zoé", "de la Ö"))]),
        (" ,; \n", []),
        ("", []),
        (None, []),
        (["a@x.io"], []),
    ],
)
def test_addresses_in_a_text(text, expected):
    """Commas, semicolons and line breaks separate them; a name may come before one in angle brackets."""
    shaped = [each if isinstance(each, tuple) else (each, ("", "")) for each in expected]

    assert [(each.email, each.names) for each in addresses_in(text)] == shaped
    assert not any(each.problem for each in addresses_in(text))


@pytest.mark.parametrize(
    ("email", "problem"),
    [
        ("a@x.io", ""),
        ("o'neil+x_y.z-1@sub.example-1.co", ""),
        ("jürgen@x.io", UNACCEPTED),
        ("a&b@x.io", UNACCEPTED),
        ("a b@x.io", BLANK),
        ("a@x.io\u00a0b@x.io", BLANK),
        ("nobody", NO_ADDRESS),
        ("a@x", NO_ADDRESS),
        ("a@b@x.io", NO_ADDRESS),
        ("a..b@x.io", NO_ADDRESS),
    ],
)
def test_why_an_address_is_left_out(email, problem):
    """The characters that Upflow accepts, in the form of an address."""
    assert Address(email).problem == problem


@given(st.text(alphabet=string.printable + "é\ud800", max_size=60))
def test_whatever_people_write(text):
    """Nothing raises an error, and each address that has no problem is accepted by a strict Upflow."""
    for each in addresses_in(text):
        assert each.email == each.email.strip()
        assert "\n" not in "".join(each.names)
        if not each.problem:
            ContactInput.model_validate({"email": each.email})


emails = st.from_regex(r"[a-z0-9+_'-]{1,8}@[a-z0-9-]{1,6}\.io", fullmatch=True)


@given(st.lists(emails, max_size=6), st.sampled_from([", ", ",", ";", "\n", " ;\n "]))
def test_what_is_joined_is_taken_apart_again(written, separator):
    """In any of the ways in which people join addresses."""
    assert [each.email for each in addresses_in(separator.join(written))] == written


@given(emails)
def test_the_id_of_a_contact_says_nothing_about_its_address(email):
    """It depends on customer and address, whose case does not count, and messages show it as it is."""
    external_id = contact_id("cus_1", email)

    assert external_id == contact_id("cus_1", email.upper())
    assert external_id not in {contact_id("cus_2", email), contact_id("cus_1", f"x{email}"), contact_id("cus_1")}
    assert email.partition("@")[0].casefold() not in external_id or len(email.partition("@")[0]) < 4
    assert shown_id(external_id) == external_id
    assert is_ours({"externalId": external_id}, "cus_1")


@pytest.mark.parametrize(
    ("external_id", "ours"),
    [("cus_1:email", True), ("cus_1:email_x", True), ("cus_1:emails", False), ("cus_12:email", False), (None, False)],
)
def test_whose_a_contact_is(external_id, ours):
    """That of another system, or of another customer, is none of ours."""
    assert is_ours({"externalId": external_id}, "cus_1") is ours
