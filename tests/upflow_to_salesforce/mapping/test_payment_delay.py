"""How late a customer pays, by Upflow's formula."""

from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upflow_provider.upflow_to_salesforce.mapping.payment_delay import PaymentDelay, rating

TODAY = date(2026, 3, 1)
PARIS = ZoneInfo("Europe/Paris")


def delay(invoices, today, zone):
    """Return the average payment delay of a customer with these invoices."""
    collected = PaymentDelay(today, zone)
    for each in invoices:
        collected.add(each)
    return collected.average()


def invoice(state, days, gross=100, currency="EUR", due=date(2026, 2, 1)):
    """Return an invoice that was paid, or would be overdue today, so many days after its due date."""
    late = due + timedelta(days=days)
    if state != "PAID":
        due, late = TODAY - timedelta(days=days), None
    return {
        "state": state,
        "dueDate": f"{due}T00:00:00.000Z",
        "grossAmount": gross,
        "currency": currency,
        "payments": [{"amount": gross, "executedAt": f"{late}T00:00:00.000Z"}] if late else [],
    }


def test_the_example_of_upflow_s_page():
    """Two paid invoices and an overdue one: 17.8 days, an A."""
    invoices = [invoice("PAID", 7, 14_000), invoice("PAID", 55, 8_500), invoice("OVERDUE", 10, 21_400)]
    average = delay(invoices, TODAY, PARIS)

    assert round(average, 1) == Decimal("17.8")
    assert rating(average) == "A"


def test_what_has_no_day_does_not_count():
    """An invoice of another source may have no due date, a payment none of its own."""
    undated = [{**invoice("OVERDUE", 50), "dueDate": None}, {**invoice("PAID", 50), "payments": [{"amount": 100}]}]

    assert delay([*undated, invoice("OVERDUE", 10)], TODAY, PARIS) == 10


@pytest.mark.parametrize(
    ("days", "expected"),
    [("-12", "A"), ("30", "A"), ("30.01", "B"), ("60", "B"), ("60.5", "C"), ("90", "C"), ("90.01", "D"), ("91", "D")],
)
def test_ratings_include_their_bounds(days, expected):
    """What is longer than 90 days is a D."""
    assert rating(Decimal(days)) == expected


@pytest.mark.parametrize(
    "invoices",
    [
        [],
        [invoice("DUE", -5), invoice("VOIDED", 5)],
        [invoice("PAID", 5) | {"payments": []}],
        [invoice("PAID", 5) | {"payments": None}],
        [invoice("PAID", 5) | {"payments": [{"executedAt": None}]}],
        [invoice("PAID", 5, gross=0), invoice("PAID", 5, gross=-100)],
        [invoice("DISPUTED", -3)],
    ],
)
def test_nothing_paid_or_overdue_has_no_delay(invoices):
    """Nor a rating."""
    assert delay(invoices, TODAY, PARIS) is None


def test_what_is_paid_early_counts_below_zero():
    """A customer may pay early on average."""
    assert delay([invoice("PAID", -10), invoice("PAID", 4)], TODAY, PARIS) == -3


def test_disputed_invoices_count_until_today():
    """As overdue ones do; one due today is not late yet, and counts as paid in time would."""
    assert delay([invoice("DISPUTED", 8), invoice("OVERDUE", 0)], TODAY, PARIS) == 4


def test_the_last_payment_pays():
    """Earlier ones are parts of it."""
    paid = invoice("PAID", 9)
    paid["payments"].insert(0, {"executedAt": "2026-02-02T00:00:00.000Z"})
    paid["payments"].append({"executedAt": "2026-02-01T00:00:00.000Z"})

    assert delay([paid], TODAY, PARIS) == 9


def test_one_currency_counts():
    """That of most invoices; the first by alphabet where there are as many."""
    euros, dollars = [invoice("PAID", 1), invoice("PAID", 1)], [invoice("PAID", 9, 10**9, "USD")]

    assert delay(dollars + euros, TODAY, PARIS) == 1
    assert delay(dollars + euros + dollars, TODAY, PARIS) == 1
    assert delay(dollars + euros + dollars + dollars, TODAY, PARIS) == 9


@pytest.mark.parametrize(
    ("zone", "executed", "days"),
    [
        ("Europe/Paris", "2026-02-03", 2),
        ("America/New_York", "2026-02-03T00:00:00.000Z", 2),
        ("America/New_York", "2026-02-03T03:00:00Z", 1),
        ("Europe/Paris", "2026-02-03T23:30:00Z", 3),
        ("Europe/Paris", "2026-02-03T00:00:00+05:00", 1),
    ],
)
def test_days_are_those_of_the_organization(zone, executed, days):
    """Midnight UTC is a day without a time, the same everywhere."""
    paid = invoice("PAID", 0) | {"payments": [{"executedAt": executed}]}

    assert delay([paid], TODAY, ZoneInfo(zone)) == days


INVOICES = st.builds(
    invoice,
    st.sampled_from(["PAID", "OVERDUE"]),
    st.integers(0, 400),
    st.integers(1, 10**9),
    st.sampled_from(["EUR", "USD"]),
)


@given(st.lists(INVOICES, min_size=1, max_size=8).flatmap(lambda some: st.tuples(st.just(some), st.permutations(some))))
def test_the_order_does_not_matter_and_the_average_lies_within(lists):
    """Upflow lists invoices in an order of its own."""
    one, other = lists
    average = delay(one, TODAY, PARIS)

    assert average == delay(other, TODAY, PARIS)
    assert 0 <= average <= 400
