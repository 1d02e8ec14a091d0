"""Stripe invoices become Upflow invoices."""

from __future__ import annotations

import json
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upflow_provider.errors import MappingError
from upflow_provider.mapping import invoices
from upflow_provider.mapping.options import Options
from upflow_provider.mapping.outcome import Line, Skip

OPEN = json.loads((Path(__file__).parent / "golden" / "invoice_open.stripe.json").read_text(encoding="utf-8"))
ID = OPEN["id"]
JAN_1 = 1_735_689_600  # 2025-01-01T00:00:00Z
DAY = 86_400
NEVER = {"finalized_at": None, "marked_uncollectible_at": None, "paid_at": None, "voided_at": None}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param({}, {"grossAmount": 12_000, "netAmount": 10_000, "currency": "EUR"}, id="cents"),
        pytest.param({"currency": "jpy", "total": 500}, {"currency": "JPY", "grossAmount": 500}, id="0-decimal"),
        pytest.param({"currency": "kwd", "total": 1_230}, {"currency": "KWD", "grossAmount": 1_230}, id="3-decimal"),
        pytest.param({"total": 0, "total_excluding_tax": 0}, {"grossAmount": 0, "netAmount": 0}, id="free"),
        pytest.param({"total": -500, "total_excluding_tax": -500}, {"grossAmount": -500}, id="negative"),
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
    payload = invoices.to_upflow(OPEN | change, Options()).payload

    assert payload | expected == payload


def test_days_are_those_of_the_time_zone():
    """An organization in Tokyo sees Tokyo's days."""
    change = {"effective_at": JAN_1 + 15 * 3600, "due_date": JAN_1 + DAY + 15 * 3600 - 1}

    payload = invoices.to_upflow(OPEN | change, Options(ZoneInfo("Asia/Tokyo"))).payload

    assert (payload["issuedAt"], payload["dueDate"]) == ("2025-01-02", "2025-01-02")


def test_free_text_stays_in_stripe():
    """The memo to the payer, names and addresses are no part of an invoice in Upflow."""
    assert set(invoices.to_upflow(OPEN, Options()).payload) == {
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
    with pytest.raises(MappingError, match=f"^{ID}: status is none that Stripe documents$"):
        invoices.to_upflow(OPEN | {"status": status}, Options())


def test_missing_number_is_the_id_with_a_note():
    """Upflow requires a custom id."""
    mapped = invoices.to_upflow(OPEN | {"number": None}, Options())

    assert mapped.payload["customId"] == ID
    assert mapped.notes == (f"{ID}: number is missing, the id stands for it",)


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
    mapped = invoices.to_upflow(OPEN | change, Options())

    assert mapped.payload["customer"] == {"externalId": customer}
    assert mapped.customer == mapped.parent == customer


def test_without_customer_is_rejected():
    """Upflow has no invoices without a customer; older API versions lack `customer_account`."""
    invoice = {key: value for key, value in OPEN.items() if key != "customer_account"} | {"customer": None}

    with pytest.raises(MappingError, match=f"^{ID}: customer is missing$"):
        invoices.to_upflow(invoice, Options())


@pytest.mark.parametrize(
    ("change", "lines"),
    [
        pytest.param({"status": "open"}, (), id="open"),
        pytest.param({"status": "paid", "amount_remaining": 0}, (), id="paid"),
        pytest.param(
            {"status": "void", "status_transitions": NEVER | {"voided_at": JAN_1 + 40 * DAY}},
            (Line("credit_notes", f"{ID}:void", 12_000, "2025-02-10", "Voided in Stripe"),),
            id="void",
        ),
        pytest.param({"status": "void", "total": 0}, (), id="void-zero"),
        pytest.param({"status": "void", "total": -5}, (), id="void-negative"),
        pytest.param(
            {"status": "uncollectible", "status_transitions": NEVER | {"marked_uncollectible_at": JAN_1 + 31 * DAY}},
            (Line("payments", f"{ID}:writeoff", 12_000, "2025-02-01", "Uncollectible in Stripe"),),
            id="uncollectible",
        ),
        pytest.param(
            {"status": "uncollectible", "amount_remaining": 7_000},
            (Line("payments", f"{ID}:writeoff", 7_000, "2025-01-01", "Uncollectible in Stripe"),),
            id="uncollectible-part-paid",
        ),
        pytest.param({"status": "uncollectible", "amount_remaining": 0}, (), id="uncollectible-zero"),
        pytest.param({"status": "uncollectible", "amount_remaining": -5}, (), id="uncollectible-negative"),
    ],
)
def test_lines(change, lines):
    """What nobody owes any more is balanced; there are no documents of zero or less."""
    assert invoices.to_upflow(OPEN | change, Options()).lines == lines


def test_every_recorded_invoice_maps(shared_data):
    """Invoices that Stripe really sent have all that the mapping reads."""
    answers = (shared_data / "stripe" / "recorded_responses.jsonl").read_text(encoding="utf-8").splitlines()
    recorded = [each for line in answers for each in found(json.loads(line)["response"])]

    outcomes = [invoices.to_upflow(invoice, Options()) for invoice in recorded]

    assert len(recorded) > 30
    for invoice, outcome in zip(recorded, outcomes, strict=True):
        if invoice["status"] == "draft":
            assert outcome == Skip("draft")
        else:
            assert outcome.payload["grossAmount"] == invoice["total"]
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


seconds = st.integers(1_000_000_000, 2_000_000_000)
amounts = st.integers(-(10**12), 10**12)
records = st.fixed_dictionaries(
    {
        "status": st.sampled_from(sorted(invoices.STATUSES)),
        "currency": st.sampled_from(["eur", "jpy", "kwd", "isk"]),
        "total": amounts,
        "amount_remaining": amounts,
        "total_excluding_tax": st.one_of(st.none(), amounts),
        "total_taxes": st.one_of(st.none(), st.lists(st.fixed_dictionaries({"amount": amounts}), max_size=3)),
        "effective_at": st.one_of(st.none(), seconds),
        "due_date": st.one_of(st.none(), seconds),
        "created": seconds,
        "number": st.one_of(st.none(), st.text(min_size=1)),
    }
)


def echo(payload):
    """Return an invoice as Upflow would list it after *payload* was imported."""
    days = {name: f"{payload[name]}T00:00:00.000Z" for name in ("issuedAt", "dueDate")}
    extra = {
        "id": "u1",
        "customerId": "u2",
        "amountOutstanding": 0,
        "state": "DUE",
        "payments": [],
        "name": None,
    }
    return extra | {key: value for key, value in payload.items() if key != "customer"} | days


@given(change=records)
def test_from_upflow_undoes_the_import(change):
    """What Upflow lists after an import gives back the payload, so a rebuilt ledger knows its hash."""
    payload = invoices.to_upflow(OPEN | change, Options()).payload

    assert invoices.from_upflow(echo(payload), OPEN["customer"]) == payload


@given(change=records)
def test_amounts_are_whole_and_lines_positive(change):
    """No mapping makes a fraction of a cent, or a document that moves nothing."""
    mapped = invoices.to_upflow(OPEN | change, Options())

    assert type(mapped.payload["grossAmount"]) is type(mapped.payload["netAmount"]) is int
    assert all(line.amount > 0 for line in mapped.lines)


@pytest.mark.parametrize(
    "missing", ["externalId", "customId", "currency", "grossAmount", "netAmount", "issuedAt", "dueDate"]
)
def test_from_upflow_without_what_it_needs(missing):
    """An invoice that is not told in full has no known content."""
    entity = echo(invoices.to_upflow(OPEN, Options()).payload)
    assert invoices.from_upflow(entity | {missing: None}, OPEN["customer"]) is None
    assert invoices.from_upflow({key: entity[key] for key in entity if key != missing}, OPEN["customer"]) is None


def test_from_upflow_of_an_unknown_customer():
    """Without the customer's external id the payload cannot be told."""
    assert invoices.from_upflow(echo(invoices.to_upflow(OPEN, Options()).payload), None) is None
