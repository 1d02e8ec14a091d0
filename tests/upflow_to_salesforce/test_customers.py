"""What the Accounts of customers should hold, read in one pass."""

from decimal import Decimal

import pytest

from upflow_provider.clients.salesforce.refusals import Refusal
from upflow_provider.errors import ConfigurationError
from upflow_provider.records.salesforce.fields import SalesforceField
from upflow_provider.testing.salesforce.org.fields import currency_field, number_field, text_field, url_field
from upflow_provider.upflow_to_salesforce.customers import UNFIT, CustomerReader, CustomerValues
from upflow_provider.upflow_to_salesforce.field_mapping import FieldMapping
from upflow_provider.upflow_to_salesforce.settings import SalesforceExport

FIELDS = (
    text_field("Key__c"),
    currency_field("Outstanding__c"),
    url_field("Page__c", 40),
    number_field("Delay__c"),
    text_field("Rating__c", 3),
)
TOLD = {"outstanding": "Outstanding__c", "details_url": "Page__c"}
NAMES = {**TOLD, "average_payment_delay": "Delay__c"}
CUSTOMER = {
    "id": "cust-1",
    "externalId": "ext-1",
    "currency": "eur",
    "balance": 1250,
    "directUrl": "https://app.example/1",
}


def read(*customers, figures=None, decimals=None, names=NAMES):
    """Return what the Accounts of customers should hold."""
    settings = SalesforceExport.model_validate({"match": {"salesforce": "Key__c"}, "fields": names})
    fields = {each["name"]: SalesforceField.of(each) for each in FIELDS}
    return CustomerReader(FieldMapping.of(settings, ()), names, fields, figures or {}, decimals or {}).read(customers)


def test_a_customer_has_currency_and_values():
    """Amounts in major units; figures fill in what the answer does not carry."""
    found = read(CUSTOMER, figures={"average_payment_delay": {"cust-1": "7.4"}})

    values = {"Outstanding__c": Decimal("12.50"), "Page__c": "https://app.example/1", "Delay__c": Decimal(7)}
    assert found == {"cust-1": CustomerValues("EUR", values, ())}


@pytest.mark.parametrize(("figures", "expected"), [({"cust-1": "1", "ext-1": "2"}, 1), ({"ext-1": "2"}, 2), ({}, None)])
def test_figures_are_found_by_id_or_external_id(figures, expected):
    """The id goes first; a customer without one has none."""
    found = read(CUSTOMER, figures={"average_payment_delay": figures})

    assert found["cust-1"].values["Delay__c"] == expected


def test_what_the_answer_tells_goes_before_figures():
    """Should Upflow's API tell it one day."""
    told = {**CUSTOMER, "averagePaymentDelay": 3}

    assert read(told, figures={"average_payment_delay": {"cust-1": "7"}})["cust-1"].values["Delay__c"] == 3


def test_what_is_not_told_is_not_known():
    """It is no null: the Account keeps what it has."""
    found = read(
        {"id": "cust-1", "currency": "EUR", "balance": None}, {**CUSTOMER, "id": "cust-2", "averagePaymentDelay": 3}
    )

    assert found["cust-1"].values == {"Outstanding__c": None}


def test_a_value_that_does_not_fit_is_a_reason_and_the_others_stay():
    """Field and reason are told, the value never."""
    found = read({**CUSTOMER, "directUrl": "https://app.example/" + "x" * 40}, names=TOLD)

    assert found["cust-1"].values == {"Outstanding__c": Decimal("12.50")}
    assert found["cust-1"].refusals == (Refusal(UNFIT, "details_url is longer than 40 characters", ("Page__c",)),)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [({"balance": 12.5}, "balance is not a whole number"), ({"currency": None}, "currency is missing")],
)
def test_amounts_that_cannot_be_read_leave_the_account_as_it_is(wrong, says):
    """But for the figures, which come from elsewhere; other customers are not concerned."""
    found = read(
        {**CUSTOMER, **wrong}, {**CUSTOMER, "id": "cust-2"}, figures={"average_payment_delay": {"cust-1": "7"}}
    )
    [refusal] = found["cust-1"].refusals

    assert found["cust-1"].values == {"Delay__c": Decimal(7)}
    assert refusal.code == UNFIT
    assert refusal.reason.startswith(says)
    assert found["cust-2"].refusals == ()


def test_amounts_have_the_decimals_that_upflow_uses():
    """Not always those of ISO 4217."""
    found = read(CUSTOMER, decimals={"EUR": 3}, names=TOLD)

    assert found["cust-1"].values["Outstanding__c"] == Decimal("1.25")


def test_a_field_that_no_customer_tells_is_an_error():
    """All such fields are named; one customer whose answer carries a field is enough, and so are figures."""
    names = {**NAMES, "rating": "Rating__c"}
    with pytest.raises(ConfigurationError, match="does not return average_payment_delay, rating of any customer"):
        read(CUSTOMER, CUSTOMER, names=names)

    told = {**CUSTOMER, "rating": "A"}
    read(CUSTOMER, told, CUSTOMER, figures={"average_payment_delay": {}}, names=names)
    assert read(names=names) == {}
