"""Faults on demand: what the client sees, and what was committed."""

import json
import socket
import time

import pytest
import requests

from upflow_provider.testing.wire.faults import Faults


def test_status(fake):
    """An error answer commits nothing; the next request succeeds."""
    fake.faults.add("status", status=503, retry_after_s=2.5)

    first = requests.get(f"{fake.url}/things", timeout=5)
    second = requests.get(f"{fake.url}/things", timeout=5)

    assert (first.status_code, first.headers["Retry-After"]) == (503, "2.5")
    assert second.json() == {"committed": 1}


def test_no_retry_after_by_default(fake):
    """Without a wish for it, an error answer has no Retry-After header."""
    fake.faults.add("status", status=429)

    answer = requests.get(fake.url, timeout=5)

    assert answer.status_code == 429
    assert "Retry-After" not in answer.headers


@pytest.mark.parametrize(
    ("kind", "error", "committed"),
    [
        pytest.param("reset_before", requests.ConnectionError, 0, id="before"),
        pytest.param("reset_after", requests.ConnectionError, 1, id="after"),
        pytest.param("reset_during", requests.exceptions.ChunkedEncodingError, 1, id="during"),
        pytest.param("truncated", json.JSONDecodeError, 1, id="truncated"),
    ],
)
def test_broken_answers(fake, kind, error, committed):
    """The client sees a broken connection or answer; whether the request counted depends on the kind."""
    fault = fake.faults.add(kind)

    with pytest.raises(error):
        requests.post(fake.url, timeout=5).json()

    assert (fake.committed, fault.fired) == (committed, 1)


def test_truncated_is_well_formed_http(fake):
    """A cut answer has status 200 and the right length: only its JSON is broken."""
    fake.faults.add("truncated")

    answer = requests.get(fake.url, timeout=5)

    assert answer.status_code == 200
    assert int(answer.headers["Content-Length"]) == len(answer.content) < len('{"committed":1}')


def test_slow(fake):
    """A slow request is committed at once and answered late, so a time-out is ambiguous."""
    fake.faults.add("slow", delay_s=30)

    with pytest.raises(requests.ReadTimeout):
        requests.post(fake.url, timeout=0.2)

    assert fake.committed == 1


def test_slow_answers_arrive(fake):
    """Whoever waits long enough gets the answer."""
    fake.faults.add("slow", delay_s=0.05)

    answer = requests.post(fake.url, timeout=5)

    assert answer.json() == {"committed": 1}
    assert answer.elapsed.total_seconds() >= 0.05


def test_a_request_that_never_arrives_whole(fake):
    """A client that goes away before it has sent its body commits nothing and is not logged."""
    host, port = fake.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf")

    after = requests.get(fake.url, timeout=5)

    assert after.json() == {"committed": 1}
    assert [arrival.method for arrival in fake.requests] == ["GET"]


def test_latency(fake):
    """Every request takes the latency asked for."""
    fake.faults.latency_s = (0.05, 0.06)
    start = time.monotonic()

    requests.get(fake.url, timeout=5)

    assert time.monotonic() - start >= 0.05
    assert fake.requests[0].ended - fake.requests[0].at >= 0.05


def test_latency_is_seeded():
    """The same seed gives the same latencies."""
    first, second = (Faults(latency_s=(0.1, 0.4), seed=7) for _ in range(2))

    drawn = [first.latency() for _ in range(5)]

    assert drawn == [second.latency() for _ in range(5)]
    assert all(0.1 <= latency <= 0.4 for latency in drawn)
    assert len(set(drawn)) == 5


@pytest.mark.parametrize(
    ("wanted", "hit"),
    [
        pytest.param({"method": "POST"}, [("POST", "/invoices"), ("POST", "/customers")], id="method"),
        pytest.param({"path": "invoices$"}, [("GET", "/invoices"), ("POST", "/invoices")], id="path"),
        pytest.param({"method": "GET", "path": "^/cust"}, [("GET", "/customers")], id="both"),
    ],
)
def test_matching(wanted, hit):
    """A fault hits only requests of its method and path."""
    faults = Faults()
    faults.add("status", times=None, **wanted)
    sent = [(method, path) for path in ("/invoices", "/customers") for method in ("GET", "POST")]

    assert [request for request in sent if faults.take(*request)] == hit


@pytest.mark.parametrize(
    ("wanted", "hit"),
    [
        pytest.param({"limit": "100"}, ["limit=100", "limit=100&invoice=in_7"], id="one"),
        pytest.param({"limit": "100", "invoice": "in_7"}, ["limit=100&invoice=in_7"], id="both"),
        pytest.param({"limit": "2[6-9]|[3-9].|100"}, ["limit=100", "limit=30", "limit=100&invoice=in_7"], id="pattern"),
        pytest.param({"created[gte]": ".*"}, ["limit=5&created%5Bgte%5D=17"], id="any-value-of-a-nested-one"),
        pytest.param({"invoice": "in"}, [], id="the-whole-value"),
        pytest.param({"cursor": ""}, [], id="absent"),
    ],
)
def test_matching_parameters(wanted, hit):
    """A fault hits only requests whose parameters all match."""
    faults = Faults()
    faults.add("status", times=None, parameters=wanted)
    sent = ["", "limit=100", "limit=20", "limit=30", "limit=100&invoice=in_7", "limit=5&created%5Bgte%5D=17"]

    assert [each for each in sent if faults.take("GET", "/", each)] == hit


def test_parameters_are_those_of_query_and_form(fake):
    """A body that is no form has none."""
    fault = fake.faults.add("status", times=None, parameters={"invoice": "in_7"})

    statuses = [
        requests.get(f"{fake.url}/payments", params={"invoice": "in_7"}, timeout=5).status_code,
        requests.post(f"{fake.url}/payments", data={"invoice": "in_7"}, timeout=5).status_code,
        requests.post(f"{fake.url}/payments?invoice=in_8", data={"x": "in_7"}, timeout=5).status_code,
        requests.post(f"{fake.url}/payments", json={"invoice": "in_7"}, timeout=5).status_code,
        requests.post(f"{fake.url}/payments", data=b"invoice=in_7", timeout=5).status_code,
    ]

    assert (statuses, fault.fired) == ([503, 503, 200, 200, 200], 2)


@pytest.mark.parametrize(
    ("body", "content", "content_type"),
    [
        pytest.param({}, "{}", "application/json", id="object"),
        pytest.param([], "[]", "application/json", id="list"),
        pytest.param("<html>Back soon</html>", "<html>Back soon</html>", "text/html; charset=utf-8", id="page"),
    ],
)
def test_an_answer_may_be_anything(fake, body, content, content_type):
    """With any status, of success as well; nothing is committed."""
    fake.faults.add("status", status=200, body=body)
    answer = requests.get(fake.url, timeout=5)

    assert (answer.status_code, answer.text, answer.headers["Content-Type"]) == (200, content, content_type)
    assert fake.committed == 0


@pytest.mark.parametrize(
    ("wanted", "hit"),
    [
        pytest.param({}, [1], id="once"),
        pytest.param({"times": 2}, [1, 2], id="twice"),
        pytest.param({"after": 3}, [4], id="later"),
        pytest.param({"after": 2, "times": None}, [3, 4, 5], id="for-ever-from-then-on"),
    ],
)
def test_when(wanted, hit):
    """A fault hits as many requests as asked for, after as many as asked for."""
    faults = Faults()
    faults.add("status", **wanted)

    assert [number for number in range(1, 6) if faults.take("GET", "/")] == hit


def test_queue():
    """Faults are used in the order in which they were added, and can be forgotten."""
    faults = Faults()
    faults.add("status", status=500)
    faults.add("reset_after")
    faults.add("slow")

    taken = [faults.take("GET", "/").kind for _ in range(2)]
    faults.clear()

    assert taken == ["status", "reset_after"]
    assert faults.take("GET", "/") is None


def test_unknown_kind():
    """A misspelt kind is an error where it is written, not a test that passes for no reason."""
    with pytest.raises(ValueError, match="unknown kind of fault: 'rest'"):
        Faults().add("rest")


def test_a_dropped_request_is_logged_without_a_status(fake):
    """The log shows requests whose connection was dropped."""
    fake.faults.add("reset_before")
    with pytest.raises(requests.ConnectionError):
        requests.get(fake.url, timeout=5)

    fake_saw = fake.requests[0]

    assert (fake_saw.method, fake_saw.status) == ("GET", None)
    assert fake_saw.ended >= fake_saw.at
