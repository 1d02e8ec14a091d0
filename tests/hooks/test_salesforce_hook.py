"""Salesforce through Airflow's own connection and login, over TLS, with our own time-outs and bounds."""

import json
import logging

import pytest

from upflow_provider.clients.salesforce.updates import Update
from upflow_provider.errors import AuthenticationError, ConfigurationError, QuotaError, ReadOnlyError, RetriableError
from upflow_provider.hooks.salesforce import SalesforceAccountsHook


def logins(fake):
    """Return how many logins arrived."""
    return sum(each.path == "/services/oauth2/token" for each in fake.requests)


def test_the_connection_of_airflow_logs_in(secure_salesforce, salesforce_connection):
    """Client credentials, through Airflow's hook as it is; one login serves all that a task asks."""
    account = secure_salesforce.add_account(Name="Acme")
    hook = SalesforceAccountsHook()
    pages = list(hook.client.query("SELECT Id, Name FROM Account"))

    assert [[each["Id"] for each in page] for page in pages] == [[account]]
    assert hook.client.count("") == 1
    assert logins(secure_salesforce) == 1


def test_a_session_that_ran_out_is_opened_again_once(secure_salesforce, salesforce_connection):
    """A long run outlives its session."""
    hook = SalesforceAccountsHook()
    hook.client.describe()
    secure_salesforce.sessions.expire()
    hook.client.describe()

    assert logins(secure_salesforce) == 2


def test_a_user_without_access_is_not_logged_in_for_ever(secure_salesforce, salesforce_connection):
    """Where a new session is refused too, that is the end of it."""
    hook = SalesforceAccountsHook()
    secure_salesforce.trouble.expire_session(times=None)
    with pytest.raises(AuthenticationError, match="permissions"):
        hook.client.describe()

    assert logins(secure_salesforce) == 2


@pytest.mark.parametrize(
    ("extra", "error", "says"),
    [
        pytest.param({"consumer_secret": "wrong"}, AuthenticationError, "refused", id="secret"),
        pytest.param({"consumer_key": "other"}, AuthenticationError, "refused", id="key"),
        pytest.param({"domain": "localhost:1/services/oauth2/token?x="}, RetriableError, "refused", id="unreachable"),
        pytest.param({"consumer_secret": None}, ConfigurationError, "client credentials", id="incomplete"),
        pytest.param({"proxies": "http://proxy"}, ConfigurationError, "have to be JSON", id="proxies-as-text"),
    ],
)
def test_a_login_that_fails_says_what_to_look_at(salesforce_connection, extra, error, says, caplog):
    """The connection is named, its secrets are not."""
    salesforce_connection(**extra)
    with pytest.raises(error, match=says) as raised, caplog.at_level(logging.DEBUG):
        SalesforceAccountsHook().log_in()

    assert "salesforce_default" in str(raised.value)
    chain = f"{raised.value!r} {raised.value.__cause__!r} {raised.value.__context__!r} {caplog.text}"
    assert "client-secret" not in chain
    assert "wrong" not in chain


@pytest.mark.parametrize(
    ("status", "error"),
    [(500, "unknown_error"), (503, "server_error"), (429, "temporarily_unavailable")],
)
def test_a_login_that_may_succeed_in_a_moment_is_tried_again(secure_salesforce, salesforce_connection, status, error):
    """It says nothing of the credentials."""
    secure_salesforce.trouble.refuse_tokens(error, "later", status=status)
    with pytest.raises(RetriableError, match="login to Salesforce: refused"):
        SalesforceAccountsHook().log_in()

    assert SalesforceAccountsHook().log_in().url == secure_salesforce.url


def test_a_private_key_that_is_none_says_so(secure_salesforce, monkeypatch):
    """A connection for JWT whose key was pasted wrongly."""
    host = secure_salesforce.url.removeprefix("https://")
    extra = {"consumer_key": "client-id", "private_key": "nonsense", "instance_url": host}
    fields = {"conn_type": "salesforce", "login": "export@example.com", "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_SALESFORCE_DEFAULT", json.dumps(fields))
    with pytest.raises(ConfigurationError, match=r"private_key with instance_url \(JWT\)") as raised:
        SalesforceAccountsHook().log_in()

    assert "nonsense" not in str(raised.value)


def test_what_reads_only_refuses_to_write(secure_salesforce, salesforce_connection):
    """A dry run cannot write by mistake."""
    account = secure_salesforce.add_account(Name="Acme")
    client = SalesforceAccountsHook(read_only=True).client
    with pytest.raises(ReadOnlyError):
        list(client.update([Update(account, {"Name": "Other"})]))

    assert secure_salesforce.account(account)["Name"] == "Acme"


def test_others_keep_their_share_of_the_daily_requests(secure_salesforce, salesforce_connection):
    """The first answer tells how many are left."""
    secure_salesforce.used_requests = secure_salesforce.daily_requests * 95 // 100
    client = SalesforceAccountsHook(api_reserve=0.1).client
    client.describe()
    with pytest.raises(QuotaError, match="next run"):
        client.describe()


def test_test_connection_says_what_it_sees(secure_salesforce, salesforce_connection):
    """The number of fields tells an admin whether permissions are there."""
    ok, message = SalesforceAccountsHook().test_connection()
    assert (ok, "fields of Account" in message) == (True, True)

    salesforce_connection(consumer_secret="wrong")
    ok, message = SalesforceAccountsHook().test_connection()
    assert (ok, "refused" in message) == (False, True)


@pytest.mark.parametrize("write", [dict, json.dumps])
def test_proxies_of_the_connection_are_used(salesforce_connection, write):
    """Login and requests go through them, however they were entered."""
    salesforce_connection(proxies=write({"https": "http://127.0.0.1:9"}))

    with pytest.raises(RetriableError, match=r"proxy|refused"):
        SalesforceAccountsHook().log_in()


def test_another_connection(salesforce_connection, monkeypatch):
    """Each organization may have a Salesforce of its own."""
    monkeypatch.setenv("AIRFLOW_CONN_SALESFORCE_ACME", json.dumps({"conn_type": "salesforce", "extra": {}}))

    with pytest.raises(ConfigurationError, match="'salesforce_acme'"):
        SalesforceAccountsHook("salesforce_acme").log_in()
