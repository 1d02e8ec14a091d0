"""Stripe invoices become Upflow invoices."""

from __future__ import annotations

import json
from zoneinfo import ZoneInfo

import pytest

from tests.stripe_to_upflow.mapping.invoices.open_invoices import DAY, ID, JAN_1, NEVER, OPEN, to_upflow
from upflow_provider.errors import MappingError
from upflow_provider.records.mapped import Need, Skip
from upflow_provider.stripe_to_upflow.mapping import invoices
from upflow_provider.stripe_to_upflow.mapping.options import Options


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param({}, {"grossAmount": 12_000, "netAmount": 10_000, "currency": "EUR"}, id="cents"),
        pytest.param({"currency": "jpy", "total": 500}, {"currency": "JPY", "grossAmount": 500}, id="0-decimal"),
        pytest.param({"currency": "kwd", "total": 1_230}, {"currency": "KWD", "grossAmount": 1_230}, id="3-decimal"),
        pytest.param({"total": 0, "total_excluding_tax": 0}, {"grossAmount": 0, "netAmount": 0}, id="free"),
        pytest.param(
            {"total": -500, "total_excluding_tax": -500}, {"grossAmount": 500, "netAmount": 500}, id="negative"
        ),
        pytest.param(
            {"amount_due": 12_300, "amount_remaining": 12_300}, {"grossAmount": 12_300, "netAmount": 10_300}, id="debt"
        ),
        pytest.param({"amount_due": 11_000, "amount_remaining": 11_000}, {"grossAmount": 12_000}, id="credit"),
        pytest.param({"total_excluding_tax": None}, {"netAmount": 10_000}, id="net-from-taxes"),
        pytest.param({"total_excluding_tax": None, "total_taxes": None}, {"netAmount": 12_000}, id="no-taxes"),
        pytest.param({"total_excluding_tax": 0}, {"netAmount": 0}, id="net-zero-is-known"),
        pytest.param({"due_date": None}, {"dueDate": "2025-01-01"}, id="due-when-issued"),
        pytest.param({"due_date": JAN_1 + DAY - 1}, {"dueDate": "2025-01-01"}, id="last-second-of-day"),
        pytest.param({"due_date": JAN_1 + DAY}, {"dueDate": "2025-01-02"}, id="first-second-of-day"),
        pytest.param(
            {"effective_at": None, "status_transitions": NEVER | {"finalized_at": JAN_1 + DAY}},
            {"issuedAt": "2025-01-02"},
            id="issued-when-finalized",
        ),
        pytest.param(
            {"effective_at": None, "status_transitions": NEVER, "created": JAN_1 + 2 * DAY},
            {"issuedAt": "2025-01-03"},
            id="issued-when-created",
        ),
        pytest.param({"status": "paid", "amount_remaining": 0}, {"grossAmount": 12_000}, id="paid"),
        pytest.param({"status": "void"}, {"state": "VOIDED"}, id="void"),
    ],
)
def test_to_upflow(change, expected):
    """Amounts keep their minor units; instants become days."""
    payload = to_upflow(change).payload

    assert payload | expected == payload


def test_days_are_those_of_the_time_zone():
    """An organization in Tokyo sees Tokyo's days."""
    change = {"effective_at": JAN_1 + 15 * 3600, "due_date": JAN_1 + DAY + 15 * 3600 - 1}

    payload = to_upflow(change, Options(ZoneInfo("Asia/Tokyo"))).payload

    assert (payload["issuedAt"], payload["dueDate"]) == ("2025-01-02", "2025-01-02")


def test_free_text_stays_in_stripe():
    """The memo to the payer, names and addresses are no part of an invoice in Upflow."""
    assert set(to_upflow({}).payload) == {
        "externalId",
        "customId",
        "customer",
        "currency",
        "grossAmount",
        "netAmount",
        "issuedAt",
        "dueDate",
    }


def test_draft_is_skipped():
    """Nobody owes a draft yet."""
    assert invoices.to_upflow(OPEN | {"status": "draft", "number": None}, Options()) == Skip("draft")


@pytest.mark.parametrize("status", [None, "deleted"])
def test_unknown_status_is_rejected(status):
    """A status that Stripe does not document is not guessed at."""
    with pytest.raises(MappingError, match=f"^{ID}: status is not one that Stripe documents$"):
        invoices.to_upflow(OPEN | {"status": status}, Options())


def test_missing_number_is_the_id_with_a_note():
    """Upflow requires a custom id."""
    mapped = to_upflow({"number": None})

    assert mapped.payload["customId"] == ID
    assert mapped.notes == (f"{ID}: number is missing; the id is used instead",)


@pytest.mark.parametrize(
    ("change", "customer"),
    [
        pytest.param({}, OPEN["customer"], id="customer"),
        pytest.param({"customer": None, "customer_account": "acct_1"}, "acct_1", id="account"),
        pytest.param({"customer_account": "acct_1"}, OPEN["customer"], id="customer-of-account"),
    ],
)
def test_customer(change, customer):
    """The customer is the invoice's parent and the key of its turn."""
    mapped = to_upflow(change)

    assert mapped.payload["customer"] == {"externalId": customer}
    assert mapped.customer == customer
    assert mapped.needs == (Need("customers", customer),)


def test_without_customer_is_rejected():
    """Upflow has no invoices without a customer; older API versions lack `customer_account`."""
    invoice = {key: value for key, value in OPEN.items() if key != "customer_account"} | {"customer": None}

    with pytest.raises(MappingError, match=f"^{ID}: customer is missing$"):
        invoices.to_upflow(invoice, Options())


def test_every_recorded_invoice_maps(shared_data):
    """Invoices that Stripe really sent have all that the mapping reads."""
    answers = (shared_data / "stripe" / "recorded_responses.jsonl").read_text(encoding="utf-8").splitlines()
    recorded = [each for line in answers for each in found(json.loads(line)["response"])]

    outcomes = [invoices.to_upflow({"payments": {"data": []}} | invoice, Options()) for invoice in recorded]

    assert len(recorded) > 30
    for invoice, outcome in zip(recorded, outcomes, strict=True):
        if invoice["status"] == "draft":
            assert outcome == Skip("draft")
        else:
            assert outcome.payload["grossAmount"] == abs(invoice["total"])
            assert outcome.payload["customId"] == invoice["number"]


def found(value):
    """Yield every invoice in a recorded answer."""
    if isinstance(value, dict):
        if value.get("object") == "invoice":
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from found(each)
