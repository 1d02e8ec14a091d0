"""Who may log in to the fake Salesforce, and which sessions are open."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from upflow_provider.testing.salesforce.org.ids import ORG_ID, SHORT
from upflow_provider.testing.salesforce.org.refusal import SalesforceRefusalError


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


class Sessions:
    """
    Opens sessions, and knows which are open.

    Args:
        now: Current time, Unix seconds.

    Attributes:
        session_s: How long a session lasts, in seconds.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._ends: dict[str, float] = {}
        self.session_s = 7_200.0

    def open(self) -> str:
        """Open a session, and return its token."""
        token = f"{ORG_ID[:SHORT]}!{secrets.token_urlsafe(48)}"
        self._ends[token] = self._now() + self.session_s
        return token

    def check(self, token: str) -> None:
        """
        Check that a token is that of an open session.

        Raises:
            SalesforceRefusalError: It is not.
        """
        if self._ends.get(token, 0.0) <= self._now():
            raise SalesforceRefusalError(401, "INVALID_SESSION_ID", "Session expired or invalid")

    def expire(self) -> None:
        """End all sessions."""
        self._ends.clear()
