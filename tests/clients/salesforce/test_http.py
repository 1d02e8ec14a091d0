"""Requests to Salesforce when things go wrong: what is repeated, what is not, and what is said."""

import threading
import traceback

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from upflow_provider.clients.retry import MAX_ATTEMPTS
from upflow_provider.clients.salesforce import http as salesforce_http
from upflow_provider.clients.salesforce.http import Login
from upflow_provider.errors import (
    AuthenticationError,
    ConfigurationError,
    NotFoundError,
    ProtocolError,
    QuotaError,
    ReadOnlyError,
    RefusedError,
    RetriableError,
)
from upflow_provider.testing import serve

DESCRIBE = "/sobjects/Account/describe"
TOKEN = "00D000000000001!very.secret"
NAME = "Confidential"
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def connect(salesforce_http):
    """Return a function that makes a client of the fake."""
    return salesforce_http


@pytest.fixture
def clock(clock):
    """Give the test the clock of its clients."""
    return clock


@pytest.fixture
def http(connect):
    """Give the test a client of the fake."""
    return connect()


@pytest.fixture
def answering(connect):
    """Return a function that serves the given answers, one a request, and makes a client of that server."""
    answers, asked = [], []

    async def answer(request):
        asked.append(request)
        return answers.pop(0) if len(answers) > 1 else answers[0]

    app = Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST", "PATCH"])])
    with serve(app) as server:

        def make(*scripted):
            answers.extend(scripted)
            return connect(lambda: Login(server.url, TOKEN, "59.0")), asked

        yield make


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


def told(error):
    """Return all that a traceback shows of an error and of what it came from."""
    return "".join(traceback.format_exception(error)) + repr(error)


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


def test_what_was_sent_is_counted_whether_it_was_answered_or_not(http, fake_salesforce):
    """Salesforce counts it too."""
    fake_salesforce.faults.add("reset_after", path="describe", times=3)
    http.get(DESCRIBE)

    assert http.calls == fake_salesforce.calls["describe"] == 4
    assert http.writes == 0


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


def test_an_answer_that_was_cut_short_is_asked_for_again(http, fake_salesforce, clock):
    """JSON and files alike."""
    fake_salesforce.faults.add("truncated", path="describe", times=2)

    assert http.get(DESCRIBE)["name"] == "Account"
    assert clock.sleeps == [1.0, 2.0]


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        pytest.param(HTMLResponse("<html>Sign in</html>"), "200: the answer is no JSON; check", id="html"),
        pytest.param(JSONResponse([1]), "200: the answer is no JSON object; check", id="list"),
        pytest.param(Response(), "200: the answer is no JSON object; check", id="empty"),
        pytest.param(RedirectResponse("/elsewhere"), "307: Salesforce does not document such an answer", id="redirect"),
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


@pytest.mark.parametrize("token", ["with\nline", "with space ", "Ünal-€"])
def test_a_token_that_cannot_be_sent_is_not_shown(connect, fake_salesforce, token):
    """The texts of HTTP libraries repeat headers: they are not even in the traceback."""
    http = connect(lambda: Login(fake_salesforce.url, f"{TOKEN}{token}", "59.0"))
    with pytest.raises((ConfigurationError, AuthenticationError)) as raised:
        http.get(DESCRIBE)

    assert TOKEN not in told(raised.value)


@pytest.mark.parametrize(
    "url", [pytest.param(NOWHERE, id="refused"), "nonsense", pytest.param("http://salesforce.invalid", id="dns")]
)
def test_what_was_in_the_way_is_named_without_what_was_sent(connect, url):
    """Neither token nor query, in no error; and a login does not show its token."""
    login = Login(url, TOKEN, "59.0")
    with pytest.raises((RetriableError, ConfigurationError)) as raised:
        connect(lambda: login).get("/query", {"q": NAME})

    assert TOKEN not in told(raised.value) + repr(login)
    assert NAME not in told(raised.value)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 500])
def test_no_error_repeats_what_is_personal(answering, status):
    """Even if the answer does: what the caller says is personal; other words of a request stay."""
    message = "Account of Jane Roe is refused, see https://portal.example/?t=1"
    http, _ = answering(JSONResponse([{"errorCode": "REFUSED", "message": message}], status))
    with pytest.raises((RefusedError, AuthenticationError, ConfigurationError, RetriableError)) as raised:
        http.request("PATCH", "/x", json={"type": "Account", "Name": "Jane Roe"}, personal={"Name": "Jane Roe"})

    assert "REFUSED: Account of <Name> is refused, see <url>" in str(raised.value)
    assert TOKEN not in told(raised.value)
