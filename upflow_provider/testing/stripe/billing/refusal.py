"""Refusals of the fake Stripe."""

from __future__ import annotations


class StripeRefusalError(Exception):
    """
    A request that Stripe refuses, with its status and error object.

    Args:
        status: HTTP status.
        message: Stripe's message.
        detail: Further attributes of the error object; ``type`` if it is not that of an invalid request.
    """

    def __init__(self, status: int, message: str, **detail: str) -> None:
        super().__init__(message)
        self.status = status
        kind = "invalid_request_error" if status != 429 else "rate_limit_error"  # noqa: PLR2004 - HTTP
        self.body = {"error": {"type": kind, "message": message, **detail}}


def unknown_parameter(name: str) -> StripeRefusalError:
    """Return Stripe's refusal of a parameter it does not know."""
    return StripeRefusalError(400, f"Received unknown parameter: {name}", code="parameter_unknown", param=name)


def lock_timeout() -> StripeRefusalError:
    """Return Stripe's refusal of a request for an object that another request or process has locked."""
    message = "This object cannot be accessed right now because another API request or Stripe process is accessing it."
    return StripeRefusalError(429, message, type="invalid_request_error", code="lock_timeout")


def missing(resource: str, object_id: str, param: str = "id", status: int = 404) -> StripeRefusalError:
    """Return Stripe's refusal of an id it does not know."""
    return StripeRefusalError(
        status, f"No such {resource.rstrip('s')}: '{object_id}'", code="resource_missing", param=param
    )
