"""The two sides of the demonstration's last table."""

import pytest

from demo.totals import FROM_STRIPE, INTO_UPFLOW, Total, arrived, drafts, expected, money

STRIPE = {
    "customers": [{"id": "cus_1"}, {"id": "cus_2"}],
    "invoices": [
        {"status": "open", "customer": "cus_1", "currency": "eur", "total": 1200, "amount_remaining": 700},
        {"status": "void", "customer": "cus_1", "currency": "eur", "total": 300, "amount_remaining": 300},
        {"status": "paid", "customer": "cus_gone", "currency": "isk", "total": 50_000, "amount_remaining": 0},
        {"status": "draft", "customer": "cus_never", "currency": "usd", "total": 700, "amount_remaining": 700},
    ],
    "credit_notes": [{"currency": "eur", "total": 100}],
    "invoice_payments": [
        {"status": "paid", "currency": "eur", "amount_paid": 300, "payment": {"type": "charge", "charge": "ch_1"}},
        {"status": "paid", "currency": "eur", "amount_paid": 100, "payment": {"type": "charge", "charge": "ch_1"}},
        {"status": "open", "currency": "eur", "amount_paid": None, "payment": {"type": "charge", "charge": "ch_2"}},
    ],
    "refunds": [{"currency": "eur", "amount": 50}],
}


def test_everything_but_drafts_must_arrive():
    """Sums are kept apart by currency and in Upflow's units; one payment may be applied several times."""
    assert set(STRIPE) == set(FROM_STRIPE)
    assert drafts(STRIPE) == 1
    assert expected(STRIPE) == {
        ("customers", ""): Total(3),
        ("invoices", "EUR"): Total(2, 1500),
        ("invoices", "ISK"): Total(1, 500),
        ("credit notes", "EUR"): Total(1, 100),
        ("payments", "EUR"): Total(1, 400),
        ("refunds", "EUR"): Total(1, 50),
        ("outstanding", "EUR"): Total(1, 700),
    }


def test_what_upflow_lists_is_added_up_the_same_way():
    """Both sides are comparable, to the minor unit; balancing documents are left out."""
    listed = {
        "customers": [{"id": "a"}],
        "invoices": [
            {"externalId": "in_1", "currency": "EUR", "grossAmount": 1200, "amountOutstanding": 0},
            {"externalId": "in_2", "currency": "EUR", "grossAmount": 301, "amountOutstanding": 300},
        ],
        "credit_notes": [{"externalId": "re_1:credit", "currency": "EUR", "grossAmount": 5}],
        "payments": [
            {"externalId": "pi_1", "currency": "ISK", "amount": 700},
            {"externalId": "in_1:writeoff", "currency": "EUR", "amount": 1200},
        ],
        "refunds": [{"externalId": "re_1", "currency": "EUR", "amount": 5}],
    }

    assert set(listed) == set(INTO_UPFLOW)
    assert arrived(listed) == {
        ("customers", ""): Total(1),
        ("invoices", "EUR"): Total(2, 1501),
        ("payments", "ISK"): Total(1, 700),
        ("refunds", "EUR"): Total(1, 5),
        ("outstanding", "EUR"): Total(1, 300),
    }


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        pytest.param(123_456, "EUR", "1,234.56 EUR", id="two-digits"),
        pytest.param(500, "JPY", "500 JPY", id="no-digits"),
        pytest.param(1_234_567, "KWD", "1,234.567 KWD", id="three-digits"),
        pytest.param(760_045, "ISK", "760,045 ISK", id="two-digits-of-stripe-only"),
        pytest.param(-5, "USD", "-0.05 USD", id="negative"),
        pytest.param(10**15 + 1, "EUR", "10,000,000,000,000.01 EUR", id="no-float"),
        pytest.param(None, "", "", id="no-amount"),
    ],
)
def test_money_shows_the_digits_of_its_currency(amount, currency, shown):
    """Minor units become what people write, without losing one."""
    assert money(amount, currency) == shown


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        pytest.param(123_456, "EUR", "1,234.56", id="two-digits"),
        pytest.param(1_234_567, "KWD", "1,234.567", id="three-digits"),
        pytest.param(500, "JPY", "500", id="no-digits"),
    ],
)
def test_money_can_leave_out_the_code(amount, currency, shown):
    """In a table, the currency has a column of its own."""
    assert money(amount, currency, code=False) == shown
