"""Single records of Stripe, over real HTTP; the check of host and key; and the pace of reading."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.responses import JSONResponse

from tests.clients.stripe.listings import query
from upflow_provider.clients.stripe.sdk import open_sdk
from upflow_provider.clients.stripe.source import StripeSource
from upflow_provider.errors import (
    AuthenticationError,
    ConfigurationError,
    FatalError,
    NotFoundError,
    RateLimitedError,
    RefusedError,
    RetriableError,
)
from upflow_provider.testing.stripe.limits import StripeLimits
from upflow_provider.testing.wire.server import serve


def test_retrieve(stripe_account, source):
    """One record is read by its id, as plain JSON."""
    made = stripe_account.create_customer(name="Étoile", tax_ids=[("eu_vat", "FR1")])

    record = source.retrieve("customers", made["id"], expand=("tax_ids",))

    assert (record["name"], record["tax_ids"]["data"][0]["value"]) == ("Étoile", "FR1")


def test_retrieve_shows_that_a_customer_was_deleted(stripe_account, source):
    """Stripe remembers deleted customers by their id."""
    made = stripe_account.create_customer()
    stripe_account.delete_customer(made["id"])

    assert source.retrieve("customers", made["id"]) == {
        "id": made["id"],
        "object": "customer",
        "deleted": True,
    }


def test_retrieve_of_an_unknown_id(stripe_account, source):
    """A record that does not exist is the record's problem; it is asked for once."""
    with pytest.raises(NotFoundError, match=r"^GET /v1/customers/cus_none: 404 \(resource_missing, id, req_"):
        source.retrieve("customers", "cus_none")

    assert len(stripe_account.requests) == 1


def test_retrieve_refused(stripe_account, source):
    """A record that Stripe refuses is set aside, not the whole sync."""
    stripe_account.faults.add("status", status=400)

    with pytest.raises(RefusedError, match=r"^GET /v1/customers/cus_1: 400"):
        source.retrieve("customers", "cus_1")


@pytest.mark.parametrize("record_id", ["a/../b", "a?limit=1", "é #1"])
def test_retrieve_quotes_ids(stripe_account, source, record_id):
    """An id stays one segment of the path, whatever somebody typed into a metadata field."""
    with pytest.raises(NotFoundError):
        source.retrieve("customers", record_id)

    assert re.fullmatch(r"/v1/customers/[A-Za-z0-9%.]+", stripe_account.requests[0].path)
    assert stripe_account.requests[0].query == ""


def test_retrieve_from_many_threads(stripe_account, source):
    """Missing parents are read by the threads that need them."""
    made = [stripe_account.create_customer()["id"] for _ in range(40)]

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda each: source.retrieve("customers", each)["id"], made))

    assert found == made


def test_ping_reads_one_record(stripe_account, source):
    """The cheapest request that proves host and key."""
    source.ping()

    assert [(each.path, query(each)["limit"]) for each in stripe_account.requests] == [("/v1/customers", "1")]


def test_ping_names_all_missing_permissions_at_once(stripe_account, source):
    """Whoever sets up a restricted key learns all of them at once."""
    stripe_account.forbidden |= {"customers", "invoices"}

    with pytest.raises(AuthenticationError) as raised:
        source.ping([("customers", ("tax_ids",)), ("events", ()), ("invoices", ())])

    assert "customers (rak_customer_read" in str(raised.value)
    assert "invoices (rak_invoice_read" in str(raised.value)
    assert "events" not in str(raised.value)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, FatalError),
        (401, AuthenticationError),
        (404, ConfigurationError),
        (429, RateLimitedError),
        (503, RetriableError),
    ],
)
def test_ping_does_not_try_again(stripe_account, source, status, error):
    """It asks whether things work now."""
    stripe_account.faults.add("status", status=status, times=None)

    with pytest.raises(error, match=f"^GET /v1/customers: {status}"):
        source.ping()
    assert len(stripe_account.requests) == 1


def test_ping_of_somebody_else(connect):
    """A server that answers, but is not Stripe, is not taken for it."""
    with serve(JSONResponse({"status": "ok"})) as server:
        source = connect(url=server.url)

        with pytest.raises(RetriableError, match=r"got an object without a type.*check the connection's host"):
            source.ping()


def test_the_default_pace_stays_below_stripes_limit(fake_stripe):
    """Stripe grants 25 requests a second to one endpoint; one process makes 20."""
    now_s = [0.0]

    def sleep(seconds):
        now_s[0] += seconds

    fake_stripe.limits = StripeLimits(per_endpoint=21, clock=lambda: now_s[0])
    made = fake_stripe.create_customer()["id"]
    sdk = open_sdk(fake_stripe.api_key, base_url=fake_stripe.url)
    source = StripeSource(sdk, sleep=sleep, clock=lambda: now_s[0])

    for _ in range(50):
        source.retrieve("customers", made)

    assert {each.status for each in fake_stripe.requests} == {200}
    assert now_s[0] == pytest.approx(49 / 20)
