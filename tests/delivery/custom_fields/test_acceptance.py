"""What Upflow does with custom fields of invoices and payments is not documented: nothing else waits for it."""

import logging

import pytest

from tests.clock import Clock
from upflow_provider.delivery.custom_fields.acceptance import REFUSALS_MIN, REFUSED_FOR, Acceptance
from upflow_provider.ledger import Outcome
from upflow_provider.testing.upflow.behaviour import FieldRefusal

ORDER = {"metadata": "order", "field": "Order"}
NUMBER = 6


@pytest.fixture
def billed(bridge):
    """Have paid invoices with metadata, in an account that declares fields for all records."""
    bridge.threads = 1
    bridge.upflow.behaviour.document_custom_fields = "kept"
    bridge.declare(customers=[ORDER], invoices=[ORDER], payments=[ORDER])
    bridge.customer(metadata={"order": "0"})
    for number in range(NUMBER):
        bridge.invoice(f"in_{number}", status="paid", metadata={"order": str(number)})
    for intent in list(bridge.stripe.store.payment_intents):
        bridge.stripe.attachments.write_metadata("payment_intents", intent["id"], {"order": "p"})
    bridge.upflow.requests.clear()
    return bridge


def load(bridge):
    """Sync everything anew, as the next run does; return how many writes each collection took."""
    bridge.declare(customers=[ORDER], invoices=[ORDER], payments=[ORDER])
    bridge.upflow.requests.clear()
    reports = bridge.sync_all()
    assert not any(each.rejected for each in reports.values()), reports
    paths = [path for method, path in bridge.writes()]
    return {name: paths.count(f"/v1/{name}") for name in ("customers", "invoices", "payments")}


def states(bridge, stream):
    """Return the outcomes and the notes of a stream's records."""
    ids = [each["externalId"] for each in bridge.upflow.store.table(stream).values()]
    known = bridge.ledger.records(stream, ids).values()
    assert {each.outcome for each in known} == {Outcome.IMPORTED}
    return [each.reason for each in known]


def test_values_that_upflow_does_not_show_are_said_once(billed, caplog):
    """Once for each collection and organization, in whichever run; the records arrive in one request each."""
    billed.upflow.behaviour.document_custom_fields = "ignored"
    with caplog.at_level(logging.WARNING):
        assert load(billed) == {"customers": 1, "invoices": NUMBER, "payments": NUMBER}
        billed.stripe.update_invoice("in_0", due_date=1_800_000_000)
        assert load(billed) == {"customers": 0, "invoices": 1, "payments": 0}

    said = [each.getMessage() for each in caplog.records if "custom fields" in each.getMessage()]
    assert [each.partition(":")[0] for each in said] == [
        f"Upflow did not take custom fields on {name}, or does not show them" for name in ("invoices", "payments")
    ]
    assert billed.values("customers", "cus_1") == {"Order": "0"}
    assert billed.inventory().differs is False


@pytest.mark.parametrize("words", ["{message}", "Bad request"])
def test_a_collection_that_refuses_custom_fields_does_not_cost_two_requests_for_ever(billed, caplog, words):
    """Whatever the refusal says: a few records take two, then none does; after a month, a few try again."""
    clock = Clock()
    billed.now = clock.now
    billed.upflow.behaviour.document_custom_fields = "refused"
    billed.upflow.behaviour.error_text = words
    with caplog.at_level(logging.WARNING):
        first = load(billed)
    notes = states(billed, "invoices")
    clock.go_on(minutes=10)
    assert load(billed) == {"customers": 0, "invoices": 0, "payments": 0}
    clock.go_on(days=1, minutes=10)

    assert first["customers"] == 1
    assert first["invoices"] == NUMBER + REFUSALS_MIN
    assert first["payments"] <= NUMBER + 3 * REFUSALS_MIN  # the first ones find out how links work, too
    assert sum("custom fields on" in each.getMessage() for each in caplog.records) == 2
    assert all("customFields are left out, because Upflow " in note for note in notes)
    assert load(billed) == {"customers": 0, "invoices": 0, "payments": 0}
    assert Acceptance.of("invoices", billed.ledger.findings).is_refused(clock.now())
    clock.go_on(days=REFUSED_FOR.days)
    billed.upflow.behaviour.document_custom_fields = "kept"
    assert load(billed) == {"customers": 0, "invoices": NUMBER, "payments": NUMBER}
    assert billed.values("invoices", "in_3") == {"Order": "3"}
    assert Acceptance.of("invoices", billed.ledger.findings) == Acceptance(is_shown=True)


@pytest.mark.parametrize("words", ["{message}", "Bad request"])
def test_empty_values_that_upflow_refuses_do_not_cost_two_requests_for_ever(billed, words):
    """It is not documented that null clears a field: a few customers take more requests, the values of all arrive."""
    billed.upflow.behaviour.refused_fields = (
        FieldRefusal(collection="customers", field="customFields.value", values="^None$"),
    )
    billed.upflow.behaviour.error_text = words
    for number in range(10):
        billed.customer(f"cus_1{number}", metadata={"order": "1"} if number % 5 == 0 else {})
    first = load(billed)

    assert first["customers"] == 11 + REFUSALS_MIN
    assert [billed.values("customers", name) for name in ("cus_10", "cus_11")] == [{"Order": "1"}, {}]
    load(billed)  # what it was not sure of
    billed.stripe.update_customer("cus_12", name="Birch")
    assert load(billed)["customers"] <= 1 + REFUSALS_MIN
    assert not billed.options.sends_empty_fields


@pytest.mark.parametrize("status", [400, 404])
def test_a_definition_that_is_deleted_meanwhile_keeps_no_record_out(billed, status):
    """Whichever way Upflow says that it is gone: the records go without, and the next run makes the field again."""
    billed.upflow.behaviour.missing_reference_status = status
    for definition in list(billed.upflow.store.custom_fields):
        billed.client().delete_custom_field(definition)
    assert not any(each.rejected for each in billed.sync_all().values())
    assert billed.values("customers", "cus_1") == {}
    load(billed)

    assert billed.values("customers", "cus_1") == {"Order": "0"}
    assert states(billed, "customers") == [None]


def test_a_record_whose_parent_is_gone_is_not_taken_for_one_without_a_definition(billed):
    """A 404 may be about either: the customer is imported again, and the invoice with all of its fields."""
    billed.sync_all()
    for collection in ("payments", "invoices"):
        for record in list(billed.upflow.store.table(collection).values()):
            billed.client().delete(collection, record["id"])
    billed.client().delete("customers", "external:cus_1")
    billed.stripe.update_invoice("in_1", due_date=1_800_000_000)
    report = billed.sync("invoices")

    assert (report.rejected, report.on_demand) == (0, 1)
    assert billed.values("invoices", "in_1") == {"Order": "1"}
    assert billed.values("customers", "cus_1") == {"Order": "0"}


def test_refusals_count_across_runs(bridge):
    """An organization with two such invoices tries them again once, and not for ever."""
    bridge.declare(invoices=[ORDER])
    bridge.customer()
    for number in range(2):
        bridge.invoice(f"in_{number}", metadata={"order": str(number)})
    writes = []
    for _ in range(4):
        bridge.declare(invoices=[ORDER])
        bridge.upflow.requests.clear()
        bridge.sync_all()
        writes.append(len(bridge.writes()))

    assert writes[0] == 1 + 2 * 2
    assert writes[2:] == [0, 0]
