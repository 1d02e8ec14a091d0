"""Which hosts a secret may be sent to without TLS."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

LOCAL = re.compile(r"127\.0\.0\.1|::1|[\w-]+")
"""Loopback, and names without a dot, which only a local network or a container network knows."""


def is_safe(url: str) -> bool:
    """
    Tell whether requests to *url* may carry a secret: by https anywhere, by http to local hosts only.

    :param url: base URL of an API
    """
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and LOCAL.fullmatch(parts.hostname or "") is not None)
