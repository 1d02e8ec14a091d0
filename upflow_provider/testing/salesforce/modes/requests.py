"""What can go wrong with logins and with whole requests; see `catalogue`."""

import json
from typing import Any

from upflow_provider.testing.salesforce.modes.mode import Target, mode
from upflow_provider.testing.salesforce.org.org import Org
from upflow_provider.testing.salesforce.org.refusal import RowRefusalError, SalesforceRefusalError

WRITES = r"/composite/sobjects$|/jobs/ingest(/|$)"
"""Paths of requests that write Accounts, or make or change a job that does."""
API = "/services/data/"
ANY_PAGE = r"\.0/query(/[^/?]+$|\?q=SELECT.Id)"
"""Requests for pages of queries, not for counts."""
LATER_PAGE = r"\.0/query/[^/?]+$"
"""Those for all pages but the first."""
FEW = 5
"""Records in a page, where a query is to have several."""
PAGE = "<html><body>Sign in to the proxy</body></html>"


@mode("auth", passing=True)
def session_expires_once(org: Org, target: Target) -> None:
    """Let one request find its session expired (401); a new login helps."""
    org.trouble.expire_session(1, after=target.after)


@mode("auth")
def session_expires_always(org: Org, target: Target) -> None:
    """Let every request find its session expired (401), however often the client logs in."""
    org.trouble.expire_session(None, after=target.after)


@mode("auth")
def login_invalid_grant(org: Org, _: Target) -> None:
    """End open sessions and refuse every login: 400 ``invalid_grant``, as for a user who is locked out."""
    org.sessions.expire()
    org.trouble.refuse_tokens("invalid_grant", "authentication failure", times=None)


@mode("auth")
def login_invalid_client(org: Org, _: Target) -> None:
    """End open sessions and refuse every login: 400 ``invalid_client``, as after the secret was changed."""
    org.sessions.expire()
    org.trouble.refuse_tokens("invalid_client", "invalid client credentials", times=None)


@mode("auth")
def login_is_a_page(org: Org, _: Target) -> None:
    """End open sessions, and answer every login with a page of HTML, as a proxy or a portal does."""
    org.sessions.expire()
    org.odd_answers.replace("/services/oauth2/token$", PAGE, times=None)


@mode("auth", passing=True)
def session_ends_between_pages(org: Org, _: Target) -> None:
    """Let queries have pages of five, and end the session before one page; the locator ends with it."""
    org.page_size = FEW
    org.trouble.refuse_requests(401, "INVALID_SESSION_ID", "Session expired or invalid", path=LATER_PAGE)


@mode("request", passing=True)
def locator_invalid(org: Org, _: Target) -> None:
    """Let queries have pages of five, and forget the locator of one: 400 ``INVALID_QUERY_LOCATOR``."""
    org.page_size = FEW
    org.trouble.refuse_requests(400, "INVALID_QUERY_LOCATOR", "invalid query locator", path=LATER_PAGE)


@mode("request", passing=True)
def count_times_out(org: Org, _: Target) -> None:
    """Let every query that counts run for too long: 400 ``QUERY_TIMEOUT``."""
    message = "Your query request was running for too long."
    org.trouble.refuse_requests(400, "QUERY_TIMEOUT", message, path=r"\.0/query\?q=SELECT.COUNT", times=None)


@mode("request", passing=True)
def list_is_short(org: Org, _: Target) -> None:
    """Leave the last record out of one answer to a query, and say that it is all."""
    org.odd_answers.change(ANY_PAGE, _without_last)


@mode("request")
def list_is_always_short(org: Org, _: Target) -> None:
    """Leave the last record out of every answer to a query, and say that it is all."""
    org.odd_answers.change(ANY_PAGE, _without_last, times=None)


@mode("request")
def next_page_missing(org: Org, _: Target) -> None:
    """Say in every answer to a query that there is more, but not where."""
    org.odd_answers.change(ANY_PAGE, lambda page: _without_next({**page, "done": False}), times=None)


@mode("request")
def records_are_null(org: Org, _: Target) -> None:
    """Answer every query with ``"records": null``."""
    org.odd_answers.change(ANY_PAGE, lambda page: {**page, "records": None}, times=None)


@mode("request")
def error_of_login(org: Org, target: Target) -> None:
    """Refuse requests of the API as logins are refused: ``{"error", "error_description"}``."""
    body = json.dumps({"error": "invalid_request", "error_description": "unsupported"})
    org.odd_answers.replace(API, body, status=400, media_type="application/json", times=None, after=target.after)


@mode("request")
def daily_limit_spent(org: Org, target: Target) -> None:
    """Refuse all requests from some one on: 403 ``REQUEST_LIMIT_EXCEEDED``."""
    org.trouble.exceed_limit(after=target.after)


@mode("request")
def version_retired(org: Org, target: Target) -> None:
    """Retire the version of the API that the client speaks: 410."""
    org.trouble.refuse_requests(410, "GONE", "This API version is retired", times=None, after=target.after)


@mode("request", passing=True)
def server_error(org: Org, target: Target) -> None:
    """Answer two requests 500, and do nothing."""
    org.faults.add("status", path=API, times=2, after=target.after, status=500)


@mode("request", passing=True)
def unavailable(org: Org, target: Target) -> None:
    """Answer two requests 503, and do nothing."""
    org.faults.add("status", path=API, times=2, after=target.after, status=503)


@mode("request")
def unavailable_always(org: Org, target: Target) -> None:
    """Answer all requests 503."""
    org.faults.add("status", path=API, times=None, after=target.after, status=503)


@mode("request", passing=True)
def slow(org: Org, target: Target) -> None:
    """Do one write at once and answer it *delay_s* later: too late for a client that waits less."""
    org.faults.add("slow", path=WRITES, after=target.after, delay_s=target.delay_s)


@mode("request", passing=True)
def reset_before_commit(org: Org, target: Target) -> None:
    """Reset the connection of one request, and do nothing."""
    org.faults.add("reset_before", path=API, after=target.after)


@mode("request", passing=True)
def reset_after_commit(org: Org, target: Target) -> None:
    """Do one write, and reset its connection without an answer: done again, it must do no harm."""
    org.faults.add("reset_after", path=WRITES, after=target.after)


@mode("request", passing=True)
def answer_cut(org: Org, target: Target) -> None:
    """Do one write, and send half of its answer only."""
    org.faults.add("truncated", path=WRITES, after=target.after)


@mode("request")
def null_checkbox(org: Org, target: Target) -> None:
    """Refuse whole JSON requests with one of the Accounts in them (400), as if a checkbox of it were null."""
    message = "Cannot deserialize instance of boolean from VALUE_NULL value null at [line:1, column:1]"
    row = RowRefusalError("INVALID_TYPE_ON_FIELD_IN_RECORD", "value not of required type: #N/A")
    for each in target.accounts:
        org.trouble.refuse_request_with(each, SalesforceRefusalError(400, "JSON_PARSER_ERROR", message), row)


@mode("request", "field")
def unknown_column(org: Org, target: Target) -> None:
    """Take the field away before the first write: 400 ``INVALID_FIELD``, or a Bulk job that ends Failed."""
    org.trouble.before_next_write(lambda: org.hidden.add(target.field))


def _without_last(page: dict[str, Any]) -> dict[str, Any]:
    """Return a page that ends a query too early; the total says so."""
    return _without_next({**page, "done": True, "records": page["records"][:-1]})


def _without_next(page: dict[str, Any]) -> dict[str, Any]:
    return {name: each for name, each in page.items() if name != "nextRecordsUrl"}


MODES = (
    session_expires_once,
    session_expires_always,
    login_invalid_grant,
    login_invalid_client,
    login_is_a_page,
    session_ends_between_pages,
    locator_invalid,
    count_times_out,
    list_is_short,
    list_is_always_short,
    next_page_missing,
    records_are_null,
    error_of_login,
    daily_limit_spent,
    version_retired,
    server_error,
    unavailable,
    unavailable_always,
    slow,
    reset_before_commit,
    reset_after_commit,
    answer_cut,
    null_checkbox,
    unknown_column,
)
"""All of them."""
