"""Requests to Upflow: paced, limited in time and retried; a failure becomes an error that says how to react."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests
from urllib3.exceptions import NewConnectionError

from upflow_provider.clients.bounded_answers import bounded
from upflow_provider.clients.budget import MAX_PAUSE_S, Budget
from upflow_provider.clients.connection_errors import unanswered
from upflow_provider.clients.request_gate import RequestGate
from upflow_provider.clients.retry import retrying
from upflow_provider.clients.upflow import answers
from upflow_provider.errors import (
    ProtocolError,
    RateLimitedError,
    ReadOnlyError,
    RecordError,
    RetriableError,
    UnservedError,
    UpflowSyncError,
)
from upflow_provider.shown_ids import shown_path

DEFAULT_PAUSE_S = 5.0
"""Seconds that all tasks pause after a 429 that does not say how long."""

Shape = Callable[[Any, str], Any]
"""Returns the content of an answer as it must be, given method and path; raises `ProtocolError` if it is not so."""


def as_it_is(answer: Any, what: str) -> Any:  # noqa: ANN401, ARG001 - any JSON
    """Return any content of an answer."""
    return answer


class UpflowHttp:
    """
    Sends requests to one Upflow organization.

    Args:
        session: Session that carries authentication, proxies and TLS settings.
        base_url: Base URL up to and including ``/v1``.
        budget: The shared request budget; ``None`` for no pacing.
        max_concurrency: Requests in flight.
        timeout_s: Seconds to wait for a connection, and again for each byte of an answer; see `bounded_answers`.
        read_only: Whether to refuse every write before it is sent.
        sleep: Waits for a number of seconds.
        clock: Returns the seconds of a monotonic clock.
        dice: Returns a number from 0.0 to 1.0, for the jitter of retries.
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
        self._read_only = read_only
        self._session, self._base_url, self._timeout_s = bounded(session), base_url.rstrip("/"), timeout_s
        self._gate = RequestGate(budget, max_concurrency, sleep)
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
        before_send: Callable[[bool], object] | None = None,
        shape: Shape = as_it_is,
    ) -> Any:  # noqa: ANN401 - any JSON
        """
        Send one request and return its JSON answer; ``None`` if the answer is empty.

        Args:
            method: HTTP method.
            path: Path below the base URL, quoted.
            json: Body.
            params: Query parameters.
            files: Parts of a multipart body, instead of *json*.
            repeatable: Whether sending it twice does no harm. If not, it is repeated only if nothing can
                have been done: there was no connection, or the answer says so (`answers.PASSING`).
            retry: Whether to try again at all.
            before_send: Called right before each attempt, when its slot has come, with whether an earlier
                attempt got no answer and may still arrive; an exception that it raises ends the request.
            shape: Returns the content of the answer as it must be; it is given method and path for messages.

        Raises:
            UnservedError, RateLimitedError: Every attempt failed, or each answer to a write was none of Upflow's.
            RetriableError: There was no connection.
            AuthenticationError: Key or secret is wrong (401, 403).
            ConfigurationError: No retry would reach the server, for example because of its certificate.
            NotFoundError, RefusedError: Upflow refused this request, and would refuse it again.
            RecordError: It may have been done and must not be done twice, or its answer cannot be read.
            ProtocolError: Upflow documents no such answer to a read.
            ReadOnlyError: It would write, and this client only reads.
        """
        call = UpflowCall(method, path, json, params, files, repeatable)
        if self._read_only and method != "GET":
            raise ReadOnlyError(f"{call}: nothing is written in test mode or in a dry run")
        queued_s, may_arrive_late = 0.0, False

        def attempt() -> Any:  # noqa: ANN401 - any JSON
            nonlocal queued_s, may_arrive_late
            asked_s = self._clock()
            with self._gate.open():
                queued_s += self._clock() - asked_s
                if before_send:
                    before_send(may_arrive_late)
                try:
                    response = self._send(call)
                except RetriableError:
                    may_arrive_late = True
                    raise
            return self._content(call, response, shape)

        if not retry:
            return attempt()
        # Waiting for a slot is not a sign of trouble: it does not count towards the time that retries may take.
        return retrying(sleep=self._sleep, clock=lambda: self._clock() - queued_s, dice=self._dice)(attempt)

    def _send(self, call: UpflowCall) -> requests.Response:
        try:
            return self._session.request(
                call.method,
                self._base_url + call.path,
                json=call.json,
                params=call.params,
                files=call.files,
                timeout=self._timeout_s,
                allow_redirects=False,
            )
        except (requests.RequestException, ValueError) as error:
            problem = unanswered(error, str(call))
            if not (call.repeatable or _never_connected(error)):
                problem = _not_twice(problem)
        raise problem  # out here, so that the library's error, which holds queries and headers, is not its context

    def _content(self, call: UpflowCall, response: requests.Response, shape: Shape) -> Any:  # noqa: ANN401 - any JSON
        try:
            return _checked(call, response, shape)
        except RateLimitedError as error:
            self._gate.pause(min(error.retry_after_s or DEFAULT_PAUSE_S, MAX_PAUSE_S))
            raise
        except RetriableError as error:
            if call.repeatable or response.status_code in answers.PASSING:
                raise
            raise _not_twice(error) from error


def _checked(call: UpflowCall, response: requests.Response, shape: Shape) -> Any:  # noqa: ANN401 - any JSON
    """Return the content of an answer; one to a write that is not what Upflow documents may be this record's only."""
    try:
        if answers.is_success(response):
            return shape(answers.content(response, str(call)), str(call))
        raise answers.problem(response, str(call), [call.json, call.params])
    except ProtocolError as error:
        if call.method == "GET":
            raise
        raise UnservedError(str(error)) from None


@dataclass(frozen=True, slots=True)
class UpflowCall:
    """A request, and whether it may be sent twice; no traceback shows its personal data."""

    method: str
    path: str
    json: Any = field(repr=False)
    params: Mapping[str, Any] | None = field(repr=False)
    files: Mapping[str, Any] | None = field(repr=False)
    repeatable: bool

    def __str__(self) -> str:
        return f"{self.method} {shown_path(self.path)}"


def _not_twice(problem: UpflowSyncError) -> UpflowSyncError:
    """Turn an error that asks for a retry into one that does not, because the call may have been done."""
    if not isinstance(problem, RetriableError):
        return problem
    return RecordError(f"{problem}; Upflow may have done it, so it is not repeated")


def _never_connected(error: Exception) -> bool:
    """Tell whether there was no connection at all, so that nothing can have been done."""
    reason = getattr(error.args[0], "reason", None) if error.args else None  # urllib3's, within that of requests
    return isinstance(error, requests.ConnectTimeout) or isinstance(reason, NewConnectionError)
