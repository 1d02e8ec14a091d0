"""The token endpoint of the fake Salesforce."""

import base64
import binascii
import secrets
from typing import Any
from urllib.parse import parse_qsl, unquote

from starlette.requests import Request
from starlette.responses import Response

from upflow_provider.testing.salesforce.answers import answer
from upflow_provider.testing.salesforce.org.ids import ORG_ID, USER_ID
from upflow_provider.testing.salesforce.org.org import Org
from upflow_provider.testing.salesforce.org.refusal import LoginRefusalError

AUDIENCES = ("https://login.salesforce.com", "https://test.salesforce.com")
"""Whom a JWT may be meant for, besides the org itself."""
JWT_LIFE_S = 180
"""How long a JWT may be valid (https://help.salesforce.com/s/articleView?id=sf.remoteaccess_oauth_jwt_flow.htm)."""
LEEWAY_S = 30


class Login:
    """
    Opens sessions for those who may log in.

    Args:
        org: The org.
    """

    def __init__(self, org: Org) -> None:
        self._org = org

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
            self._org.trouble.check_login()
        except LoginRefusalError as error:
            return answer({"error": error.error, "error_description": error.description}, error.status)
        return answer(self._opened())

    def _opened(self) -> dict[str, Any]:
        return {
            "access_token": self._org.sessions.open(),
            "instance_url": self._org.url,
            "id": f"https://login.salesforce.com/id/{ORG_ID}/{USER_ID}",
            "token_type": "Bearer",
            "issued_at": str(int(self._org.now() * 1000)),
            "signature": secrets.token_urlsafe(32),
            "scope": "api",
        }

    def _by_client(self, form: dict[str, str]) -> None:
        known = self._org.credentials
        if form.get("client_id") != known.client_id:
            raise LoginRefusalError("invalid_client_id", "client identifier invalid")
        if form.get("client_secret") != known.client_secret:
            raise LoginRefusalError("invalid_client", "invalid client credentials")

    def _by_password(self, form: dict[str, str]) -> None:
        self._by_client(form)
        known = self._org.credentials
        if (form.get("username"), form.get("password")) != (known.username, known.password):
            raise LoginRefusalError("invalid_grant", "authentication failure")

    def _by_jwt(self, form: dict[str, str]) -> None:
        claims = self._claims(form.get("assertion", ""))
        if claims.get("iss") != self._org.credentials.client_id:
            raise LoginRefusalError("invalid_client_id", "client identifier invalid")
        if claims.get("aud") not in {*AUDIENCES, self._org.url}:
            raise LoginRefusalError("invalid_grant", "audience is invalid")
        if claims.get("sub") != self._org.credentials.username:
            raise LoginRefusalError("invalid_grant", "user hasn't approved this consumer")
        left_s = claims["exp"] - self._org.now()
        if not -LEEWAY_S < left_s <= JWT_LIFE_S + LEEWAY_S:
            raise LoginRefusalError(
                "invalid_grant", "expired authorization code" if left_s < 0 else "invalid assertion"
            )

    def _claims(self, assertion: str) -> dict[str, Any]:
        """Return what a JWT says, if it is signed with the app's key."""
        jwt = _jwt()
        key = self._org.credentials.public_key
        if key is None:
            raise LoginRefusalError("invalid_grant", "no certificate is uploaded for this app")
        try:
            checks = {"verify_exp": False, "verify_aud": False, "require": ["exp"]}
            claims = dict(jwt.decode(assertion, key, algorithms=["RS256"], options=checks))
            return {**claims, "exp": float(claims["exp"])}  # some clients send a string
        except (jwt.InvalidTokenError, TypeError, ValueError):
            raise LoginRefusalError("invalid_grant", "invalid assertion") from None


def _unsupported(_: dict[str, str]) -> None:
    raise LoginRefusalError("unsupported_grant_type", "grant type not supported")


def _basic(request: Request) -> dict[str, str]:
    """Return the client's name and secret from the ``Authorization`` header; nothing without one."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return {}
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise LoginRefusalError("invalid_client", "invalid client credentials") from None
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
