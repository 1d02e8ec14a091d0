"""The connection type ``stripe``."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseHook

from upflow_provider.clients.stripe import StripeSource
from upflow_provider.clients.stripe_sdk import open_sdk
from upflow_provider.errors import ConfigurationError, UpflowSyncError
from upflow_provider.streams import STREAMS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow.sdk import Connection


MAX_REQUESTS_PER_SECOND = 100
"""Stripe's limit for an account, all endpoints together, https://docs.stripe.com/rate-limits."""


class StripeHook(BaseHook):
    """
    Turn a connection of type ``stripe`` into a :class:`StripeSource`.

    The connection's password is a secret or restricted key, its host the base of the API without
    ``/v1`` (empty: Stripe). Its extra may hold ``account``, the connected account to read if it is
    not the key's own, and ``requests_per_second``, the pace of reading (20).

    :param stripe_conn_id: the connection
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
        """One source, hence one pace and one HTTP session per thread, per task."""
        connection = self.get_connection(self.stripe_conn_id)
        key = (connection.password or "").strip()
        if not key:
            raise ConfigurationError(
                f"connection {self.stripe_conn_id!r} needs a password: a secret or restricted key of Stripe"
            )
        extra = connection.extra_dejson
        sdk = open_sdk(key, base_url=_base_url(connection), account=extra.get("account") or None)
        return StripeSource(sdk, requests_per_second=self._requests_per_second(extra))

    def check(self) -> None:
        """Raise what keeps this connection from reading any stream's records, if anything does."""
        self.source.ping({stream.resource: stream.expand for stream in STREAMS.values()})

    def test_connection(self) -> tuple[bool, str]:
        """Read one record of each stream: proves host, key and every permission that is needed."""
        try:
            self.check()
        except UpflowSyncError as error:
            return False, str(error)
        return True, f"Stripe accepts the key and lets it read {', '.join(STREAMS)}"

    def _requests_per_second(self, extra: Mapping[str, Any]) -> float:
        try:
            per_second = float(extra.get("requests_per_second") or 20)
        except (TypeError, ValueError):
            per_second = 0.0
        if not 0 < per_second <= MAX_REQUESTS_PER_SECOND:
            raise ConfigurationError(
                f"connection {self.stripe_conn_id!r}: extra requests_per_second must be a number "
                f"above 0, at most {MAX_REQUESTS_PER_SECOND}"
            )
        return per_second


def _base_url(connection: Connection) -> str | None:
    """Return the base of the API; ``None`` for Stripe's own."""
    host = (connection.host or "").rstrip("/")
    if not host:
        return None
    base = host if "://" in host else f"{connection.schema or 'https'}://{host}"
    return f"{base}:{connection.port}" if connection.port else base
