"""An accessory that Upflow refuses never keeps a customer, an invoice or a credit note out."""

import pytest

from tests.stripe_to_upflow.simulator.books import run
from upflow_provider.ledger import Outcome
from upflow_provider.testing.upflow.behaviour import FieldRefusal

JANUARY_15 = 1_768_435_200
FULL = {
    "email": "a@example.com",
    "phone": "+33 1",
    "address": {"line1": "1 St", "country": "FR"},
    "tax_ids": [("eu_vat", "FR1")],
}
EMPTY = {"address": "", "zipcode": "", "city": "", "state": "", "country": ""}


def refuse(bridge, collection, field, says="is invalid"):
    """Let Upflow refuse a field that is not empty."""
    refusal = FieldRefusal(collection=collection, field=field, says=says, values=".")
    bridge.upflow.behaviour.refused_fields = (*bridge.upflow.behaviour.refused_fields, refusal)


def known(bridge, stream, external_id):
    """Return what the ledger knows of a record."""
    return bridge.ledger.records(stream, [external_id])[external_id]


@pytest.mark.parametrize(
    ("field", "noted", "requests"),
    [
        ("contacts.email", "contacts are left out", 2),
        ("contacts.phone", "contacts.phone is left out", 2),
        ("vatNumber", "vatNumber is left out", 2),
        ("address.country", "address is left out", 2),
    ],
)
def test_a_customer_comes_without_what_upflow_refuses(bridge, field, noted, requests):
    """With one more request if the refusal names the field; the ledger notes it, and its invoices arrive."""
    bridge.customer(**FULL)
    bridge.invoice()
    refuse(bridge, "customers", field)
    reports = bridge.sync_all()

    assert (reports["customers"].created, reports["customers"].noted, reports["invoices"].created) == (1, 1, 1)
    assert known(bridge, "customers", "cus_1").reason == f"cus_1: {noted}, because Upflow refuses it"
    assert bridge.writes().count(("POST", "/v1/customers")) == requests


def test_a_refusal_without_a_word_costs_a_few_requests(bridge, clock):
    """Each accessory is suspected, and what was left out is tried again after a day: the refusal may have passed."""
    bridge.stripe.create_customer(id="cus_2", **FULL)
    bridge.upflow.faults.add("status", method="POST", path="customers$", status=400, times=3)
    clock.go_on(minutes=5)
    bridge.catch_up("sync/1")
    before, requests = bridge.imported("customers", "cus_2"), len(bridge.writes())
    due_at = known(bridge, "customers", "cus_2").next_attempt_at
    clock.go_on(hours=25)
    bridge.catch_up("sync/2")
    shown = bridge.imported("customers", "cus_2")

    assert (before["vatNumber"], requests) == (None, 4)  # whole, without phone, without contacts, without VAT number
    assert due_at is not None
    assert (shown["vatNumber"], [each["phone"] for each in shown["contacts"]]) == ("FR1", ["+33 1"])
    assert (known(bridge, "customers", "cus_2").reason, known(bridge, "customers", "cus_2").next_attempt_at) == (
        None,
    ) * 2


def test_two_customers_with_one_address(bridge):
    """Where addresses must be unique: the second comes without its contact, and both are owed for."""
    bridge.upflow.behaviour.unique_emails = True
    for number in (1, 2):
        bridge.customer(f"cus_{number}", email="a@example.com")
        bridge.invoice(f"in_{number}", f"cus_{number}")
    bridge.threads = 1
    reports = bridge.sync_all()

    assert (reports["customers"].created, reports["customers"].noted, reports["invoices"].created) == (2, 1, 2)


def test_what_was_left_out_is_not_sent_again_until_it_changes(bridge):
    """An unchanged customer sends nothing, an inventory finds nothing; a new address is tried at once."""
    bridge.upflow.behaviour.unique_emails = True
    bridge.customer("cus_1", email="a@example.com")
    bridge.sync("customers")
    bridge.customer("cus_2", email="a@example.com")
    bridge.sync("customers")
    bridge.upflow.requests.clear()
    report = bridge.sync("customers")
    found = bridge.inventory()

    assert (report.unchanged, bridge.writes()) == (2, [])
    assert not any(found.counts.values())
    bridge.stripe.update_customer("cus_2", email="b@example.com")
    bridge.sync("customers")
    assert [each["email"] for each in bridge.imported("customers", "cus_2")["contacts"]] == ["b@example.com"]
    assert known(bridge, "customers", "cus_2").reason is None


def test_an_address_that_upflow_refuses_takes_the_older_contact_away(bridge):
    """The source no longer has it: letters to it would go to somebody else."""
    bridge.customer(email="a@example.com")
    bridge.sync("customers")
    refuse(bridge, "contacts", "email")
    bridge.stripe.update_customer("cus_1", email="b@example.com")
    bridge.sync("customers")

    assert bridge.imported("customers", "cus_1")["contacts"] == []
    assert known(bridge, "customers", "cus_1").dependents == []


def test_a_due_date_before_the_issue_date(bridge):
    """It is sent as it is; where Upflow refuses it, the invoice is due when it is issued, and the ledger notes it."""
    bridge.customer()
    bridge.invoice(created=JANUARY_15, due_date=JANUARY_15 - 10 * 86_400)
    bridge.upflow.behaviour.early_due_date = "refused"
    run(bridge)

    shown = bridge.imported("invoices", "in_1")
    assert shown["dueDate"][:10] == shown["issuedAt"][:10] == "2026-01-15"
    assert "dueDate is raised to the issue date" in known(bridge, "invoices", "in_1").reason
    assert shown["amountOutstanding"] == 1200


@pytest.mark.parametrize("collection", ["invoices", "credit_notes"])
def test_a_net_amount_that_upflow_refuses(bridge, collection):
    """The gross amount stands for it, and the invoice closes."""
    bridge.customer()
    bridge.invoice()
    note = bridge.stripe.credits.credit("in_1", 300)["id"]
    bridge.upflow.behaviour.refused_fields = (
        FieldRefusal(collection=collection, field="netAmount", values="^(1000|250)$"),
    )
    run(bridge)

    shown = bridge.imported(collection, note if collection == "credit_notes" else "in_1")
    assert shown["netAmount"] == shown["grossAmount"]
    assert bridge.imported("invoices", "in_1")["amountOutstanding"] == 900


def test_a_record_that_is_refused_for_itself_is_rejected_as_before(bridge):
    """Without accessories there is nothing to leave out, and one request is enough."""
    bridge.customer()
    refuse(bridge, "customers", "name")
    report = bridge.sync("customers")

    assert (report.rejected, len(bridge.writes())) == (1, 1)
    assert known(bridge, "customers", "cus_1").outcome is Outcome.REJECTED
