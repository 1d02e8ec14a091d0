"""A resource that no logic looks at is one row in the table of the fake Stripe."""

import pytest

from tests.testing.stripe.plain import asking
from upflow_provider.testing import FakeStripe, serve
from upflow_provider.testing.stripe.billing.resources import RESOURCES, Filter, Resource

QUOTES = Resource(
    object="quote",
    prefix="qt",
    filters={"customer": Filter("customer"), "status": Filter("status", frozenset({"draft", "open", "accepted"}))},
    references={"customer": "customers"},
)


@pytest.fixture
def stripe(monkeypatch):
    """Serve a fake Stripe that knows quotes too, with a customer and two of their quotes."""
    monkeypatch.setitem(RESOURCES, "quotes", QUOTES)
    fake = FakeStripe()
    with serve(fake.app) as server:
        fake.url = server.url
        fake.create_customer(id="cus_1", name="Acme")
        fake.create("quotes", {"id": "qt_1", "created": 100, "customer": "cus_1", "status": "draft"})
        fake.create("quotes", {"id": "qt_2", "created": 200, "customer": None, "status": "draft"})
        with asking(fake) as both:
            yield both


def test_it_is_listed_filtered_and_retrieved(stripe):
    """Lists are newest first, filters are those of the row, and references can be expanded."""
    assert stripe.ids("/v1/quotes") == ["qt_2", "qt_1"]
    assert stripe.ids("/v1/quotes?limit=1&starting_after=qt_2") == ["qt_1"]
    assert stripe.ids("/v1/quotes?customer=cus_1") == ["qt_1"]
    assert stripe.ids("/v1/quotes?created[gte]=150") == ["qt_2"]
    assert stripe.refused("/v1/quotes?status=lost")["param"] == "status"
    assert stripe.refused("/v1/quotes?number=1")["code"] == "parameter_unknown"
    assert stripe.get("/v1/quotes/qt_1?expand[]=customer")["customer"]["name"] == "Acme"
    assert stripe.refused("/v1/quotes/qt_3", 404)["message"] == "No such quote: 'qt_3'"


def test_stripes_own_sdk_reads_it(stripe):
    """The SDK finds what it asks for in every object."""
    quotes = list(stripe.sdk.v1.quotes.list({"customer": "cus_1"}).auto_paging_iter())

    assert [(each.id, each.object, each.status, each.metadata.to_dict()) for each in quotes] == [
        ("qt_1", "quote", "draft", {})
    ]


def test_its_changes_are_events(stripe):
    """What is created or updated leaves an event with the object as it was then."""
    stripe.fake.update("quotes", "qt_1", {"status": "open"})

    events = stripe.get("/v1/events?type=quote.*")["data"]

    assert stripe.get("/v1/quotes/qt_1")["status"] == "open"
    assert [(each["type"], each["data"]["object"]["id"]) for each in events] == [
        ("quote.updated", "qt_1"),
        ("quote.created", "qt_2"),
        ("quote.created", "qt_1"),
    ]
    assert [each["data"]["object"]["status"] for each in events] == ["open", "draft", "draft"]


def test_it_gets_an_id_of_its_own(stripe):
    """Without an id, an object gets one with the prefix of the row."""
    made = stripe.fake.create("quotes", {"status": "draft"})

    assert made["id"].startswith("qt_")
    assert stripe.get(f"/v1/quotes/{made['id']}")["created"] == made["created"]


def test_recorded_ones_can_be_loaded(stripe):
    """Objects of another account are found by what they call themselves; they leave no event."""
    stripe.fake.load([{"id": "qt_9", "object": "quote", "created": 50, "customer": "cus_1", "status": "open"}])

    assert stripe.ids("/v1/quotes") == ["qt_2", "qt_1", "qt_9"]
    assert len(stripe.get("/v1/events?type=quote.*")["data"]) == 2


def test_another_process_can_make_one(stripe):
    """The control routes create and update objects of any resource."""
    wish = {"do": "create", "with": {"resource": "quotes", "fields": {"id": "qt_3", "status": "draft"}}}
    change = {"do": "update", "with": {"resource": "quotes", "object_id": "qt_3", "fields": {"status": "open"}}}

    assert stripe("POST", "/_fake/act", json=wish).json()["id"] == "qt_3"
    assert stripe("POST", "/_fake/act", json=change).json()["status"] == "open"
    assert stripe("POST", "/_fake/act", json=wish).json() == {"message": "qt_3 is there already"}


def test_what_never_changes_is_refused(stripe):
    """An object keeps its id and the time of its creation."""
    with pytest.raises(ValueError, match="an object's created cannot be updated"):
        stripe.fake.update("quotes", "qt_1", {"created": 1})


def test_the_key_may_not_read_it(stripe):
    """Permissions are withheld as for any other resource."""
    stripe.fake.forbidden.add("quotes")

    assert "rak_quote_read" in stripe.refused("/v1/quotes", 403)["message"]
