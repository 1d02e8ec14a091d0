"""Salesforce: Airflow's own hook logs in, and our client reads and updates Accounts."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING
from xml.parsers.expat import ExpatError

import requests

from upflow_provider.clients.bounded_answers import BoundedTransport
from upflow_provider.clients.connection_errors import unanswered
from upflow_provider.clients.salesforce.bulk_jobs import SalesforceJobs
from upflow_provider.clients.salesforce.client import SalesforceClient
from upflow_provider.clients.salesforce.http import TIMEOUT_S, SalesforceHttp
from upflow_provider.clients.salesforce.login import Login
from upflow_provider.clients.salesforce.login_refusals import login_refusal, not_a_login
from upflow_provider.clients.salesforce.login_settings import INSTANCE, login_problems
from upflow_provider.clients.salesforce.updates import COLLECTION_SIZE_MAX
from upflow_provider.errors import ConfigurationError, UpflowSyncError
from upflow_provider.hooks.connection_error import connection_error
from upflow_provider.hooks.connection_lookup import ExistingConnections

if TYPE_CHECKING:
    from upflow_provider.runs.host_clock import HostClock

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
    :param allow_duplicates: let writes pass duplicate rules that alert only
    :param collection_size: Accounts of one request to sObject Collections, at most
    :param host: this host's clock, compared with Salesforce's first answer
    """

    conn_name_attr = "salesforce_conn_id"
    default_conn_name = "salesforce_default"

    def __init__(
        self,
        salesforce_conn_id: str = default_conn_name,
        *,
        api_reserve: float = 0.0,
        read_only: bool = False,
        allow_duplicates: bool = False,
        collection_size: int = COLLECTION_SIZE_MAX,
        host: HostClock | None = None,
    ) -> None:
        super().__init__()
        self.salesforce_conn_id = salesforce_conn_id
        self.api_reserve, self.read_only = api_reserve, read_only
        self.allow_duplicates, self.collection_size, self._host = allow_duplicates, collection_size, host

    @cached_property
    def http(self) -> SalesforceHttp:
        """Sends requests; logs in before the first one."""
        return SalesforceHttp(
            self.log_in,
            self._session(),
            reserve=self.api_reserve,
            read_only=self.read_only,
            allow_duplicates=self.allow_duplicates,
            host=self._host,
        )

    @cached_property
    def client(self) -> SalesforceClient:
        """Describes Account; reads and updates a few Accounts."""
        return SalesforceClient(self.http, collection_size=self.collection_size)

    @cached_property
    def jobs(self) -> SalesforceJobs:
        """Reads and updates many Accounts."""
        return SalesforceJobs(self.http)

    def log_in(self) -> Login:
        """
        Log in, by Airflow's hook.

        :raises ConfigurationError: Airflow's provider for Salesforce is not installed, or the connection lacks
            something
        :raises AuthenticationError: Salesforce refused the credentials; the message says why, and what to do
        :raises ProtocolError: something other than Salesforce answered
        :raises RetriableError: Salesforce could not be reached, or may let the user in later
        """
        try:
            from airflow.providers.salesforce.hooks.salesforce import SalesforceHook
            from jwt.exceptions import PyJWTError
            from simple_salesforce.exceptions import SalesforceError
        except ModuleNotFoundError:
            raise ConfigurationError(f"the export needs Airflow's provider for Salesforce: {HOW_TO_INSTALL}") from None
        connection = self.get_connection(self.salesforce_conn_id)
        if problems := list(login_problems(connection.login, connection.extra_dejson)):
            raise connection_error(connection, "; ".join(problems))
        what = f"connection {self.salesforce_conn_id!r}: login to Salesforce"
        session, statuses = self._session(), list[int]()
        session.hooks["response"].append(lambda response, **_: statuses.append(response.status_code))
        try:
            opened = SalesforceHook(self.salesforce_conn_id, session=session).get_conn()
        except requests.TooManyRedirects:
            problem: UpflowSyncError = not_a_login(what, "a redirect")
        except requests.RequestException as error:
            problem = unanswered(error, what)
        except SalesforceError as error:
            given = vars(error)
            text = str(given.get("auth_message", given.get("message", "")))  # older versions have the other name
            problem = login_refusal(given.get("code"), text, what) if statuses else _unusable(what, error)
        except (TypeError, ValueError, AttributeError, OSError, ExpatError, PyJWTError) as error:
            problem = not_a_login(what, type(error).__name__) if statuses else _unusable(what, error)
        else:
            if opened.session_id and INSTANCE.fullmatch(str(opened.sf_instance)):
                return Login(f"https://{opened.sf_instance}", str(opened.session_id), str(opened.sf_version))
            problem = not_a_login(what, "no token, or no instance")
        raise problem  # outside the except block: the library's error, its context there, may have secrets in it

    def test_connection(self) -> tuple[bool, str]:
        """Log in and describe Account; return whether that worked, and what is wrong if it did not."""
        try:
            described = self.client.describe()
        except UpflowSyncError as error:
            return False, str(error)
        return True, f"Salesforce lets this user see {len(described['fields'])} fields of Account"

    def _session(self) -> requests.Session:
        """Return a session that uses the connection's proxies, has time-outs, and sends credentials nowhere else."""
        session = requests.Session()
        session.auth = _as_it_is
        session.max_redirects = 0
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


def _unusable(what: str, error: Exception) -> ConfigurationError:
    """
    Return the error for a connection with which no login can be tried.

    :param what: the connection, for the message
    :param error: what simple-salesforce raised; its text may have secrets in it
    """
    return ConfigurationError(
        f"{what}: the connection cannot be used ({type(error).__name__}); it takes consumer_key and consumer_secret "
        "with domain (client credentials), or login, consumer_key and private_key with instance_url (JWT)"
    )


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Sign nothing: a session that signs its requests does not replace their credentials by those of ``~/.netrc``."""
    return request


class _Timed(BoundedTransport):
    """Gives every request of a session a time-out, because simple-salesforce gives it none."""

    def send(self, request: requests.PreparedRequest, **kwargs: object) -> requests.Response:  # type: ignore[override]
        """Send a request with a time-out."""
        return super().send(request, **{**kwargs, "timeout": TIMEOUT_S})  # type: ignore[arg-type]
