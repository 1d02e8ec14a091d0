"""The fake Stripe's records change as Stripe's do; what Stripe refuses is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.testing.stripe.plain import stripe  # noqa: F401 - a fixture
from upflow_provider.testing import FakeStripe
from upflow_provider.testing.stripe.billing.refusal import StripeRefusalError

# ruff: noqa: F811 - the fixture is a parameter of the tests

IN_STATUS = {
    "draft": (),
    "open": ("finalize_invoice",),
    "paid": ("finalize_invoice", "pay_invoice"),
    "void": ("finalize_invoice", "void_invoice"),
    "uncollectible": ("finalize_invoice", "mark_uncollectible"),
}
"""What brings an invoice there."""
ALLOWED = {
    "finalize_invoice": {"draft": "open"},
    "pay_invoice": {"open": "paid", "uncollectible": "paid"},
    "void_invoice": {"open": "void", "uncollectible": "void"},
    "mark_uncollectible": {"open": "uncollectible"},
    "delete_invoice": {"draft": None},
}
"""Of each change, what status it leads to from which; from others it is refused."""
TIMES = {"paid": "paid_at", "void": "voided_at", "uncollectible": "marked_uncollectible_at"}


def an_invoice(status, total=600):
    """Return a fake with one invoice, in_1, in a status."""
    fake = FakeStripe(now=lambda: 5000)
    fake.create_invoice(None, total, id="in_1", created=1000)
    for change in IN_STATUS[status]:
        getattr(fake, change)("in_1")
    return fake


@pytest.mark.parametrize("status", IN_STATUS)
@pytest.mark.parametrize("change", ALLOWED)
def test_an_invoice_changes_only_as_its_status_allows(change, status):
    """What is refused changes nothing, and leaves no event."""
    fake = an_invoice(status)
    before, events = dict(fake.store.invoices.shown("in_1")), len(fake.store.events)
    if status not in ALLOWED[change]:
        with pytest.raises(StripeRefusalError, match=f"This invoice is {status}"):
            getattr(fake, change)("in_1")

        assert fake.store.invoices.shown("in_1") == before
        assert len(fake.store.events) == events
        return
    getattr(fake, change)("in_1")
    after = ALLOWED[change][status]

    assert ([each["status"] for each in fake.store.invoices]) == ([after] if after else [])


@pytest.mark.parametrize("status", TIMES)
def test_the_time_of_each_end_is_kept(status):
    """Together with that of finalization; the others stay empty."""
    times = an_invoice(status).store.invoices.shown("in_1")["status_transitions"]

    assert {name: at for name, at in times.items() if at} == {"finalized_at": 1000, TIMES[status]: 5000}


@pytest.mark.parametrize("amount", [0, -1, 601])
def test_only_what_remains_can_be_paid(amount):
    """Neither nothing nor more."""
    fake = an_invoice("open")
    with pytest.raises(StripeRefusalError, match="remains to be paid"):
        fake.pay_invoice("in_1", amount)

    assert fake.store.invoices.shown("in_1")["amount_remaining"] == 600


@pytest.mark.parametrize("status", ["open", "uncollectible"])
def test_a_payment_in_part_leaves_the_rest(status):
    """The status stays until all is paid."""
    fake = an_invoice(status)
    part = dict(fake.pay_invoice("in_1", 250))
    rest = fake.pay_invoice("in_1")

    assert (part["status"], part["amount_paid"], part["amount_remaining"]) == (status, 250, 350)
    assert (rest["status"], rest["amount_paid"], rest["amount_remaining"]) == ("paid", 600, 0)


@given(total=st.integers(-500, 5000), tax=st.integers(0, 500), shares=st.lists(st.integers(1, 2000), max_size=4))
def test_amounts_always_add_up(total, tax, shares):
    """What remains is what is due less what is paid, all life long; the total is net and tax."""
    fake = FakeStripe()
    fake.create_invoice(None, total, id="in_1", tax=tax)
    fake.finalize_invoice("in_1")
    for share in shares:
        if share <= fake.store.invoices.shown("in_1")["amount_remaining"]:
            fake.pay_invoice("in_1", share)
    lived = [each["data"]["object"] for each in fake.store.events if each["type"].startswith("invoice.")]

    for each in lived:
        assert each["amount_remaining"] == each["amount_due"] - each["amount_paid"] >= 0
        assert each["amount_due"] == max(total, 0)
        assert each["total"] == each["total_excluding_tax"] + sum(part["amount"] for part in each["total_taxes"])
        if each["status"] == "paid":
            assert each["amount_remaining"] == 0


def test_what_remains_follows_an_update():
    """A credit note before payment cuts what is due."""
    fake = an_invoice("open")
    fake.pay_invoice("in_1", 100)

    assert fake.update_invoice("in_1", amount_due=400)["amount_remaining"] == 300


def test_a_finalized_invoice_keeps_what_its_customer_was():
    """Later changes of the customer do not reach it; a draft has no such record, nor number or PDF."""
    fake = FakeStripe()
    fake.create_customer(id="cus_1", name="Old", email="old@example.com")
    draft = dict(fake.create_invoice("cus_1", 600, id="in_1"))
    fake.finalize_invoice("in_1")
    fake.update_customer("cus_1", name="New")
    final = fake.store.invoices.shown("in_1")

    assert [draft[name] for name in ("customer_name", "number", "invoice_pdf", "hosted_invoice_url")] == [None] * 4
    assert (final["customer_name"], final["customer_email"]) == ("Old", "old@example.com")
    assert all(final[name] for name in ("number", "invoice_pdf", "hosted_invoice_url", "effective_at"))


@pytest.mark.parametrize(
    "change",
    [
        lambda fake: fake.update_customer("cus_9", name="x"),
        lambda fake: fake.delete_customer("cus_9"),
        lambda fake: fake.delete_customer("cus_gone"),
        lambda fake: fake.create_invoice("cus_9", 1),
        lambda fake: fake.create_invoice("cus_gone", 1),
        lambda fake: fake.finalize_invoice("in_9"),
        lambda fake: fake.update_invoice("in_9", description="x"),
    ],
)
def test_what_is_not_there_cannot_be_changed(change):
    """Nor can anything be made for it."""
    fake = FakeStripe()
    fake.create_customer(id="cus_gone")
    fake.delete_customer("cus_gone")
    with pytest.raises(StripeRefusalError) as raised:
        change(fake)

    assert raised.value.body["error"]["code"] == "resource_missing"


@pytest.mark.parametrize(
    "change",
    [
        lambda fake: fake.create_customer(nmae="x"),
        lambda fake: fake.update_customer("cus_1", nmae="x"),
        lambda fake: fake.update_customer("cus_1", created=1),
        lambda fake: fake.create_invoice("cus_1", 1, colour="red"),
        lambda fake: fake.create_invoice("cus_1", 1, amount_remaining=1),
        lambda fake: fake.update_invoice("in_1", status="paid"),
        lambda fake: fake.update_invoice("in_1", created=1),
        lambda fake: fake.update_invoice("in_1", amount_remaining=1),
        lambda fake: fake.update_invoice("in_1", id="in_2"),
    ],
)
def test_a_test_cannot_make_what_stripe_never_shows(change):
    """Attributes that do not exist, never change or follow from others: the test itself is wrong."""
    fake = FakeStripe()
    fake.create_customer(id="cus_1")
    fake.create_invoice("cus_1", 600, id="in_1")
    with pytest.raises(ValueError, match="cannot be"):
        change(fake)

    assert len(fake.store.events) == 2


def test_loaded_records_are_copies():
    """Changes do not reach the list they came from."""
    recorded = {"id": "cus_1", "object": "customer", "created": 1, "name": "Old"}
    fake = FakeStripe()
    fake.load([recorded])
    fake.update_customer("cus_1", name="New")

    assert recorded["name"] == "Old"
    assert fake.store.customers.shown("cus_1")["name"] == "New"


def test_customers_can_be_written_over_http(stripe):
    """Created, changed and deleted; an empty string unsets, metadata that is not named stays."""
    v1 = stripe.sdk.v1
    made = v1.customers.create({"name": "Acme", "email": "a@example.com", "metadata": {"a": "1", "b": "2"}})
    changed = v1.customers.update(made.id, {"email": "", "metadata": {"b": "", "c": "3"}})
    bare = v1.customers.update(made.id, {"metadata": ""})
    gone = v1.customers.delete(made.id)

    assert (made.name, made.email, made.metadata.to_dict()) == ("Acme", "a@example.com", {"a": "1", "b": "2"})
    assert (changed.name, changed.email, changed.metadata.to_dict()) == ("Acme", None, {"a": "1", "c": "3"})
    assert bare.metadata.to_dict() == {}
    assert gone.deleted is True
    assert [each["type"] for each in stripe.get("/v1/events")["data"]] == [
        "customer.deleted",
        "customer.updated",
        "customer.updated",
        "customer.created",
    ]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/v1/customers", {"colour": "red"}, 400),
        ("POST", "/v1/customers", {"name[first]": "A"}, 400),
        ("POST", "/v1/customers", {"metadata[]": "A"}, 400),
        ("POST", "/v1/customers", {"metadata": "A"}, 400),
        ("POST", "/v1/customers/cus_9", {"name": "A"}, 404),
        ("POST", "/v1/customers/cus_gone", {"name": "A"}, 404),
        ("DELETE", "/v1/customers/cus_9", None, 404),
        ("DELETE", "/v1/customers/cus_1?force=true", None, 400),
        ("POST", "/v1/invoices", {"customer": "cus_1"}, 404),
    ],
)
def test_other_writes_are_refused(stripe, method, path, body, status):
    """And change nothing."""
    stripe.fake.create_customer(id="cus_1")
    stripe.fake.create_customer(id="cus_gone")
    stripe.fake.delete_customer("cus_gone")

    assert stripe(method, path, data=body).status_code == status
    assert len(stripe.fake.store.events) == 3
