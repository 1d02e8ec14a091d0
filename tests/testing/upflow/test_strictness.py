"""A fake Upflow that refuses single fields, speaks oddly, and shows what it has not stored."""

import pytest
from pydantic import ValidationError

from tests.testing.upflow.plain import CREDIT_NOTE, invoice
from upflow_provider.testing.upflow.behaviour import FieldRefusal

CUSTOMER = {"externalId": "cus_1", "name": "Acme", "vatNumber": "FR1", "contacts": [{"email": "a@x.fr"}]}


def refuse(upflow, *refusals):
    """Let the fake refuse fields."""
    upflow.configure({"behaviour": {"refused_fields": [each.model_dump() for each in refusals]}})


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        pytest.param("vatNumber", "vatNumber: is 'FR1'", id="field"),
        pytest.param("contacts.email", "contacts.0.email: is 'a@x.fr'", id="within a list"),
    ],
)
def test_a_field_is_refused_in_the_words_asked_for(upflow, api, field, reason):
    """Nothing is stored; without the field the record is taken."""
    refuse(upflow, FieldRefusal(collection="customers", field=field, says="is '{value}'"))

    assert api.refused("POST", "/customers", CUSTOMER) == reason
    assert not upflow.store.customers
    api.customer()


def test_only_some_values_are_refused(upflow, api):
    """Others of the same field, and the field in other collections, are taken."""
    refuse(upflow, FieldRefusal(collection="invoices", field="netAmount", values="^-"))
    api.customer()
    api.done("POST", "/credit_notes", {**CREDIT_NOTE, "netAmount": -1})

    assert api.refused("POST", "/invoices", {**invoice(), "netAmount": -1}) == "netAmount: is invalid"
    api.invoice()


def test_the_status_of_a_refused_field(upflow, api):
    """It is what the test asks for."""
    refuse(upflow, FieldRefusal(collection="contacts", field="email", status=409))
    api.customer()

    answer = api("POST", "/customers/external:cus_1/contacts", {"email": "a@x.fr"})

    assert answer.status_code == 409


def test_long_texts_are_refused(upflow, api):
    """One character more than is allowed is too many, wherever it stands."""
    upflow.behaviour.longest_text = 10
    api.customer(name="x" * 10, address={"address": "x" * 10})

    reason = api.refused("POST", "/customers", {**CUSTOMER, "address": {"address": "x" * 11}})
    assert reason == "address.address: must not exceed 10 characters"


def test_a_due_date_before_the_day_of_issue_is_refused(upflow, api):
    """The same day is taken, whatever the time."""
    upflow.behaviour.early_due_date = "refused"
    api.customer()
    api.invoice(issuedAt="2025-06-01T12:00:00Z", dueDate="2025-06-01")

    early = {**invoice(), "issuedAt": "2025-06-02"} | {"dueDate": "2025-06-01"}
    assert api.refused("POST", "/invoices", early) == "dueDate: must not be before issuedAt"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("name 'Café \ud83d...' is too long", id="half of a character"),
        pytest.param("\x00\x1b[2K\x85", id="control characters"),
        pytest.param("x" * 100_000, id="100 kB"),
    ],
)
def test_errors_may_say_anything(upflow, api, text):
    """The text arrives as JSON, with the reason in it."""
    upflow.behaviour.error_text = f"{text}: {{message}}"

    assert api.refused("POST", "/customers", {"name": "Acme"}) == f"{text}: externalId: Field required"


def test_text_that_is_no_unicode(upflow, api):
    """Half of a character in an error without JSON arrives as bytes that are no UTF-8."""
    upflow.configure({"behaviour": {"error_body": "text", "error_text": "\ud83d"}})

    assert api("POST", "/customers", {}).content == b"\xed\xa0\xbd"


def test_answers_show_what_is_not_stored(upflow, api):
    """An id that cannot be stored, an amount beyond all bounds: only the answer has them."""
    upflow.behaviour.answered_fields = {"customers": {"id": "\ud83d", "amountDue": 10**30}}

    answer = api.customer()

    assert (answer["id"], answer["amountDue"]) == ("\ud83d", 10**30)
    assert "\ud83d" not in upflow.store.customers


def test_a_refusal_with_a_wrong_name_is_an_error():
    """A test that misspells what it asks for does not pass by accident."""
    with pytest.raises(ValidationError):
        FieldRefusal(collection="customers", path="name")
