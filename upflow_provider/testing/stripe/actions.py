"""What another process may do in a `FakeStripe`: what people do in Stripe."""

from collections.abc import Mapping
from typing import Any

from upflow_provider.testing.stripe.billing.refusal import StripeRefusalError

ACTIONS = (
    "create",
    "update",
    "create_customer",
    "update_customer",
    "delete_customer",
    "create_invoice",
    "finalize_invoice",
    "pay_invoice",
    "void_invoice",
    "void_paid_invoice",
    "mark_uncollectible",
    "update_invoice",
    "delete_invoice",
)
"""Methods of the fake that may be called."""


def act(fake: object, action: str, arguments: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
    """
    Create, change, finalize, pay, void or give up.

    Args:
        fake: The fake.
        action: One of `ACTIONS`.
        arguments: Those of the method.

    Returns:
        What was made or changed.

    Raises:
        ValueError: It is no action, or Stripe refuses it.
    """
    if action not in ACTIONS:
        raise ValueError(f"{action!r} is none of {', '.join(ACTIONS)}")
    try:
        return getattr(fake, action)(**arguments)
    except StripeRefusalError as error:
        raise ValueError(error.body["error"]["message"]) from error
