"""How customers of a Stripe account are made, changed and deleted."""

from typing import Any

from upflow_provider.testing.stripe.billing.account import Account
from upflow_provider.testing.stripe.objects import customers
from upflow_provider.testing.stripe.objects.object import Object, deleted


def create(account: Account, **fields: Any) -> Object:  # noqa: ANN401 - JSON
    """Create a customer; `id`, `created` and any attribute may be given."""
    customer_id = fields.pop("id", None) or account.new_id("customers")
    made = customers.customer(customer_id, fields.pop("created", account.now()), **fields)
    return account.changed("customers", made, "customer.created")


def update(account: Account, customer_id: str, **fields: Any) -> Object:  # noqa: ANN401 - JSON
    """Change attributes of a customer."""
    customer = customers.change_customer(account.held("customers", customer_id), fields)
    return account.changed("customers", customer, "customer.updated")


def delete(account: Account, customer_id: str) -> Object:
    """Delete a customer, whose invoices stay, and return what is left of it."""
    customer = account.held("customers", customer_id)
    tombstone = deleted(customer)
    account.store.customers.remove(customer_id, tombstone)
    account.event("customer.deleted", customer)
    return tombstone
