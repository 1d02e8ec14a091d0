"""Requests to Salesforce: with time-outs, retries and one new login; errors are named by the reaction they ask for."""

from __future__ import annotations

import json as json_
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import requests

from upflow_provider.clients.bounded_answers import bounded
from upflow_provider.clients.connection_errors import unanswered
from upflow_provider.clients.http_dates import http_instant
from upflow_provider.clients.retry import Loop, retrying
from upflow_provider.clients.salesforce import answers
from upflow_provider.clients.salesforce.login import BearerToken, Login
from upflow_provider.errors import QuotaError, ReadOnlyError

if TYPE_CHECKING:
    from upflow_provider.runs.host_clock import HostClock

TIMEOUT_S = (10.0, 130.0)
"""Seconds to wait for a connection, and for an answer: Salesforce ends a request itself after 120."""


SIZE_MAX = 256 * 1024 * 1024
"""Bytes of an answer: a page of a Bulk query has up to 50,000 Accounts."""


class SalesforceHttp:
    """
    Sends requests to one Salesforce organization; threads may share it.

    Every write of the export gives a field of a known Account a value. Doing so twice does no harm, so a request may be
    repeated when its answer was lost.

    Args:
        login: Logs in; called before the first request, and again when a token was refused.
        session: Session that carries proxies and TLS settings.
        reserve: Share of the daily requests that is left to other programs, 0 to 1.
        read_only: Refuse every write before it is sent.
        allow_duplicates: Let writes pass duplicate rules that alert only
            (https://developer.salesforce.com, REST API, Duplicate Rule Header); Bulk API 2.0 has no such header.
        host: This host's clock, compared with the first answer; ``None`` to compare nothing.
        sleep: Waits for a number of seconds.
        clock: Seconds of a monotonic clock.
        dice: Returns a number from 0.0 to 1.0, for the jitter of retries.

    Attributes:
        calls: Requests sent so far, answered or not, without logins.
        writes: Requests sent so far that change Accounts, or belong to a job that does.
        allow_duplicates: As given.
        repeat: Repeats a call while its error may pass, with growing pauses.
    """

    def __init__(
        self,
        login: Callable[[], Login],
        session: requests.Session,
        *,
        reserve: float = 0.0,
        read_only: bool = False,
        allow_duplicates: bool = False,
        host: HostClock | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        dice: Callable[[], float] = random.random,
    ) -> None:
        self.calls = self.writes = 0
        self.sleep, self.clock, self.allow_duplicates, self._host = sleep, clock, allow_duplicates, host
        self._log_in, self._reserve, self._read_only = login, reserve, read_only
        self._session = bounded(session, SIZE_MAX)
        self.repeat: Loop = retrying(sleep=sleep, clock=clock, dice=dice)
        self._lock = threading.Lock()
        self._login: Login | None = None
        self._usage: answers.Usage | None = None

    def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,  # noqa: ANN401 - any JSON
        data: bytes | None = None,
        params: Mapping[str, Any] | None = None,
        accept: str = "application/json",
        personal: Any = None,  # noqa: ANN401 - any JSON
        writes: bool = False,
        retry: bool = True,
    ) -> requests.Response:
        """
        Send one request and return its successful answer.

        Args:
            method: HTTP method.
            path: Path below ``/services/data/vNN.0``, or from the root when it begins with ``/services``.
            json: Body.
            data: Body of a CSV upload, instead of *json*.
            params: Query parameters.
            accept: Media type of the answer.
            personal: The part of the body that no error may repeat, as JSON.
            writes: Whether the request changes Accounts, or belongs to a job that does.
            retry: Whether to try again when the error may pass.

        Raises:
            RetriableError: Every attempt failed, or this host's clock is wrong.
            ProtocolError: Something else than Salesforce's API answered.
            AuthenticationError: A new login was refused, too, or a permission is missing.
            QuotaError: The daily limit is reached, except for what is left to other programs.
            ConfigurationError: The API version is retired, or no retry would get through.
            NotFoundError, RefusedError: Salesforce refused this request, and would refuse it again.
            ReadOnlyError: The request would write, and this client only reads.
        """
        call = _Call(method, path, json, data, params, accept)
        if writes and self._read_only:
            raise ReadOnlyError(f"{call}: nothing is written in a dry run")

        def attempt() -> requests.Response:
            self._keep_reserve(call)
            login = self._current_login()
            response = self._send(call, login, writes=writes)
            if response.status_code == HTTPStatus.UNAUTHORIZED:
                response = self._send(call, self._renew(login), writes=writes)
            if HTTPStatus.OK <= response.status_code < HTTPStatus.MULTIPLE_CHOICES:
                _check(response, str(call))  # in the attempt, so that a truncated answer is asked for again
                return response
            raise answers.problem(response, str(call), personal)

        response = self.repeat(attempt) if retry else attempt()
        self._compare_host(response)
        return response

    def page_url(self, record_id: str) -> str:
        """Return the address of a record's page, for people."""
        return f"{self._current_login().url}/{record_id}"

    @property
    def version(self) -> str:
        """The API version that the connection asks for."""
        return self._current_login().version

    def get(self, path: str, params: Mapping[str, Any] | None = None, *, retry: bool = True) -> dict[str, Any]:
        """Send a GET request and return the JSON object of its answer; see `request`."""
        return _object(self.request("GET", path, params=params, retry=retry), f"GET {path}")

    def post(self, path: str, json: Mapping[str, Any], *, writes: bool = False, retry: bool = True) -> dict[str, Any]:
        """Send a POST request and return the JSON object of its answer; see `request`."""
        return _object(self.request("POST", path, json=json, writes=writes, retry=retry), f"POST {path}")

    def _current_login(self) -> Login:
        with self._lock:
            if self._login is None:
                self._login = self._log_in()
            return self._login

    def _renew(self, refused: Login) -> Login:
        """Log in again, unless another thread has just done so."""
        with self._lock:
            if self._login is refused:
                self._login = self._log_in()
            return self._login or refused

    def _keep_reserve(self, call: _Call) -> None:
        usage = self._usage
        if usage and usage.used >= usage.limit * (1 - self._reserve):
            raise QuotaError(
                f"{call}: not sent: {usage.used} of {usage.limit} daily requests of Salesforce are used, and "
                f"{self._reserve:.0%} are left to other programs (api_reserve); the rest waits for the next run"
            )

    def _send(self, call: _Call, login: Login, *, writes: bool) -> requests.Response:
        url = login.url + call.path if call.path.startswith("/services") else login.api + call.path
        headers = {"Accept": call.accept}
        if writes and self.allow_duplicates:
            headers["Sforce-Duplicate-Rule-Header"] = "allowSave=true"
        body = call.data
        if body is not None:
            headers["Content-Type"] = "text/csv; charset=UTF-8"
        elif call.json is not None:
            headers["Content-Type"] = "application/json"
            body = json_.dumps(call.json).encode()
        with self._lock:
            self.calls += 1
            self.writes += writes
        try:
            response = self._session.request(
                call.method,
                url,
                params=call.params,
                data=body,
                headers=headers,
                auth=BearerToken(login.token),
                timeout=TIMEOUT_S,
                allow_redirects=False,
            )
        except (requests.RequestException, ValueError) as error:
            problem = unanswered(error, str(call))
        else:
            self._usage = answers.usage(response) or self._usage
            return response
        raise problem  # outside the except block: the library's error, its context there, has queries and headers in it

    def _compare_host(self, response: requests.Response) -> None:
        """Compare the host's clock, by which links expire where the ledger is a file, with the first answer's."""
        date = http_instant(response.headers.get("Date", ""))
        if self._host is not None and date is not None:
            self._host.compare(date, "Salesforce")
            self._host = None


@dataclass(frozen=True, slots=True)
class _Call:
    """What is sent; personal data shows in no traceback."""

    method: str
    path: str
    json: Any = field(repr=False)
    data: bytes | None = field(repr=False)
    params: Mapping[str, Any] | None = field(repr=False)
    accept: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def _check(response: requests.Response, call: str) -> None:
    """Read an answer once, to find out whether it was truncated; raises the errors of `answers`."""
    kind = response.headers.get("Content-Type", "")
    if "json" in kind:
        answers.content(response, call)
    elif "csv" in kind:
        answers.records(response, call)


def _object(response: requests.Response, call: str) -> dict[str, Any]:
    found = answers.content(response, call)
    if not isinstance(found, dict):
        raise answers.not_salesforce(response, call, "a JSON object")
    return found
