"""The fake Stripe emits nothing that Stripe's SDK does not know."""

import json

import pytest

from upflow_provider.testing import FakeStripe
from upflow_provider.testing.seed.seed import Seed
from upflow_provider.testing.stripe.billing.resources import RESOURCES


@pytest.fixture(scope="module")
def schema(shared_data):
    """Return the attributes of each object of the pinned API version, as the SDK declares them."""
    document = json.loads((shared_data / "stripe" / "sdk_schema_2026-10-28.endive.json").read_text())
    # Attributes are named by their class: Invoice.currency, Invoice.AutomaticTax.enabled.
    return {
        kind: {path.split(".")[1] for path in paths if path.count(".") == 1}
        for kind, paths in document["objects"].items()
    }


def emitted():
    """Return what a fake holds after every mutation and a seed."""
    fake = FakeStripe()
    customer = fake.create_customer(name="A", tax_ids=[("eu_vat", "FR1")])
    fake.update_customer(customer["id"], name="B")
    for end in (None, fake.pay_invoice, fake.void_invoice, fake.mark_uncollectible):
        invoice = fake.create_invoice(customer["id"], 600, tax=100)
        fake.finalize_invoice(invoice["id"])
        if end:
            end(invoice["id"])
    move_money(fake, customer["id"])
    fake.seed(Seed(customers=10, invoices=100))
    fake.delete_customer(customer["id"])
    return [each for resource in RESOURCES for each in fake.store.collection(resource)]


def move_money(fake, customer):
    """Pay, credit, refund and dispute in every way there is."""
    bills = [fake.create_invoice(customer, 600, tax=100)["id"] for _ in range(5)]
    for bill in bills:
        fake.finalize_invoice(bill)
    intent = fake.payments.pay({bills[0]: 600}, surplus=10)
    record = fake.payments.report({bills[1]: 600})
    fake.payments.refuse(bills[2])
    fake.payments.save_method(customer)
    fake.payments.charge(bills[2], 100)
    fake.payments.settle_out_of_band(bills[2])
    refund = fake.credits.refund(intent["id"], 50)
    fake.credits.credit(bills[0], 50, refund=refund, refunded=50)
    fake.credits.credit(bills[1], 60, reported=(record["id"], 60))
    fake.credits.credit(bills[0], 70, out_of_band=30)
    fake.credits.void(fake.credits.credit(bills[3], 80)["id"])
    fake.credits.update_refund(refund["id"], "failed")
    fake.credits.update_refund(fake.credits.refund(intent["id"], 5)["id"], "canceled")
    fake.credits.close_dispute(fake.credits.dispute(intent["id"], 100)["id"], "lost")
    fake.payments.unapply(fake.payments.pay({bills[4]: 20})["id"], bills[4])


def test_every_attribute_is_known_to_the_sdk(schema):
    """Top-level attributes of customers, invoices and events, and those of the tax ids inside."""
    unknown = set()
    for each in emitted():
        unknown |= {f"{each['object']}.{name}" for name in each.keys() - schema[each["object"]]}
        for tax_id in each.get("tax_ids", {}).get("data", []):
            unknown |= {f"tax_id.{name}" for name in tax_id.keys() - schema["tax_id"]}

    assert unknown == set()


def test_every_event_is_one_that_stripe_sends(schema, shared_data):
    """Names are those of the SDK's list."""
    names = (shared_data / "stripe" / "event_types_2026-10-28.endive.json").read_text()

    for kind in {each["type"] for each in emitted() if each["object"] == "event"}:
        assert f'"{kind}"' in names
