"""Requests to Upflow when things go wrong: what is repeated, what is not, and what is said."""

import threading
import time
import traceback

import pytest
import requests
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from upflow_provider.clients.budget import Reservation
from upflow_provider.clients.retry import MAX_ATTEMPTS, MAX_TOTAL_S
from upflow_provider.clients.upflow.client import UpflowClient, external
from upflow_provider.clients.upflow.http import DEFAULT_PAUSE_S, MAX_PAUSE_S
from upflow_provider.errors import (
    AuthenticationError,
    ConfigurationError,
    NotFoundError,
    ProtocolError,
    RateLimitedError,
    ReadOnlyError,
    RecordError,
    RefusedError,
    RetriableError,
)
from upflow_provider.testing import serve

CUSTOMER = {"externalId": "cus_1", "name": "Alder", "contacts": [{"email": "a@example.com", "externalId": "c_1"}]}
NAME = "Confidential"
NOWHERE = "http://127.0.0.1:9/v1"
ONCE_ONLY = {
    "contact": lambda client: client.create_contact(external("cus_1"), {"email": "b@example.com"}),
    "custom_field": lambda client: client.create_custom_field(
        {"name": "Tier", "entityType": "CUSTOMER", "dataType": "TEXT"}
    ),
}
"""Calls that make a second thing when they are repeated."""


class Budget:
    """A budget that answers what it was told to, then grants everything; it remembers pauses."""

    def __init__(self, *answers):
        self.answers, self.reserved, self.pauses = list(answers), 0, []

    def reserve(self):
        """Answer."""
        self.reserved += 1
        return self.answers.pop(0) if self.answers else Reservation(granted=True, wait_s=0.0)

    def hold_off(self, seconds):
        """Remember."""
        self.pauses.append(seconds)


@pytest.fixture
def connect(fake_upflow, clock):
    """Return a function that makes a client of the fake."""

    def make(**options):
        session = requests.Session()
        session.headers.update({"X-Api-Key": fake_upflow.api_key, "X-Api-Secret": fake_upflow.api_secret})
        usual = {"sleep": clock.sleep, "clock": clock, "dice": lambda: 0.0}
        return UpflowClient(session, fake_upflow.base_url, **{**usual, **options})

    return make


@pytest.fixture
def client(connect):
    """Give the test a client of the fake."""
    return connect()


@pytest.fixture
def answering(clock):
    """Return a function that serves the given answers, one a request, and makes a client of that server."""
    answers = []

    async def answer(_):
        return answers.pop(0) if len(answers) > 1 else answers[0]

    app = Starlette(routes=[Route("/v1/{path:path}", answer, methods=["GET", "POST"])])
    with serve(app) as server:

        def make(*scripted, budget=None):
            answers.extend(scripted)
            return UpflowClient(
                requests.Session(), f"{server.url}/v1", budget=budget, sleep=clock.sleep, clock=clock, dice=lambda: 0.0
            )

        yield make


@pytest.mark.parametrize(
    ("status", "error", "attempts"),
    [
        pytest.param(400, RefusedError, 1, id="400"),
        pytest.param(401, AuthenticationError, 1, id="401"),
        pytest.param(403, AuthenticationError, 1, id="403"),
        pytest.param(404, NotFoundError, 1, id="404"),
        pytest.param(408, RefusedError, 1, id="408"),
        pytest.param(409, RefusedError, 1, id="409"),
        pytest.param(422, RefusedError, 1, id="422"),
        pytest.param(429, RateLimitedError, MAX_ATTEMPTS, id="429"),
        pytest.param(500, RetriableError, MAX_ATTEMPTS, id="500"),
        pytest.param(502, RetriableError, MAX_ATTEMPTS, id="502"),
        pytest.param(503, RetriableError, MAX_ATTEMPTS, id="503"),
        pytest.param(302, ProtocolError, 1, id="redirect"),
    ],
)
def test_each_status_is_an_error_by_the_reaction_it_asks_for(client, fake_upflow, status, error, attempts):
    """Method, path and status are named; only what may pass is tried again."""
    fake_upflow.faults.add("status", status=status, times=None)
    with pytest.raises(error) as raised:
        client.get("customers", external("cus_1"))

    assert type(raised.value) is error
    assert str(raised.value).startswith(f"GET /customers/external:cus_1: {status}")
    assert len(fake_upflow.requests) == attempts


def test_backoff_doubles_and_the_last_error_says_how_long_it_went_on(client, fake_upflow, clock):
    """Only when the attempts are used up does anybody hear of it."""
    fake_upflow.faults.add("status", status=503, times=None)
    with pytest.raises(RetriableError, match=r"^GET /customers: 503: .* \(attempts: 6, seconds: 31\)$"):
        list(client.list("customers"))

    assert clock.sleeps == [1.0, 2.0, 4.0, 8.0, 16.0]


@pytest.mark.parametrize("field", ["login", "password"])
def test_refused_credentials_name_the_fields_to_check(client, fake_upflow, field):
    """The message says where in Airflow they stand."""
    fake_upflow.api_secret = "changed"

    with pytest.raises(AuthenticationError, match=rf"check .*{field}"):
        client.ping()


@pytest.mark.parametrize("fault", ["reset_before", "reset_after", "reset_during", "truncated"])
def test_an_import_whose_answer_was_lost_is_repeated_without_harm(client, fake_upflow, clock, fault):
    """Imports are upserts: wherever the connection breaks, there is one customer in the end."""
    fake_upflow.faults.add(fault, method="POST")
    answer = client.import_("customers", CUSTOMER)

    assert answer["externalId"] == "cus_1"
    assert len(fake_upflow.store.customers) == 1
    assert len(fake_upflow.requests.matching("POST", "customers")) == 2
    assert clock.sleeps == [1.0]


@pytest.mark.parametrize("call", ONCE_ONLY)
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"kind": "reset_before"}, id="reset-before"),
        pytest.param({"kind": "reset_after"}, id="reset-after"),
        pytest.param({"kind": "truncated"}, id="truncated"),
        pytest.param({"kind": "status", "status": 500}, id="500"),
    ],
)
def test_what_may_have_been_done_is_not_done_twice(client, fake_upflow, clock, call, fault):
    """The error is about this one record, and says that it is not known."""
    client.import_("customers", CUSTOMER)
    fake_upflow.requests.clear()
    fake_upflow.faults.add(fault["kind"], method="POST", status=fault.get("status", 503))
    with pytest.raises(RecordError, match="not known whether it was done, so it is not repeated"):
        ONCE_ONLY[call](client)

    assert len(fake_upflow.requests) == 1
    assert clock.sleeps == []


@pytest.mark.parametrize("kind", ["reset_after", "truncated", "status"])
def test_a_portal_link_is_asked_for_again(client, fake_upflow, clock, kind):
    """One that nobody has seen opens nothing to anybody."""
    client.import_("customers", CUSTOMER)
    fake_upflow.faults.add(kind, method="POST", status=502)

    assert client.portal_url(external("cus_1")).startswith("https://")
    assert clock.sleeps == [1.0]


@pytest.mark.parametrize("call", ONCE_ONLY)
@pytest.mark.parametrize("status", [429, 503])
def test_what_was_certainly_not_done_is_repeated(client, fake_upflow, clock, call, status):
    """The server says that it did not begin."""
    client.import_("customers", CUSTOMER)
    fake_upflow.faults.add("status", method="POST", status=status)

    assert ONCE_ONLY[call](client)
    assert clock.sleeps == [1.0]


def test_without_a_connection_nothing_was_done(clock):
    """So even a call that must not be done twice is repeated."""
    with pytest.raises(RetriableError, match=r"connection refused.*\(attempts: 6"):
        ONCE_ONLY["contact"](UpflowClient(requests.Session(), NOWHERE, sleep=clock.sleep))

    assert len(clock.sleeps) == 5


def test_what_a_human_must_mend_is_said_of_every_call():
    """A connection that cannot be right is no doubt about what was done."""
    with pytest.raises(ConfigurationError, match="no http or https URL"):
        ONCE_ONLY["contact"](UpflowClient(requests.Session(), "nonsense"))


def test_a_contact_with_external_id_is_repeated(client, fake_upflow):
    """Its second creation is no second contact."""
    client.import_("customers", CUSTOMER)
    fake_upflow.faults.add("reset_after", method="POST", path="contacts")
    client.create_contact(external("cus_1"), {"email": "b@example.com", "externalId": "c_2"})

    assert len(list(client.list_contacts(external("cus_1")))) == 2


def test_what_a_lost_answer_deleted_counts_as_deleted(client, fake_upflow):
    """The repeated request finds nothing, and that is what was wanted."""
    client.import_("customers", CUSTOMER)
    fake_upflow.faults.add("reset_after", method="DELETE")
    client.delete("customers", external("cus_1"))

    assert fake_upflow.store.customers == {}
    with pytest.raises(NotFoundError):
        client.delete("customers", external("cus_1"))


@pytest.mark.parametrize("body", ["message", "error", "text"])
def test_the_reason_is_found_in_any_shape_of_error(client, fake_upflow, body):
    """The shape is not documented."""
    fake_upflow.behaviour.error_body = body

    with pytest.raises(RefusedError, match=r"^POST /customers: 400: name"):
        client.import_("customers", {"externalId": "cus_1"})


def test_a_refusal_repeats_nothing_personal(answering):
    """Neither what was sent nor what was asked for."""
    reason = {"message": ["Jane Roe <jane@example.com> exists", "see https://app.example/?token=1", "cus_1"]}
    client = answering(JSONResponse(reason, 409))
    with pytest.raises(RefusedError) as raised:
        client.import_("customers", {"externalId": "cus_1", "name": "Jane Roe"})
    with pytest.raises(RefusedError) as asked:
        list(client.list("customers", name="jane roe"))

    assert str(raised.value) == "POST /customers: 409: <name> <email> exists; see <url> cus_1"
    assert "jane" not in "".join(traceback.format_exception(asked.value)).lower().replace('jane roe"', "")


def test_a_lost_connection_repeats_no_query(clock):
    """The texts of HTTP libraries hold the whole address: they are not even in the traceback."""
    client = UpflowClient(requests.Session(), NOWHERE, sleep=clock.sleep)
    with pytest.raises(RetriableError) as raised:
        client.request("GET", "/customers", params={"name": NAME})

    assert NAME not in "".join(traceback.format_exception(raised.value))


@pytest.mark.parametrize(("told", "pause"), [(17, 17.0), (None, DEFAULT_PAUSE_S), (86_400, MAX_PAUSE_S)])
def test_429_slows_everybody_down(connect, fake_upflow, clock, told, pause):
    """The pause goes to the shared budget, with the vendor's number when there is a sensible one."""
    budget = Budget()
    client = connect(budget=budget)
    fake_upflow.faults.add("status", status=429, retry_after_s=told)
    if told == 86_400:
        with pytest.raises(RateLimitedError):
            list(client.list("customers"))
    else:
        list(client.list("customers"))

    assert budget.pauses == [pause]
    assert clock.sleeps == {17: [17.0], None: [1.0], 86_400: []}[told]
    assert budget.reserved == 1 + len(clock.sleeps)


def test_the_fakes_own_limit_is_answered_with_a_pause(client, fake_upflow, clock):
    """Beyond 600 requests a minute Upflow says 429, and the client waits as long as it says."""
    fake_upflow.limits.requests_per_minute = 3
    for _ in range(3):
        client.ping()
    with pytest.raises(RateLimitedError):
        list(client.list("customers"))

    assert clock.sleeps[0] > 1.0


def test_every_attempt_takes_a_slot_and_waiting_for_it_is_no_trouble(connect, fake_upflow, clock):
    """A retry is a request too; the time in the queue does not count for the time that retries may take."""
    budget = Budget(Reservation(granted=False, wait_s=MAX_TOTAL_S), Reservation(granted=True, wait_s=MAX_TOTAL_S))
    fake_upflow.faults.add("status", status=503, times=2)
    list(connect(budget=budget).list("customers"))

    assert clock.sleeps == [MAX_TOTAL_S, MAX_TOTAL_S, 1.0, 2.0]
    assert budget.reserved == 4


def test_a_slow_answer_times_out_and_is_tried_again(connect, fake_upflow, clock):
    """There is always a time-out."""
    fake_upflow.faults.add("slow", delay_s=1.0)

    assert list(connect(timeout_s=0.2).list("customers")) == []
    assert clock.sleeps == [1.0]


def test_nothing_is_sent_by_a_client_that_only_reads(connect, fake_upflow):
    """Test mode and dry runs are enforced here, whatever the caller does."""
    client = connect(read_only=True)
    for write in (
        lambda: client.import_("customers", CUSTOMER),
        lambda: client.delete("customers", "x"),
        lambda: client.update_customer("x", {}),
        lambda: client.create_contact("x", {"email": "a@example.com"}),
        lambda: client.upload_pdf("invoices", "x", b"%PDF"),
        lambda: client.create_custom_field({}),
        lambda: client.assign_account_managers("x", {}),
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


def test_never_more_requests_at_once_than_allowed(connect, fake_upflow):
    """Ten threads share three places."""
    fake_upflow.faults.latency_s = (0.01, 0.02)
    client = connect(max_concurrency=3)
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
        pytest.param(NOWHERE, RetriableError, "connection refused", id="refused"),
        pytest.param("nonsense", ConfigurationError, "no http", id="no-url"),
    ],
)
def test_what_was_in_the_way_is_named(base_url, error, says):
    """One attempt, one precise reason."""
    with pytest.raises(error, match=says):
        UpflowClient(requests.Session(), base_url).ping()


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        pytest.param(HTMLResponse("<html>Welcome</html>"), "200: the answer is no JSON; check", id="html"),
        pytest.param(PlainTextResponse("OK"), "expected one list in the answer, found 0", id="word"),
        pytest.param(JSONResponse({"id": "1"}), "expected one list in the answer, found 0", id="no-list"),
        pytest.param(JSONResponse({"customers": [1]}), "the answer is no record with an id", id="no-records"),
        pytest.param(Response(), "expected one list in the answer, found 0", id="empty"),
    ],
)
def test_a_server_that_is_not_upflow_is_noticed(answering, answer, says):
    """A ping is answered with a list of records, or it was somebody else who answered."""
    with pytest.raises(ProtocolError, match=f"^GET /customers: {says}"):
        answering(answer).ping()


def test_a_redirect_is_not_followed(answering):
    """It would carry key and secret to wherever it points."""
    with pytest.raises(ProtocolError, match="GET /customers: 307"):
        answering(RedirectResponse("/v1/elsewhere"), JSONResponse({"customers": []})).ping()


def test_an_answer_that_is_no_record_is_an_error(answering):
    """The import may have been done, but what Upflow has now is not known."""
    with pytest.raises(ProtocolError, match="POST /customers: the answer is no record"):
        answering(JSONResponse({"ok": True})).import_("customers", CUSTOMER)


def test_a_request_costs_little_time_of_the_processor(client):
    """Client and gate leave the processor to the mappings: about half a millisecond, most of it HTTP's."""
    began = time.thread_time()
    for _ in range(100):
        client.ping()

    assert (time.thread_time() - began) / 100 < 0.005
