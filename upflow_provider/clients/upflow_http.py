"""One request to Upflow: paced, timed, retried, its failure named by the reaction it asks for."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import requests

from upflow_provider.budget import Budget
from upflow_provider.clients.gate import Gate
from upflow_provider.clients.redact import redact
from upflow_provider.clients.retry import retrying
from upflow_provider.clients.unanswered import unanswered
from upflow_provider.errors import (
    AuthenticationError,
    NotFoundError,
    ProtocolError,
    RateLimitedError,
    ReadOnlyError,
    RefusedError,
    RetriableError,
    UpflowSyncError,
)

DEFAULT_PAUSE_S = 5.0
"""Seconds that everybody holds off after a 429 that does not say how long."""


class UpflowHttp:
    """
    Sends requests to one Upflow organization.

    Args:
        session: Session that carries authentication, proxies and TLS settings.
        base_url: Base URL up to and including ``/v1``.
        budget: The shared request budget; ``None`` for no pacing.
        max_concurrency: Requests under way at once.
        timeout_s: Seconds to wait for a connection, and again for an answer.
        read_only: Refuse every write before it is sent.
        sleep: Waits that many seconds.
        clock: Seconds of a monotonic clock.
        dice: A number from 0.0 to 1.0, for the jitter of retries.
    """

    def __init__(
        self,
        session: requests.Session,
        base_url: str,
        *,
        budget: Budget | None = None,
        max_concurrency: int = 5,
        timeout_s: float = 30.0,
        read_only: bool = False,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        dice: Callable[[], float] = random.random,
    ) -> None:
        self.read_only = read_only
        self._session, self._base_url, self._timeout_s = session, base_url.rstrip("/"), timeout_s
        self._gate = Gate(budget, max_concurrency, sleep)
        self._sleep, self._clock, self._dice = sleep, clock, dice

    def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,  # noqa: ANN401 - any JSON
        params: Mapping[str, Any] | None = None,
        files: Mapping[str, Any] | None = None,
        repeatable: bool = True,
        retry: bool = True,
        before_send: Callable[[], None] | None = None,
    ) -> Any:  # noqa: ANN401 - any JSON
        """
        Send one request and return its JSON answer; ``None`` when the answer is empty.

        Args:
            method: HTTP method.
            path: Path below the base URL, quoted.
            json: Body.
            params: Query parameters.
            files: Parts of a multipart body, instead of *json*.
            repeatable: Whether sending it twice does no harm. If not, it is repeated only after an
                answer that proves that nothing was done (429, 503).
            retry: Whether to try again at all.
            before_send: Called right before each attempt, when its slot has come; what it raises
                ends the request.

        Raises:
            RetriableError, RateLimitedError: Every attempt failed.
            AuthenticationError: Key or secret is wrong (401, 403).
            NotFoundError, RefusedError: Upflow refused this request, and would again.
            ProtocolError: The answer is none that Upflow documents.
            ReadOnlyError: It would write, and this client only reads.
        """
        call = f"{method} {path}"
        if self.read_only and method != "GET":
            raise ReadOnlyError(f"{call}: nothing is written in test mode or in a dry run")

        def attempt() -> Any:  # noqa: ANN401 - any JSON
            response: requests.Response | None
            with self._gate.open():
                if before_send:
                    before_send()
                try:
                    response = self._session.request(
                        method,
                        self._base_url + path,
                        json=json,
                        params=params,
                        files=files,
                        timeout=self._timeout_s,
                        allow_redirects=False,
                    )
                except (requests.RequestException, ValueError) as error:
                    problem = self._lost(error, call, repeatable=repeatable)
                    response = None
            if response is None:
                raise problem  # out here, where the library's own text is not its context
            return self._answer(response, call, json, repeatable=repeatable)

        if not retry:
            return attempt()
        return retrying(sleep=self._sleep, clock=self._clock, dice=self._dice)(attempt)

    @staticmethod
    def _lost(error: Exception, call: str, *, repeatable: bool) -> UpflowSyncError:
        problem = unanswered(error, call)
        if isinstance(problem, RetriableError) and not repeatable:
            return RefusedError(f"{problem}; it is not known whether it was done, so it is not repeated", 0)
        return problem

    def _answer(self, response: requests.Response, call: str, sent: Any, *, repeatable: bool) -> Any:  # noqa: ANN401
        status = response.status_code
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return _json(response, call)
        what = f"{call}: {status}"
        reason = redact(_reason(response), sent)
        if reason:
            what = f"{what}: {reason}"
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            retry_after_s = _retry_after_s(response.headers.get("Retry-After"))
            self._gate.hold_off(retry_after_s or DEFAULT_PAUSE_S)
            raise RateLimitedError(what, retry_after_s)
        if status == HTTPStatus.SERVICE_UNAVAILABLE or (status >= HTTPStatus.INTERNAL_SERVER_ERROR and repeatable):
            raise RetriableError(what)
        if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            raise AuthenticationError(f"{what}; check login (API key) and password (API secret) of the connection")
        if status == HTTPStatus.NOT_FOUND:
            raise NotFoundError(what, status)
        if status >= HTTPStatus.BAD_REQUEST:
            raise RefusedError(what, status)
        raise ProtocolError(f"{what}: Upflow documents no such answer; check the connection's host")


def _json(response: requests.Response, call: str) -> Any:  # noqa: ANN401 - any JSON
    """Return the answer; one that was cut short is worth another try, bare text is returned as it is."""
    if not response.content:
        return None
    try:
        return response.json()
    except requests.JSONDecodeError as error:
        text = response.text
        if text.isalpha():
            return text  # such as CREATED, the answer of /reconcile
        raise RetriableError(f"{call}: the answer is no JSON, or not all of it") from error


def _reason(response: requests.Response) -> str:
    """Return why Upflow refused: ``message``, else ``error``, else the text; the shape is not documented."""
    try:
        body = response.json()
    except requests.JSONDecodeError:
        return response.text[:2000]
    if isinstance(body, dict):
        said = body.get("message") or body.get("error") or ""
        return said if isinstance(said, str) else str(said)
    return str(body)[:2000]


def _retry_after_s(text: str | None) -> float:
    """Return the seconds of a ``Retry-After``, given as seconds or as a date; 0.0 without one."""
    if not text:
        return 0.0
    try:
        return max(0.0, float(text))
    except ValueError:
        pass  # then it is a date
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return 0.0
