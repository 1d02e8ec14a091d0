"""An open session with Salesforce, and how requests show it."""

from __future__ import annotations

from dataclasses import dataclass, field

import requests
from requests.auth import AuthBase


@dataclass(frozen=True, slots=True)
class Login:
    """
    An open session.

    Attributes:
        url: Root URL of the organization's instance, without a trailing slash.
        token: Access token.
        version: API version, e.g. ``59.0``.
    """

    url: str
    token: str = field(repr=False)
    version: str

    @property
    def api(self) -> str:
        """Root of the REST API."""
        return f"{self.url}/services/data/v{self.version}"


class BearerToken(AuthBase):
    """
    The header that an access token is sent in.

    Requests that have an `AuthBase` are not given the user and password that ``~/.netrc`` has for the host.

    Args:
        token: Access token.
    """

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Sign one request."""
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request
