"""The Upflow client against the fake, over real HTTP: what arrives, and what is said when it does not."""

import threading

import pytest
import requests

from upflow_provider.budget import Reservation
from upflow_provider.clients.upflow import UpflowClient, external
from upflow_provider.clients.upflow_http import DEFAULT_PAUSE_S
from upflow_provider.errors import (
    AuthenticationError,
    ConfigurationError,
    NotFoundError,
    ProtocolError,
    RateLimitedError,
    ReadOnlyError,
    RefusedError,
    RetriableError,
)

CUSTOMER = {"externalId": "cus_1", "name": "Alder", "contacts": [{"email": "a@example.com", "externalId": "c_1"}]}
INVOICE = {
    "externalId": "in_1",
    "customId": "F-1",
    "issuedAt": "2026-01-01",
    "dueDate": "2026-01-31",
    "currency": "EUR",
    "grossAmount": 1200,
    "netAmount": 1000,
    "customer": {"externalId": "cus_1"},
}


class Budget:
    """A budget that grants everything and remembers pauses."""

    def __init__(self):
        self.reserved, self.pauses = 0, []

    def reserve(self):
        """Grant."""
        self.reserved += 1
        return Reservation(granted=True, wait_s=0.0)

    def hold_off(self, seconds):
        """Remember."""
        self.pauses.append(seconds)


@pytest.fixture
def sleeps():
    """Collect the seconds the client would have slept."""
    return []


@pytest.fixture
def client(fake_upflow, sleeps):
    """Give the test a client of the fake Upflow."""
    return connect(fake_upflow, sleeps)


def connect(fake, sleeps, **options):
    """Return a client of the fake."""
    session = requests.Session()
    session.headers.update({"X-Api-Key": fake.api_key, "X-Api-Secret": fake.api_secret})
    return UpflowClient(session, fake.base_url, sleep=sleeps.append, **options)


def test_customers_are_imported_read_changed_and_deleted(client, fake_upflow):
    """The same external id is the same customer."""
    first = client.import_("customers", CUSTOMER)
    again = client.import_("customers", {**CUSTOMER, "name": "Birch"})
    client.update_customer(external("cus_1"), {"vatNumber": "FR1"})

    assert first["id"] == again["id"]
    shown = client.get("customers", first["id"])
    assert (shown["name"], shown["vatNumber"]) == ("Birch", "FR1")
    client.delete("customers", external("cus_1"))
    assert fake_upflow.store.customers == {}


@pytest.mark.parametrize("external_id", ["cus_1", "a/b", "with space", "50%", "ümlaut:1", "external:x", "?#&"])
def test_any_external_id_can_be_addressed(client, external_id):
    """Odd characters are quoted; the word ``external:`` is not."""
    client.import_("customers", {**CUSTOMER, "externalId": external_id})

    assert client.get("customers", external(external_id))["externalId"] == external_id


def test_contacts_have_their_own_calls(client):
    """Create, list, get, update, delete."""
    client.import_("customers", CUSTOMER)
    made = client.create_contact(external("cus_1"), {"email": "b@example.com", "externalId": "c_2"})
    client.update_contact(external("cus_1"), external("c_2"), {"email": "b2@example.com"})

    assert client.get_contact(external("cus_1"), made["id"])["email"] == "b2@example.com"
    assert len(list(client.list_contacts(external("cus_1")))) == 2
    client.delete_contact(external("cus_1"), external("c_2"))
    assert [each["externalId"] for each in client.list_contacts(external("cus_1"))] == ["c_1"]


def test_documents_are_imported_and_linked(client, fake_upflow):
    """Payments, credit notes and refunds; a group of links closes the invoice, an empty one opens it again."""
    client.import_("customers", CUSTOMER)
    client.import_("invoices", INVOICE)
    owner = {"currency": "EUR", "customer": {"externalId": "cus_1"}}
    client.import_("payments", {**owner, "externalId": "pi_1", "amount": 700, "validatedAt": "2026-01-05"})
    client.import_(
        "credit_notes", {**owner, "externalId": "cn_1", "customId": "C-1", "grossAmount": 500, "netAmount": 500}
    )
    client.import_("refunds", {**owner, "externalId": "re_1", "amount": 100, "validatedAt": "2026-01-06"})
    group = {
        "externalId": "g_1",
        "invoices": [{"externalId": "in_1", "amountLinked": 1200}],
        "payments": [{"externalId": "pi_1", "amountLinked": 700}],
        "creditNotes": [{"externalId": "cn_1", "amountLinked": 500}],
        "refunds": [],
    }
    client.reconcile(group)
    assert fake_upflow.answer("invoices", "in_1")["amountOutstanding"] == 0
    client.reconcile({"externalId": "g_1", "invoices": [], "payments": [], "creditNotes": [], "refunds": []})
    assert fake_upflow.answer("invoices", "in_1")["amountOutstanding"] == 1200
    assert client.get("refunds", external("re_1"))["amount"] == 100


@pytest.mark.parametrize("as_multipart", [False, True])
def test_pdfs_are_uploaded_both_ways(client, fake_upflow, as_multipart):
    """JSON with base64, or a multipart file: the same bytes arrive."""
    client.import_("customers", CUSTOMER)
    client.import_("invoices", INVOICE)
    client.upload_pdf("invoices", external("in_1"), b"%PDF-1.4 made up", as_multipart=as_multipart)

    assert b"%PDF-1.4 made up" in fake_upflow.store.pdfs.values()


@pytest.mark.parametrize("path", ["custom_fields", "custom_field"])
def test_custom_fields_are_found_under_either_spelling(client, fake_upflow, path):
    """The reference says one thing, the guide another."""
    fake_upflow.behaviour.custom_fields_path = path
    made = client.create_custom_field({"name": "Tier", "entityType": "CUSTOMER", "dataType": "TEXT"})

    assert [each["id"] for each in client.list_custom_fields()] == [made["id"]]
    client.delete_custom_field(made["id"])
    assert list(client.list_custom_fields()) == []


@pytest.mark.parametrize("key", ["url", "portalUrl"])
def test_the_portal_url_is_found_whatever_it_is_called(client, fake_upflow, key):
    """It is the only https URL of the answer."""
    fake_upflow.behaviour.portal_key = key
    client.import_("customers", CUSTOMER)
    url = client.portal_url(external("cus_1"), expires_in_s=5_184_000, frame_ancestors="a.example b.example")

    assert url.startswith("https://")
    assert fake_upflow.requests.matching("POST", "portal")[-1].json == {
        "expiresIn": 5_184_000,
        "frameAncestors": "a.example b.example",
    }


def test_the_organization_can_be_read(client, fake_upflow):
    """Users, workflows, bank accounts, actions, account managers."""
    client.import_("customers", CUSTOMER)
    organization = fake_upflow.store.organization

    assert len(client.users()) == len(organization.users)
    assert len(list(client.dunning_plans())) == len(organization.dunning_plans)
    assert len(list(client.bank_accounts())) == len(organization.bank_accounts)
    assert list(client.actions()) is not None
    client.assign_account_managers(external("cus_1"), {"users": [{"id": client.users()[0]["id"]}]})
    assert client.account_managers(external("cus_1"))


def test_lists_bring_every_record_once(client, fake_upflow):
    """Several pages, each record once, in the fewest requests."""
    fake_upflow.limits.enforced = False
    for number in range(2005):
        client.import_("customers", {"externalId": f"cus_{number}", "name": "A"})
    fake_upflow.requests.clear()

    listed = [each["externalId"] for each in client.list("customers")]
    assert len(listed) == len(set(listed)) == 2005
    assert len(list(fake_upflow.requests)) == 3


def test_an_import_whose_answer_was_lost_is_repeated_without_harm(client, fake_upflow, sleeps):
    """The connection breaks after the commit: imports are upserts, so the second one changes nothing."""
    fake_upflow.faults.add("reset_after", method="POST")
    answer = client.import_("customers", CUSTOMER)

    assert answer["externalId"] == "cus_1"
    assert len(fake_upflow.store.customers) == 1
    assert len(fake_upflow.requests.matching("POST", "customers")) == 2
    assert len(sleeps) == 1


def test_a_call_that_cannot_be_repeated_is_not(client, fake_upflow, sleeps):
    """A contact without external id may have been made: the error says that it is not known."""
    client.import_("customers", CUSTOMER)
    fake_upflow.faults.add("reset_after", method="POST", path="contacts")
    with pytest.raises(RefusedError, match="not known whether it was done"):
        client.create_contact(external("cus_1"), {"email": "b@example.com"})

    assert len(fake_upflow.requests.matching("POST", "contacts")) == 1
    assert sleeps == []


@pytest.mark.parametrize(
    ("status", "error", "attempts"),
    [
        pytest.param(400, RefusedError, 1, id="400"),
        pytest.param(401, AuthenticationError, 1, id="401"),
        pytest.param(403, AuthenticationError, 1, id="403"),
        pytest.param(404, NotFoundError, 1, id="404"),
        pytest.param(409, RefusedError, 1, id="409"),
        pytest.param(422, RefusedError, 1, id="422"),
        pytest.param(429, RateLimitedError, 6, id="429"),
        pytest.param(500, RetriableError, 6, id="500"),
        pytest.param(503, RetriableError, 6, id="503"),
        pytest.param(302, ProtocolError, 1, id="redirect"),
    ],
)
def test_each_status_is_an_error_by_the_reaction_it_asks_for(client, fake_upflow, status, error, attempts):
    """Method, path and status are named; only what may pass is tried again."""
    fake_upflow.faults.add("status", status=status, times=None)
    with pytest.raises(error, match=f"GET /customers/external%3Acus_1|GET /customers/external:cus_1: {status}"):
        client.get("customers", external("cus_1"))

    assert len(list(fake_upflow.requests)) == attempts


@pytest.mark.parametrize("body", ["message", "error", "text"])
def test_the_reason_is_found_in_any_shape_of_error(client, fake_upflow, body):
    """The shape is not documented."""
    fake_upflow.behaviour.error_body = body

    with pytest.raises(RefusedError, match="grossAmount"):
        client.import_("invoices", {**INVOICE, "grossAmount": "12.00"})


@pytest.mark.parametrize(("told", "pause"), [(True, None), (False, DEFAULT_PAUSE_S)])
def test_429_slows_everybody_down(fake_upflow, sleeps, told, pause):
    """The pause goes to the shared budget, with the vendor's number when there is one."""
    budget = Budget()
    client = connect(fake_upflow, sleeps, budget=budget)
    fake_upflow.faults.add("status", status=429, retry_after_s=17 if told else None)
    list(client.list("customers"))

    assert budget.pauses == [pause or 17.0]
    assert sleeps[0] >= (17.0 if told else 1.0)
    assert budget.reserved == 2


def test_the_fakes_own_limit_is_answered_with_a_pause(fake_upflow, sleeps):
    """Beyond 600 requests a minute Upflow says 429, and the client waits as long as it says."""
    fake_upflow.limits.requests_per_minute = 3
    client = connect(fake_upflow, sleeps)
    for _ in range(3):
        client.ping()
    with pytest.raises(RateLimitedError):
        list(client.list("customers"))

    assert sleeps[0] > 1.0


def test_a_slow_answer_times_out_and_is_tried_again(fake_upflow, sleeps):
    """There is always a time-out."""
    client = connect(fake_upflow, sleeps, timeout_s=0.2)
    fake_upflow.faults.add("slow", delay_s=1.0)

    assert list(client.list("customers")) == []
    assert len(sleeps) == 1


def test_nothing_is_sent_by_a_client_that_only_reads(fake_upflow, sleeps):
    """Test mode and dry runs are enforced here, whatever the caller does."""
    client = connect(fake_upflow, sleeps, read_only=True)
    for write in (
        lambda: client.import_("customers", CUSTOMER),
        lambda: client.delete("customers", "x"),
        lambda: client.update_customer("x", {}),
        lambda: client.portal_url("x"),
        lambda: client.reconcile({}),
    ):
        with pytest.raises(ReadOnlyError):
            write()

    assert list(fake_upflow.requests) == []
    assert list(client.list("customers")) == []


def test_before_send_is_called_before_each_attempt_and_may_end_the_request(client, fake_upflow):
    """A claim is renewed for every attempt; what it raises means that nothing is sent."""
    calls = []
    fake_upflow.faults.add("status", status=503)
    client.import_("customers", CUSTOMER, before_send=lambda: calls.append(1))

    def refuse():
        raise LookupError("taken")

    with pytest.raises(LookupError):
        client.import_("customers", {**CUSTOMER, "externalId": "cus_2"}, before_send=refuse)
    assert len(calls) == 2
    assert len(fake_upflow.store.customers) == 1


def test_never_more_requests_at_once_than_allowed(fake_upflow, sleeps):
    """Ten threads share three places."""
    fake_upflow.faults.latency_s = (0.01, 0.02)
    client = connect(fake_upflow, sleeps, max_concurrency=3)
    threads = [threading.Thread(target=lambda: list(client.list("customers"))) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert fake_upflow.requests.peak_concurrency() == 3


@pytest.mark.parametrize(
    ("base_url", "error", "says"),
    [
        pytest.param("http://upflow.invalid/v1", RetriableError, "DNS", id="dns"),
        pytest.param("http://127.0.0.1:9/v1", RetriableError, "connection refused", id="refused"),
        pytest.param("nonsense", ConfigurationError, "no http", id="no-url"),
    ],
)
def test_what_was_in_the_way_is_named(base_url, error, says):
    """One attempt, one precise reason."""
    with pytest.raises(error, match=says):
        UpflowClient(requests.Session(), base_url).ping()
