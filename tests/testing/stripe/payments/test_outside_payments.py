"""The fake Stripe takes payments from outside as Stripe does, and refuses what Stripe refuses."""

import pytest

from tests.testing.stripe.plain import stripe  # noqa: F401 - a fixture

# ruff: noqa: F811 - the fixture is a parameter of the tests

REPORT = {
    "amount_requested": {"currency": "eur", "value": 500},
    "initiated_at": 1_700_000_000,
    "outcome": "guaranteed",
    "guaranteed": {"guaranteed_at": 1_700_000_000},
    "payment_method_details": {"type": "custom", "custom": {"display_name": "Portal"}},
    "processor_details": {"type": "custom", "custom": {"payment_reference": "p"}},
    "metadata": {"upflow_payment_id": "p"},
}


@pytest.fixture
def shop(stripe):
    """Have three open invoices of 12.00 EUR; requests are made by Stripe's own SDK."""
    stripe.fake.create_customer(id="cus_1")
    for name in ("in_1", "in_2", "in_3"):
        stripe.fake.create_invoice("cus_1", 1200, id=name)
        stripe.fake.finalize_invoice(name)
    return stripe


def refused(stripe, call):
    """Return the error object of a call that Stripe refuses."""
    with pytest.raises(stripe.module.InvalidRequestError) as caught:
        call()
    return caught.value


def test_an_invoice_is_paid_out_of_band_once(shop):
    """All that remains, without an invoice payment; the default one is canceled. Then it is paid, without a code."""
    pay = shop.sdk.v1.invoices.pay
    answer = pay("in_1", {"paid_out_of_band": True})
    shop.fake.void_invoice("in_2")
    again, void = (refused(shop, lambda name=name: pay(name, {"paid_out_of_band": True})) for name in ("in_1", "in_2"))
    statuses = [each["status"] for each in shop.get("/v1/invoice_payments?invoice=in_1")["data"]]

    assert (answer.status, answer.amount_remaining, statuses) == ("paid", 0, ["canceled"])
    assert (again.user_message, again.code, void.code) == ("Invoice is already paid", None, None)
    assert [each["type"] for each in shop.get("/v1/events")["data"]].count("invoice.paid") == 1
    assert refused(shop, lambda: pay("in_3", {"forgive": True})).code == "parameter_unknown"


def test_a_record_is_attached_as_a_whole_and_once(shop):
    """What is more than remains is the customer's; the record shows what was paid, and has no status."""
    records, attach = shop.sdk.v1.payment_records, shop.sdk.v1.invoices.attach_payment
    record = records.report_payment(REPORT)
    invoice = attach("in_1", {"payment_record": record.id})
    (application,) = (
        each
        for each in shop.get("/v1/invoice_payments?invoice=in_1&expand[]=data.payment.payment_record")["data"]
        if each["status"] == "paid"
    )
    more = records.report_payment({**REPORT, "amount_requested": {"currency": "eur", "value": 2000}})
    overpaid = attach("in_2", {"payment_record": more.id})
    foreign = records.report_payment({**REPORT, "amount_requested": {"currency": "usd", "value": 1}})

    assert (invoice.amount_remaining, application["amount_paid"]) == (700, 500)
    assert application["payment"]["payment_record"]["metadata"] == {"upflow_payment_id": "p"}
    assert "status" not in record
    assert (overpaid.status, overpaid.amount_overpaid) == ("paid", 800)
    for name, payment in (("in_3", record), ("in_3", foreign), ("in_2", record)):
        refused(shop, lambda name=name, payment=payment: attach(name, {"payment_record": payment.id}))
    for left_out in ("amount_requested", "initiated_at", "payment_method_details", "guaranteed"):
        refused(shop, lambda left_out=left_out: records.report_payment({**REPORT, left_out: None}))


def test_a_payment_intent_is_attached_as_far_as_it_reaches(shop):
    """To several invoices, each up to what remains; then nothing of it is left."""
    intent = shop.fake.outside.receive("cus_1", 1500)
    attach = shop.sdk.v1.invoices.attach_payment
    remaining = [attach(name, {"payment_intent": intent["id"]}).amount_remaining for name in ("in_1", "in_2")]

    assert remaining == [0, 900]
    refused(shop, lambda: attach("in_3", {"payment_intent": intent["id"]}))


def test_a_refund_of_a_record_has_a_reference_of_its_own(shop):
    """In parts, up to the whole; the invoice stays as it is."""
    record = shop.sdk.v1.payment_records.report_payment(REPORT)
    shop.sdk.v1.invoices.attach_payment("in_1", {"payment_record": record.id})

    def refund(value, reference):
        details = {"type": "custom", "custom": {"refund_reference": reference}}
        given = {"amount": {"currency": "eur", "value": value}, "outcome": "refunded", "processor_details": details}
        return shop.sdk.v1.payment_records.report_refund(record.id, given).amount_refunded.value

    assert [refund(200, "a"), refund(300, "b")] == [200, 500]
    for value, reference in ((1, "c"), (1, "a")):
        refused(shop, lambda value=value, reference=reference: refund(value, reference))
    assert shop.get("/v1/invoices/in_1")["amount_remaining"] == 700


def test_keys_are_kept_for_a_day(shop):
    """Refusals and failures as well; then the request is done anew."""
    now = shop.fake.now()
    shop.fake.clock = lambda: now
    report, key = shop.sdk.v1.payment_records.report_payment, {"idempotency_key": "k"}
    shop.fake.replays.failures = ["after"]
    for _ in range(2):
        with pytest.raises(shop.module.APIError, match="unknown error"):
            report(REPORT, key)
    made = len(shop.fake.store.payment_records)
    with pytest.raises(shop.module.IdempotencyError):
        report({**REPORT, "description": "other"}, key)
    shop.fake.clock = lambda: now + 86_400
    report(REPORT, key)

    assert (made, len(shop.fake.store.payment_records)) == (1, 2)
