"""Who may log in to the fake Salesforce, and how."""

import subprocess
import sys

import jwt
import pytest

from tests.testing.salesforce.plain import ask, pem, private_key

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def assertion(fake, key, **changes):
    """Return a signed JWT that is right but for the changes; None takes a claim away."""
    claims = {
        "iss": fake.credentials.client_id,
        "sub": fake.credentials.username,
        "aud": "https://login.salesforce.com",
        "exp": fake.now() + 120,
    }
    wanted = {name: value for name, value in (claims | changes).items() if value is not None}
    return jwt.encode(wanted, pem(key), algorithm="RS256")


@pytest.mark.parametrize("place", ["header", "body"])
def test_client_credentials(org, place):
    """They are taken from the header as well as from the body, and the token opens the API."""
    known = org.fake.credentials
    pair = known.client_id, known.client_secret
    named = {"auth": pair} if place == "header" else dict(zip(("client_id", "client_secret"), pair, strict=True))
    answer = org.login(grant_type="client_credentials", **named).json()
    org.token = answer["access_token"]

    assert answer.keys() >= {"instance_url", "id", "token_type", "issued_at", "signature"}
    assert answer["instance_url"] == org.fake.url
    assert org.get("/limits")["DailyApiRequests"] == {"Max": 15_000, "Remaining": 14_999}


def test_password(org):
    """The old flow wants the client and the user."""
    known = org.fake.credentials
    right = {
        "grant_type": "password",
        "client_id": known.client_id,
        "client_secret": known.client_secret,
        "username": known.username,
        "password": known.password,
    }

    assert org.login(**right).ok
    assert org.login(**right | {"password": "wrong"}).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "unsupported_grant_type"),
        ({"grant_type": "refresh_token"}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, "invalid_client_id"),
        ({"grant_type": "client_credentials", "auth": ("other", "client-secret")}, "invalid_client_id"),
        ({"grant_type": "client_credentials", "auth": ("client-id", "wrong")}, "invalid_client"),
        ({"grant_type": JWT_BEARER, "assertion": "a.b.c"}, "invalid_grant"),
    ],
)
def test_wrong_logins(org, form, error):
    """They are refused in the words of OAuth."""
    answer = org.login(**form)

    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_a_header_that_is_no_login(org):
    """It counts as a wrong one."""
    headers = {"Authorization": "Basic ~"}
    answer = org("POST", "/services/oauth2/token", data={"grant_type": "client_credentials"}, headers=headers)

    assert answer.json()["error"] == "invalid_client"


@pytest.mark.parametrize("audience", ["https://login.salesforce.com", "https://test.salesforce.com", None])
def test_jwt(clocked, key, audience):
    """A JWT for Salesforce, or for the org itself, opens a session."""
    fake, _ = clocked

    assert ask(fake, grant_type=JWT_BEARER, assertion=assertion(fake, key, aud=audience or fake.url)).ok


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"iss": "other"}, "invalid_client_id"),
        ({"sub": "someone@example.com"}, "invalid_grant"),
        ({"aud": "https://example.com"}, "invalid_grant"),
        ({"exp": None}, "invalid_grant"),
        ({"exp": 1_800_000_000 - 60}, "invalid_grant"),
        ({"exp": 1_800_000_000 + 3_600}, "invalid_grant"),
    ],
)
def test_wrong_jwts(clocked, key, changes, error):
    """Each claim is checked."""
    fake, _ = clocked

    assert ask(fake, grant_type=JWT_BEARER, assertion=assertion(fake, key, **changes)).json()["error"] == error


def test_a_jwt_of_another_key(clocked):
    """The signature is checked."""
    fake, _ = clocked

    assert ask(fake, grant_type=JWT_BEARER, assertion=assertion(fake, private_key())).status_code == 400


@pytest.mark.parametrize("module", ["jwt", "cryptography"])
def test_jwts_without_what_they_need(module):
    """The error says what to install; other logins need neither."""
    code = (
        f"import sys; sys.modules[{module!r}] = None\n"
        "from upflow_provider.testing import FakeSalesforce\n"
        "from upflow_provider.testing.salesforce.login import _jwt\n"
        "FakeSalesforce()\n"
        "_jwt()\n"
    )

    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)

    assert f'JWT logins need {module}: pip install "upflow-provider[testing]"' in ended.stderr


def test_logins_refused_on_demand(org):
    """So often as asked for, although they are right."""
    auth = org.fake.credentials.client_id, org.fake.credentials.client_secret
    org.fake.trouble.refuse_tokens("invalid_grant", "ip restricted", times=2)
    answers = [org.login(grant_type="client_credentials", auth=auth) for _ in range(3)]

    assert [each.status_code for each in answers] == [400, 400, 200]
    assert answers[0].json() == {"error": "invalid_grant", "error_description": "ip restricted"}
