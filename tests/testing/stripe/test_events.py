"""The fake Stripe's feed: every change, as it was then, in the version of then."""

import pytest

from tests.testing.stripe.plain import asking, stripe  # noqa: F401 - a fixture
from upflow_provider.testing import FakeStripe, serve

# ruff: noqa: F811 - the fixture is a parameter of the tests

LIFE = [
    "customer.created",
    "customer.updated",
    "invoice.created",
    "invoice.finalized",
    "invoice_payment.paid",
    "invoice.paid",
]
"""What happens in `lived`, oldest first."""


@pytest.fixture
def clocked():
    """Give a fake whose time the test moves: a list of one time, Unix seconds."""
    clock = [1000]
    fake = FakeStripe(now=lambda: clock[0])
    with serve(fake.app) as server, asking(fake) as both:
        fake.url = server.url
        both.sdk = both.client()
        yield both, clock


@pytest.fixture
def lived(stripe):
    """Give a fake where a customer was created and renamed, and paid an invoice."""
    fake = stripe.fake
    fake.create_customer(id="cus_1", name="Old", tax_ids=[("eu_vat", "FR1")])
    fake.update_customer("cus_1", name="New")
    fake.create_invoice("cus_1", 600, id="in_1", tax=100)
    fake.finalize_invoice("in_1")
    fake.pay_invoice("in_1")
    return stripe


def kinds(stripe, asked=""):
    """Return the types of the events of one page."""
    return [each["type"] for each in stripe.get(f"/v1/events{asked}")["data"]]


def test_every_change_is_in_the_feed_newest_first(lived):
    """Also those of one second."""
    assert kinds(lived) == LIFE[::-1]
    assert [each.type for each in lived.sdk.v1.events.list({"limit": 2}).auto_paging_iter()] == LIFE[::-1]


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (lambda fake: fake.payments.settle_out_of_band("in_1"), "invoice.paid"),
        (lambda fake: fake.void_invoice("in_1"), "invoice.voided"),
        (lambda fake: fake.mark_uncollectible("in_1"), "invoice.marked_uncollectible"),
        (lambda fake: fake.update_invoice("in_1", description="x"), "invoice.updated"),
        (lambda fake: fake.delete_customer("cus_1"), "customer.deleted"),
        (lambda fake: fake.delete_invoice("in_2"), "invoice.deleted"),
    ],
)
def test_a_change_leaves_its_event(stripe, change, kind):
    """One event, of the type that Stripe sends."""
    stripe.fake.create_customer(id="cus_1")
    stripe.fake.create_invoice("cus_1", 600, id="in_1")
    stripe.fake.finalize_invoice("in_1")
    stripe.fake.create_invoice("cus_1", 600, id="in_2")
    before = len(stripe.fake.store.events)
    change(stripe.fake)

    assert len(stripe.fake.store.events) == before + 1
    assert kinds(stripe)[0] == kind


def test_an_invoice_of_nothing_is_paid_as_it_is_finalized(stripe):
    """Both are told."""
    stripe.fake.create_invoice(None, 0, id="in_1")
    stripe.fake.finalize_invoice("in_1")

    assert kinds(stripe) == ["invoice.paid", "invoice.finalized", "invoice.created"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("type=invoice.*", [LIFE[5], *LIFE[3:1:-1]]),
        ("type=customer.*", LIFE[1::-1]),
        ("type=*", LIFE[::-1]),
        ("type=invoice.paid", ["invoice.paid"]),
        ("type=invoice.voided", []),
        ("types[0]=invoice.paid&types[1]=customer.created", ["invoice.paid", "customer.created"]),
        ("types[]=customer.updated", ["customer.updated"]),
        ("type=invoice.*&created[gt]=99999999999", []),
    ],
)
def test_the_feed_can_be_filtered_by_type(lived, asked, found):
    """By one, by a group, or by several."""
    assert kinds(lived, f"?{asked}") == found


@pytest.mark.parametrize(
    ("asked", "param"),
    [
        ("type=invoice.paid&types[]=invoice.paid", "types"),
        ("types[]=invoice.*", "types"),
        ("types=invoice.paid", "types"),
        ("type[]=invoice.paid", "type"),
        ("type=", "type"),
        ("type=*.paid", "type"),
        ("type=invoice.pa*", "type"),
        ("type=Invoice Paid", "type"),
    ],
)
def test_a_type_that_makes_no_sense_is_refused(lived, asked, param):
    """Rather than find nothing."""
    assert lived.refused(f"/v1/events?{asked}")["param"] == param


def test_twenty_types_are_the_most(lived):
    """One more is refused."""
    twenty = ["invoice.paid", *(f"invoice.never_{number}" for number in range(19))]

    assert [each.type for each in lived.sdk.v1.events.list({"types": twenty}).data] == ["invoice.paid"]
    with pytest.raises(lived.module.InvalidRequestError, match="20 types"):
        lived.sdk.v1.events.list({"types": [*twenty, "customer.created"]})


def test_a_payload_shows_the_moment_of_the_change(lived):
    """Later changes do not reach it, and what is includable is never there."""
    told = lived.get("/v1/events")["data"][::-1]
    payloads = [each["data"]["object"] for each in told if each["type"] != "invoice_payment.paid"]

    assert [each["name"] for each in payloads[:2]] == ["Old", "New"]
    assert [(each["status"], each["amount_remaining"]) for each in payloads[2:]] == [
        ("draft", 600),
        ("open", 600),
        ("paid", 0),
    ]
    assert not payloads[0].keys() & {"sources", "subscriptions", "tax", "tax_ids"}
    assert not payloads[4].keys() & {"payments"}


def test_a_deletion_tells_what_was_deleted(stripe):
    """Its payload is the last state."""
    stripe.fake.create_customer(id="cus_1", name="Acme")
    stripe.fake.delete_customer("cus_1")

    assert stripe.get("/v1/events?limit=1")["data"][0]["data"]["object"]["name"] == "Acme"


def test_events_are_of_the_current_version(lived):
    """Single ones can be read too."""
    event_id = lived.ids("/v1/events?limit=1")[0]
    event = lived.sdk.v1.events.retrieve(event_id)

    assert event.api_version == event.last_response.headers["Stripe-Version"]


def test_events_of_an_older_version_have_its_payloads(stripe):
    """They stay so, whatever version is asked for; the record itself is as it is today."""
    parent = {"type": "subscription_details", "subscription_details": {"subscription": "sub_1"}}
    stripe.fake.event_api_version = "2024-06-20"
    stripe.fake.create_invoice(None, 600, id="in_1", tax=100, parent=parent)
    stripe.fake.finalize_invoice("in_1")
    stripe.fake.event_api_version = "2026-10-28.endive"
    stripe.fake.pay_invoice("in_1")
    new, _, old, _ = stripe.get("/v1/events")["data"]
    payload = old["data"]["object"]

    assert (old["api_version"], new["api_version"]) == ("2024-06-20", "2026-10-28.endive")
    assert (payload["tax"], payload["subscription"], payload["paid"]) == (100, "sub_1", False)
    assert payload["total_tax_amounts"][0]["amount"] == 100
    assert not payload.keys() & {"total_taxes", "parent"}
    assert new["data"]["object"]["total_taxes"][0]["amount"] == 100
    assert stripe.get("/v1/invoices/in_1").keys() >= {"total_taxes", "parent"}


def test_events_are_found_by_their_time(clocked):
    """Both bounds count."""
    stripe, clock = clocked
    for clock[0] in (1000, 1001, 1002):
        stripe.fake.create_customer()

    data = stripe.get("/v1/events?created[gte]=1000&created[lt]=1002")["data"]
    assert [each["created"] for each in data] == [1001, 1000]


def test_events_may_become_visible_late(clocked):
    """It is not listed before its delay has passed."""
    stripe, clock = clocked
    stripe.fake.event_delay_s = 5
    stripe.fake.create_customer()
    clock[0] = 1004
    early = kinds(stripe)
    clock[0] = 1005

    assert (early, kinds(stripe)) == ([], ["customer.created"])
