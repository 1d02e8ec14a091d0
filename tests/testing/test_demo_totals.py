"""The two sides of the demonstration's last table."""

import pytest

from upflow_provider.testing.demo_totals import Total, arrived, expected, money

CUSTOMERS = [{"id": "cus_1"}, {"id": "cus_2"}]
INVOICES = [
    {"status": "open", "customer": "cus_1", "currency": "eur", "total": 1200},
    {"status": "void", "customer": "cus_1", "currency": "eur", "total": 300},
    {"status": "paid", "customer": "cus_gone", "currency": "jpy", "total": 500},
    {"status": "draft", "customer": "cus_never", "currency": "usd", "total": 700},
]


def test_everything_but_drafts_must_arrive():
    """Sums are kept apart by currency; a deleted customer arrives with its invoices, a draft's does not."""
    totals = expected(CUSTOMERS, INVOICES)

    assert totals == {
        ("customers", ""): Total(3),
        ("invoices", "EUR"): Total(2, 1500),
        ("invoices", "JPY"): Total(1, 500),
    }


def test_what_upflow_lists_is_added_up_the_same_way():
    """Both sides are comparable, to the minor unit."""
    listed = [{"currency": "EUR", "grossAmount": 1200}, {"currency": "EUR", "grossAmount": 301}]

    assert arrived([{"id": "a"}], listed) == {
        ("customers", ""): Total(1),
        ("invoices", "EUR"): Total(2, 1501),
    }


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        pytest.param(123_456, "EUR", "1,234.56 EUR", id="two-digits"),
        pytest.param(500, "JPY", "500 JPY", id="no-digits"),
        pytest.param(1_234_567, "KWD", "1,234.567 KWD", id="three-digits"),
        pytest.param(76_004_500, "ISK", "760,045 ISK", id="two-digits-of-stripe-only"),
        pytest.param(-5, "USD", "-0.05 USD", id="negative"),
        pytest.param(10**15 + 1, "EUR", "10,000,000,000,000.01 EUR", id="no-float"),
        pytest.param(None, "", "", id="no-amount"),
    ],
)
def test_money_shows_the_digits_of_its_currency(amount, currency, shown):
    """Minor units become what people write, without losing one."""
    assert money(amount, currency) == shown
