"""The client that writes to Stripe: each request once, under its key, and nothing unless it is open."""

import pytest

from upflow_provider.clients.stripe.sdk import open_sdk
from upflow_provider.clients.stripe.writer import StripeWriter
from upflow_provider.errors import (
    AuthenticationError,
    NotFoundError,
    ReadOnlyError,
    RefusedError,
    UnservedError,
    UnservedRecordError,
)

REPORT = {
    "amount_requested": {"currency": "eur", "value": 500},
    "initiated_at": 1_700_000_000,
    "outcome": "guaranteed",
    "guaranteed": {"guaranteed_at": 1_700_000_000},
    "payment_method_details": {"type": "custom", "custom": {"display_name": "Upflow portal"}},
    "processor_details": {"type": "custom", "custom": {"payment_reference": "p"}},
}


@pytest.fixture
def shop(fake_stripe):
    """Have an open invoice of 12.00 EUR."""
    fake_stripe.limits.enforced = False
    fake_stripe.create_customer(id="cus_1")
    fake_stripe.create_invoice("cus_1", 1200, id="in_1")
    fake_stripe.finalize_invoice("in_1")
    return fake_stripe


@pytest.fixture
def writer(shop):
    """Return a client that is open, and does not wait."""
    sdk = open_sdk(shop.api_key, base_url=shop.url)
    return StripeWriter(sdk, is_open=True, sleep=lambda _: None, clock=lambda: 0.0, dice=lambda: 0.0)


def test_a_repeated_request_is_done_once(shop, writer):
    """Under the same key; another body under it is no refusal of the request, and says nothing about the first."""
    first, second = (writer.report_payment(REPORT, key="k") for _ in range(2))
    with pytest.raises(UnservedRecordError, match="an earlier request may have been done"):
        writer.report_payment({**REPORT, "description": "other"}, key="k")
    answer = writer.attach_record("in_1", first["id"], key="a")
    writer.report_refund(
        first["id"],
        {
            "amount": {"currency": "eur", "value": 200},
            "outcome": "refunded",
            "processor_details": {"type": "custom", "custom": {"refund_reference": "r"}},
        },
        key="r",
    )

    assert first == second
    assert answer["amount_remaining"] == 700
    assert [each["amount_refunded"]["value"] for each in shop.store.payment_records] == [200]


def test_an_answer_that_is_lost_is_asked_for_again_under_the_key(shop, writer):
    """So are pauses and failures of systems in between; the record is made once."""
    for kind, status in (("reset_after", 503), ("truncated", 503), ("status", 429), ("status", 502)):
        shop.faults.add(kind, status=status, method="POST")
    record = writer.report_payment(REPORT, key="k")

    assert [each["id"] for each in shop.store.payment_records] == [record["id"]]
    assert len([each for each in shop.requests if each.method == "POST"]) == 5


def test_a_failure_that_stripe_keeps_is_not_repeated(shop, writer):
    """One request, and an error of this record only."""
    shop.replays.failures = ["before"]
    with pytest.raises(UnservedRecordError, match="500"):
        writer.pay_out_of_band("in_1", key="k")

    assert len([each for each in shop.requests if each.method == "POST"]) == 1
    shop.faults.add("status", status=500, body="<html>", method="POST", times=None)
    with pytest.raises(UnservedError):
        writer.pay_out_of_band("in_1", key="k2")


def test_refusals_name_the_request_and_no_values(shop, writer):
    """By status: not found, refused, not permitted."""
    shop.void_invoice("in_1")
    with pytest.raises(RefusedError, match=r"^POST /v1/invoices/in_1/pay: 400 \(req_"):
        writer.pay_out_of_band("in_1", key="k")
    with pytest.raises(NotFoundError, match="POST /v1/invoices/in_9/attach_payment: 404"):
        writer.attach_gateway_payment("in_9", "pi_1", key="k2")
    shop.unwritable = {"invoices", "payment_records"}
    with pytest.raises(AuthenticationError, match="rak_invoice_write"):
        writer.pay_out_of_band("in_1", key="k3")


def test_permissions_are_tested_without_writing(shop, writer):
    """All that are missing are named; nothing exists that the requests name."""
    writer.check_permissions(with_records=True)
    shop.unwritable = {"invoices", "payment_records"}
    with pytest.raises(AuthenticationError, match=r"rak_invoice_write.*rak_payment_record_write"):
        writer.check_permissions(with_records=True)
    with pytest.raises(AuthenticationError, match="invoices"):
        writer.check_permissions(with_records=False)

    assert (list(shop.store.payment_records), shop.store.invoices.shown("in_1")["status"]) == ([], "open")


def test_a_client_that_is_not_open_sends_nothing(shop):
    """Whatever is called."""
    closed = StripeWriter(open_sdk(shop.api_key, base_url=shop.url))
    calls = (
        lambda: closed.pay_out_of_band("in_1", key="k"),
        lambda: closed.report_payment(REPORT, key="k"),
        lambda: closed.attach_record("in_1", "pr_1", key="k"),
        lambda: closed.attach_gateway_payment("in_1", "pi_1", key="k"),
        lambda: closed.report_refund("pr_1", {}, key="k"),
        lambda: closed.check_permissions(with_records=True),
    )
    for call in calls:
        with pytest.raises(ReadOnlyError):
            call()

    assert len(shop.requests) == 0
