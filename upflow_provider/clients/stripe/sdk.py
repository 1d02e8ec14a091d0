"""Stripe's SDK, set up for this package."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import requests
from requests.auth import AuthBase

from upflow_provider.clients.bounded_answers import bounded

if TYPE_CHECKING:
    import stripe

API_VERSION = "2026-10-28.endive"
"""The version of Stripe's API that the mappings are written for; every request names it."""
TIMEOUT_S = (10.0, 80.0)
"""Seconds to wait for a connection, and for an answer."""


class KeyAuth(AuthBase):
    """
    Leaves the key in the headers where Stripe's client has put it.

    A session without any authentication of its own replaces it by what ``~/.netrc`` has for the host.
    """

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Return the request as it is."""
        return request


class KeySession(requests.Session):
    """
    A session that sends Stripe's key to Stripe only; proxies of the environment are used.

    It does not follow redirects, of which Stripe's API has none: a request that was led elsewhere would carry the
    password that ``~/.netrc`` has for that host.
    """

    def __init__(self) -> None:
        super().__init__()
        self.auth = KeyAuth()

    def request(self, *args: Any, **options: Any) -> requests.Response:  # noqa: ANN401 - as in requests
        """Send one request."""
        return super().request(*args, **{**options, "allow_redirects": False})


def open_sdk(
    api_key: str,
    *,
    base_url: str | None = None,
    account: str | None = None,
    timeout_s: tuple[float, float] = TIMEOUT_S,
) -> stripe.StripeClient:
    """
    Return Stripe's client, without telemetry and without retries of its own.

    It logs warnings only, because its other log lines show every URL. Its threads share one HTTP session.
    Retries are left to `StripeSource`, because the SDK never waits out a 429.

    Args:
        api_key: Secret or restricted key.
        base_url: Base URL of the API, without ``/v1``; ``None`` for Stripe's own.
        account: Connected account to read, if it is not the key's own.
        timeout_s: Seconds to wait for a connection, and for an answer.
    """
    import stripe

    stripe.enable_telemetry = False
    logging.getLogger("stripe").setLevel(logging.WARNING)
    return stripe.StripeClient(
        api_key,
        stripe_account=account,
        stripe_version=API_VERSION,
        base_addresses={"api": base_url} if base_url else {},
        max_network_retries=0,
        http_client=stripe.RequestsClient(timeout=timeout_s, session=bounded(KeySession())),
    )
