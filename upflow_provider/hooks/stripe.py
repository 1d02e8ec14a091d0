"""The Airflow connection ``stripe_default`` becomes a source of Stripe's records, and the client that writes to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from types import MappingProxyType

from airflow.sdk import Connection

from upflow_provider.clients.stripe.files import StripeFiles
from upflow_provider.clients.stripe.sdk import open_sdk
from upflow_provider.clients.stripe.source import StripeSource
from upflow_provider.clients.stripe.writer import StripeWriter
from upflow_provider.errors import AuthenticationError, UpflowSyncError
from upflow_provider.hooks.base_urls import stripe_base_url
from upflow_provider.hooks.connection_error import connection_error
from upflow_provider.hooks.connection_extra import StripeConnectionExtra, read_extra
from upflow_provider.hooks.connection_lookup import ExistingConnections
from upflow_provider.hooks.upflow_auth import CREDENTIAL
from upflow_provider.runs.host_clock import HostClock, host_now
from upflow_provider.stripe_to_upflow.custom_fields.native_reads import forbidden_fields
from upflow_provider.stripe_to_upflow.mapping.native_fields import NATIVE_FIELDS, NativeField
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS

OTHER_KEYS: Mapping[str, str] = MappingProxyType(
    {
        "pk_": "a publishable key",
        "whsec_": "the signing secret of a webhook",
        "ek_": "an ephemeral key",
        "acct_": "the id of an account",
    }
)
"""What is not a secret key, by how it begins (https://docs.stripe.com/keys)."""
KEY_EXPECTED = "password must hold a secret or restricted key: sk_... or rk_..."


class StripeHook(ExistingConnections):
    """
    Read one Stripe account, and write to it what was paid in Upflow's portal.

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
    def connection(self) -> Connection:
        """The connection, read once."""
        return self.get_connection(self.stripe_conn_id)

    @property
    def api_key(self) -> str:
        """The secret or restricted key; an error of configuration if there is none, or another kind of key."""
        key = (self.connection.password or "").strip()
        other = next((what for beginning, what in OTHER_KEYS.items() if key.startswith(beginning)), None)
        if other:
            raise connection_error(self.connection, f"{KEY_EXPECTED}; it holds {other}")
        if not key:
            raise connection_error(self.connection, f"{KEY_EXPECTED}; it is empty")
        if not CREDENTIAL.fullmatch(key):
            raise connection_error(
                self.connection, f"{KEY_EXPECTED}; it holds white space or another character that no key has"
            )
        return key

    @cached_property
    def extra(self) -> StripeConnectionExtra:
        """The connection's extra, checked; :func:`~upflow_provider.hooks.connection_extra.read_extra` says how."""
        return read_extra(self.connection, StripeConnectionExtra)

    @property
    def api_url(self) -> str | None:
        """The API's base URL, checked; ``None`` for Stripe's own."""
        return stripe_base_url(self.connection)

    @cached_property
    def source(self) -> StripeSource:
        """The source of records; all threads of a task share it, and with it one pace."""
        return self.get_source()

    def get_source(
        self,
        *,
        tick: Callable[[], datetime] = host_now,
        host: HostClock | None = None,
        further: Mapping[str, Sequence[str]] | None = None,
    ) -> StripeSource:
        """
        Return a source of records.

        :param tick: returns the instant, UTC, by which a read that begins now is ordered; where there is a ledger,
            :meth:`~upflow_provider.ledger.clock.LedgerClock.tick`
        :param host: this host's clock, to be compared with Stripe's first answer; by default nothing is compared
        :param further: fields to expand in each record of a resource, by its name, for native fields that are mapped
        :raises ConfigurationError: the connection lacks something, or its host cannot be right
        """
        sdk = open_sdk(self.api_key, base_url=self.api_url, account=self.extra.account)
        return StripeSource(
            sdk, requests_per_second=self.extra.requests_per_second, tick=tick, host=host, further=further
        )

    def get_files(self) -> StripeFiles:
        """Return what downloads PDFs; it sends no key."""
        return StripeFiles(self.api_url)

    def get_writer(self, *, is_open: bool) -> StripeWriter:
        """
        Return the client that writes payments of Upflow's portal to Stripe.

        :param is_open: whether it may write; otherwise it refuses every call
        :raises ConfigurationError: the connection lacks something, or its host cannot be right
        """
        sdk = open_sdk(self.api_key, base_url=self.api_url, account=self.extra.account)
        return StripeWriter(sdk, is_open=is_open)

    def check(self, native_fields: Iterable[NativeField] = ()) -> None:
        """
        Read one record of each resource that the syncs read, and one with what each native field needs.

        :param native_fields: native fields that fill custom fields
        :raises AuthenticationError: the key is wrong or lacks permissions; all of them are named
        :raises UpflowSyncError: something else is in the way
        """
        problems: list[str] = []
        try:
            self.source.ping(resources_read().items(), account=self.extra.account)
        except AuthenticationError as error:
            if self.extra.account and self.extra.account in str(error):
                raise  # it says the same about native fields
            problems.append(str(error))
        lacking = forbidden_fields(native_fields, self.source.refusal)
        problems += [f"native field {name!r}: the key lacks a permission for it{why}" for name, why in lacking.items()]
        if problems:
            raise AuthenticationError("; ".join(problems))

    def test_connection(self) -> tuple[bool, str]:
        """
        Run `check`; return whether it succeeded, and what is wrong if it did not.

        Which native fields are mapped is not known here; the message names those that the key may not read.
        """
        try:
            self.check()
            lacking = forbidden_fields(NATIVE_FIELDS, self.source.refusal)
        except UpflowSyncError as error:
            return False, str(error)
        native = ", ".join(f"{name}{why}" for name, why in lacking.items())
        but = f"; it lacks permissions for native fields: {native}" if native else ""
        return True, f"Stripe accepted the key and lets it read {', '.join(STREAMS)}{but}"


def resources_read() -> dict[str, Sequence[str]]:
    """Return the resources that the syncs read, each with the fields to expand; the key must permit all of them."""
    stream_resources = {listing.resource: listing.expand for stream in STREAMS.values() for listing in stream.listings}
    return {**stream_resources, "charges": (), "events": ()}
