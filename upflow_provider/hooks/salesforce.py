"""Salesforce: Airflow's own hook logs in, and our client reads and updates Accounts."""

from __future__ import annotations

import json
from functools import cached_property
from http import HTTPStatus

import requests
from requests.adapters import HTTPAdapter

from upflow_provider.clients.connection_errors import unanswered
from upflow_provider.clients.salesforce.bulk_jobs import SalesforceJobs
from upflow_provider.clients.salesforce.client import SalesforceClient
from upflow_provider.clients.salesforce.http import TIMEOUT_S, Login, SalesforceHttp
from upflow_provider.errors import AuthenticationError, ConfigurationError, RetriableError, UpflowSyncError
from upflow_provider.hooks.connection_lookup import ExistingConnections

PASSING: frozenset[object] = frozenset(
    {
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.TOO_MANY_REQUESTS,
        "server_error",
        "temporarily_unavailable",
        "unknown_error",
    }
)
"""HTTP statuses and OAuth errors of a refused login that may succeed in a moment."""
HOW_TO_INSTALL = 'pip install "upflow-provider[salesforce]"'


class SalesforceAccountsHook(ExistingConnections):
    """
    Open one Salesforce organization for the export.

    The connection is Airflow's own, of type ``salesforce``, and so is the login: client credentials or
    a JWT (https://airflow.apache.org/docs/apache-airflow-providers-salesforce/stable/connections/salesforce.html).
    This hook adds time-outs, retries, and a new login when the session has expired.

    :param salesforce_conn_id: connection of type ``salesforce``
    :param api_reserve: share of the daily requests that is left to other programs, 0 to 1
    :param read_only: refuse every write
    """

    conn_name_attr = "salesforce_conn_id"
    default_conn_name = "salesforce_default"

    def __init__(
        self,
        salesforce_conn_id: str = default_conn_name,
        *,
        api_reserve: float = 0.0,
        read_only: bool = False,
    ) -> None:
        super().__init__()
        self.salesforce_conn_id = salesforce_conn_id
        self.api_reserve, self.read_only = api_reserve, read_only

    @cached_property
    def http(self) -> SalesforceHttp:
        """Sends requests; logs in before the first one."""
        return SalesforceHttp(self.log_in, self._session(), reserve=self.api_reserve, read_only=self.read_only)

    @cached_property
    def client(self) -> SalesforceClient:
        """Describes Account; reads and updates a few Accounts."""
        return SalesforceClient(self.http)

    @cached_property
    def jobs(self) -> SalesforceJobs:
        """Reads and updates many Accounts."""
        return SalesforceJobs(self.http)

    def log_in(self) -> Login:
        """
        Log in, by Airflow's hook.

        :raises ConfigurationError: Airflow's provider for Salesforce is not installed, or the connection lacks
            something
        :raises AuthenticationError: Salesforce refused the credentials
        :raises RetriableError: Salesforce could not be reached
        """
        try:
            from airflow.providers.salesforce.hooks.salesforce import SalesforceHook
            from jwt.exceptions import PyJWTError
            from simple_salesforce.exceptions import SalesforceError
        except ModuleNotFoundError:
            raise ConfigurationError(f"the export needs Airflow's provider for Salesforce: {HOW_TO_INSTALL}") from None
        what = f"connection {self.salesforce_conn_id!r}: login to Salesforce"
        try:
            connection = SalesforceHook(self.salesforce_conn_id, session=self._session()).get_conn()
        except requests.RequestException as error:
            problem: UpflowSyncError = unanswered(error, what)
        except SalesforceError as error:
            code = getattr(error, "code", None)
            passing = code in PASSING or (isinstance(code, int) and code >= HTTPStatus.INTERNAL_SERVER_ERROR)
            refused = RetriableError if passing else AuthenticationError
            problem = refused(f"{what}: refused ({code or type(error).__name__})")
        except (TypeError, ValueError, AttributeError, OSError, PyJWTError) as error:
            problem = ConfigurationError(
                f"{what}: the connection cannot be used ({type(error).__name__}); it takes consumer_key and "
                "consumer_secret with domain (client credentials), or login, consumer_key and private_key with "
                "instance_url (JWT)"
            )
        else:
            return Login(f"https://{connection.sf_instance}", str(connection.session_id), str(connection.sf_version))
        raise problem  # outside the except block: the library's error, its context there, may have secrets in it

    def test_connection(self) -> tuple[bool, str]:
        """Log in and describe Account; return whether that worked, and what is wrong if it did not."""
        try:
            described = self.client.describe()
        except UpflowSyncError as error:
            return False, str(error)
        return True, f"Salesforce lets this user see {len(described['fields'])} fields of Account"

    def _session(self) -> requests.Session:
        """Return a session that uses the connection's proxies and has time-outs."""
        session = requests.Session()
        session.mount("https://", _Timed())
        proxies = self.get_connection(self.salesforce_conn_id).extra_dejson.get("proxies")
        try:
            # The connection's form offers a text field for them.
            session.proxies = dict(json.loads(proxies) if isinstance(proxies, str) and proxies else proxies or {})
        except (TypeError, ValueError):
            raise ConfigurationError(
                f'connection {self.salesforce_conn_id!r}: proxies have to be JSON, such as {{"https": "http://proxy:3128"}}'
            ) from None
        return session


class _Timed(HTTPAdapter):
    """Gives every request of a session a time-out, because simple-salesforce gives it none."""

    def send(self, request: requests.PreparedRequest, **kwargs: object) -> requests.Response:  # type: ignore[override]
        """Send a request with a time-out."""
        return super().send(request, **{**kwargs, "timeout": TIMEOUT_S})  # type: ignore[arg-type]
