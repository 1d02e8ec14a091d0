"""The vendor's reason, without what it repeats of the record."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upflow_provider.clients.redaction import PART_OF_WORD_LENGTH_MIN, REASON_LENGTH_MAX, redact

CUSTOMER = {
    "externalId": "cus_1",
    "customId": "F-1",
    "currency": "EUR",
    "dueDate": "2026-01-31",
    "name": "Confidential Ltd",
    "accountingRef": "Smith & Sons",
    "address": {"address": "Rue déserte", "state": "IL"},
    "contacts": [{"email": "jane@example.com", "firstName": "Jane", "lastName": "Smith"}],
    "customFields": [{"id": "cf_1", "value": {"label": "Gold"}}],
}


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        pytest.param("name Confidential Ltd is taken", "name <name> is taken", id="value"),
        pytest.param("CONFIDENTIAL LTD is taken", "<name> is taken", id="other-case"),
        pytest.param("jane@example.com is invalid", "<email> is invalid", id="nested"),
        pytest.param("other@example.org is invalid", "<email> is invalid", id="foreign-e-mail"),
        pytest.param("see https://x.example/t?token=1", "see <url>", id="url"),
        pytest.param("customer cus_1 is unknown", "customer cus_1 is unknown", id="ids-stay"),
        pytest.param("option Gold does not exist", "option <label> does not exist", id="label"),
        pytest.param("two\n lines", "two lines", id="one-line"),
        pytest.param("Confidential \n Ltd is taken", "<name> is taken", id="other-white-space"),
        pytest.param("conFidential lTd is taken", "<name> is taken", id="mixed-case"),
        pytest.param("Smith & Sons, Smith", "<accountingRef>, <lastName>", id="a-name-before-a-part-of-it"),
        pytest.param("xConfidential Ltd_1", "x<name>_1", id="within-a-word"),
        pytest.param("Rue d\\u00e9serte, rue d&eacute;serte", "<address>, rue d&eacute;serte", id="as-json"),
        pytest.param("Smith &amp; Sons is taken", "<accountingRef> is taken", id="as-html"),
        pytest.param("IL is a state, illegal is not", "<state> is a state, illegal is not", id="short-is-a-whole-word"),
        pytest.param("jane@elsewhere.example is known", "<email> is known", id="value-within-a-foreign-e-mail"),
        pytest.param("Jane <other@example.org> is known", "<firstName> <email> is known", id="e-mail-in-brackets"),
        pytest.param("EUR 2026-01-31 F-1 fits", "EUR 2026-01-31 F-1 fits", id="codes-stay"),
        pytest.param("email is the e-mail of <name>", "email is the e-mail of <name>", id="fields-stay"),
    ],
)
def test_values_that_were_sent_are_replaced_by_their_field(reason, expected):
    """The message still says what is wrong with which field."""
    assert redact(reason, CUSTOMER) == expected


# Letters of several scripts and cases, and what JSON, HTML, addresses and patterns give a meaning to.
word = st.text("abyzANY019éßİñЖ日本&'\"\\<>@.:/+-_()[]*?|", min_size=1, max_size=8)
text = st.lists(word, min_size=1, max_size=3).map(" ".join)
email = st.builds("{}@{}.example".format, word, word)
contact = st.fixed_dictionaries({"email": email, "externalId": word}, optional={"firstName": text, "phone": text})
payload = st.fixed_dictionaries(
    {"externalId": st.just("cus_1"), "name": text},
    optional={
        "vatNumber": text,
        "address": st.fixed_dictionaries({"address": text, "zipcode": text, "city": text, "state": text}),
        "contacts": st.lists(contact, max_size=2),
        "customFields": st.lists(st.fixed_dictionaries({"id": word, "value": text}), max_size=2),
    },
)


def personal(value, name=""):
    """Yield the personal texts of a payload."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from personal(each, key)
    elif isinstance(value, list):
        for each in value:
            yield from personal(each)
    elif name not in {"externalId", "id"}:
        yield value


@given(payload, st.data())
def test_no_personal_value_of_a_payload_survives(sent, data):
    """Whatever it is, wherever it stands, and in whichever case the vendor repeats it."""
    said = data.draw(st.lists(st.sampled_from(list(personal(sent))), min_size=1, max_size=4))
    between = data.draw(st.sampled_from([" ", " is taken by ", "', '", ") (", "; ", "\n\t"]))
    case = data.draw(st.sampled_from([str, str.upper, str.casefold]))
    shown = redact(f"invalid: {between.join(map(case, said))}.", sent)

    for marker in re.findall(r"<\w+>", shown):
        shown = shown.replace(marker, "")
    for value in said:
        assert len(value) < PART_OF_WORD_LENGTH_MIN or case(value) not in shown


def test_reasons_are_short():
    """A whole page of HTML must not end up in the log."""
    assert len(redact("x" * 10_000)) == REASON_LENGTH_MAX
