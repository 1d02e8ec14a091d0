"""Stripe's SDK, set up for this package."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import stripe

API_VERSION = "2026-10-28.endive"
"""The version of Stripe's API that the mappings are written for; every request names it."""
TIMEOUT_S = (10.0, 80.0)
"""Seconds to wait for a connection, and for an answer."""


def open_sdk(
    api_key: str,
    *,
    base_url: str | None = None,
    account: str | None = None,
    timeout_s: tuple[float, float] = TIMEOUT_S,
) -> stripe.StripeClient:
    """
    Return Stripe's client, without telemetry and without retries of its own.

    It logs warnings only, because its other log lines show every URL. It makes one HTTP session per thread.
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
        http_client=stripe.RequestsClient(timeout=timeout_s),
    )
