"""Requests to Upflow that fail: which error each becomes, and what its message says and does not say."""

import time
import traceback

import pytest
import requests
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from tests.clients.upflow.calls import CUSTOMER, UNREACHABLE_URL
from upflow_provider.clients.retry import MAX_ATTEMPTS
from upflow_provider.clients.upflow.client import UpflowClient, external
from upflow_provider.clients.upflow.http import UpflowHttp
from upflow_provider.errors import (
    AuthenticationError,
    ConfigurationError,
    ForbiddenError,
    NotFoundError,
    ProtocolError,
    ReadOnlyError,
    RefusedError,
    RetriableError,
    SharedLimitError,
    UnservedError,
)

NAME = "Confidential"


@pytest.mark.parametrize(
    ("status", "error", "attempts"),
    [
        pytest.param(400, RefusedError, 1, id="400"),
        pytest.param(401, AuthenticationError, 1, id="401"),
        pytest.param(403, ForbiddenError, 1, id="403"),
        pytest.param(404, NotFoundError, 1, id="404"),
        pytest.param(408, UnservedError, MAX_ATTEMPTS, id="408"),
        pytest.param(409, RefusedError, 1, id="409"),
        pytest.param(421, UnservedError, MAX_ATTEMPTS, id="421"),
        pytest.param(422, RefusedError, 1, id="422"),
        pytest.param(423, RefusedError, 1, id="423"),
        pytest.param(425, UnservedError, MAX_ATTEMPTS, id="425"),
        pytest.param(499, RefusedError, 1, id="an-unknown-refusal"),
        pytest.param(429, SharedLimitError, MAX_ATTEMPTS, id="429"),
        pytest.param(500, UnservedError, MAX_ATTEMPTS, id="500"),
        pytest.param(502, UnservedError, MAX_ATTEMPTS, id="502"),
        pytest.param(503, UnservedError, MAX_ATTEMPTS, id="503"),
        pytest.param(599, UnservedError, MAX_ATTEMPTS, id="unknown-trouble"),
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


@pytest.mark.parametrize("field", ["login", "password"])
def test_refused_credentials_name_the_fields_to_check(client, fake_upflow, field):
    """The message says where in Airflow they stand."""
    fake_upflow.api_secret = "changed"

    with pytest.raises(AuthenticationError, match=rf"check .*{field}"):
        client.ping()


@pytest.mark.parametrize("body", ["message", "error", "text"])
def test_the_reason_is_found_in_any_shape_of_error(client, fake_upflow, body):
    """The shape is not documented."""
    fake_upflow.behaviour.error_body = body

    with pytest.raises(RefusedError, match=r"^POST /customers: 400: name"):
        client.import_("customers", {"externalId": "cus_1"})


def test_a_refusal_repeats_nothing_personal(answering):
    """The message holds neither what was sent nor what was asked for."""
    reason = {"message": ["Jane Roe <jane@example.com> exists", "see https://app.example/?token=1", "cus_1"]}
    client = answering(JSONResponse(reason, 409))
    with pytest.raises(RefusedError) as raised:
        client.import_("customers", {"externalId": "cus_1", "name": "Jane Roe"})
    with pytest.raises(RefusedError) as asked:
        list(client.list("customers", name="jane roe"))

    assert str(raised.value) == "POST /customers: 409: …> exists; see …; cus_1"
    assert "jane" not in "".join(traceback.format_exception(asked.value)).lower().replace('jane roe"', "")


def test_a_lost_connection_repeats_no_query(clock):
    """The texts of HTTP libraries hold the whole address: they are not even in the traceback."""
    http = UpflowHttp(requests.Session(), UNREACHABLE_URL, sleep=clock.sleep)
    with pytest.raises(RetriableError) as raised:
        http.request("GET", "/customers", params={"name": NAME})

    assert NAME not in "".join(traceback.format_exception(raised.value))


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


@pytest.mark.parametrize(
    ("base_url", "error", "says"),
    [
        pytest.param("http://upflow.invalid/v1", RetriableError, "DNS", id="dns"),
        pytest.param(UNREACHABLE_URL, RetriableError, "connection refused", id="refused"),
        pytest.param("nonsense", ConfigurationError, "not an http", id="no-url"),
    ],
)
def test_what_was_in_the_way_is_named(base_url, error, says):
    """One attempt, one precise reason."""
    with pytest.raises(error, match=says):
        UpflowClient(UpflowHttp(requests.Session(), base_url)).ping()


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        pytest.param(PlainTextResponse("Hello, world"), "200: the answer is not JSON; check", id="text"),
        pytest.param(PlainTextResponse("OK"), "expected one list in the answer, found 0", id="word"),
        pytest.param(JSONResponse({"id": "1"}), "expected one list in the answer, found 0", id="no-list"),
        pytest.param(JSONResponse({"customers": [1]}), "the answer is not a record with an id", id="no-records"),
        pytest.param(Response(), "expected one list in the answer, found 0", id="empty"),
    ],
)
def test_a_server_that_is_not_upflow_is_noticed(answering, answer, says):
    """A ping is answered with a list of records, or it was somebody else who answered."""
    with pytest.raises(ProtocolError, match=f"^GET /customers: {says}"):
        answering(answer).ping()


def test_a_redirect_is_not_followed(answering):
    """It would carry key and secret to the place that it points to."""
    with pytest.raises(ProtocolError, match="GET /customers: 307"):
        answering(RedirectResponse("/v1/elsewhere"), JSONResponse({"customers": []})).ping()


def test_an_answer_that_is_no_record_is_an_error(answering):
    """The import may have been done, but what Upflow has now is not known."""
    answers = [JSONResponse({"ok": True})] * MAX_ATTEMPTS
    with pytest.raises(UnservedError, match=r"POST /customers: the answer is not a record .* check the .* host"):
        answering(*answers).import_("customers", CUSTOMER)


def test_a_request_costs_little_time_of_the_processor(client):
    """Client and gate take about half a millisecond, most of it for HTTP, and leave the processor to the mappings."""
    began = time.thread_time()
    for _ in range(100):
        client.ping()

    assert (time.thread_time() - began) / 100 < 0.005
