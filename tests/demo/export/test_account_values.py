"""Both sides of the export as values that compare."""

from decimal import Decimal

import pytest

from demo.export.account_values import example, in_upflow, on_accounts, totals
from demo.totals import Total


def customer(number, currency, balance, *, overdue=0):
    """Return a customer as Upflow lists it, who owes in minor units."""
    return {
        "externalId": f"cus_{number}",
        "currency": currency,
        "balance": balance,
        "amountOverdue": overdue,
        "amountDue": balance - overdue,
        "countInvoicesOverdue": int(overdue > 0),
        "countInvoicesDue": int(balance > overdue),
        "directUrl": f"https://app.upflow.io/customers/{number}",
    }


def account(number, currency, outstanding, *, overdue=0.0, **others):
    """Return an Account as a query answers it, with amounts in major units."""
    return {
        "Billing_Id__c": f"cus_{number}",
        "CurrencyIsoCode": currency,
        "Upflow_Outstanding__c": outstanding,
        "Upflow_Overdue__c": overdue,
        "Upflow_Due__c": None if outstanding is None else float(Decimal(repr(outstanding)) - Decimal(repr(overdue))),
        "Upflow_Overdue_Count__c": float(overdue > 0),
        "Upflow_Due_Count__c": float((outstanding or 0) > overdue),
        "Upflow_Payment_Delay__c": 20.6,
        "Upflow_Rating__c": "A",
        "Upflow_Payment_Method__c": "CARD",
        "Upflow_Payment_Method_Status__c": None,
        "Upflow_Page__c": f"https://app.upflow.io/customers/{number}",
        **others,
    }


@pytest.mark.parametrize(
    ("currency", "minor", "major"),
    [
        pytest.param("EUR", 123_456, 1234.56, id="two-digits"),
        pytest.param("JPY", 500, 500.0, id="no-digits"),
        pytest.param("KWD", 1_234_567, 1234.567, id="three-digits"),
        pytest.param("ISK", 760_045, 760_045.0, id="no-digits-in-upflow"),
        pytest.param("EUR", -5, -0.05, id="negative"),
        pytest.param("EUR", 0, 0.0, id="nothing"),
    ],
)
def test_the_same_is_equal(currency, minor, major):
    """Upflow tells minor units, Salesforce major ones as floating numbers."""
    assert in_upflow([customer(1, currency, minor)]) == on_accounts([account(1, currency, major)])


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(account(1, "EUR", 12.01), id="a-cent"),
        pytest.param(account(1, "USD", 12.0), id="currency"),
        pytest.param(account(1, "EUR", None), id="never-written"),
        pytest.param(account(1, "EUR", 12.004), id="less-than-a-cent"),
        pytest.param(account(1, "EUR", 12.0, overdue=12.0), id="overdue"),
        pytest.param(account(1, "EUR", 12.0, Upflow_Overdue_Count__c=1.0), id="count"),
        pytest.param(account(1, "EUR", 12.0, Upflow_Page__c=None), id="page"),
        pytest.param(account(2, "EUR", 12.0), id="customer"),
    ],
)
def test_any_difference_is_seen(other):
    """Every compared field of every Account must be what Upflow tells."""
    assert in_upflow([customer(1, "EUR", 1200)]) == on_accounts([account(1, "EUR", 12.0)])
    assert in_upflow([customer(1, "EUR", 1200)]) != on_accounts([other])


def test_totals_are_by_currency():
    """Who owes nothing counts as a customer, but for no currency."""
    customers = [customer(1, "EUR", 1200, overdue=1200), customer(2, "EUR", 300), customer(3, "JPY", 50)]

    assert totals(in_upflow([*customers, customer(4, "USD", 0)])) == {
        ("customers", ""): Total(4),
        ("overdue invoices", ""): Total(1),
        ("outstanding", "EUR"): Total(2, 1500),
        ("outstanding", "JPY"): Total(1, 50),
    }


def test_the_example_shows_no_secret():
    """A link to a portal lets in whoever has it; what the Account does not hold is left out."""
    link = "https://pay.upflow.io/portal?token=secret"
    shown = example(account(1, "EUR", 12.5, overdue=2.5, Upflow_Portal__c=link), 76.4)

    assert "secret" not in str(shown)
    assert shown == {
        "billing id": "cus_1",
        "outstanding": "12.50 EUR",
        "overdue": "2.50 EUR, invoices: 1",
        "due": "10.00 EUR, invoices: 1",
        "average payment delay": "20.6 days",
        "rating": "A",
        "payment method": "CARD",
        "page in Upflow": "https://app.upflow.io/customers/1",
        "customer's portal": "a link, valid for 76 more days",
    }
