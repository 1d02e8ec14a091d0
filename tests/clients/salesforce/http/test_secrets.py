"""Errors of requests to Salesforce show neither tokens nor what is personal."""

import traceback

import pytest
from starlette.responses import JSONResponse

from tests.clients.salesforce.http.samples import DESCRIBE, TOKEN
from upflow_provider.clients.salesforce.login import Login
from upflow_provider.errors import AuthenticationError, ConfigurationError, RefusedError, RetriableError

NAME = "Confidential"
NOWHERE = "http://127.0.0.1:9"


def told(error):
    """Return all that a traceback shows of an error and of what it came from."""
    return "".join(traceback.format_exception(error)) + repr(error)


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

    assert "REFUSED: Account of … is refused, see …" in str(raised.value)
    assert TOKEN not in told(raised.value)
