"""The Airflow connection ``upflow_default`` becomes a client of Upflow's API."""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import requests
from airflow.providers.http.hooks.http import HttpHook
from airflow.sdk import Connection
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from requests.auth import AuthBase

from upflow_provider import __version__
from upflow_provider.clients.upflow import UpflowClient
from upflow_provider.errors import ConfigurationError, NotFoundError, UpflowSyncError
from upflow_provider.hooks.hosts import is_safe
from upflow_provider.hooks.ledger import DEFAULT_CONN_ID as LEDGER
from upflow_provider.hooks.ledger import open_budget, open_ledger
from upflow_provider.ledger import Ledger, LedgerBudget
from upflow_provider.ledger.budget import Lane

SANDBOX_URL = "https://api.sandbox.upflow.io/v1"


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
    What the connection's extra may hold besides HTTP settings.

    :param requests_per_minute: Upflow's limit for the organization
    :param max_concurrency: requests one task has under way at once
    :param timeout_s: seconds to wait for an answer
    :param test_mode: read only; refuse every write
    """

    model_config = ConfigDict(extra="ignore")

    requests_per_minute: int = Field(default=600, ge=9)
    max_concurrency: int = Field(default=5, ge=1, le=10)
    timeout_s: float = Field(default=30.0, gt=0)
    test_mode: bool = False


class UpflowHook(HttpHook):
    """
    Speak to one Upflow organization.

    Connections, authentication, proxies and TLS settings are those of Airflow's ``HttpHook``; calls,
    retries, pacing and errors are those of :class:`~upflow_provider.clients.upflow.UpflowClient`.

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

        :raises ConfigurationError: a field has a value that makes no sense
        """
        given = {key: value for key, value in self.connection.extra_dejson.items() if value not in ("", None)}
        try:
            return Extra.model_validate(given)
        except ValidationError as error:
            problems = "; ".join(f"{each['loc'][0]}: {each['msg']}" for each in error.errors(include_input=False))
            raise ConfigurationError(f"connection {self.upflow_conn_id!r}, extra: {problems}") from None

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
        return UpflowClient(
            self._session(),
            self.base_url,
            budget=self.get_budget(lane),
            max_concurrency=self.extra.max_concurrency,
            timeout_s=self.extra.timeout_s,
            read_only=read_only or self.test_mode,
        )

    def open_ledger(self, organization: str) -> Ledger:
        """
        Open the ledger of an organization at this connection's host.

        What the sandbox holds says nothing about production: each host has a ledger of its own.

        :param organization: name of the organization in ``organizations.yaml``
        """
        host = urlsplit(self.connection.host or SANDBOX_URL).netloc
        return open_ledger(self.ledger_conn_id, organization=f"{organization}@{host}"[:100])

    def get_budget(self, lane: Lane = "live") -> LedgerBudget:
        """
        Return the request budget of this organization; connections with the same key share it.

        :param lane: ``live`` goes before ``history``
        """
        account = f"{self.connection.host or SANDBOX_URL} {self.connection.login}"
        key = f"upflow:{hashlib.sha256(account.encode()).hexdigest()[:16]}"
        rate = self.extra.requests_per_minute
        return open_budget(self.ledger_conn_id, key=key, requests_per_minute=rate, lane=lane)

    def test_connection(self) -> tuple[bool, str]:
        """Ask Upflow for one customer; say precisely what is wrong, if anything."""
        try:
            client = self.get_client(read_only=True)
            client.ping()
        except NotFoundError:
            return False, f"404: there is no Upflow API at {self.base_url}; the host must end in /v1"
        except UpflowSyncError as error:
            return False, str(error)
        return True, f"Upflow at {self.base_url} accepted the credentials"

    def _session(self) -> requests.Session:
        where = f"connection {self.upflow_conn_id!r}"
        if not (self.connection.login or "").strip() or not (self.connection.password or "").strip():
            raise ConfigurationError(f"{where}: login must hold the API key, and password the API secret")
        session = self.get_conn(headers={"User-Agent": f"upflow-provider/{__version__}"})
        if not is_safe(self.base_url):
            raise ConfigurationError(f"{where}: host must begin with https://, for requests carry the secret")
        if not urlsplit(self.base_url).path.rstrip("/").endswith("/v1"):
            raise ConfigurationError(f"{where}: host must be the base URL up to and including /v1")
        return session

    def _configure_session_from_extra(
        self,
        session: requests.Session,
        connection: Connection,
        extra_options: dict[str, Any] | None = None,  # noqa: ARG002 - HttpHook passes none of ours
    ) -> requests.Session:
        """Apply proxies and TLS settings only: ``HttpHook`` would make headers of our own extras."""
        extra = connection.extra_dejson
        session.proxies = extra.get("proxies") or session.proxies
        session.verify = extra.get("verify", extra.get("verify_ssl", True))
        session.cert = extra.get("cert")
        return session
