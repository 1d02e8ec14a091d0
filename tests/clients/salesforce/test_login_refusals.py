"""Why a login is refused, and what to do: Salesforce's words and our remedy, for each cause that is known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upflow_provider.clients.salesforce.login_refusals import REMEDIES, login_refusal
from upflow_provider.clients.salesforce.login_settings import login_problems
from upflow_provider.errors import AuthenticationError, ProtocolError, RetriableError

GRANTS = {
    "authentication failure": "security_token",
    "user hasn't approved this consumer": "pre-authorize",
    "user is not admin approved to access this app": "pre-authorize",
    "audience is invalid": "domain",
    "invalid assertion": "private_key",
    "expired authorization code": "clock",
    "assertion is expired": "clock",
    "ip restricted": "IP ranges",
    "ip restricted or invalid login hours": "IP ranges",
    "inactive user": "activate",
    "user is frozen": "unfreeze",
    "no client credentials user enabled": "Run As user",
    "request not supported on this domain": "My Domain",
    "no certificate is uploaded for this app": "certificate",
    "the new condition is unsupported": "login history",
}
"""Descriptions of ``invalid_grant``, and a word of the remedy."""
OTHERS = {
    "invalid_client_id": "consumer_key",
    "invalid_client": "consumer_secret",
    "unsupported_grant_type": "flow",
    "invalid_app_access": "pre-authorize",
    "inactive_org": "organization",
    "INVALID_LOGIN": "security_token",
    "LOGIN_MUST_USE_SECURITY_TOKEN": "security_token",
    "UNSUPPORTED_API_VERSION": "64.0",
}
WHAT = "connection 'salesforce_default': login to Salesforce"


@pytest.mark.parametrize(("text", "remedy"), GRANTS.items())
def test_each_cause_of_an_invalid_grant_has_its_words_and_its_remedy(text, remedy):
    """The code alone says nothing."""
    found = login_refusal("invalid_grant", text, WHAT)
    words, _, advice = str(found).partition("); ")

    assert type(found) is AuthenticationError
    assert words == f"{WHAT}: refused (invalid_grant: {text}"
    assert remedy in advice


@pytest.mark.parametrize(("code", "remedy"), OTHERS.items())
def test_other_codes_have_a_remedy_too(code, remedy):
    """Of OAuth and of SOAP."""
    found = login_refusal(code, "whatever", WHAT)

    assert type(found) is AuthenticationError
    assert remedy in str(found).partition("); ")[2]


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("server_error", ""),
        ("temporarily_unavailable", "later"),
        ("unknown_error", "retry your request"),
        ("invalid_grant", "login rate exceeded"),
        ("rate_limit_exceeded", "too many logins"),
        ("SERVER_UNAVAILABLE", "Server is temporarily unavailable"),
        ("a_code_of_2030", "nobody knows"),
        (None, ""),
        (500, "<html>"),
        (503, ""),
        (429, ""),
        (408, ""),
    ],
)
def test_what_may_pass_or_is_unknown_is_tried_again(code, text):
    """It says nothing of the credentials."""
    assert type(login_refusal(code, text, WHAT)) is RetriableError


@pytest.mark.parametrize("status", [200, 302, 400, 404])
def test_a_page_is_no_login(status):
    """It comes from a proxy, or from another server; its words are nobody's business."""
    found = login_refusal(status, "<html>Sign in</html>", WHAT)

    assert type(found) is ProtocolError
    assert str(found).startswith(
        f"{WHAT}: this is not an answer from Salesforce's login (status {status}); check domain"
    )


@given(st.sampled_from([code for code, _, _ in REMEDIES]), st.text(max_size=5000), st.text("abcXYZ0123", min_size=19))
def test_no_refusal_repeats_what_was_sent(code, text, secret):
    """Whatever Salesforce says."""
    found = login_refusal(code, f"{text} {secret}!", WHAT)

    assert f"{secret}!" not in str(found)
    assert len(str(found)) < 900


@pytest.mark.parametrize("code", ["x" * 300, "<b>", "a b", ""])
def test_a_code_that_is_none_is_not_repeated(code):
    """It may be anything."""
    assert str(login_refusal(code, "", WHAT)) == f"{WHAT}: refused (UNKNOWN_ERROR)"


APP = {"consumer_key": "k", "consumer_secret": "s", "domain": "acme.my"}


@pytest.mark.parametrize("version", ["60.0", "59.0", "", None])
def test_a_version_that_can_be_right(version):
    """As Salesforce writes it, or none."""
    assert list(login_problems(None, {**APP, "version": version})) == []


@pytest.mark.parametrize(
    ("version", "says"),
    [
        ("v60.0", """version is 'v60.0'; write "60.0\""""),
        ("60", """version is '60'; write "60.0\""""),
        (60, """version is 60; write "60.0\""""),
        (60.0, """version is 60.0; write "60.0\""""),
        ("latest", """version is 'latest'; write "60.0\""""),
        ("60.1", """version is '60.1'; write "60.0\""""),
        (" 61.0", """version is ' 61.0'; write "61.0\""""),
    ],
)
@pytest.mark.parametrize("name", ["version", "extra__salesforce__version"])
def test_a_version_that_cannot_be_right_is_named(version, says, name):
    """With what to write instead."""
    assert list(login_problems(None, {**APP, name: version})) == [says]


@pytest.mark.parametrize("name", ["domain", "instance_url"])
@pytest.mark.parametrize(
    "value",
    [
        "acme.my.salesforce.com",
        "https://acme.my.salesforce.com/",
        "acme.salesforce.com",
        "ACME.my.salesforce.com".replace("ACME", "acme"),
        "acme.lightning.force.com",
        "https://acme.my",
    ],
)
def test_an_address_instead_of_a_domain_is_named(name, value):
    """simple-salesforce would add another ``.salesforce.com``, and DNS would not know it."""
    [found] = login_problems("export@example.com", {name: value})

    assert found.startswith(f"{name} is {value!r}; write it without https:// and .salesforce.com: ")
    assert found.endswith('"acme.my"')


@pytest.mark.parametrize("domain", ["", None, "login", "test"])
def test_client_credentials_need_a_domain(domain):
    """simple-salesforce says something of security tokens instead."""
    [found] = login_problems("", {**APP, "domain": domain})

    assert found.startswith(f"domain is {domain or ''!r}; client credentials need your My Domain")
    assert list(login_problems("export@example.com", {**APP, "domain": domain})) == []


def test_all_problems_are_named_together():
    """One look at the connection is enough."""
    assert len(list(login_problems(None, {**APP, "version": "v1", "domain": "https://x"}))) == 2
