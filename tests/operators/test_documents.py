"""The operators of credit notes, payments and refunds: resumable, repeatable, and honest in a dry run."""

import json

import pytest
from airflow.sdk.exceptions import AirflowFailException

from upflow_provider.operators.outstanding_check import OutstandingCheckOperator
from upflow_provider.operators.stripe_to_upflow import StripeToUpflowOperator
from upflow_provider.settings import Organization
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS

WINDOW = {"start": "2020-01-01", "end": "2035-01-01"}
DAY = 1_768_435_200  # 2026-01-15T00:00:00Z
MONEY = ("credit_notes", "payments", "refunds")


@pytest.fixture
def stripe(connections, fake_stripe):
    """Give a fake Stripe with one document of each kind, and a dispute that was lost."""
    fake_stripe.create_customer(id="cus_1", name="Alder Works", email="office@alder.example", created=DAY)
    for number in (1, 2):
        fake_stripe.create_invoice("cus_1", 1200, id=f"in_{number}", created=DAY)
        fake_stripe.finalize_invoice(f"in_{number}")
    fake_stripe.payments.pay({"in_1": 1200}, payment_id="pi_1")
    fake_stripe.credits.refund("pi_1", 200)
    fake_stripe.credits.close_dispute(fake_stripe.credits.dispute("pi_1", 1000)["id"], "lost")
    fake_stripe.credits.credit("in_2", 500)
    return fake_stripe


def run(context, name, **options):
    """Run the operator of one stream and return its report."""
    return StripeToUpflowOperator(task_id=name, stream=name, **WINDOW, **options).execute(context)


def writes(upflow):
    """Return method and path of every request that was no read."""
    return [(each.method, each.path) for each in upflow.requests if each.method != "GET"]


def test_each_brings_what_its_records_need(stripe, context, fake_upflow):
    """Invoices and customers come along, whichever task is first; the closing check finds nothing open."""
    reports = {name: run(context, name) for name in reversed(MONEY)}

    assert [reports[name]["created"] for name in MONEY] == [1, 1, 2]
    assert sum(report["on_demand"] for report in reports.values()) == 3
    assert OutstandingCheckOperator(task_id="closing", **WINDOW).execute(context)["synced"]["rejected"] == 0
    assert fake_upflow.answer("invoices", "in_1")["amountOutstanding"] == 0
    assert fake_upflow.answer("invoices", "in_2")["amountOutstanding"] == 700


def test_clearing_any_of_them_sends_nothing(stripe, context, fake_upflow):
    """What Upflow holds already is recognised."""
    for name in STREAMS:
        run(context, name)
    fake_upflow.requests.clear()
    reports = [run(context, name) for name in STREAMS]

    assert writes(fake_upflow) == []
    assert all(report["writes"] == 0 for report in reports)


def test_a_dry_run_foretells_each_of_them(stripe, context, fake_upflow):
    """Once the invoices are there: how many requests, lines included, and nothing is written."""
    for name in ("customers", "invoices"):
        run(context, name)
    for name in MONEY:
        before = len(writes(fake_upflow))
        plan = run(context, name, is_dry_run=True)
        assert len(writes(fake_upflow)) == before
        done = run(context, name)
        assert plan["writes"] == done["writes"] == len(writes(fake_upflow)) - before, name


def test_a_retry_of_refunds_goes_on_with_the_disputes(stripe, context, fake_upflow):
    """The collection that is done is not read again."""
    for name in ("customers", "invoices", "credit_notes", "payments"):
        run(context, name)
    stripe.faults.add("status", method="GET", path="disputes$", status=403, times=1)
    with pytest.raises(AirflowFailException):
        run(context, "refunds")
    stripe.faults.clear()
    stripe.requests.clear()
    report = run(context, "refunds")

    assert (report["read"], report["created"]) == (2, 2)
    assert not any(each.path.endswith("/refunds") for each in stripe.requests)


def test_a_way_to_link_is_found_once_for_all_tasks(stripe, context, fake_upflow):
    """What the first one learned, the others begin with, and each report tells."""
    fake_upflow.behaviour.inline_links = "response_style"
    ways = {name: run(context, name)["methods"].get("links") for name in STREAMS}

    assert (ways["customers"], ways["invoices"]) == (None, None)
    assert [ways[name] for name in MONEY] == ["inline as answered"] * 3


def test_the_setting_decides_where_to_begin(stripe, context, fake_upflow):
    """Where links are reconciled, each takes a request, and the report counts them."""
    organization = Organization(links="reconcile")
    reports = {name: run(context, name, organization=organization) for name in STREAMS}

    assert [reports[name]["links"] for name in MONEY] == [1, 1, 2]
    assert sum(path.endswith("/reconcile") for _, path in writes(fake_upflow)) == 4


def test_a_refusal_of_what_is_settled_waits_and_then_fails_the_last_task(stripe, context, fake_upflow):
    """The stream's own task succeeds, for others of its run may make room; nothing personal is told."""
    fake_upflow.faults.add("status", method="POST", path="payments$", status=400, times=1000)
    reports = {name: run(context, name) for name in STREAMS}
    with pytest.raises(AirflowFailException, match="pi_1"):
        OutstandingCheckOperator(task_id="closing", **WINDOW).execute(context)
    told = json.dumps([reports, context["ti"].pushed])

    assert (reports["payments"]["waiting"], reports["payments"]["rejected"]) == (1, 0)
    assert "alder" not in told.lower()
