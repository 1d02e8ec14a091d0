"""Nothing personal leaves a sync, whatever Stripe and Upflow say."""

import dataclasses
import json

import pytest

from tests.privacy.planted import PERSON, WRITINGS, said, traces
from upflow_provider.clients.redaction import FULL_MESSAGES
from upflow_provider.records.contacts import ContactSource
from upflow_provider.stripe_to_upflow.mapping.options import Options
from upflow_provider.testing.upflow.behaviour import FieldRefusal

FIELDS = {
    "name": PERSON["name"],
    "email": PERSON["email"],
    "phone": PERSON["phone"],
    "description": PERSON["name"],
    "address": {"line1": PERSON["street"], "postal_code": PERSON["zipcode"], "city": PERSON["city"], "country": "FR"},
}


def plant(bridge):
    """Create customers who are the person, with invoices; one names a parent that is no id."""
    for number in range(3):
        bridge.customer(f"cus_{number}", **FIELDS)
        bridge.invoice(f"in_{number}", customer=f"cus_{number}")
    addresses = {"to": f"{PERSON['name']} <{PERSON['email']}>, x@example.com; Dupont & Lefèvre", "cc": "y@example.com"}
    bridge.customer("cus_3", **FIELDS, metadata={"parent": addresses["to"], **addresses})
    sources = (ContactSource("to", "To", "PAYER"), ContactSource("cc", "Cc", "Nowhere"))
    options = Options(parent_metadata_key="parent", contact_sources=sources, contacts_way="contacts")
    return dataclasses.replace(bridge, options=options)


def refuse_in_all_writings(bridge, status=400):
    """Refuse each customer in a writing of its own, and return how many there are."""
    for number in range(len(WRITINGS)):
        bridge.customer(f"cus_{number}", **FIELDS)
    bridge.upflow.behaviour.refused_fields = [
        FieldRefusal(
            collection="customers", field="externalId", values=f"^cus_{number}$", says=said(writing), status=status
        )
        for number, writing in enumerate(WRITINGS)
    ]
    return len(WRITINGS)


@pytest.mark.parametrize("status", [400, 404, 409])
def test_what_upflow_says_about_records(bridge, left, status):
    """Each is refused with its reason, and nobody is named."""
    number = refuse_in_all_writings(bridge, status)
    report = left.by(lambda: bridge.sync("customers"))
    text = left.everywhere()

    assert report.rejected == number
    assert f"POST /customers: {status}: externalId: name … is taken" in text
    assert traces(text) == []


def test_full_messages_name_people(bridge, left, monkeypatch):
    """Those who ask for them see them; and the tests around this one would notice a name."""
    monkeypatch.setenv(FULL_MESSAGES, "true")
    refuse_in_all_writings(bridge)
    left.by(lambda: bridge.sync("customers"))

    assert {"dupont", "jean", "75012"} <= set(traces(left.everywhere()))


@pytest.mark.parametrize("status", [401, 429, 500])
def test_what_upflow_says_about_all_records(bridge, left, status):
    """The task ends, and its error names nobody."""
    bridge = plant(bridge)
    bridge.upflow.behaviour.error_text = said("plain")
    bridge.upflow.faults.add("status", status=status, times=None)
    error = left.by(lambda: bridge.sync("customers"))

    assert f"POST /customers: {status}" in str(error)
    assert traces(left.everywhere()) == []


@pytest.mark.parametrize("body", ["message", "error", "text"])
def test_what_upflow_says_in_any_form(bridge, left, body):
    """Of errors of documents and contacts, too; whoever reads it learns which field it is."""
    bridge = plant(bridge)
    bridge.upflow.behaviour.error_body = body
    bridge.upflow.behaviour.error_text = f"{{message}}; {said('plain')}"
    bridge.upflow.behaviour.refused_fields = (
        FieldRefusal(
            collection="customers", field="contacts.email", says=f"is that of {said('in-quotes')}", values="^"
        ),
        FieldRefusal(collection="invoices", field="customer", says="{value}"),
    )
    left.by(bridge.sync_all)
    text = left.everywhere()

    assert "because Upflow refuses it" in text
    assert "POST /invoices: 400: customer" in text
    assert traces(text) == []


def test_what_upflow_answers_to_an_import(bridge, left):
    """Success answers repeat the record; answers that are none repeat anything."""
    bridge = plant(bridge)
    everything = " ".join(map(said, WRITINGS))
    bridge.upflow.behaviour.answered_fields = {"customers": {"note": everything}, "invoices": {"state": everything}}
    left.by(bridge.sync_all)
    left.by(bridge.close)
    for body in (said("plain"), json.dumps([everything]), json.dumps({"name": everything}), f"<p>{said('plain')}"):
        bridge.upflow.faults.add("status", status=200, body=body, times=6)
        left.by(lambda: bridge.client().get("customers", "1"))
        bridge.upflow.faults.clear()

    assert traces(left.everywhere()) == []


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500, 200])
def test_what_stripe_says(bridge, left, status):
    """Of listings and of single records; its codes stay, its message does not."""
    bridge = plant(bridge)
    error = {"code": said("plain"), "param": said("cut"), "type": said("plain"), "message": said("plain")}
    for stream, where in (("customers", "customers$"), ("invoices", "customers/"), ("invoices", "invoices$")):
        bridge.stripe.faults.add("status", path=where, status=status, body=json.dumps({"error": error}), times=None)
        left.by(lambda stream=stream: bridge.sync(stream))
        bridge.stripe.faults.clear()

    assert traces(left.everywhere()) == []


@pytest.mark.parametrize("status", [None, 400, 404, 503])
def test_a_customer_id_that_is_an_address(bridge, left, status):
    """Its owner has chosen it: the ledger needs it as a key; logs, reports and errors show its hash."""
    bridge.customer(PERSON["email"], **FIELDS)
    bridge.invoice("in_1", customer=PERSON["email"])
    if status:
        bridge.upflow.faults.add("status", method="POST", status=status, times=None)
    left.by(bridge.sync_all)
    left.by(bridge.close)
    left.by(lambda: bridge.client().get("customers", f"external:{PERSON['email']}"))

    assert traces(left.everywhere(without={"external_id", "customer", "dependents", "key"})) == []
