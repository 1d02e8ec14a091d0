"""What can be written over the API of the fake Stripe."""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request

from upflow_provider.testing.stripe.billing import customers
from upflow_provider.testing.stripe.billing.account import Account
from upflow_provider.testing.stripe.billing.refusal import StripeRefusalError, unknown_parameter
from upflow_provider.testing.stripe.objects.object import Object
from upflow_provider.testing.stripe.parameters import string

WRITABLE = {"name", "email", "phone", "description"}


class CustomerWrites:
    """
    Carries out writes of customers.

    Args:
        account: The account.
        shown: Returns a customer as the API shows it.
    """

    def __init__(self, account: Account, shown: Callable[[str], Object]) -> None:
        self._account, self._shown = account, shown

    def create_customer(self, _: Request, params: dict[str, Any]) -> Object:
        """Create a customer, whose id may be chosen."""
        chosen = {"id": string("id", params.pop("id"))} if "id" in params else {}
        made = customers.create(self._account, **chosen, **_writable(params, {}))
        return self._shown(made["id"])

    def update_customer(self, request: Request, params: dict[str, Any]) -> Object:
        """Change a customer."""
        customer_id = request.path_params["id"]
        before = self._shown(customer_id)
        customers.update(self._account, customer_id, **_writable(params, before.get("metadata", {})))
        return self._shown(customer_id)

    def delete_customer(self, request: Request, params: dict[str, Any]) -> Object:
        """Delete a customer."""
        for name in params:
            raise unknown_parameter(name)
        return customers.delete(self._account, request.path_params["id"])


def _writable(params: dict[str, Any], metadata: dict[str, str]) -> dict[str, Any]:
    """Return what a write asks for; an empty string unsets, metadata that is not named stays."""
    for name in params.keys() - WRITABLE - {"metadata"}:
        raise unknown_parameter(name)
    fields: dict[str, Any] = {
        name: None if value == "" else string(name, value) for name, value in params.items() if name != "metadata"
    }
    if "metadata" in params:
        changes = params["metadata"] or dict.fromkeys(metadata, "")
        if not isinstance(changes, dict):
            raise StripeRefusalError(400, "Invalid object", param="metadata")
        fields["metadata"] = {name: value for name, value in {**metadata, **changes}.items() if value != ""}
    return fields
