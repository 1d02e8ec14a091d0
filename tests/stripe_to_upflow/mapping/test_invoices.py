"""Stripe invoices become Upflow invoices."""

from __future__ import annotations

import json
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upflow_provider.errors import MappingError
from upflow_provider.records.mapped import BalancingDocument, Link, Mapped, Need, Skip
from upflow_provider.stripe_to_upflow.mapping import invoices
from upflow_provider.stripe_to_upflow.mapping.options import Options

OPEN = json.loads((Path(__file__).parent / "golden" / "invoice_open.stripe.json").read_text(encoding="utf-8"))
ID = OPEN["id"]
JAN_1 = 1_735_689_600  # 2025-01-01T00:00:00Z
DAY = 86_400
OPTIONS = Options()
INPAY = {"id": "inpay_1", "status": "paid", "amount_paid": 12_000}
NEVER = {"finalized_at": None, "marked_uncollectible_at": None, "paid_at": None, "voided_at": None}


def bill(change):
    """Return an open invoice with changes; what is due and remains follows its total, unless they say otherwise."""
    due = max(change.get("total", OPEN["total"]), 0)
    amounts = {"amount_due": due, "amount_remaining": 0 if change.get("status") == "paid" else due}
    return OPEN | amounts | change


def to_upflow(change, options=OPTIONS) -> Mapped:
    """Map an open invoice with changes."""
    return invoices.to_upflow(bill(change), options)


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
    with pytest.raises(MappingError, match=f"^{ID}: status is none that Stripe documents$"):
        invoices.to_upflow(OPEN | {"status": status}, Options())


def test_missing_number_is_the_id_with_a_note():
    """Upflow requires a custom id."""
    mapped = to_upflow({"number": None})

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
    mapped = to_upflow(change)

    assert mapped.payload["customer"] == {"externalId": customer}
    assert mapped.customer == customer
    assert mapped.needs == (Need("customers", customer),)


def test_without_customer_is_rejected():
    """Upflow has no invoices without a customer; older API versions lack `customer_account`."""
    invoice = {key: value for key, value in OPEN.items() if key != "customer_account"} | {"customer": None}

    with pytest.raises(MappingError, match=f"^{ID}: customer is missing$"):
        invoices.to_upflow(invoice, Options())


def line(collection, kind, amount, day="2025-01-01"):
    """Return what settles a part of the invoice."""
    reasons = {
        "void": "Voided in Stripe",
        "writeoff": "Uncollectible in Stripe",
        "oob": "Paid outside of Stripe",
        "balance": "Customer balance in Stripe",
    }
    settled = "credit_notes" if collection == "refunds" else "invoices"
    return BalancingDocument(collection, f"{ID}:{kind}", amount, day, reasons[kind], (Link(settled, ID, amount),))


PAID = {"status": "paid", "amount_paid": 12_000}
CREDITED = {"pre_payment_credit_notes_amount": 2_000, "amount_due": 10_000, "amount_remaining": 10_000}


@pytest.mark.parametrize(
    ("change", "lines", "outstanding"),
    [
        pytest.param({"status": "open"}, (), 12_000, id="open"),
        pytest.param(PAID | {"payments": {"data": [INPAY]}}, (), 0, id="paid"),
        pytest.param(PAID, (line("payments", "oob", 12_000),), 0, id="paid-out-of-band"),
        pytest.param(
            PAID
            | {"payments": {"data": [INPAY | {"amount_paid": 7_000}, INPAY | {"status": "open", "amount_paid": None}]}},
            (line("payments", "oob", 5_000),),
            0,
            id="paid-partly-out-of-band",
        ),
        pytest.param(
            {"amount_due": 9_000, "amount_remaining": 9_000}, (line("payments", "balance", 3_000),), 9_000, id="credit"
        ),
        pytest.param({"amount_due": 13_000, "amount_remaining": 13_000}, (), 13_000, id="debt"),
        pytest.param(
            {"status": "paid", "amount_due": 0, "amount_remaining": 0},
            (line("payments", "balance", 12_000),),
            0,
            id="too-small",
        ),
        pytest.param(CREDITED, (), 10_000, id="credited"),
        pytest.param(
            {"status": "void", "status_transitions": NEVER | {"voided_at": JAN_1 + 40 * DAY}},
            (line("credit_notes", "void", 12_000, "2025-02-10"),),
            0,
            id="void",
        ),
        pytest.param(CREDITED | {"status": "void"}, (line("credit_notes", "void", 10_000),), 0, id="void-credited"),
        pytest.param({"status": "void", "total": 0}, (), 0, id="void-zero"),
        pytest.param(
            {"status": "uncollectible", "status_transitions": NEVER | {"marked_uncollectible_at": JAN_1 + 31 * DAY}},
            (line("payments", "writeoff", 12_000, "2025-02-01"),),
            0,
            id="uncollectible",
        ),
        pytest.param(
            {
                "status": "uncollectible",
                "amount_remaining": 7_000,
                "payments": {"data": [INPAY | {"amount_paid": 5_000}]},
            },
            (line("payments", "writeoff", 7_000),),
            0,
            id="uncollectible-part-paid",
        ),
        pytest.param({"status": "paid", "total": -500}, (line("refunds", "balance", 500),), None, id="negative"),
    ],
)
def test_lines(change, lines, outstanding):
    """What no credit note and no payment settles is balanced; there are no documents of zero or less."""
    mapped = to_upflow(change)

    assert (mapped.balancing, mapped.outstanding) == (lines, outstanding)


def test_a_negative_invoice_is_a_credit_note():
    """Upflow's invoices are owed; what Stripe adds to the customer's balance is a credit, and settled."""
    mapped = to_upflow({"status": "paid", "total": -500, "total_excluding_tax": -500})

    assert mapped.collection == "credit_notes"
    assert (mapped.payload["externalId"], mapped.payload["grossAmount"]) == (ID, 500)
    assert "dueDate" not in mapped.payload


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


seconds = st.integers(1_000_000_000, 2_000_000_000)
amounts = st.integers(0, 10**10).map(lambda amount: amount * 100)
records = st.fixed_dictionaries(
    {
        "status": st.sampled_from(sorted(invoices.FINALIZED_STATUSES)),
        "currency": st.sampled_from(["eur", "jpy", "kwd", "isk"]),
        "total": amounts,
        "amount_due": amounts,
        "pre_payment_credit_notes_amount": amounts,
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
    payload = to_upflow(change).payload

    assert invoices.from_upflow(echo(payload), OPEN["customer"]) == payload


@given(change=records, remains=st.integers(0, 100), told=st.integers(0, 100))
def test_every_sum_comes_out(change, remains, told):
    """Gross less credit notes, payments and lines is what must be outstanding, for any amounts."""
    remaining = change["amount_due"] // 100 * remains // 100 * 100
    paid = (change["amount_due"] - remaining) // 100 * told // 100 * 100
    payments = {"data": [INPAY | {"amount_paid": paid}]}
    mapped = to_upflow(change | {"amount_remaining": remaining, "payments": payments})
    unit = 100 if change["currency"] == "isk" else 1

    settled = (
        change["pre_payment_credit_notes_amount"] // unit + paid // unit + sum(each.amount for each in mapped.balancing)
    )
    if change["status"] != "void" or mapped.balancing:
        assert mapped.payload["grossAmount"] - settled == mapped.outstanding
    assert type(mapped.payload["grossAmount"]) is type(mapped.payload["netAmount"]) is int
    assert all(each.amount > 0 for each in mapped.balancing)


@pytest.mark.parametrize(
    "missing", ["externalId", "customId", "currency", "grossAmount", "netAmount", "issuedAt", "dueDate"]
)
def test_from_upflow_without_what_it_needs(missing):
    """An invoice that is not told in full has no known content."""
    entity = echo(to_upflow({}).payload)
    assert invoices.from_upflow(entity | {missing: None}, OPEN["customer"]) is None
    assert invoices.from_upflow({key: entity[key] for key in entity if key != missing}, OPEN["customer"]) is None


def test_from_upflow_of_an_unknown_customer():
    """Without the customer's external id the payload cannot be told."""
    assert invoices.from_upflow(echo(to_upflow({}).payload), None) is None
