"""The fake Upflow takes payments of its own, which look as those of the portal may, and gives them back."""

import pytest
import requests

from upflow_provider.testing.upflow.records.refusal import RefusedError


@pytest.fixture
def ask(fake_upflow):
    """Return what asks the fake, which has a customer with two invoices of 12.00 EUR."""
    fake_upflow.limits.enforced = False
    headers = {"X-Api-Key": fake_upflow.api_key, "X-Api-Secret": fake_upflow.api_secret}

    def call(method, path, **options):
        return requests.request(method, f"{fake_upflow.base_url}{path}", headers=headers, timeout=5, **options).json()

    call("POST", "/customers", json={"externalId": "cus_1", "name": "Alder"})
    for name in ("in_1", "in_2"):
        dates = {"issuedAt": "2026-01-01", "dueDate": "2026-02-01", "customer": {"externalId": "cus_1"}}
        amounts = {"currency": "EUR", "grossAmount": 1200, "netAmount": 1000}
        call("POST", "/invoices", json={"externalId": name, "customId": name, **amounts, **dates})
    return call


def test_a_payment_has_no_external_id_and_a_surcharge_on_top(fake_upflow, ask):
    """Its links show the invoices with their external ids; the gateway's id, if it is shown."""
    payment = fake_upflow.people.pay({"in_1": 1200, "in_2": 300}, surcharge=45, gateway={"id": "pi_123456"})
    (shown,) = ask("GET", "/payments")["items" if "items" in ask("GET", "/payments") else "payments"]

    assert (shown["id"], shown["externalId"], shown["amount"], shown["instrument"]) == (payment, None, 1545, "CARD")
    assert {each["invoice"]["externalId"]: each["linkedAmount"] for each in shown["linkedInvoices"]} == {
        "in_1": 1200,
        "in_2": 300,
    }
    assert shown["gateway"] == {"id": "pi_123456"}
    assert [ask("GET", f"/invoices/external:{each}")["amountOutstanding"] for each in ("in_1", "in_2")] == [0, 900]
    with pytest.raises(RefusedError, match="is not owed"):
        fake_upflow.people.pay({"in_1": 1})


def test_a_refund_or_a_late_failure_makes_the_invoices_owed_again(fake_upflow, ask):
    """It is linked to the payment, which has no invoice any more."""
    payment = fake_upflow.people.pay({"in_1": 1200}, instrument="DIRECT_DEBIT")
    fake_upflow.people.refund(payment, memo="Failed payment")

    assert ask("GET", f"/payments/{payment}")["linkedInvoices"] == []
    assert ask("GET", "/invoices/external:in_1")["amountOutstanding"] == 1200
    (refund,) = fake_upflow.store.refunds.values()
    assert (refund["memo"], refund["externalId"]) == ("Failed payment", None)


def test_a_payment_can_be_linked_to_other_invoices(fake_upflow, ask):
    """As people do in the app."""
    payment = fake_upflow.people.pay({"in_1": 1200})
    fake_upflow.people.link_payment(payment, {"in_2": 1000})

    assert [ask("GET", f"/invoices/external:{each}")["amountOutstanding"] for each in ("in_1", "in_2")] == [1200, 200]
