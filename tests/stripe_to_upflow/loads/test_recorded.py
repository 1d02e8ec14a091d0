"""Real answers of Stripe, recorded by others, through the fake Stripe, the mapping and the fake Upflow."""

import json
from collections import defaultdict

import pytest

from tests.stripe_to_upflow.simulator.books import assert_books_agree, links
from upflow_provider.ledger import Outcome
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS
from upflow_provider.testing.stripe.objects import credits as credits_
from upflow_provider.testing.stripe.objects import payments as stripe_payments

KINDS = ("customer", "invoice", "invoice_payment", "payment_intent", "charge", "refund", "credit_note")
REFERENCES = {
    "invoice": ("customer",),
    "payment_intent": ("customer", "latest_charge"),
    "charge": ("customer", "payment_intent"),
    "refund": ("charge", "payment_intent"),
    "credit_note": ("customer", "invoice"),
}
"""Attributes that hold an id, or a whole object where the recording had it expanded."""


def found(document):
    """Yield every object of the wanted kinds anywhere in an answer."""
    if isinstance(document, dict):
        if document.get("object") in KINDS and "created" in document:
            yield document
        for value in document.values():
            yield from found(value)
    elif isinstance(document, list):
        for value in document:
            yield from found(value)


def bare(record):
    """Return an object with ids in place of objects that were expanded."""
    ids = {
        name: record[name]["id"] for name in REFERENCES.get(record["object"], ()) if isinstance(record.get(name), dict)
    }
    return record | ids


@pytest.fixture
def recorded(shared_data):
    """Return the recorded objects by kind and id, the last answer of each."""
    kinds = defaultdict(dict)
    with (shared_data / "stripe" / "recorded_responses.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            answer = json.loads(line)
            if answer["status"] == 200:
                for each in found(answer["response"]):
                    kinds[each["object"]][each["id"]] = bare(each)
    complete(kinds)
    return kinds


def complete(kinds):
    """Add what the recordings refer to but do not hold: intents, charges and a refund, by what tells of them."""
    for each in kinds["invoice_payment"].values():
        intent_id = each["payment"]["payment_intent"]
        if intent_id not in kinds["payment_intent"]:
            invoice = kinds["invoice"][each["invoice"]]
            kinds["payment_intent"][intent_id] = stripe_payments.payment_intent(
                intent_id,
                each["created"],
                amount=each["amount_requested"],
                currency=each["currency"],
                customer=invoice["customer"],
            )
            if each["status"] == "paid":
                intent = kinds["payment_intent"][intent_id]
                charge = stripe_payments.succeed(
                    intent, f"ch_of_{intent_id}", amount=each["amount_paid"], at=each["created"]
                )
                kinds["charge"][charge["id"]] = charge
    for intent in kinds["payment_intent"].values():
        charge_id = intent["latest_charge"]
        if charge_id and charge_id not in kinds["charge"]:
            amount, at = intent["amount_received"], intent["created"]
            method = intent["payment_method_types"][0]
            kinds["charge"][charge_id] = stripe_payments.charge(
                charge_id,
                at,
                amount=amount,
                currency=intent["currency"],
                customer=intent["customer"],
                intent=intent["id"],
                method=method,
            )

    for note in kinds["credit_note"].values():
        for entry in note["refunds"]:
            if entry["refund"] not in kinds["refund"]:
                [intent_id] = {
                    each["payment"]["payment_intent"]
                    for each in kinds["invoice_payment"].values()
                    if each["invoice"] == note["invoice"]
                }
                charge = kinds["charge"][kinds["payment_intent"][intent_id]["latest_charge"]]
                kinds["refund"][entry["refund"]] = credits_.refund(
                    entry["refund"], note["created"], charge=charge, amount=entry["amount_refunded"]
                )


def load(bridge, recorded):
    """Put everything into the fake Stripe."""
    bridge.stripe.load([each for kind in KINDS for each in recorded[kind].values()])


def test_every_recorded_invoice_closes(bridge, recorded):
    """Invoices, payments, refunds and the credit note: what is outstanding is what Stripe recorded as remaining."""
    load(bridge, recorded)
    reports = bridge.sync_all()
    customers = reports["customers"]
    closing = bridge.close()

    assert (customers.created, customers.rejected) == (len(recorded["customer"]), 0)
    assert len(recorded["invoice"]) >= 30
    assert {name: report.rejected for name, report in reports.items()} == dict.fromkeys(STREAMS, 0)
    assert (closing.checked, closing.synced.rejected) == (0, 0)
    assert_books_agree(bridge)
    assert (reports["credit_notes"].created, len(recorded["credit_note"])) == (1, 1)
    assert reports["payments"].created == len(
        {each["payment"]["payment_intent"] for each in recorded["invoice_payment"].values() if each["status"] == "paid"}
    )


def test_recorded_states_are_those_of_stripe(bridge, recorded):
    """Drafts are skipped; gross amounts are the recorded totals."""
    load(bridge, recorded)
    bridge.sync_all()

    for invoice in recorded["invoice"].values():
        known = bridge.ledger.records("invoices", [invoice["id"]])[invoice["id"]]
        if invoice["status"] == "draft":
            assert known.outcome is Outcome.SKIPPED
            continue
        shown = bridge.imported("invoices", invoice["id"])
        assert (shown["grossAmount"], shown["currency"]) == (invoice["total"], invoice["currency"].upper())
        if invoice["status"] == "paid":
            assert shown["state"] == "PAID"


def test_recorded_refunds_are_those_of_invoices_or_skipped(bridge, recorded):
    """One is named by the credit note; the payment of another is not applied to any invoice."""
    load(bridge, recorded)
    bridge.sync_all()
    known = bridge.ledger.records("refunds", recorded["refund"])

    assert {each.outcome for each in known.values()} <= {Outcome.IMPORTED, Outcome.SKIPPED}
    [note] = recorded["credit_note"].values()
    named = note["refunds"][0]["refund"]
    assert known[named].outcome is Outcome.IMPORTED
    assert links(bridge, note["id"]) == {named: note["total"]}
    assert {each.reason for each in known.values() if each.outcome is Outcome.SKIPPED} <= {
        "its payment is not applied to any invoice"
    }


def test_the_same_recorded_records_again_send_nothing(bridge, recorded):
    """Real records hash the same every time."""
    load(bridge, recorded)
    bridge.sync_all()
    bridge.upflow.requests.clear()
    bridge.sync_all()

    assert len(bridge.upflow.requests) == 0
