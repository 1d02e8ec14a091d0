"""Requests to Upflow whose answer is lost or may pass: which are repeated, when, and which are not."""

import pytest
import requests

from tests.clients.upflow.calls import CUSTOMER, ONCE_ONLY, UNREACHABLE_URL
from upflow_provider.clients.upflow.client import UpflowClient, external
from upflow_provider.clients.upflow.http import UpflowHttp
from upflow_provider.errors import ConfigurationError, NotFoundError, RecordError, RefusedError, RetriableError


def test_backoff_doubles_and_the_last_error_says_how_long_it_went_on(client, fake_upflow, clock):
    """The caller sees an error only after the last attempt."""
    fake_upflow.faults.add("status", status=503, times=None)
    with pytest.raises(RetriableError, match=r"^GET /customers: 503: .* \(attempts: 6, seconds: 31\)$"):
        list(client.list("customers"))

    assert clock.sleeps == [1.0, 2.0, 4.0, 8.0, 16.0]


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
    with pytest.raises(RecordError, match="Upflow may have done it, so it is not repeated"):
        ONCE_ONLY[call](client)

    assert len(fake_upflow.requests) == 1
    assert clock.sleeps == []


@pytest.mark.parametrize("kind", ["reset_after", "truncated", "status"])
def test_a_portal_link_is_asked_for_again(client, fake_upflow, clock, kind):
    """A link that nobody has seen lets nobody in."""
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
        ONCE_ONLY["contact"](UpflowClient(UpflowHttp(requests.Session(), UNREACHABLE_URL, sleep=clock.sleep)))

    assert len(clock.sleeps) == 5


def test_a_wrong_connection_is_an_error_of_every_call():
    """If the connection cannot be right, it is certain that nothing was done."""
    with pytest.raises(ConfigurationError, match="not an http or https URL"):
        ONCE_ONLY["contact"](UpflowClient(UpflowHttp(requests.Session(), "nonsense")))


def test_a_contact_with_external_id_is_repeated(client, fake_upflow):
    """Creating it twice makes one contact."""
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


def test_a_slow_answer_times_out_and_is_tried_again(connect, fake_upflow, clock):
    """There is always a time-out."""
    fake_upflow.faults.add("slow", delay_s=1.0)

    assert list(connect(timeout_s=0.2).list("customers")) == []
    assert clock.sleeps == [1.0]


def test_before_send_is_called_before_each_attempt_and_may_end_the_request(client, fake_upflow):
    """A claim is renewed for every attempt; if it raises an exception, nothing is sent."""
    calls = []
    fake_upflow.faults.add("status", status=503)
    client.import_("customers", CUSTOMER, before_send=calls.append)

    def refuse(_):
        raise LookupError("taken")

    with pytest.raises(LookupError):
        client.import_("customers", {**CUSTOMER, "externalId": "cus_2"}, before_send=refuse)
    assert calls == [False, False]
    assert len(fake_upflow.store.customers) == 1


def test_before_send_is_told_that_an_earlier_attempt_may_still_arrive(client, fake_upflow):
    """From the first attempt without an answer on; an answer that says no is the end of an attempt."""
    calls = []
    fake_upflow.faults.add("status", status=503)
    fake_upflow.faults.add("reset_after")
    fake_upflow.faults.add("status", status=503)
    client.import_("customers", CUSTOMER, before_send=calls.append)

    assert calls == [False, False, True, True]


@pytest.mark.parametrize("status", [200, 404, 502])
def test_a_page_during_maintenance_passes(client, fake_upflow, clock, status):
    """Whatever its status: with 200 it is no answer, and with 404 it does not say that Upflow lacks the record."""
    client.import_("customers", CUSTOMER)
    fake_upflow.faults.add("status", status=status, body="<!doctype html><p>Back soon</p>", times=2)

    assert client.get("customers", external("cus_1"))["externalId"] == "cus_1"
    assert clock.sleeps == [1.0, 2.0]


def test_a_page_that_stays_is_an_error_that_a_later_run_may_not_meet(client, fake_upflow):
    """It says what to look at."""
    fake_upflow.faults.add("status", status=200, body="<html>Marie, sign in</html>", times=None)
    with pytest.raises(RetriableError, match=r"is a web page; .* maintenance, or the connection's host") as raised:
        client.ping()

    assert "Marie" not in str(raised.value)


@pytest.mark.parametrize("status", [429, 503, 408])
def test_the_pause_that_is_asked_for_is_made(client, fake_upflow, clock, status):
    """By whichever status it is asked for."""
    fake_upflow.faults.add("status", status=status, retry_after_s=17)
    list(client.list("customers"))

    assert clock.sleeps == [17.0]


@pytest.mark.parametrize("status", [429, 503])
def test_a_pause_of_hours_is_left_to_a_later_run(client, fake_upflow, clock, status):
    """The task does not sleep through it."""
    fake_upflow.faults.add("status", status=status, retry_after_s=3600, times=None)
    with pytest.raises(RetriableError):
        list(client.list("customers"))

    assert clock.sleeps == []


def test_an_answer_without_end_is_given_up(connect, fake_upflow, clock):
    """Its bytes come in time, but not all of them."""
    client = connect(timeout_s=0.05)
    client.import_("customers", CUSTOMER)
    fake_upflow.faults.add("drip", delay_s=0.01)

    assert client.get("customers", external("cus_1"))["externalId"] == "cus_1"
    assert clock.sleeps == [1.0]


def test_an_answer_that_inflates_is_an_error_of_its_record(client, fake_upflow, clock):
    """Other records go on, and it is not asked for again."""
    fake_upflow.faults.add("inflated", inflated_bytes=70_000_000)
    with pytest.raises(RecordError, match=r"^POST /customers: the answer is too large and was not read"):
        client.import_("customers", CUSTOMER)

    assert clock.sleeps == []


@pytest.mark.usefixtures("no_garbage")
def test_deep_json_is_an_error_of_its_record(client, fake_upflow, clock):
    """Of an answer that succeeds; an error is known by its status."""
    deep = "[" * 200_000 + "]" * 200_000
    fake_upflow.faults.add("status", status=201, body=deep)
    fake_upflow.faults.add("status", status=422, body=deep)
    with pytest.raises(RecordError, match=r"^POST /customers: 201: the answer is nested more deeply than 100 levels"):
        client.import_("customers", CUSTOMER)
    with pytest.raises(RefusedError, match=r"^POST /customers: 422$"):
        client.import_("customers", CUSTOMER)

    assert clock.sleeps == []
