"""The credentials of an Upflow connection: the two headers that they become, and whether they fit into them."""

from __future__ import annotations

import re

from airflow.sdk import Connection
from requests import PreparedRequest
from requests.auth import AuthBase

from upflow_provider.hooks.connection_error import connection_error

CREDENTIAL = re.compile(r"[!-~]+")
"""What fits into an HTTP header: visible ASCII characters."""


class UpflowAuth(AuthBase):
    """
    Upflow's two headers.

    :param key: API key
    :param secret: API secret
    """

    def __init__(self, key: str, secret: str) -> None:
        self._key, self._secret = key.strip(), secret.strip()  # pasted keys end in newlines

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Sign one request."""
        request.headers["X-Api-Key"] = self._key
        request.headers["X-Api-Secret"] = self._secret
        return request


def check_credentials(connection: Connection) -> None:
    """
    Check that login and password can be key and secret.

    :param connection: connection of type ``upflow``
    :raises ConfigurationError: one is missing, or holds a character that no header takes
    """
    credentials = [(each or "").strip() for each in (connection.login, connection.password)]
    if not all(credentials):
        raise connection_error(connection, "login must hold the API key, and password the API secret")
    if not all(map(CREDENTIAL.fullmatch, credentials)):
        raise connection_error(
            connection, "login or password holds white space or another character that no API key has"
        )
