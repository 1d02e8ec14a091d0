"""The Airflow connection ``upflow_default`` becomes a client of Upflow's API."""

from __future__ import annotations

import hashlib
import json
import re
from functools import cached_property
from typing import Any
from urllib.parse import SplitResult, urlsplit

import requests
from airflow.providers.http.hooks.http import HttpHook
from airflow.sdk import Connection
from pydantic import BaseModel, ConfigDict, DirectoryPath, Field, FilePath, ValidationError
from requests.auth import AuthBase

from upflow_provider import __version__
from upflow_provider.clients.budget import Budget
from upflow_provider.clients.upflow.client import UpflowClient
from upflow_provider.errors import ConfigurationError, NotFoundError, UpflowSyncError
from upflow_provider.hooks.base_urls import is_safe
from upflow_provider.hooks.ledger import DEFAULT_CONN_ID as LEDGER
from upflow_provider.hooks.ledger import open_budget, open_ledger
from upflow_provider.ledger import Ledger, LedgerBudget
from upflow_provider.ledger.budget import Lane

SANDBOX_URL = "https://api.sandbox.upflow.io/v1"
NO_URL = f"host must be a plain URL such as {SANDBOX_URL}"
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

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Sign one request."""
        request.headers["X-Api-Key"] = self._key
        request.headers["X-Api-Secret"] = self._secret
        return request


class Extra(BaseModel):
    """
    What the connection's extra may hold; anything else is an error, for it may be a misspelt ``test_mode``.

    :param requests_per_minute: Upflow's limit for the organization
    :param max_concurrency: requests one task has under way at once
    :param timeout_s: seconds to wait for an answer
    :param test_mode: read only; refuse every write
    :param proxies: URL of the proxy for each scheme, as ``requests`` takes them
    :param verify: whether to verify the server's certificate, or the file or folder of authorities to trust
    :param cert: file of the client's certificate, or certificate and key
    """

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    requests_per_minute: int = Field(default=600, ge=1)
    max_concurrency: int = Field(default=5, ge=1, le=10)
    timeout_s: float = Field(default=30.0, gt=0)
    test_mode: bool = False
    proxies: dict[str, str] = {}
    verify: bool | FilePath | DirectoryPath = True
    cert: FilePath | tuple[FilePath, FilePath] | None = None


class UpflowHook(HttpHook):
    """
    Speak to one Upflow organization.

    Connections, authentication, proxies and TLS settings are those of Airflow's ``HttpHook``; calls,
    retries, pacing and errors are those of :class:`~upflow_provider.clients.upflow.client.UpflowClient`.

    :param upflow_conn_id: connection of type ``upflow``
    :param ledger_conn_id: connection of the ledger's database, which holds the request budget
    """

    conn_name_attr = "upflow_conn_id"
    default_conn_name = "upflow_default"
    conn_type = "upflow"
    hook_name = "Upflow"
    default_host = SANDBOX_URL  # half-configured must not mean production

    def __init__(self, upflow_conn_id: str = default_conn_name, *, ledger_conn_id: str = LEDGER) -> None:
        super().__init__(http_conn_id=upflow_conn_id, auth_type=UpflowAuth)
        self.upflow_conn_id = upflow_conn_id
        self.ledger_conn_id = ledger_conn_id

    @cached_property
    def connection(self) -> Connection:
        """The connection, read once."""
        return self.get_connection(self.upflow_conn_id)

    @cached_property
    def extra(self) -> Extra:
        """
        The connection's extra, checked.

        :raises ConfigurationError: it is no JSON object, or a field has a value that makes no sense
        """
        try:
            # Not `extra_dejson`: text that is no JSON would count as empty there, and test mode as off.
            given = json.loads(self.connection.extra or "{}")
            return Extra.model_validate({key: value for key, value in given.items() if value not in ("", None)})
        except ValidationError as error:
            problems = "; ".join(f"{each['loc'][0]}: {each['msg']}" for each in error.errors(include_input=False))
            raise self._wrong(f"extra: {problems}") from None
        except (ValueError, AttributeError):
            raise self._wrong("extra must be a JSON object") from None

    @cached_property
    def api_url(self) -> str:
        """
        The API's base URL, without a slash at its end.

        :raises ConfigurationError: it cannot be right, or requests to it would carry the secret in clear text
        """
        try:
            self._set_base_url(self.connection)
            problem = _problem_of(urlsplit(self.base_url))
        except ValueError:  # its text may hold a password
            problem = NO_URL
        if problem:
            raise self._wrong(problem)
        return self.base_url.rstrip("/")

    @property
    def test_mode(self) -> bool:
        """Whether the connection is in test mode: nothing is written to Upflow."""
        return self.extra.test_mode

    @cached_property
    def client(self) -> UpflowClient:
        """A client for live work; one HTTP session, hence one connection pool, per task."""
        return self.get_client()

    def get_client(self, *, lane: Lane = "live", read_only: bool = False) -> UpflowClient:
        """
        Return a client.

        :param lane: ``live`` work goes before ``history`` when the request budget is short
        :param read_only: refuse every write, as test mode does
        :raises ConfigurationError: the connection lacks something, or its host cannot be right
        """
        return self._client(self.get_budget(lane), read_only=read_only or self.test_mode)

    def open_ledger(self, organization: str) -> Ledger:
        """
        Open the ledger of an organization at this connection's host.

        What the sandbox holds says nothing about production: each host has a ledger of its own.

        :param organization: name of the organization in ``organizations.yaml``
        """
        host = urlsplit(self.api_url).netloc
        return open_ledger(self.ledger_conn_id, organization=f"{organization}@{host}"[:100])

    def get_budget(self, lane: Lane = "live") -> LedgerBudget:
        """
        Return the request budget of this organization; connections with the same key share it.

        :param lane: ``live`` goes before ``history``
        """
        rate = self.extra.requests_per_minute
        account = f"{self.api_url.casefold()} {(self.connection.login or '').strip()}"
        key = f"upflow:{hashlib.sha256(account.encode()).hexdigest()[:16]}"
        return open_budget(self.ledger_conn_id, key=key, requests_per_minute=rate, lane=lane)

    def test_connection(self) -> tuple[bool, str]:
        """
        Ask Upflow for one customer; say precisely what is wrong, if anything.

        The request is not paced, so that it needs no ledger and no turn; the budget leaves room for it.
        """
        try:
            self._client(None, read_only=True).ping()
        except NotFoundError:
            return False, f"404: there is no Upflow API at {self.api_url}; check the path of the host"
        except UpflowSyncError as error:
            return False, str(error)
        return True, f"Upflow at {self.api_url} accepted the credentials"

    def _client(self, budget: Budget | None, *, read_only: bool) -> UpflowClient:
        extra, api_url = self.extra, self.api_url
        return UpflowClient(
            self._session(),
            api_url,
            budget=budget,
            max_concurrency=extra.max_concurrency,
            timeout_s=extra.timeout_s,
            read_only=read_only,
        )

    def _session(self) -> requests.Session:
        credentials = [(each or "").strip() for each in (self.connection.login, self.connection.password)]
        if not all(credentials):
            raise self._wrong("login must hold the API key, and password the API secret")
        if not all(map(CREDENTIAL.fullmatch, credentials)):
            raise self._wrong("login or password holds white space or another character that no API key has")
        return self.get_conn(headers={"User-Agent": f"upflow-provider/{__version__}"})

    def _configure_session_from_extra(
        self,
        session: requests.Session,
        connection: Connection,  # noqa: ARG002 - `extra` is what it holds, checked
        extra_options: dict[str, Any] | None = None,  # noqa: ARG002 - HttpHook passes none of ours
    ) -> requests.Session:
        """Apply proxies and TLS settings only: ``HttpHook`` would make headers of our own extras."""
        verify, cert = self.extra.verify, self.extra.cert
        session.proxies.update(self.extra.proxies)
        session.verify = verify if isinstance(verify, bool) else str(verify)
        if cert:
            session.cert = (str(cert[0]), str(cert[1])) if isinstance(cert, tuple) else str(cert)
        return session

    def _wrong(self, what: str) -> ConfigurationError:
        return ConfigurationError(f"connection {self.upflow_conn_id!r}: {what}")


def _problem_of(base_url: SplitResult) -> str | None:
    """Return what is wrong with a base URL, if anything; a port that is no number is a `ValueError`."""
    if not base_url.hostname or base_url.port == 0 or "@" in base_url.netloc or base_url.query or base_url.fragment:
        return NO_URL
    if not is_safe(base_url.geturl()):
        return "host must begin with https://, for requests carry the secret"
    if not base_url.path.rstrip("/").endswith("/v1"):
        return f"host must be the base URL up to and including /v1, such as {SANDBOX_URL}, and port must be empty"
    return None
