"""Requests to Salesforce: what is asked, what an answer means, and how many requests may be sent."""

from contextlib import nullcontext
from datetime import UTC, datetime

import pytest
import requests
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from tests.clients.salesforce.http.samples import DESCRIBE, TOKEN
from upflow_provider.clients.retry import MAX_ATTEMPTS
from upflow_provider.errors import (
    ConfigurationError,
    NotFoundError,
    ProtocolError,
    QuotaError,
    ReadOnlyError,
    RefusedError,
    RetriableError,
)
from upflow_provider.runs.host_clock import HostClock


@pytest.mark.parametrize(
    ("status", "error", "attempts"),
    [
        pytest.param(400, RefusedError, 1, id="400"),
        pytest.param(404, NotFoundError, 1, id="404"),
        pytest.param(410, ConfigurationError, 1, id="410"),
        pytest.param(429, RetriableError, MAX_ATTEMPTS, id="429"),
        pytest.param(500, RetriableError, MAX_ATTEMPTS, id="500"),
        pytest.param(503, RetriableError, MAX_ATTEMPTS, id="503"),
        pytest.param(307, ProtocolError, 1, id="redirect"),
    ],
)
def test_each_status_is_an_error_by_the_reaction_it_asks_for(http, fake_salesforce, status, error, attempts):
    """Method, path and status are named; only what may pass is tried again."""
    fake_salesforce.faults.add("status", path="describe", status=status, times=None)
    with pytest.raises(error) as raised:
        http.get(DESCRIBE)

    assert type(raised.value) is error
    assert str(raised.value).startswith(f"GET {DESCRIBE}: {status}")
    assert fake_salesforce.calls == {"token": 1, "describe": attempts}
    assert http.calls == attempts


def test_what_was_sent_is_counted_whether_it_was_answered_or_not(http, fake_salesforce):
    """Salesforce counts it too."""
    fake_salesforce.faults.add("reset_after", path="describe", times=3)
    http.get(DESCRIBE)

    assert http.calls == fake_salesforce.calls["describe"] == 4
    assert http.writes == 0


def test_a_spent_daily_limit_stops_at_once(http, fake_salesforce, clock):
    """Only time gives it back: no retry, no login."""
    fake_salesforce.trouble.exceed_limit()
    with pytest.raises(QuotaError, match=r"403: REQUEST_LIMIT_EXCEEDED: .*the rest waits for the next run"):
        http.get(DESCRIBE)

    assert fake_salesforce.calls == {"token": 1, "describe": 1}
    assert clock.sleeps == []


@pytest.mark.parametrize(
    ("used", "reserve", "more"),
    [
        pytest.param(0, 0.1, 90, id="all-but-the-reserve"),
        pytest.param(89, 0.1, 1, id="one"),
        pytest.param(90, 0.1, 1, id="none-but-the-first-which-tells"),
        pytest.param(95, 0.0, 5, id="no-reserve"),
    ],
)
def test_others_keep_their_share_of_the_daily_requests(connect, fake_salesforce, used, reserve, more):
    """What the last answer told decides; the request that would take from their share is not sent."""
    fake_salesforce.daily_requests, fake_salesforce.used_requests = 100, used
    http = connect(reserve=reserve)
    for _ in range(more):
        http.get(DESCRIBE)
    with pytest.raises(QuotaError, match=rf"^GET {DESCRIBE}: not sent: {used + more} of 100 daily .*api_reserve"):
        http.get(DESCRIBE)

    assert fake_salesforce.calls["describe"] == more


def test_refusals_tell_how_many_requests_are_left_too(connect, fake_salesforce):
    """Retries stop at the reserve like everything else."""
    fake_salesforce.daily_requests, fake_salesforce.used_requests = 100, 99
    fake_salesforce.faults.add("status", path="describe", status=503, times=None)
    with pytest.raises(QuotaError, match="99 of 100"):
        connect(reserve=0.1).get(DESCRIBE)

    assert fake_salesforce.calls["describe"] == 1


def test_nothing_is_written_by_a_client_that_only_reads(connect, fake_salesforce):
    """Not even the login is tried; reading goes on."""
    http = connect(read_only=True)
    with pytest.raises(ReadOnlyError, match=r"^PATCH /composite/sobjects: nothing is written in a dry run$"):
        http.request("PATCH", "/composite/sobjects", json={"records": []}, writes=True)

    assert len(fake_salesforce.requests) == 0
    assert (http.calls, http.writes) == (0, 0)
    assert http.get(DESCRIBE)["name"] == "Account"


def test_a_retired_version_is_a_matter_of_the_connection(connect, salesforce_login):
    """Salesforce takes versions away after years."""
    with pytest.raises(ConfigurationError, match=r"410: GONE: .*set a newer one in the connection"):
        connect(lambda: salesforce_login("30.0")).get(DESCRIBE)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        pytest.param(HTMLResponse("<html>Sign in</html>"), "200: the answer is not JSON; check", id="html"),
        pytest.param(JSONResponse([1]), "200: the answer is not a JSON object; check", id="list"),
        pytest.param(Response(), "200: the answer is not a JSON object; check", id="empty"),
        pytest.param(RedirectResponse("/elsewhere"), "307: Salesforce's API does not document", id="redirect"),
    ],
)
def test_a_server_that_is_not_salesforce_is_noticed(answering, answer, says):
    """It is asked once; a redirect is not followed, for it would carry the token to wherever it points."""
    http, asked = answering(answer)
    with pytest.raises(ProtocolError, match=f"^GET /x: {says}"):
        http.get("/x")

    assert len(asked) == 1


def test_paths_are_below_the_version_or_the_root(answering):
    """The next page of a query is told from the root."""
    http, asked = answering(JSONResponse({}))
    http.get("/query", {"q": "a b&c"})
    http.get("/services/data/v59.0/query/01g-2000")
    http.post("/jobs/query", {"operation": "query"})

    assert [each.url.path for each in asked] == [
        "/services/data/v59.0/query",
        "/services/data/v59.0/query/01g-2000",
        "/services/data/v59.0/jobs/query",
    ]
    assert asked[0].query_params["q"] == "a b&c"
    assert {each.headers["authorization"] for each in asked} == {f"Bearer {TOKEN}"}
    assert asked[2].headers["content-type"] == "application/json"


def test_files_are_asked_for_as_such(answering):
    """As Salesforce's own examples do."""
    http, asked = answering(Response('"Id"\n', media_type="text/csv"))
    http.request("GET", "/jobs/query/1/results", accept="text/csv")
    http.request("PATCH", "/jobs/ingest/1/batches", data=b'"Id"\n')

    assert [each.headers["accept"] for each in asked] == ["text/csv", "application/json"]
    assert asked[1].headers["content-type"] == "text/csv; charset=UTF-8"


@pytest.mark.parametrize(("ahead_s", "is_wrong"), [(0, False), (600, False), (7_200, True), (-7_200, True)])
def test_a_host_whose_clock_is_hours_wrong_does_no_work(connect, fake_salesforce, ahead_s, is_wrong):
    """Where the ledger is a file, links would expire by that clock; Salesforce's first answer shows the time."""
    fake_salesforce.now = lambda: 1_800_000_000.0
    host = HostClock(lambda: datetime.fromtimestamp(1_800_000_000 + ahead_s, UTC))
    http = connect(host=host)
    for _ in range(2):
        with pytest.raises(RetriableError, match=r"clock is 7,200 s .* Salesforce") if is_wrong else nullcontext():
            assert http.get(DESCRIBE)["name"] == "Account"

    assert fake_salesforce.calls["describe"] == 2


def test_netrc_does_not_replace_the_token(http, fake_salesforce, tmp_path, monkeypatch):
    """A password that is meant for another program goes nowhere."""
    path = tmp_path / "netrc"
    path.write_text("default login jane password hunter2", "utf-8")
    path.chmod(0o600)
    monkeypatch.setenv("NETRC", str(path))

    assert requests.utils.get_netrc_auth(fake_salesforce.url) == ("jane", "hunter2")
    monkeypatch.setattr("upflow_provider.clients.salesforce.http.SalesforceHttp._renew", None)
    assert http.get(DESCRIBE)["name"] == "Account"
