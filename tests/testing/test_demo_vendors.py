"""The demonstration reads both fakes completely, as any client can."""

from datetime import UTC, datetime

import pytest

from upflow_provider.testing import Seed
from upflow_provider.testing.demo_http import AnswerError
from upflow_provider.testing.demo_vendors import Stripe, Upflow


def payload(number):
    """Return the import of one customer."""
    return {"externalId": f"cus_{number}", "name": f"Customer {number}"}


@pytest.fixture
def client(fake_upflow):
    """Return a client of a fake Upflow."""
    return Upflow(fake_upflow.url, fake_upflow.api_key, fake_upflow.api_secret)


def test_all_pages_of_stripe_are_read(fake_stripe):
    """Stripe lists at most 100 records at a time."""
    start, end = datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
    fake_stripe.seed(Seed(1, 5, 230, start, end))

    listed = [invoice["id"] for invoice in Stripe(fake_stripe.url, fake_stripe.api_key).records("invoices")]

    assert len(listed) == len(set(listed)) == 230


def test_all_pages_of_upflow_are_read(fake_upflow, client):
    """Upflow lists at most 500 records at a time."""
    fake_upflow.limits.enforced = False
    for number in range(501):
        client.call("POST", "/v1/customers", payload(number))

    listed = {customer["externalId"] for customer in client.records("customers")}

    assert listed == {f"cus_{number}" for number in range(501)}
    assert client.counts() == {"customers": 501, "invoices": 0}


def test_a_list_waits_when_upflow_has_enough(fake_upflow):
    """Reading what arrived right after loading it may meet the limit of requests."""
    waits = []
    client = Upflow(fake_upflow.url, fake_upflow.api_key, fake_upflow.api_secret, sleep=waits.append)
    client.call("POST", "/v1/customers", payload(1))
    fake_upflow.faults.add("status", status=429, times=2)
    listed = [customer["externalId"] for customer in client.records("customers")]

    assert (listed, waits) == (["cus_1"], [1.0, 1.0])


def test_only_writes_after_a_mark_are_counted(client):
    """Reading again is fine; writing again is not."""
    client.call("POST", "/v1/customers", payload(1))
    mark = client.requests()["count"]
    list(client.records("customers"))
    before = client.writes_since(mark)
    client.call("POST", "/v1/customers", payload(1))

    assert (before, client.writes_since(mark)) == (0, 1)


@pytest.mark.parametrize(
    ("path", "passing"), [pytest.param("/v1/nothing", False, id="404"), pytest.param("", True, id="no-answer")]
)
def test_an_error_says_whether_it_may_pass(fake_upflow, path, passing):
    """A server that is not there yet is worth another try, a wrong request is not."""
    url = fake_upflow.url if path else "http://127.0.0.1:1"

    with pytest.raises(AnswerError) as caught:
        Upflow(url, fake_upflow.api_key, fake_upflow.api_secret).get(path or "/")

    assert caught.value.passing is passing
