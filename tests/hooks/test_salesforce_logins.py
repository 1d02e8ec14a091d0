"""Logins to Salesforce that are refused, or answered by somebody else, through Airflow's hook as it is."""

import json

import pytest
import requests
from starlette.applications import Starlette
from starlette.responses import JSONResponse, RedirectResponse
from starlette.routing import Route

from upflow_provider.errors import AuthenticationError, ConfigurationError, ProtocolError, RetriableError
from upflow_provider.hooks.salesforce import SalesforceAccountsHook
from upflow_provider.testing import serve
from upflow_provider.testing.wire.certificates import Certificates

TOKEN_PATH = "/services/oauth2/token$"


@pytest.fixture
def password_connection(secure_salesforce, monkeypatch):
    """Return a function that defines a connection with the name of a user, a password and a security token."""

    def define(**fields):
        known, host = secure_salesforce.credentials, secure_salesforce.url.removeprefix("https://")
        extra = {"security_token": "and-token", "domain": f"{host}/services/Soap/u/59.0?x=", "version": "59.0"}
        usual = {"login": known.username, "password": known.password.removesuffix("and-token"), "extra": extra}
        fields = {"conn_type": "salesforce", **usual, **fields}
        monkeypatch.setenv("AIRFLOW_CONN_SALESFORCE_DEFAULT", json.dumps(fields))

    define()
    return define


def told(error, call):
    """Return the words of the error that a call must raise, and check that they name the connection."""
    with pytest.raises(error) as raised:
        call()
    assert type(raised.value) is error
    assert str(raised.value).startswith("connection 'salesforce_default': ")
    return str(raised.value)


@pytest.mark.parametrize(
    ("text", "remedy"),
    [("user hasn't approved this consumer", "pre-authorize"), ("no client credentials user enabled", "Run As user")],
)
def test_a_refusal_has_salesforces_words_and_a_remedy(secure_salesforce, salesforce_connection, text, remedy):
    """And no secret."""
    secure_salesforce.trouble.refuse_tokens("invalid_grant", f"{text} jane-doe")
    said = told(AuthenticationError, SalesforceAccountsHook().log_in)

    assert f"refused (invalid_grant: {text} …)" in said
    assert remedy in said


@pytest.mark.parametrize(
    ("body", "status", "media_type", "error"),
    [
        pytest.param("<html>Sign in</html>", 200, "text/html", ProtocolError, id="page"),
        pytest.param("<html>Maintenance</html>", 503, "text/html", RetriableError, id="maintenance"),
        pytest.param("<html>No</html>", 403, "text/html", ProtocolError, id="proxy"),
        pytest.param("[]", 200, "application/json", ProtocolError, id="list"),
        pytest.param("{}", 200, "application/json", ProtocolError, id="empty"),
        pytest.param("null", 200, "application/json", ProtocolError, id="null"),
        pytest.param('{"access_token": "t"}', 200, "application/json", ProtocolError, id="no-instance"),
        pytest.param(
            '{"access_token": null, "instance_url": "https://x"}', 200, "text/json", ProtocolError, id="no-token"
        ),
        pytest.param(
            '{"access_token": "t", "instance_url": "https://x/y z"}', 200, "text/json", ProtocolError, id="url"
        ),
        pytest.param('{"acc', 200, "application/json", ProtocolError, id="cut"),
        pytest.param("", 200, "application/json", ProtocolError, id="nothing"),
    ],
)
def test_an_answer_that_is_no_login_is_an_error_in_words(
    secure_salesforce, salesforce_connection, body, status, media_type, error
):
    """Not one of the connection's secrets, and not a TypeError."""
    secure_salesforce.odd_answers.replace(TOKEN_PATH, body, status=status, media_type=media_type)

    assert "this is not an answer from Salesforce's login" in told(error, SalesforceAccountsHook().log_in)


def test_a_page_instead_of_a_login_by_its_mode(secure_salesforce, salesforce_connection):
    """As chaos has it."""
    secure_salesforce.modes.on("login_is_a_page")

    assert "(status 200)" in told(ProtocolError, SalesforceAccountsHook().log_in)


def test_a_user_with_a_password_logs_in(secure_salesforce, password_connection):
    """By SOAP, as long as Salesforce has that."""
    assert SalesforceAccountsHook().client.describe()["name"] == "Account"


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        pytest.param("<soapenv:Envelope><soapenv:Body>", 200, ProtocolError, id="cut"),
        pytest.param("<html><p>Sign in</html>", 200, ProtocolError, id="page"),
        pytest.param("<a></a>", 200, RetriableError, id="other"),
        pytest.param("not XML", 500, RetriableError, id="500"),
        pytest.param("", 200, ProtocolError, id="nothing"),
    ],
)
def test_a_broken_page_of_soap_is_an_error_in_words(secure_salesforce, password_connection, body, status, error):
    """Not an ExpatError."""
    secure_salesforce.odd_answers.replace("/services/Soap/u/", body, status=status, media_type="text/xml")

    told(error, SalesforceAccountsHook().log_in)


def test_a_wrong_password_has_salesforces_words_and_a_remedy(secure_salesforce, password_connection):
    """And not the password."""
    password_connection(password="hunter2hunter2")
    said = told(AuthenticationError, SalesforceAccountsHook().log_in)

    assert "INVALID_LOGIN: Invalid username, password, security token; or user locked out." in said
    assert "hunter2" not in said


@pytest.mark.parametrize(
    ("extra", "says"),
    [
        ({"version": "v60.0"}, "version is 'v60.0'"),
        ({"version": 60}, "version is 60;"),
        ({"domain": "acme.my.salesforce.com"}, "domain is 'acme.my.salesforce.com'"),
        ({"domain": ""}, "domain is ''"),
        ({"domain": "login"}, "domain is 'login'"),
        ({"instance_url": "https://acme.my.salesforce.com"}, "instance_url is"),
    ],
)
def test_a_setting_that_cannot_be_right_is_named_before_anything_is_sent(
    secure_salesforce, salesforce_connection, extra, says
):
    """The connection test says so, too."""
    salesforce_connection(**extra)

    assert says in told(ConfigurationError, SalesforceAccountsHook().log_in)
    assert says in SalesforceAccountsHook().test_connection()[1]
    assert len(secure_salesforce.requests) == 0


@pytest.fixture
def netrc(tmp_path, monkeypatch):
    """Have a ``~/.netrc`` with a password for every host."""
    path = tmp_path / "netrc"
    path.write_text("default login jane password hunter2\n", "utf-8")
    path.chmod(0o600)
    monkeypatch.setenv("NETRC", str(path))


def test_netrc_replaces_neither_the_login_nor_the_token(secure_salesforce, salesforce_connection, netrc):
    """A password that is meant for another host goes nowhere; the login works."""
    assert requests.utils.get_netrc_auth(secure_salesforce.url) == ("jane", "hunter2")
    account = secure_salesforce.add_account(Name="Acme")
    hook = SalesforceAccountsHook()

    assert [each["Id"] for page in hook.client.query("SELECT Id FROM Account") for each in page] == [account]
    assert {each.status for each in secure_salesforce.requests} == {200}


def test_a_login_that_is_redirected_sends_nothing_elsewhere(salesforce_connection, netrc, tmp_path):
    """Neither the credentials nor a password of ``~/.netrc``."""
    asked = []

    async def elsewhere(request):
        asked.append(request)
        return JSONResponse({"access_token": "t", "instance_url": "https://x"})

    async def redirect(_):
        return RedirectResponse("/elsewhere", 307)

    routes = [
        Route("/elsewhere", elsewhere, methods=["GET", "POST"]),
        Route("/{path:path}", redirect, methods=["POST"]),
    ]
    with serve(Starlette(routes=routes), tls=Certificates.of(tmp_path / "certificates").server) as server:
        host = server.url.removeprefix("https://").replace("127.0.0.1", "localhost")
        salesforce_connection(domain=f"{host}/services/oauth2/token?x=")

        assert "(a redirect)" in told(ProtocolError, SalesforceAccountsHook().log_in)
    assert asked == []
