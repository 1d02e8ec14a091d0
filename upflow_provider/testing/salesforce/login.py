"""The token endpoint of the fake Salesforce, and the sessions it opens."""

import base64
import binascii
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

from starlette.requests import Request
from starlette.responses import Response

from upflow_provider.testing.salesforce.org.ids import numbered
from upflow_provider.testing.salesforce.org.refusal import SalesforceRefusalError, answer

if TYPE_CHECKING:
    from upflow_provider.testing.salesforce.fake import FakeSalesforce

ORG_ID, USER_ID = numbered("00D", 1), numbered("005", 1)
AUDIENCES = ("https://login.salesforce.com", "https://test.salesforce.com")
"""Whom a JWT may be meant for, besides the org itself."""
JWT_LIFE_S = 180
"""How long a JWT may be valid (https://help.salesforce.com/s/articleView?id=sf.remoteaccess_oauth_jwt_flow.htm)."""
LEEWAY_S = 30


@dataclass(frozen=True, slots=True)
class Credentials:
    """
    What is accepted.

    Attributes:
        client_id: Consumer key of the External Client App.
        client_secret: Its consumer secret.
        username: Name of the user that exports run as.
        password: That user's password, followed by the security token.
        public_key: Public key of the app's certificate, PEM, to check JWTs; None where the app has none.
    """

    client_id: str = "client-id"
    client_secret: str = "client-secret"  # noqa: S105 - made up
    username: str = "export@example.com"
    password: str = "password-and-token"  # noqa: S105 - made up
    public_key: str | None = None


class _OAuthError(Exception):
    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.response = answer({"error": error, "error_description": description}, status)


class Sessions:
    """
    Opens sessions, and knows which are open.

    Args:
        fake: The fake.
    """

    def __init__(self, fake: "FakeSalesforce") -> None:
        self._fake = fake
        self._ends: dict[str, float] = {}

    def token(self, request: Request, body: bytes) -> Response:
        """Answer a request for a token; parameters count only in the body, as Salesforce has it."""
        form = dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
        flows = {
            "client_credentials": self._by_client,
            "password": self._by_password,
            "urn:ietf:params:oauth:grant-type:jwt-bearer": self._by_jwt,
        }
        try:
            flows.get(form.get("grant_type", ""), _unsupported)(form | _basic(request))
        except _OAuthError as error:
            return error.response
        return self._fake.trouble.token_refusal() or answer(self._opened())

    def token_of(self, request: Request) -> str:
        """
        Return the token that a request has.

        Raises:
            SalesforceRefusalError: It has none.
        """
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise SalesforceRefusalError(401, "INVALID_AUTH_HEADER", "INVALID_HEADER_TYPE")
        return token

    def check(self, token: str) -> None:
        """
        Check that a token is that of an open session.

        Raises:
            SalesforceRefusalError: It is not.
        """
        if self._ends.get(token, 0.0) <= self._fake.now():
            raise SalesforceRefusalError(401, "INVALID_SESSION_ID", "Session expired or invalid")

    def expire(self) -> None:
        """End all sessions."""
        self._ends.clear()

    def open(self) -> str:
        """Open a session without a login, and return its token."""
        token = f"{ORG_ID[:15]}!{secrets.token_urlsafe(48)}"
        self._ends[token] = self._fake.now() + self._fake.session_s
        return token

    def _opened(self) -> dict[str, Any]:
        return {
            "access_token": self.open(),
            "instance_url": self._fake.url,
            "id": f"https://login.salesforce.com/id/{ORG_ID}/{USER_ID}",
            "token_type": "Bearer",
            "issued_at": str(int(self._fake.now() * 1000)),
            "signature": secrets.token_urlsafe(32),
            "scope": "api",
        }

    def _by_client(self, form: dict[str, str]) -> None:
        known = self._fake.credentials
        if form.get("client_id") != known.client_id:
            raise _OAuthError("invalid_client_id", "client identifier invalid")
        if form.get("client_secret") != known.client_secret:
            raise _OAuthError("invalid_client", "invalid client credentials")

    def _by_password(self, form: dict[str, str]) -> None:
        self._by_client(form)
        known = self._fake.credentials
        if (form.get("username"), form.get("password")) != (known.username, known.password):
            raise _OAuthError("invalid_grant", "authentication failure")

    def _by_jwt(self, form: dict[str, str]) -> None:
        claims = self._claims(form.get("assertion", ""))
        if claims.get("iss") != self._fake.credentials.client_id:
            raise _OAuthError("invalid_client_id", "client identifier invalid")
        if claims.get("aud") not in {*AUDIENCES, self._fake.url}:
            raise _OAuthError("invalid_grant", "audience is invalid")
        if claims.get("sub") != self._fake.credentials.username:
            raise _OAuthError("invalid_grant", "user hasn't approved this consumer")
        left_s = claims["exp"] - self._fake.now()
        if not -LEEWAY_S < left_s <= JWT_LIFE_S + LEEWAY_S:
            raise _OAuthError("invalid_grant", "expired authorization code" if left_s < 0 else "invalid assertion")

    def _claims(self, assertion: str) -> dict[str, Any]:
        """Return what a JWT says, if it is signed with the app's key."""
        jwt = _jwt()
        key = self._fake.credentials.public_key
        if key is None:
            raise _OAuthError("invalid_grant", "no certificate is uploaded for this app")
        try:
            checks = {"verify_exp": False, "verify_aud": False, "require": ["exp"]}
            claims = dict(jwt.decode(assertion, key, algorithms=["RS256"], options=checks))
            return {**claims, "exp": float(claims["exp"])}  # some clients send a string
        except (jwt.InvalidTokenError, TypeError, ValueError):
            raise _OAuthError("invalid_grant", "invalid assertion") from None


def _unsupported(_: dict[str, str]) -> None:
    raise _OAuthError("unsupported_grant_type", "grant type not supported")


def _basic(request: Request) -> dict[str, str]:
    """Return the client's name and secret from the ``Authorization`` header; nothing without one."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return {}
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise _OAuthError("invalid_client", "invalid client credentials") from None
    return {"client_id": unquote(name), "client_secret": unquote(secret)}


def _jwt() -> Any:  # noqa: ANN401 - a module
    """Import PyJWT, at the first login with a JWT only."""
    try:
        import cryptography  # noqa: F401, PLC0415 - PyJWT checks RS256 with it
        import jwt  # noqa: PLC0415
    except ModuleNotFoundError as error:
        message = f'JWT logins need {error.name}: pip install "upflow-provider[testing]"'
        raise ModuleNotFoundError(message, name=error.name) from error
    return jwt
