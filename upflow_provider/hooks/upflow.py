"""The Airflow connection ``upflow_default`` becomes a client of Upflow's API."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import requests
from airflow.providers.http.hooks.http import HttpHook
from airflow.sdk import Connection

from upflow_provider import __version__
from upflow_provider.clients.budget import Budget
from upflow_provider.clients.upflow.client import UpflowClient
from upflow_provider.clients.upflow.http import UpflowHttp
from upflow_provider.errors import NotFoundError, UpflowSyncError
from upflow_provider.hooks.base_urls import UPFLOW_SANDBOX_URL, api_host, upflow_base_url
from upflow_provider.hooks.connection_extra import UpflowConnectionExtra, read_extra
from upflow_provider.hooks.connection_lookup import ExistingConnections
from upflow_provider.hooks.ledger import DEFAULT_CONN_ID as LEDGER
from upflow_provider.hooks.ledger import open_budget, open_ledger
from upflow_provider.hooks.upflow_auth import UpflowAuth, check_credentials
from upflow_provider.ledger import Ledger, LedgerBudget
from upflow_provider.ledger.budget import Lane

__all__ = ["UpflowAuth", "UpflowHook"]


class UpflowHook(ExistingConnections, HttpHook):
    """
    Open one Upflow organization.

    Connections, authentication, proxies and TLS settings are those of Airflow's ``HttpHook``; calls,
    retries, pacing and errors are those of :class:`~upflow_provider.clients.upflow.client.UpflowClient`.

    :param upflow_conn_id: connection of type ``upflow``
    :param ledger_conn_id: connection of the ledger's database, which holds the request budget
    :param organization: name of the organization in ``organizations.yaml``, which the request budget belongs to
    """

    conn_name_attr = "upflow_conn_id"
    default_conn_name = "upflow_default"
    conn_type = "upflow"
    hook_name = "Upflow"
    default_host = UPFLOW_SANDBOX_URL

    def __init__(
        self,
        upflow_conn_id: str = default_conn_name,
        *,
        ledger_conn_id: str = LEDGER,
        organization: str = "default",
    ) -> None:
        super().__init__(http_conn_id=upflow_conn_id, auth_type=UpflowAuth)
        self.upflow_conn_id, self.ledger_conn_id, self.organization = upflow_conn_id, ledger_conn_id, organization

    @cached_property
    def connection(self) -> Connection:
        """The connection, read once."""
        return self.get_connection(self.upflow_conn_id)

    @cached_property
    def extra(self) -> UpflowConnectionExtra:
        """The connection's extra, checked; :func:`~upflow_provider.hooks.connection_extra.read_extra` says how."""
        return read_extra(self.connection, UpflowConnectionExtra)

    @cached_property
    def api_url(self) -> str:
        """The API's base URL, checked; :func:`~upflow_provider.hooks.base_urls.upflow_base_url` says how."""
        return upflow_base_url(self.connection)

    @property
    def test_mode(self) -> bool:
        """Whether the connection is in test mode: nothing is written to Upflow."""
        return self.extra.test_mode

    @cached_property
    def client(self) -> UpflowClient:
        """A client for live work; all threads of a task share it, and with it one connection pool."""
        return self.get_client()

    def get_client(self, *, lane: Lane = "live", read_only: bool = False) -> UpflowClient:
        """
        Return a client.

        :param lane: ``live`` work goes before ``history``, and that before ``background``, when the budget is short
        :param read_only: whether to refuse every write, as test mode does
        :raises ConfigurationError: the connection lacks something, or its host cannot be right
        """
        return self._client(self.get_budget(lane), read_only=read_only or self.test_mode)

    def open_ledger(self, organization: str) -> Ledger:
        """
        Open the ledger of an organization at this connection's host.

        Each host has a ledger of its own, because the sandbox and production have different records.

        :param organization: name of the organization in ``organizations.yaml``
        """
        return open_ledger(self.ledger_conn_id, organization=f"{organization}@{api_host(self.api_url)}"[:100])

    def get_budget(self, lane: Lane = "live") -> LedgerBudget:
        """
        Return the request budget of the organization, whichever of its keys and however the host is written.

        :param lane: ``live`` goes before ``history``, and that before ``background``
        """
        key, limit = f"upflow:{self.organization}", self.extra.requests_per_minute
        return open_budget(self.ledger_conn_id, key=key, requests_per_minute=limit, lane=lane)

    def test_connection(self) -> tuple[bool, str]:
        """
        Ask Upflow for one customer; return whether that worked, and what is wrong if it did not.

        The request takes no slot of the budget, which leaves room for it, so that the test needs no ledger.
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
        http = UpflowHttp(
            self._session(),
            api_url,
            budget=budget,
            max_concurrency=extra.max_concurrency,
            timeout_s=extra.timeout_s,
            read_only=read_only,
        )
        return UpflowClient(http)

    def _session(self) -> requests.Session:
        check_credentials(self.connection)
        return self.get_conn(headers={"User-Agent": f"upflow-provider/{__version__}"})

    def _configure_session_from_extra(self, session: requests.Session, *_: Any, **__: Any) -> requests.Session:  # noqa: ANN401 - Airflow's
        """Apply proxies and TLS settings only: ``HttpHook`` would make headers of our own extras."""
        self.extra.configure(session)
        return session
