"""The demonstration reads both fakes completely, as any client can."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from demo.http import AnswerError
from demo.vendors import Salesforce, Stripe, Upflow
from upflow_provider.hooks.salesforce import SalesforceAccountsHook
from upflow_provider.testing import FakeUpflow, Seed, serve
from upflow_provider.testing.seed.salesforce_accounts import FIELDS


def payload(number):
    """Return the import of one customer."""
    return {"externalId": f"cus_{number}", "name": f"Customer {number}"}


@pytest.fixture
def client(fake_upflow):
    """Return a client of a fake Upflow."""
    return Upflow(fake_upflow.url, fake_upflow.api_key, fake_upflow.api_secret)


@pytest.fixture
def salesforce(secure_salesforce, tmp_path):
    """Return a client of a fake Salesforce with the demonstration's fields, which is served over TLS."""
    for each in FIELDS:
        secure_salesforce.add_field(each)
    known = secure_salesforce.credentials
    return Salesforce(
        secure_salesforce.url, known.client_id, known.client_secret, trusted=tmp_path / "certificates" / "authority.pem"
    )


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
    """Reading again is fine, and so is a link to a portal; writing again is not."""
    client.call("POST", "/v1/customers", payload(1))
    mark = client.requests()["count"]
    list(client.records("customers"))
    before = client.writes_since(mark)
    client.call("POST", "/v1/customers", payload(1))
    client.call("POST", "/v1/customers/external:cus_1/portal", {"expiresIn": 86_400})

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


def test_all_pages_of_salesforce_are_read(secure_salesforce, salesforce):
    """Salesforce answers a query with at most 2000 records at a time."""
    secure_salesforce.page_size = 2
    ids = [secure_salesforce.add_account(Name=f"Customer {number}") for number in range(5)]

    assert [each["Id"] for each in salesforce.accounts("Id", "Name")] == ids


def test_accounts_that_show_something_are_counted(secure_salesforce, salesforce):
    """The bars of the demonstration tell how far the export is."""
    for values in ({}, {"Upflow_Page__c": "https://a"}, {"Upflow_Page__c": "https://b", "Upflow_Portal__c": "x"}):
        secure_salesforce.add_account(**values)

    assert salesforce.counts() == {"Accounts": 2, "portal links": 1}


def test_airflows_own_hook_logs_in_by_the_connection(salesforce, monkeypatch):
    """The connection is one that Airflow's provider for Salesforce takes, though it knows real addresses only."""
    connection = salesforce.connection
    conn_id = connection.pop("connection_id")  # which the environment has in the variable's name
    monkeypatch.setenv(f"AIRFLOW_CONN_{conn_id.upper()}", json.dumps(connection))

    assert SalesforceAccountsHook().test_connection()[0] is True


def test_a_link_opens_its_customers_portal_until_it_ends():
    """Whoever has it is let in; afterwards nobody is."""
    now = datetime(2026, 11, 20, tzinfo=UTC)
    fake = FakeUpflow(now=lambda: now)
    with serve(fake.app) as server:
        client = Upflow(server.url, fake.api_key, fake.api_secret)
        client.call("POST", "/v1/customers", payload(1))
        link = client.call("POST", "/v1/customers/external:cus_1/portal", {"expiresIn": 86_400})["url"]
        opened = client.act("open_portal_link", url=link)
        now += timedelta(days=1)

        with pytest.raises(AnswerError, match="opens no portal"):
            client.act("open_portal_link", url=link)

    assert opened == {"customer": "cus_1", "expiresAt": "2026-11-21T00:00:00+00:00"}
