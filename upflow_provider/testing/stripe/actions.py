"""What another process may do in a `FakeStripe`: what people do in Stripe."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from upflow_provider.testing.stripe.billing.objects import Object
from upflow_provider.testing.stripe.billing.refusal import StripeRefusalError

if TYPE_CHECKING:
    from upflow_provider.testing.stripe.fake import FakeStripe

DEEDS = (
    "create_customer",
    "update_customer",
    "delete_customer",
    "create_invoice",
    "finalize_invoice",
    "pay_invoice",
    "void_invoice",
    "mark_uncollectible",
    "update_invoice",
    "delete_invoice",
)
"""Methods of the fake that may be called."""


def act(fake: "FakeStripe", what: str, arguments: Mapping[str, Any]) -> Object | None:
    """
    Create, change, finalize, pay, void or give up.

    Args:
        fake: Where.
        what: Name of one of `DEEDS`.
        arguments: Its arguments.

    Returns:
        What was made or changed.

    Raises:
        ValueError: It is none of them, or Stripe refuses it.
    """
    if what not in DEEDS:
        raise ValueError(f"{what!r} is none of {', '.join(DEEDS)}")
    try:
        done: Object | None = getattr(fake, what)(**arguments)
    except StripeRefusalError as error:
        raise ValueError(error.body["error"]["message"]) from error
    return done
