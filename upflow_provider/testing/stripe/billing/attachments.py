"""What is attached to objects of a Stripe account: subscriptions, ways to pay and discounts of customers, metadata."""

from collections.abc import Mapping
from typing import Any

from upflow_provider.testing.stripe.billing.account import Account
from upflow_provider.testing.stripe.objects.object import Object

SILENT = frozenset({"payment_intents", "payment_records"})
"""Resources whose objects send no event when only their metadata changes (https://docs.stripe.com/api/events/types)."""


class Attachments:
    """
    Attaches things; each change leaves the event that Stripe sends, which is not that of the object itself.

    Args:
        account: The account.
    """

    def __init__(self, account: Account) -> None:
        self._account = account

    def subscribe(self, customer_id: str, *nicknames: str, status: str = "active", **fields: Any) -> Object:  # noqa: ANN401 - JSON
        """Make a subscription of a customer to prices with these nicknames."""
        items = [{"object": "subscription_item", "price": {"object": "price", "nickname": each}} for each in nicknames]
        listed = {"object": "list", "data": items, "has_more": False}
        self._account.held("customers", customer_id)
        return self._account.create(
            "subscriptions", {"customer": customer_id, "status": status, "items": listed, **fields}
        )

    def cancel(self, subscription_id: str) -> Object:
        """Cancel a subscription: its customer does not have it any more, and the event is that of a deletion."""
        subscription = self._account.held("subscriptions", subscription_id)
        subscription["status"] = "canceled"
        return self._account.changed("subscriptions", subscription, "customer.subscription.deleted")

    def add_source(self, customer_id: str, *, brand: str = "Visa", last4: str = "4242", **fields: Any) -> Object:  # noqa: ANN401 - JSON
        """Add a card to a customer in the old way."""
        card = {"brand": brand, "last4": last4, "exp_month": 12, "exp_year": 2028}
        self._account.held("customers", customer_id)
        return self._account.create("sources", {"customer": customer_id, "type": "card", "card": card, **fields})

    def pay_by(self, customer_id: str, kind: str = "card", **details: Any) -> Object:  # noqa: ANN401 - JSON
        """Make a payment method and the default of a customer; a card if no type is given."""
        card = {"brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2028} if kind == "card" else {}
        fields = {"customer": customer_id, "type": kind, kind: {**card, **details}}
        method = self._account.create("payment_methods", fields)
        self._account.event("payment_method.attached", method)
        customer = self._account.held("customers", customer_id)
        customer["invoice_settings"] = {**customer["invoice_settings"], "default_payment_method": method["id"]}
        self._account.changed("customers", customer, "customer.updated")
        return method

    def renew_card(self, method_id: str, **details: Any) -> Object:  # noqa: ANN401 - JSON
        """Let the bank renew the card of a payment method; its customer does not change."""
        method = self._account.held("payment_methods", method_id)
        method["card"] = {**method["card"], **details}
        return self._account.changed("payment_methods", method, "payment_method.automatically_updated")

    def discount(self, customer_id: str, coupon_id: str | None, *, end: int | None = None) -> None:
        """Give a customer a coupon, in place of the one it has; None takes it away."""
        customer = self._account.held("customers", customer_id)
        if customer["discount"]:
            self._account.event("customer.discount.deleted", customer["discount"])
        customer["discount"] = None
        if coupon_id is not None:
            self._account.held("coupons", coupon_id)
            customer["discount"] = {
                "id": f"di_{self._account.number()}",
                "object": "discount",
                "customer": customer_id,
                "end": end,
                "source": {"type": "coupon", "coupon": coupon_id},
                "start": self._account.now(),
            }
            self._account.event("customer.discount.created", customer["discount"])
        self._account.store.customers.add(customer)

    def write_metadata(self, resource: str, object_id: str, changes: Mapping[str, str]) -> Object:
        """Write some keys of metadata; ``""`` removes a key, and keys that are not named stay."""
        obj = self._account.held(resource, object_id)
        metadata = {**(obj.get("metadata") or {}), **changes}
        obj["metadata"] = {key: value for key, value in metadata.items() if value != ""}
        if resource in SILENT:
            self._account.store.collection(resource).add(obj)
            return obj
        return self._account.update(resource, object_id, {"metadata": obj["metadata"]})
