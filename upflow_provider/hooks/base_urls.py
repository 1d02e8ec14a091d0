"""Base URLs of vendors' APIs from connections; a secret is sent without TLS only to local hosts."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from airflow.sdk import Connection

from upflow_provider.hooks.connection_error import connection_error

UPFLOW_SANDBOX_URL = "https://api.sandbox.upflow.io/v1"
NOT_A_URL = f"host must be a plain URL such as {UPFLOW_SANDBOX_URL}"
NOT_SAFE = "host must begin with https://, because requests carry a secret"
NOT_V1 = f"host must be the base URL up to and including /v1, such as {UPFLOW_SANDBOX_URL}, and port must be empty"
LOCAL_HOST = re.compile(r"127\.0\.0\.1|::1|[a-z0-9_-]+", re.IGNORECASE | re.ASCII)
"""Loopback, and names without a dot, which only a local network or a container network knows."""
NUMERIC_HOST = re.compile(r"[0-9]+|0x[0-9a-f]*", re.IGNORECASE | re.ASCII)
"""Addresses in one number, such as 134744072 and 0x08080808 for 8.8.8.8: no names, though they have no dot."""

DEFAULT_PORTS = (443, 80)


def is_safe(url: str) -> bool:
    """
    Return whether requests to *url* may carry a secret: by https to any host, by http only to local hosts.

    :param url: base URL of an API
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    is_local = LOCAL_HOST.fullmatch(host) is not None and NUMERIC_HOST.fullmatch(host) is None
    return parts.scheme == "https" or (parts.scheme == "http" and is_local)


def api_host(url: str) -> str:
    """
    Return the host of an API by the one name that all spellings share: in lower case, without a dot at its end.

    :param url: base URL of an API
    :return: the host, with its port unless that is 443 or 80
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    name = f"[{host}]" if ":" in host else host
    return name if parts.port in {None, *DEFAULT_PORTS} else f"{name}:{parts.port}"


def upflow_base_url(connection: Connection) -> str:
    """
    Return the base URL of Upflow's API, up to and including ``/v1``.

    An empty host means the sandbox: a connection that is only half configured must not mean production.

    :param connection: connection of type ``upflow``
    :raises ConfigurationError: the URL cannot be right, or requests to it would carry the secret in clear text
    """
    url = _base_url(connection, connection.host or UPFLOW_SANDBOX_URL, default_scheme="http")
    try:
        problem = _upflow_problem(url)
    except ValueError:  # its text may hold a password
        problem = NOT_A_URL
    if problem:
        raise connection_error(connection, problem)
    return url


def stripe_base_url(connection: Connection) -> str | None:
    """
    Return the base URL of Stripe's API, without ``/v1``; ``None`` for Stripe's own, when the host is empty.

    :param connection: connection of type ``stripe``
    :raises ConfigurationError: requests to the URL would carry the key in clear text
    """
    host = (connection.host or "").rstrip("/")
    if not host:
        return None
    url = _base_url(connection, host, default_scheme="https")
    if not is_safe(url):
        raise connection_error(connection, NOT_SAFE)
    return url


def _base_url(connection: Connection, host: str, *, default_scheme: str) -> str:
    """Return the URL that host, schema and port of a connection make, without a slash at its end."""
    url = host.rstrip("/")
    if "://" not in url:
        url = f"{connection.schema or default_scheme}://{url}"
    return f"{url}:{connection.port}" if connection.port else url


def _upflow_problem(url: str) -> str | None:
    """Return what is wrong with a base URL of Upflow's API, if anything; `ValueError` means that it is not a URL."""
    parts = urlsplit(url)
    if not parts.hostname or parts.port == 0 or "@" in parts.netloc or parts.query or parts.fragment:
        return NOT_A_URL
    if not is_safe(url):
        return NOT_SAFE
    return None if parts.path.endswith("/v1") else NOT_V1
