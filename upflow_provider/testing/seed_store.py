"""A `Seed` put into the store of a fake Stripe."""

from upflow_provider.testing.seed import Seed
from upflow_provider.testing.stripe_objects import deleted
from upflow_provider.testing.stripe_store import Store


def fill(store: Store, seed: Seed) -> None:
    """Add the records of a seed, each to be made when it is asked for."""
    for number in range(seed.customers):
        customer_id = seed.customer_id(number)
        if seed.is_gone(number):
            store.customers.gone[customer_id] = deleted({"id": customer_id, "object": "customer"})
        else:
            store.customers.add_lazily(customer_id, seed.customer_created(number), (seed.customer, number))
    for number in range(seed.invoices):
        store.invoices.add_lazily(seed.invoice_id(number), seed.invoice_created(number), (seed.invoice, number))
