"""Sessions of Salesforce: one login serves all requests and threads until it runs out."""

import threading

import pytest

from tests.clients.salesforce.http.samples import DESCRIBE
from upflow_provider.errors import AuthenticationError, RetriableError


def at_once(number, act):
    """Let threads act at the same time, and wait for them."""
    start = threading.Barrier(number)

    def run():
        start.wait()
        act()

    running = [threading.Thread(target=run) for _ in range(number)]
    for each in running:
        each.start()
    for each in running:
        each.join()


def test_one_login_serves_all_requests(http, fake_salesforce):
    """The token is sent with each of them."""
    for _ in range(3):
        http.get(DESCRIBE)

    assert fake_salesforce.calls == {"token": 1, "describe": 3}


@pytest.mark.parametrize("code", ["INVALID_SESSION_ID", "INVALID_AUTH_HEADER", "INVALID_JWT_FORMAT"])
def test_a_session_that_ran_out_is_opened_again(http, fake_salesforce, clock, code):
    """One more login, without a pause, and the request is repeated."""
    http.get(DESCRIBE)
    fake_salesforce.trouble.refuse_requests(401, code, "Session expired or invalid")

    assert http.get(DESCRIBE)["name"] == "Account"
    assert fake_salesforce.calls == {"token": 2, "describe": 3}
    assert clock.sleeps == []


def test_where_a_new_session_is_refused_too_that_is_the_end(http, fake_salesforce, clock):
    """No login after login: two for the first request, one for each other."""
    fake_salesforce.trouble.expire_session(times=None)
    for _ in range(2):
        with pytest.raises(AuthenticationError, match=r"401: INVALID_SESSION_ID: .*; check the Salesforce connection"):
            http.get(DESCRIBE)

    assert fake_salesforce.calls == {"token": 3, "describe": 4}
    assert clock.sleeps == []


def test_a_login_that_is_refused_is_not_repeated(http, fake_salesforce):
    """What it raises is raised."""
    fake_salesforce.trouble.refuse_tokens(times=None)
    with pytest.raises(AuthenticationError, match="refused"):
        http.get(DESCRIBE)

    assert fake_salesforce.calls == {"token": 1}


def test_a_login_that_did_not_get_through_is_repeated(connect, salesforce_login, clock):
    """As any request."""
    logins = [RetriableError("login: connection refused"), RetriableError("login: no answer")]

    def sometimes():
        if logins:
            raise logins.pop()
        return salesforce_login()

    assert connect(sometimes).get(DESCRIBE)["name"] == "Account"
    assert clock.sleeps == [1.0, 2.0]


@pytest.mark.parametrize("threads", [2, 8])
def test_threads_whose_session_ran_out_log_in_once(http, fake_salesforce, threads):
    """Whoever is first logs in for all of them."""
    fake_salesforce.faults.latency_s = (0.01, 0.05)
    http.get(DESCRIBE)
    fake_salesforce.sessions.expire()
    names = []
    at_once(threads, lambda: names.append(http.get(DESCRIBE)["name"]))

    assert names == ["Account"] * threads
    assert fake_salesforce.calls["token"] == 2


def test_threads_that_start_together_log_in_once(http, fake_salesforce):
    """And each request is counted."""
    fake_salesforce.faults.latency_s = (0.01, 0.05)
    at_once(8, lambda: http.get(DESCRIBE))

    assert fake_salesforce.calls == {"token": 1, "describe": 8}
    assert http.calls == 8


def test_threads_without_access_do_not_log_in_again_and_again(http, fake_salesforce):
    """Each fails after one new login at most."""
    fake_salesforce.trouble.expire_session(times=None)
    errors = []

    def ask():
        with pytest.raises(AuthenticationError) as raised:
            http.get(DESCRIBE)
        errors.append(raised.value)

    at_once(8, ask)
    assert len(errors) == 8
    assert fake_salesforce.calls["token"] <= 1 + 8
    assert fake_salesforce.calls["describe"] <= 2 * 8
