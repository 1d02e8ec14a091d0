"""Base URLs of vendors' APIs from connections; a secret is sent without TLS only to local hosts."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from airflow.sdk import Connection

from upflow_provider.hooks.connection_error import connection_error

UPFLOW_SANDBOX_URL = "https://api.sandbox.upflow.io/v1"
STRIPE_URL = "https://api.stripe.com"
NOT_A_URL = "host must be a plain URL such as {}, without a user, spaces, ? or #; port must be empty or at least 1"
NOT_A_SCHEME = (
    "schema must be empty, https or http, but is something else: in a connection that is written as a URI, whatever "
    "follows the host is its schema. Write host with scheme and path, percent-encoded: "
    "CONN_TYPE://USER:PASSWORD@https%3A%2F%2Fapi.sandbox.upflow.io%2Fv1"
)
NOT_SAFE = "host must begin with https://, because requests carry a secret"
NOT_V1 = f"host must be the base URL up to and including /v1, such as {UPFLOW_SANDBOX_URL}, and port must be empty"
LOCAL_HOST = re.compile(r"127\.0\.0\.1|::1|[a-z0-9_-]+", re.IGNORECASE | re.ASCII)
"""Loopback, and names without a dot, which only a local network or a container network knows."""
NUMERIC_HOST = re.compile(r"[0-9]+|0x[0-9a-f]*", re.IGNORECASE | re.ASCII)
"""Addresses in one number, such as 134744072 and 0x08080808 for 8.8.8.8: no names, though they have no dot."""

DEFAULT_PORTS = (443, 80)
SCHEMES = ("", "http", "https")


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
    url = _base_url(connection, UPFLOW_SANDBOX_URL, default_scheme="http")
    if not urlsplit(url).path.endswith("/v1"):
        raise connection_error(connection, NOT_V1)
    return url


def stripe_base_url(connection: Connection) -> str | None:
    """
    Return the base URL of Stripe's API, without ``/v1``; ``None`` for Stripe's own, when the host is empty.

    :param connection: connection of type ``stripe``
    :raises ConfigurationError: requests to the URL would carry the key in clear text
    """
    if not (connection.host or "").strip(" \t\r\n/"):
        return None
    return _base_url(connection, STRIPE_URL, default_scheme="https")


def _base_url(connection: Connection, default: str, *, default_scheme: str) -> str:
    """
    Return the URL that host, schema and port of a connection make, without a slash at its end.

    :param connection: the connection
    :param default: what an empty host means, and an example of what it may be
    :param default_scheme: scheme if neither host nor schema have one
    :raises ConfigurationError: that is no URL, or requests to it would carry the secret in clear text
    """
    url = ((connection.host or "").strip() or default).rstrip("/")
    if "://" not in url:
        if (connection.schema or "").lower() not in SCHEMES:
            raise connection_error(connection, NOT_A_SCHEME)
        url = f"{connection.schema or default_scheme}://{url}"
    url = f"{url}:{connection.port}" if connection.port else url
    if not _is_plain(url):
        raise connection_error(connection, NOT_A_URL.format(default))
    if not is_safe(url):
        raise connection_error(connection, NOT_SAFE)
    return url


def _is_plain(url: str) -> bool:
    """Return whether a URL has a host that can be one, and nothing but scheme, port and path beside it."""
    try:
        parts = urlsplit(url)
        (parts.hostname or "").encode("idna")
        has_port = parts.port != 0
    except ValueError:  # its text may hold a password
        return False
    is_bare = "@" not in parts.netloc and not parts.netloc.endswith(":") and not parts.query and not parts.fragment
    return bool(parts.hostname) and has_port and is_bare and not re.search(r"\s", url)
