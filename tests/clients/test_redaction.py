"""What vendors say, without what it may repeat of anybody, and without what cannot be stored."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upflow_provider.clients.redaction import FULL_MESSAGES, READ_LENGTH_MAX, REASON_LENGTH_MAX, redact, shown_code

CUSTOMER = {
    "externalId": "cus_1",
    "customId": "F-1",
    "currency": "EUR",
    "dueDate": "2026-01-31",
    "name": "Confidential Ltd",
    "vatNumber": "FR40303265045",
    "address": {"address": "12 Rue déserte", "zipcode": "75011"},
    "contacts": [{"email": "jane@example.com", "firstName": "Jane", "lastName": "Smith"}],
    "Note__c": "Gold",
}


@pytest.mark.parametrize(
    "reason",
    [
        "externalId: must not exceed 255 characters",
        "externalId: is taken by another contact of this customer",
        "externalId: Field required; grossAmount: Input should be a valid integer",
        "grossAmount: Input should be greater than 0",
        "contacts.0.email: is that of another customer's contact",
        "contacts: two of them have the same externalId",
        "dueDate: must not be before issuedAt",
        "linkedInvoices: Extra inputs are not permitted",
        "amountLinked: links more than the amount of in_1",
        "amountLinked: invoices and refunds do not equal payments and creditNotes",
        "customers: has 3 documents and cannot be deleted",
        "currency: is not an ISO 4217 code in capitals",
        "offset: must be a number of at least 1 and at most 500",
        "body must not exceed 131072 bytes",
        "too many requests",
        "X-Api-Key or X-Api-Secret is wrong",
        "Note__c: data value too large (max length=255)",
        "Required fields are missing: [LastName]",
        "No such column 'Foo__c' on sobject of type Account",
        "InvalidBatch : Field name not found : Foo__c",
        "InternalServerError : Retried more than 20 times",
        "unable to obtain exclusive access to this record or 200 records: 0015g00000Xyz12AAB,0015g00000Xyz13AAB",
        "duplicate value found: Key__c duplicates value on record with id: 0015g00000Xyz12",
        "invalid cross reference id",
        "insufficient access rights on object id",
        "Session expired or invalid",
        "TotalRequests Limit exceeded.",
        "System.LimitException: Too many SOQL queries: 101",
        "Cannot deserialize instance of boolean from VALUE_STRING value at [line:1, column:1]",
        "user hasn't approved this consumer",
        "invalid_grant: authentication failure",
        "the request 3f2b6c1a-0000-4000-8000-000000000000 of req_5gTq1X failed with 500",
        "No such customer: 'cus_1'; a similar object exists in test mode",
        "customer cus_1 is in EUR, due 2026-01-31",
        "503 Service Unavailable",
        "Not while the account is on hold",
    ],
)
def test_what_matters_of_known_messages_stays(reason):
    """Field, cause, limit, code and ids are there: a person can act on it."""
    assert redact(reason, CUSTOMER) == reason


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        pytest.param("name 'Confidential Ltd' is taken", "name '…' is taken", id="sent"),
        pytest.param("CONFIDENTIAL LTD is taken", "… is taken", id="capitals"),
        pytest.param("name 'Confiden...' is too long", "name '…' is too long", id="cut"),
        pytest.param("already used by customer 'Jean Martin'", "already used by customer '…'", id="another-customer"),
        pytest.param("jane%40example.com is invalid", "… is invalid", id="percent-encoded"),
        pytest.param("Rue d\\u00e9serte is invalid", "… is invalid", id="as-json"),
        pytest.param("Smith &amp; Sons is taken", "… is taken", id="as-html"),
        pytest.param("\x1b[2K\rJan\x00\u202eDoe \ud83d is invalid", "… is invalid", id="control-characters"),
        pytest.param("call +33 6 12 34 56 78 or 0612345678", "call … or …", id="phone"),
        pytest.param("phone 06 12 34 56 78 is invalid", "phone … is invalid", id="phone-in-groups"),
        pytest.param("VAT FR 40 303 265 045 or FR40303265045 is invalid", "VAT … or … is invalid", id="vat-number"),
        pytest.param("IBAN NL91ABNA0417164300, DK5000400440116243", "", id="iban"),
        pytest.param("card 378282246310005 is declined", "card … is …", id="card"),
        pytest.param("address '12 Rue déserte', 75011 Paris", "address '…", id="address"),
        pytest.param("see https://pay.upflow.io/portal?token=abc", "see …", id="link"),
        pytest.param("key sk_live_abc or rk_test_abc is invalid", "key … or … is invalid", id="key"),
        pytest.param("customer DUPONT, MARIE_DUPONT, MarieDupont, marie.dupont", "customer …", id="name-like-a-code"),
        pytest.param("Field 'Open Source' is invalid", "Field '…' is invalid", id="known-words-in-a-value"),
        pytest.param("customer Open Source is invalid", "customer … is invalid", id="known-words-as-a-name"),
        pytest.param("the amount 120000 is too large", "the amount … is too large", id="amount"),
        pytest.param("two\n lines", "two …", id="one-line"),
        pytest.param("[[[[[[", "", id="no-word"),
    ],
)
def test_everything_else_is_left_out(reason, expected):
    """However it is written, and whoever it is."""
    assert redact(reason, CUSTOMER) == expected


word = st.text("abyzANY019éßİñЖ日本&'\"\\<>@.:/+-_()[]*?|\x00\x1b\ud83d", min_size=6, max_size=10)
name = st.lists(word, min_size=1, max_size=3).map(" ".join)


@given(name, st.sampled_from(["{}", "'{}'", "({})", "name {} is taken", "is {}, not {}"]), st.booleans())
def test_no_name_survives(said, pattern, is_sent):
    """Whatever it is, wherever it stands, and whether or not it was sent."""
    shown = redact(pattern.format(said, said), {"name": said} if is_sent else None)

    assert set(re.findall(r"\w{4,}", shown)) <= {"name", "taken"}
    assert shown.isprintable()
    shown.encode()


@pytest.mark.parametrize("text", ["x", "Jean ", "-a", "'", "\ud83d", "1 ", "is ", "<a@b>", "\x1b[", "a.", "a_A"])
def test_a_long_reason_costs_little(text):
    """400,000 characters are read in milliseconds, whatever they are, and end in a short text."""
    began = time.thread_time()
    shown = redact(text * (400_000 // len(text)), {"name": "x" * 400_000})

    assert time.thread_time() - began < 0.1
    assert len(shown) <= REASON_LENGTH_MAX


def test_full_messages_are_for_those_who_ask_for_them(monkeypatch):
    """They hold values, but no keys or addresses, and nothing that cannot be stored."""
    monkeypatch.setenv(FULL_MESSAGES, "true")
    shown = redact("Jane\x00 \ud83d: sk_live_1, https://x.example/?t=1 " + "x" * 10_000, CUSTOMER)

    assert shown.startswith("Jane : …, … xxx")
    assert len(shown) <= READ_LENGTH_MAX


@pytest.mark.parametrize("code", ["STRING_TOO_LONG", "invalid_grant", "address[line1]", "UNKNOWN", "Name__c"])
def test_codes_stay(code):
    """A field of an answer that holds a code shows it."""
    assert shown_code(code) == code


@pytest.mark.parametrize("code", ["Jean Martin", "a@b.example", "x" * 100, "\ud83d", "", None, ["A"], "Zoë"])
def test_what_is_no_code_does_not(code):
    """A vendor may put anything there."""
    assert shown_code(code) in {"…", "None"}
