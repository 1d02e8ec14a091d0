"""Credit notes, payments and refunds: what their mappings refuse, leave out, or cannot tell."""

import pytest

from upflow_provider.errors import MappingError
from upflow_provider.records.instruments import instrument
from upflow_provider.records.mapped import Need, Skip
from upflow_provider.stripe_to_upflow.mapping import credit_notes, payments, refunds
from upflow_provider.stripe_to_upflow.mapping.options import Options

DAY = 1_767_225_600  # 2026-01-01T00:00:00Z
NOTE = {
    "id": "cn_1",
    "customer": "cus_1",
    "invoice": "in_1",
    "status": "issued",
    "currency": "eur",
    "number": "F-1-CN-1",
    "total": 1000,
    "total_excluding_tax": 800,
    "pre_payment_amount": 400,
    "out_of_band_amount": None,
    "refunds": [],
    "effective_at": None,
    "created": DAY,
}
INVOICE = {"id": "in_1", "customer": "cus_1", "amount_overpaid": 0}
APPLICATION = {
    "id": "inpay_1",
    "invoice": INVOICE,
    "currency": "eur",
    "status": "paid",
    "amount_paid": 700,
    "created": DAY - 86_400,
    "status_transitions": {"paid_at": DAY},
}
CHARGE = {"object": "charge", "amount_captured": 700, "payment_method_details": {"type": "card"}}
REFUND = {
    "id": "re_1",
    "object": "refund",
    "status": "succeeded",
    "amount": 300,
    "currency": "eur",
    "created": DAY,
    "destination_details": None,
    "customer_id": "cus_1",
    "invoice_id": "in_1",
    "credit_notes": [],
}


def test_a_credit_note_of_nothing_is_skipped():
    """Upflow takes no documents of zero."""
    assert credit_notes.to_upflow(NOTE | {"total": 0}, Options()) == Skip(
        "credits nothing", remove=True, customer="cus_1"
    )


def test_a_credit_note_that_gives_back_more_than_it_credits_is_rejected():
    """It cannot close; the error names the field."""
    with pytest.raises(MappingError, match=r"^cn_1: refunds add up to more than was credited after payment$"):
        credit_notes.to_upflow(NOTE | {"out_of_band_amount": 601}, Options())


def test_a_credit_note_without_a_customer_is_rejected():
    """Upflow needs one."""
    with pytest.raises(MappingError, match=r"^cn_1: customer is missing$"):
        credit_notes.to_upflow(NOTE | {"customer": None}, Options())


@pytest.mark.parametrize(("net", "expected"), [(800, 800), (None, 1000), (0, 0)])
def test_the_net_amount_of_a_credit_note(net, expected):
    """That without tax; the total, where Stripe does not tell."""
    mapped = credit_notes.to_upflow(NOTE | {"total_excluding_tax": net}, Options())

    assert (mapped.payload["grossAmount"], mapped.payload["netAmount"]) == (1000, expected)
    assert mapped.needs == (Need("invoices", "in_1"),)


def test_a_payment_is_paid_when_it_was_applied_first():
    """Not when its invoice was finalized, which is when Stripe made the application."""
    record = {"id": "ch_1", "payment": CHARGE, "applications": [APPLICATION]}
    mapped = payments.to_upflow(record, Options())

    assert mapped.payload["validatedAt"] == "2026-01-01"
    assert (mapped.payload["amount"], mapped.balancing) == (700, ())


def test_what_came_in_but_is_applied_nowhere_is_not_imported():
    """Only what an invoice was overpaid by is more than its links."""
    record = {"id": "ch_1", "payment": CHARGE | {"amount_captured": 900}, "applications": [APPLICATION]}

    assert payments.to_upflow(record, Options()).payload["amount"] == 700


def test_an_application_of_nothing_is_no_link():
    """The others are."""
    other = APPLICATION | {"id": "inpay_2", "amount_paid": 0, "invoice": INVOICE | {"id": "in_2"}}
    mapped = payments.to_upflow({"id": "ch_1", "payment": CHARGE, "applications": [APPLICATION, other]}, Options())

    assert [link.external_id for link in mapped.links] == ["in_1"]


@pytest.mark.parametrize("status", ["failed", "canceled", "requires_action"])
def test_a_refund_that_is_not_made_is_removed(status):
    """Whatever was imported of it before."""
    skipped = refunds.to_upflow(REFUND | {"status": status}, Options())

    assert skipped == Skip(f"refund is {status}", remove=True, customer="cus_1")


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        (None, "UNKNOWN"),
        ({"type": "card", "card": {}}, "CARD"),
        ({"type": "us_bank_transfer"}, "WIRE_TRANSFER"),
        ({"type": "konbini"}, "CASH"),
        ({"type": "not_yet_invented"}, "UNKNOWN"),
        ({"type": "custom", "custom": None}, "UNKNOWN"),
        ({"type": "custom", "custom": {"display_name": "Cheque 17"}}, "CHECK"),
        ({"type": "custom", "custom": {"display_name": "Wire"}}, "WIRE_TRANSFER"),
        ({"type": "custom", "custom": {"display_name": "Direct debit"}}, "DIRECT_DEBIT"),
    ],
)
def test_instruments(details, expected):
    """What Stripe calls the method, and people a payment outside of it, tell Upflow's instrument."""
    assert instrument(details) == expected
