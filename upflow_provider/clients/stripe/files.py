"""
PDFs of Stripe's documents, downloaded from the links that Stripe's API shows.

A link is a secret: it opens without a key. It is in no message, and no key is sent to it. It may redirect, and is
followed to Stripe's own hosts only. A link that has expired leads to a web page
(https://docs.stripe.com/invoicing/hosted-invoice-page).
"""

from __future__ import annotations

import logging
import random
import re
import time
from collections.abc import Callable
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import SplitResult, urljoin, urlsplit

import requests

from upflow_provider.clients.bounded_answers import PIECE_SIZE, bounded
from upflow_provider.clients.connection_errors import unanswered
from upflow_provider.clients.http_dates import retry_after_s
from upflow_provider.clients.pace import Pace
from upflow_provider.clients.retry import retrying
from upflow_provider.clients.stripe.sdk import KeySession
from upflow_provider.errors import RateLimitedError, RefusedError, UnservedError, UpflowSyncError

STRIPE_DOMAIN = ".stripe.com"
"""End of the names of Stripe's hosts."""
PDF_SIZE_MAX = 10 * 1024 * 1024
"""Bytes of the largest PDF that is uploaded; each thread has one in memory, and its base64."""
PDF_BEGINNING = b"%PDF-"
PDF_END, PDF_END_WITHIN = b"%%EOF", 1024
"""What is within so many bytes of the end of every whole PDF (ISO 32000, file trailer)."""
PDF_TYPES = frozenset({"application/pdf", "application/octet-stream", "binary/octet-stream"})
"""Content types of a PDF, with which object stores may serve one, too."""
REDIRECTS_MAX = 5
TIMEOUT_S = (10.0, 60.0)
"""Seconds to wait for a connection, and for each byte: Stripe renders a PDF when it is asked for it."""
DOWNLOADS_PER_SECOND = 10.0
DEFAULT_PAUSE_S = 5.0
"""Seconds that all downloads pause after a 429 that does not say how long."""
PASSING = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_EARLY}
"""Statuses below 500 that pass, beside 429."""
LINK_CHARACTERS = re.compile(r"[!-\[\]-~]+")
"""Printable ASCII without the backslash, which libraries read in different ways."""


class StripeFiles:
    """
    Downloads PDFs from Stripe; threads may share it.

    Args:
        api_url: Base URL of Stripe's API where it is not Stripe's own, such as a fake's; links to the same server count
            as Stripe's, whatever its scheme.
        size_max: Bytes of the largest PDF.
        sleep: Waits for a number of seconds.
        clock: Returns the seconds of a monotonic clock.
        dice: Returns a number from 0.0 to 1.0, for the jitter of retries.
        session: Sends the requests; one without a key by default.
    """

    def __init__(
        self,
        api_url: str | None = None,
        *,
        size_max: int = PDF_SIZE_MAX,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        dice: Callable[[], float] = random.random,
        session: requests.Session | None = None,
    ) -> None:
        self._api = urlsplit(api_url) if api_url else None
        self._size_max, self._session = size_max, session or _session()
        self._pace = Pace(DOWNLOADS_PER_SECOND, clock=clock, sleep=sleep)
        self._retry = retrying(sleep=sleep, clock=clock, dice=dice)

    def pdf(self, link: str, what: str) -> bytes:
        """
        Return the PDF that a link leads to.

        Args:
            link: Address of the PDF, read from Stripe's API right before.
            what: What it is, for messages, such as ``PDF of in_1``.

        Raises:
            RefusedError: The link leads to something else than a PDF, to a PDF that is too large, or away from Stripe.
            RetriableError: Every attempt failed.
            ConfigurationError: No retry would reach the server, for example because of a certificate.
        """
        return self._retry(self._attempt, link, what)

    def _attempt(self, link: str, what: str) -> bytes:
        url = link
        for _ in range(REDIRECTS_MAX + 1):
            answer = self._ask(url, what)
            if isinstance(answer, bytes):
                return answer
            url = urljoin(url, answer)
        raise RefusedError(f"{what}: the link redirects more than {REDIRECTS_MAX} times", HTTPStatus.FOUND)

    def _ask(self, url: str, what: str) -> bytes | str:
        """Return the PDF at an address, or the address that it redirects to."""
        if not self._is_stripes(url):
            raise RefusedError(
                f"{what}: the link does not lead to a host of Stripe's by https, and is not followed", HTTPStatus.FOUND
            )
        self._pace.wait()
        try:
            with self._session.get(url, stream=True, allow_redirects=False, timeout=TIMEOUT_S) as response:
                if response.is_redirect:
                    return response.headers["Location"]
                self._check(response, what)
                return self._read(response, what)
        except (requests.RequestException, ValueError) as error:
            problem = unanswered(error, what)
        raise problem  # out here, so that the library's error, which has the link, is not its context

    def _is_stripes(self, url: str) -> bool:
        """Return whether an address is one of Stripe's, or of the server that stands for Stripe."""
        if not LINK_CHARACTERS.fullmatch(url):
            return False
        try:
            parts = urlsplit(url)
            server = _server(parts)
        except ValueError:  # an impossible host or port
            return False
        if parts.username is not None or parts.password is not None:
            return False
        if self._api and server == _server(self._api):
            return True
        scheme, host, port = server
        return scheme == "https" and port == _PORTS["https"] and host.endswith(STRIPE_DOMAIN)

    def _check(self, response: requests.Response, what: str) -> None:
        """Raise an error unless an answer says that it is a PDF of a size that is wanted."""
        status = response.status_code
        if status != HTTPStatus.OK:
            raise self._problem(response, f"{what}: {status}")
        kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind not in PDF_TYPES:
            raise RefusedError(f"{what}: {EXPIRED if kind == PAGE else OTHER_TYPE}", status)
        length = response.headers.get("Content-Length", "")
        if length.isdecimal() and int(length) > self._size_max:
            raise self._too_large(what)

    def _read(self, response: requests.Response, what: str) -> bytes:
        """Read an answer piece by piece, and no further than it can be a PDF of a size that is wanted."""
        body = bytearray()
        for piece in response.iter_content(PIECE_SIZE):
            body += piece
            if len(body) > self._size_max:
                raise self._too_large(what)
            if len(body) >= len(PDF_BEGINNING) and not body.startswith(PDF_BEGINNING):
                break
        if not body.startswith(PDF_BEGINNING):
            raise RefusedError(f"{what}: {OTHER_BEGINNING}", response.status_code)
        if PDF_END not in body[-PDF_END_WITHIN:]:
            raise UnservedError(f"{what}: the answer was cut short")
        return bytes(body)

    def _too_large(self, what: str) -> RefusedError:
        limit = f"{self._size_max / 2**20:g} MiB"
        return RefusedError(f"{what}: it is larger than {limit} and is not uploaded", HTTPStatus.OK)

    def _problem(self, response: requests.Response, what: str) -> UpflowSyncError:
        """Return the error that an answer without a PDF stands for."""
        status = response.status_code
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            pause_s = retry_after_s(response.headers)
            self._pace.pause(pause_s or DEFAULT_PAUSE_S)
            return RateLimitedError(f"{what}: Stripe asks for a pause", pause_s)
        if status in PASSING or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return UnservedError(f"{what}: Stripe is in trouble")
        if status in FORBIDDEN:
            return RefusedError(f"{what}: {status}: Stripe does not permit the download", status)
        return RefusedError(f"{what}: {status}: {EXPIRED}", status)


_OTHER = "Stripe answers something else than a PDF"
EXPIRED = f"{_OTHER}, as it does when a link has expired"
OTHER_TYPE = f"{_OTHER}, judging by its type"
OTHER_BEGINNING = f"{_OTHER}, judging by how it begins"
PAGE = "text/html"
FORBIDDEN = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
_PORTS = {"http": 80, "https": 443}


def _server(parts: SplitResult) -> tuple[str, str, int | None]:
    """Return scheme, host and port of an address."""
    return parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme)


class _NoLinks(logging.Filter):
    """Drops the one message of urllib3's in which a link would be: that some headers cannot be parsed."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not str(record.msg).startswith("Failed to parse headers")


def _session() -> requests.Session:
    """Return a session that sends neither a key nor what ``~/.netrc`` has for a host, and keeps no cookies."""
    session = bounded(KeySession())
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers["Accept"] = "application/pdf"
    logging.getLogger("urllib3.connection").addFilter(_NO_LINKS)
    return session


_NO_LINKS = _NoLinks()
