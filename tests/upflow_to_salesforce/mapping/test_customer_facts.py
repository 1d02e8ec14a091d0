"""What a customer's answer tells, and what it does not."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upflow_provider.errors import MappingError
from upflow_provider.upflow_to_salesforce.mapping.customer_facts import (
    carries,
    currency,
    custom_kinds,
    custom_options,
    custom_values,
    facts,
)
from upflow_provider.upflow_to_salesforce.mapping.fields import FIELDS

CUSTOMER = {
    "id": "9f1c",
    "externalId": "cus_1",
    "balance": 120050,
    "amountDue": 0,
    "amountOverdue": 118000,
    "countInvoicesDue": 0,
    "countInvoicesOverdue": 1,
    "currency": "eur",
    "directUrl": "https://app.upflow.io/customers/9f1c",
    "customFields": [
        {"id": "f1", "externalId": None, "value": {"label": "Gold"}, "source": "USER_DEFINED"},
        {"id": "f9", "externalId": None, "value": "of a field that is gone", "source": "USER_DEFINED"},
    ],
}
DEFINITIONS = {
    "f1": {"id": "f1", "dataType": "SELECT", "options": [{"label": "Gold"}, {"label": "Tin"}]},
    "f2": {"id": "f2", "type": "MULTI_SELECT", "options": []},
    "f3": {"id": "f3", "dataType": "HOLOGRAM"},
    "f4": {"id": "f4"},
}


def test_facts_of_an_answer():
    """Amounts in major units, all else as it is; a custom field without a value is empty."""
    assert facts(CUSTOMER, {"f1": DEFINITIONS["f1"], "f2": DEFINITIONS["f2"]}, {}) == {
        "outstanding": Decimal("1200.50"),
        "overdue": Decimal(1180),
        "due": Decimal(0),
        "overdue_count": 1,
        "due_count": 0,
        "details_url": "https://app.upflow.io/customers/9f1c",
        "custom_field:f1": {"label": "Gold"},
        "custom_field:f2": None,
    }
    assert currency(CUSTOMER) == "EUR"


def test_what_an_answer_does_not_carry_is_not_known():
    """It is no empty value: the field in Salesforce must stay as it is."""
    assert facts({"id": "9f1c", "amountDue": None}, DEFINITIONS, {}) == {"due": None}
    assert custom_values({"customFields": None}, DEFINITIONS) == {}
    assert (currency({}), currency({"currency": None})) == (None, None)


@given(st.integers(-(10**15), 10**15), st.sampled_from([("EUR", 2), ("JPY", 0), ("KWD", 3), ("ISK", 0), ("XXL", 2)]))
def test_amounts_have_the_decimals_of_their_currency(minor, unit):
    """Those of ISO 4217, or what the settings say."""
    code, decimals = unit
    answer = {"id": "9f1c", "balance": minor, "currency": code.lower()}

    assert facts(answer, {}, {})["outstanding"] * 10**decimals == minor
    assert facts(answer, {}, {code: 4})["outstanding"] * 10**4 == minor


@pytest.mark.parametrize("code", [None, "gone"])
def test_an_amount_without_a_currency_cannot_be_read(code):
    """The customer and the property are named."""
    answer = {"id": "9f1c", "balance": 1, "currency": code}
    if code == "gone":
        del answer["currency"]

    with pytest.raises(MappingError, match=r"^9f1c: currency is missing$"):
        facts(answer, {}, {})


def test_nothing_needs_no_currency():
    """A customer without any document may have none."""
    assert facts({"id": "9f1c", "balance": 0, "amountDue": 0}, {}, {}) == {"outstanding": 0, "due": 0}


@pytest.mark.parametrize("amount", [0.0, 12.5, "12", [12]])
def test_an_amount_is_whole_minor_units(amount):
    """Anything else is not what Upflow documents."""
    with pytest.raises(MappingError, match=r"^9f1c: amountDue is not a whole number of minor units$"):
        facts({"id": "9f1c", "amountDue": amount, "currency": "EUR"}, {}, {})


def test_what_the_api_may_tell_one_day_is_read_at_once():
    """Rating, delay, status and payment method have the names they would have."""
    later = {
        "id": "9f1c",
        "rating": "A",
        "averagePaymentDelay": 12.5,
        "collectionStatus": "Active",
        "savedPaymentMethodType": "CARD",
        "savedPaymentMethodStatus": None,
    }

    assert facts(later, {}, {}) == {
        "rating": "A",
        "average_payment_delay": 12.5,
        "collection_status": "Active",
        "payment_method": "CARD",
        "payment_method_status": None,
    }


def test_every_field_but_the_portal_link_has_properties():
    """Upflow's API tells six fields today; all others but the portal link and the status are worked out."""
    told = {"outstanding", "overdue", "due", "overdue_count", "due_count", "details_url"}

    assert {each.name for each in FIELDS if not each.properties} == {"portal_url"}
    assert set(facts(CUSTOMER, {}, {})) == told
    assert {each.name for each in FIELDS if not each.figure_source} == told | {"portal_url", "collection_status"}


def test_an_answer_carries_a_field_even_if_it_is_empty():
    """A custom field counts as carried when the answer has any custom fields."""
    assert [carries({"balance": None}, each) for each in ("outstanding", "due")] == [True, False]
    assert [carries({"savedPaymentMethodType": "CARD"}, each) for each in ("payment_method", "rating")] == [True, False]
    assert [
        carries(each, "custom_field:f1") for each in (CUSTOMER, {"customFields": []}, {"customFields": None}, {})
    ] == [
        True,
        True,
        False,
        False,
    ]


def test_kinds_and_options_of_custom_fields():
    """The type goes by one of two names; a type that is not known has no kind."""
    assert custom_kinds(DEFINITIONS) == {"custom_field:f1": "SELECT", "custom_field:f2": "MULTI_SELECT"}
    assert custom_options(DEFINITIONS) == {"custom_field:f1": ["Gold", "Tin"]}
