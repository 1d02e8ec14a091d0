"""Many customers in a fake Upflow, for tests that are not about how they got there."""

from upflow_provider.testing.upflow.records.imports import import_customer
from upflow_provider.testing.upflow.records.schemas import CustomerImport


def add_customers(fake, number):
    """Let a fake Upflow have customers, without a request for each; return their external ids."""
    names = [f"cus_{each}" for each in range(number)]
    for name in names:
        import_customer(fake.store, fake.behaviour, CustomerImport.model_validate({"externalId": name, "name": name}))
    return names
