"""Seeded records: any number, always the same, as varied as real ones, and consistent."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from tests.testing.stripe.plain import stripe  # noqa: F401 - a fixture
from upflow_provider.testing import FakeStripe
from upflow_provider.testing.seed.seed import Seed

# ruff: noqa: F811 - the fixture is a parameter of the tests

START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
SEED = Seed(seed=5, customers=300, invoices=2000, start=START, end=END)


def seeded(seed):
    """Return a fake with seeded records."""
    fake = FakeStripe()
    fake.seed(seed)
    return fake


@pytest.fixture(scope="module")
def fake():
    """Return a fake with 300 customers and 2000 invoices."""
    return seeded(SEED)


@pytest.fixture(scope="module")
def invoices(fake):
    """Return its invoices, oldest first."""
    return list(fake.store.invoices)


def test_the_same_seed_makes_the_same_records(fake, invoices):
    """To the last attribute, in whatever order they are asked for."""
    other = seeded(SEED)
    backwards = [other.store.invoices.shown(each["id"]) for each in reversed(invoices)]

    assert backwards[::-1] == invoices
    assert list(other.store.customers) == list(fake.store.customers)


def test_another_seed_makes_other_records(invoices):
    """Ids too, so that two sets can be in one account."""
    both = seeded(SEED)
    both.seed(Seed(6, 300, 2000, START, END))
    others = [each for each in both.store.invoices if each["id"].startswith("in_1S6")]

    assert len(both.store.invoices) == 4000
    assert [each["total"] for each in others] != [each["total"] for each in invoices]


def test_the_same_records_cannot_be_seeded_twice():
    """They would be listed twice."""
    fake = seeded(Seed(customers=1, invoices=1))

    with pytest.raises(ValueError, match="there already"):
        fake.seed(Seed(customers=1, invoices=1))


@pytest.mark.parametrize(("customers", "invoices"), [(0, 0), (1, 0), (1, 1), (1, 50), (50, 1), (33, 77)])
def test_any_number_of_records_can_be_had(customers, invoices):
    """Each invoice has a customer that exists or existed, and lies in the time asked for."""
    fake = seeded(Seed(9, customers, invoices, START, END))
    known = {each["id"] for each in fake.store.customers} | fake.store.customers.gone.keys()
    made = list(fake.store.invoices)

    assert (len(known), len(made)) == (customers, invoices)
    assert all(each["customer"] in known for each in made)
    assert all(START.timestamp() <= each["created"] < END.timestamp() for each in made)


@pytest.mark.parametrize(
    "wrong",
    [
        {"customers": 0, "invoices": 1},
        {"start": END, "end": START},
        {"start": START, "end": START},
        {"start": START.replace(tzinfo=None)},
        {"end": END.replace(tzinfo=None)},
    ],
    ids=["no customers", "backwards", "empty", "naive start", "naive end"],
)
def test_what_cannot_be_made_is_refused(wrong):
    """When the set is described, not when a record is asked for."""
    with pytest.raises(ValueError, match=r"customers|aware"):
        Seed(**{"start": START, "end": END, **wrong})


def test_invoices_are_of_every_kind(invoices):
    """Status, currency, way of collection, tax; mostly paid, some free of charge."""
    counts = Counter(each["status"] for each in invoices)

    assert counts.keys() == {"draft", "open", "paid", "void", "uncollectible"}
    assert counts["paid"] > counts["open"] > counts["draft"]
    assert {each["currency"] for each in invoices} == {"eur", "usd", "gbp", "jpy", "kwd", "isk"}
    assert {each["collection_method"] for each in invoices} == {"send_invoice", "charge_automatically"}
    assert {bool(each["total_taxes"]) for each in invoices} == {True, False}
    assert {each["total"] == 0 for each in invoices} == {True, False}


def test_only_invoices_that_are_sent_are_due_some_day(invoices):
    """A month after their creation."""
    for each in invoices:
        expected = each["created"] + 30 * 86_400 if each["collection_method"] == "send_invoice" else None

        assert each["due_date"] == expected


def test_amounts_of_seeded_invoices_add_up(invoices):
    """By status; amounts of kronur and dinars are whole as Stripe wants them."""
    for each in invoices:
        assert each["amount_remaining"] == each["amount_due"] - each["amount_paid"]
        assert each["total"] - each["pre_payment_credit_notes_amount"] == each["amount_due"] >= 0
        assert each["total"] == each["total_excluding_tax"] + sum(tax["amount"] for tax in each["total_taxes"])
        assert each["status"] == "draft" or (each["status"] == "paid") == (each["amount_remaining"] == 0)
        assert each["total"] % {"isk": 100, "kwd": 10}.get(each["currency"], 1) == 0


def test_finalized_invoices_have_what_drafts_lack(invoices):
    """Number, PDF and the time of finalization; numbers are unique."""
    for each in invoices:
        final = each["status"] != "draft"

        assert bool(each["number"]) == bool(each["invoice_pdf"]) == final
        assert bool(each["status_transitions"]["finalized_at"]) == final
    numbers = [each["number"] for each in invoices if each["number"]]
    assert len(set(numbers)) == len(numbers)


def test_customers_are_there_before_their_invoices(fake, invoices):
    """As in every account; those deleted since were, too."""
    created = {each["id"]: each["created"] for each in fake.store.customers}
    checked = [each for each in invoices if each["customer"] in created]

    assert len(checked) > 1900
    assert all(created[each["customer"]] <= each["created"] for each in checked)


def test_some_customers_are_gone_and_their_invoices_are_not(fake, invoices):
    """What they were is still in the invoices."""
    orphans = [each for each in invoices if each["customer"] in fake.store.customers.gone]

    assert 0 < len(fake.store.customers.gone) < 30
    assert orphans
    assert all(each["customer_name"] for each in orphans if each["status"] != "draft")


def test_some_invoices_share_a_second(invoices):
    """One in ten with the one before, so that orders have ties to break."""
    seconds = Counter(each["created"] for each in invoices)

    assert sum(count > 1 for count in seconds.values()) == 200


def test_seeded_records_are_served_as_all_others(stripe):
    """Listed, filtered, expanded, and changed."""
    stripe.fake.seed(Seed(4, 30, 200, START, END))
    open_ones = [each.id for each in stripe.sdk.v1.invoices.list({"status": "open", "limit": 20}).auto_paging_iter()]
    stripe.fake.pay_invoice(open_ones[0])
    paid = stripe.get(f"/v1/invoices/{open_ones[0]}?expand[]=customer")

    assert len(open_ones) == len(set(open_ones)) > 20
    assert (paid["status"], paid["amount_remaining"]) == ("paid", 0)
    assert paid["customer"]["object"] == "customer"
    assert stripe.session.get(paid["invoice_pdf"], timeout=5).content.startswith(b"%PDF")
