"""The Airflow connection ``stripe_default`` becomes a source of Stripe's records."""

from __future__ import annotations

from functools import cached_property

from airflow.sdk import BaseHook, Connection
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from upflow_provider.clients.stripe.sdk import open_sdk
from upflow_provider.clients.stripe.source import StripeSource
from upflow_provider.errors import ConfigurationError, UpflowSyncError
from upflow_provider.hooks.base_urls import is_safe
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS


class Extra(BaseModel):
    """
    What the connection's extra may hold.

    :param account: connected account to read, if it is not the key's own
    :param requests_per_second: pace of reading; Stripe allows 25 a second per endpoint, 100 in all
    """

    model_config = ConfigDict(extra="ignore")

    account: str | None = None
    requests_per_second: float = Field(default=20.0, gt=0, le=100)


class StripeHook(BaseHook):
    """
    Read one Stripe account.

    The connection's password is a secret or restricted key, its host the base of the API without
    ``/v1``; an empty host means Stripe's own.

    :param stripe_conn_id: connection of type ``stripe``
    """

    conn_name_attr = "stripe_conn_id"
    default_conn_name = "stripe_default"
    conn_type = "stripe"
    hook_name = "Stripe"

    def __init__(self, stripe_conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.stripe_conn_id = stripe_conn_id

    @cached_property
    def source(self) -> StripeSource:
        """
        One source, hence one pace for all threads, per task.

        :raises ConfigurationError: the connection lacks something, or its host cannot be right
        """
        connection = self.get_connection(self.stripe_conn_id)
        key = (connection.password or "").strip()
        if not key:
            raise self._wrong("password must hold a secret or restricted key of Stripe")
        extra = self._extra(connection)
        sdk = open_sdk(key, base_url=self._base_url(connection), account=extra.account)
        return StripeSource(sdk, requests_per_second=extra.requests_per_second)

    def check(self) -> None:
        """
        Read one record of each stream, and of what else the syncs read.

        :raises AuthenticationError: the key is wrong or lacks permissions; all of them are named
        :raises UpflowSyncError: something else is in the way
        """
        of_streams = {each.resource: each.expand for stream in STREAMS.values() for each in stream.listings}
        self.source.ping({**of_streams, "charges": (), "events": ()})

    def test_connection(self) -> tuple[bool, str]:
        """Run `check`; say precisely what is wrong, if anything."""
        try:
            self.check()
        except UpflowSyncError as error:
            return False, str(error)
        return True, f"Stripe accepted the key and lets it read {', '.join(STREAMS)}"

    def _extra(self, connection: Connection) -> Extra:
        given = {name: value for name, value in connection.extra_dejson.items() if value not in ("", None)}
        try:
            return Extra.model_validate(given)
        except ValidationError as error:
            problems = (f"{each['loc'][0]}: {each['msg']}" for each in error.errors(include_input=False))
            raise self._wrong(f"extra {'; '.join(problems)}") from None

    def _base_url(self, connection: Connection) -> str | None:
        host = (connection.host or "").rstrip("/")
        if not host:
            return None
        base = host if "://" in host else f"{connection.schema or 'https'}://{host}"
        if connection.port:
            base = f"{base}:{connection.port}"
        if not is_safe(base):
            raise self._wrong("host must begin with https://, for requests carry the key")
        return base

    def _wrong(self, what: str) -> ConfigurationError:
        return ConfigurationError(f"connection {self.stripe_conn_id!r}: {what}")
