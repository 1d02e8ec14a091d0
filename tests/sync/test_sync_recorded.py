"""Real answers of Stripe, recorded by others, through the fake Stripe, the mapping and the fake Upflow."""

import json

import pytest

from upflow_provider.ledger import Outcome


def found(document):
    """Yield every customer and finalized or draft invoice anywhere in an answer."""
    if isinstance(document, dict):
        if document.get("object") in {"customer", "invoice"} and "created" in document:
            yield document
        for value in document.values():
            yield from found(value)
    elif isinstance(document, list):
        for value in document:
            yield from found(value)


@pytest.fixture
def recorded(shared_data):
    """Return the recorded customers and invoices, by kind, the last answer of each."""
    kinds = {"customer": {}, "invoice": {}}
    with (shared_data / "stripe" / "recorded_responses.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            answer = json.loads(line)
            if answer["status"] == 200:
                for each in found(answer["response"]):
                    kinds[each["object"]][each["id"]] = each
    return kinds


def test_every_recorded_customer_and_invoice_arrives(bridge, recorded):
    """Amounts and states follow what Stripe recorded; nothing is rejected."""
    invoices = list(recorded["invoice"].values())
    bridge.stripe.load([*recorded["customer"].values(), *invoices])
    customer_report, invoice_report = bridge.sync_all()

    assert len(invoices) >= 30
    assert len(recorded["customer"]) >= 90
    assert (customer_report.created, customer_report.rejected) == (len(recorded["customer"]), 0)
    assert invoice_report.rejected == 0
    for invoice in invoices:
        known = bridge.ledger.records("invoices", [invoice["id"]])[invoice["id"]]
        if invoice["status"] == "draft":
            assert known.outcome is Outcome.SKIPPED
            continue
        shown = bridge.imported("invoices", invoice["id"])
        credited = invoice["pre_payment_credit_notes_amount"]
        balance = invoice["starting_balance"] - (invoice["ending_balance"] or 0)
        assert shown["grossAmount"] == invoice["total"]
        assert shown["grossAmount"] + balance - credited == invoice["amount_due"]
        assert shown["currency"] == invoice["currency"].upper()
        expected = {"void": "VOIDED", "uncollectible": "PAID"}.get(invoice["status"])
        if expected:
            assert (shown["state"], shown["amountOutstanding"]) == (expected, 0)
        else:
            assert shown["amountOutstanding"] == max(invoice["total"], 0)


def test_the_same_recorded_records_again_send_nothing(bridge, recorded):
    """Real records hash the same every time."""
    bridge.stripe.load([*recorded["customer"].values(), *recorded["invoice"].values()])
    bridge.sync_all()
    bridge.upflow.requests.clear()
    bridge.sync_all()

    assert len(bridge.upflow.requests) == 0
