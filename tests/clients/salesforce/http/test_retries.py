"""Requests to Salesforce that fail: what is repeated, and what is not."""

import pytest

from tests.clients.salesforce.http.samples import DESCRIBE
from upflow_provider.clients.retry import MAX_ATTEMPTS
from upflow_provider.clients.salesforce import http as salesforce_http
from upflow_provider.errors import RetriableError


def test_pauses_double_and_the_last_error_says_how_long_it_went_on(http, fake_salesforce, clock):
    """Only when the attempts are used up does anybody hear of it."""
    fake_salesforce.faults.add("status", path="describe", status=503, times=None)
    with pytest.raises(RetriableError, match=r"^GET /sobjects/Account/describe: 503: .*\(attempts: 6, seconds: 31\)$"):
        http.get(DESCRIBE)

    assert clock.sleeps == [1.0, 2.0, 4.0, 8.0, 16.0]


@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "reset_during", "truncated"])
def test_a_write_whose_answer_was_lost_is_repeated(http, fake_salesforce, clock, kind):
    """It gives a known Account a value: twice is as good as once."""
    account = fake_salesforce.add_account(Name="Old")
    fake_salesforce.faults.add(kind, method="PATCH")
    body = {"records": [{"attributes": {"type": "Account"}, "id": account, "Name": "New"}]}
    answer = http.request("PATCH", "/composite/sobjects", json=body, writes=True).json()

    assert answer == [{"id": account, "success": True, "errors": []}]
    assert fake_salesforce.account(account)["Name"] == "New"
    assert clock.sleeps == [1.0]
    assert (http.calls, http.writes) == (2, 2)


def test_what_must_not_be_repeated_is_not(http, fake_salesforce, clock):
    """If the caller says so."""
    fake_salesforce.faults.add("status", path="describe", status=503)
    with pytest.raises(RetriableError, match="503"):
        http.request("GET", DESCRIBE, retry=False)

    assert fake_salesforce.calls["describe"] == 1
    assert clock.sleeps == []


def test_no_request_waits_forever(http, fake_salesforce, clock, monkeypatch):
    """Neither for a connection nor for an answer."""
    monkeypatch.setattr(salesforce_http, "TIMEOUT_S", (1.0, 0.2))
    fake_salesforce.faults.add("slow", path="describe", delay_s=5.0, times=None)
    with pytest.raises(RetriableError, match="no answer within the time allowed"):
        http.get(DESCRIBE)

    assert fake_salesforce.calls["describe"] == MAX_ATTEMPTS
    assert len(clock.sleeps) == MAX_ATTEMPTS - 1


def test_an_answer_that_was_cut_short_is_asked_for_again(http, fake_salesforce, clock):
    """JSON and files alike."""
    fake_salesforce.faults.add("truncated", path="describe", times=2)

    assert http.get(DESCRIBE)["name"] == "Account"
    assert clock.sleeps == [1.0, 2.0]
