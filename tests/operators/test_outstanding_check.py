"""The last task of a run: every invoice agrees, or the task says which does not."""

import json

import pytest
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from upflow_provider.hooks.upflow import UpflowHook
from upflow_provider.operators.outstanding_check import OutstandingCheckOperator
from upflow_provider.operators.stripe_to_upflow import StripeToUpflowOperator
from upflow_provider.settings import Organization
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS
from upflow_provider.testing.seed.seed import Seed

WINDOW = {"start": "2026-01-01", "end": "2027-01-01"}


def closing(**options):
    """Return the operator."""
    return OutstandingCheckOperator(task_id="closing", **WINDOW, **options)


@pytest.fixture
def loaded(connections, context, fake_stripe, fake_upflow):
    """Load a history with all kinds of documents."""
    fake_stripe.seed(Seed(seed=7, customers=20, invoices=60))
    for name in STREAMS:
        StripeToUpflowOperator(task_id=name, stream=name, **WINDOW).execute(context)
    fake_upflow.requests.clear()
    return fake_stripe


def test_a_run_that_agrees_takes_no_request(loaded, context, fake_upflow):
    """Answers told all there is to know; the report is returned, pushed and kept."""
    report = closing().execute(context)

    assert (report["checked"], len(fake_upflow.requests)) == (0, 0)
    assert context["ti"].pushed["report"] == report
    [kept] = UpflowHook().open_ledger("default").reports("closing")
    assert kept.counts == report


def test_an_invoice_that_differs_fails_the_task(loaded, context, fake_upflow):
    """The message has the invoice, both amounts and the sum, and nothing personal."""
    ledger = UpflowHook().open_ledger("default")
    open_invoice = next(each for each in loaded.store.invoices if each["status"] == "open" and not each["amount_paid"])
    ti = context["ti"]
    ledger.balances.observe({open_invoice["id"]: 1}, f"{ti.dag_id}/{ti.run_id}")
    record = fake_upflow.store.by_external_id("invoices", open_invoice["id"])
    fake_upflow.store.invoices[record["id"]] = {**record, "grossAmount": record["grossAmount"] + 5}
    with pytest.raises(AirflowFailException, match=rf"{open_invoice['id']}: Upflow shows \d+ outstanding.*gross \d+"):
        closing().execute(context)

    pushed = json.dumps(context["ti"].pushed)
    assert "@" not in pushed
    assert open_invoice["customer_name"] not in pushed
    assert closing(organization=Organization(max_rejected=1)).execute(context)["synced"]["rejected"] <= 1


def test_each_stream_says_how_many_invoices_are_left_open(connections, context, fake_stripe):
    """Paid invoices wait for their payments; then none is left."""
    fake_stripe.seed(Seed(seed=7, customers=20, invoices=150))
    reports = {
        name: StripeToUpflowOperator(task_id=name, stream=name, **WINDOW).execute(context)["differing"]
        for name in STREAMS
    }
    moved = sum(
        each["status"] != "draft" and each["amount_due"] != each["amount_remaining"]
        for each in fake_stripe.store.invoices
    )

    assert reports["invoices"] > moved / 2
    assert reports["invoices"] > reports["credit_notes"] > reports["payments"] == reports["refunds"] == 0


@pytest.mark.parametrize("streams", [["invoices"], ["customers", "invoices", "credit_notes", "payments"]])
def test_a_run_about_some_streams_only_checks_nothing(connections, context, streams):
    """What settles the invoices is not to be loaded by it."""
    with pytest.raises(AirflowSkipException, match="only"):
        closing(streams=streams).execute(context)


def test_a_run_about_all_streams_checks(loaded, context):
    """Naming all is as naming none."""
    assert closing(streams=list(STREAMS)).execute(context)["checked"] == 0


def test_a_dry_run_has_nothing_to_check(connections, context):
    """The task is skipped."""
    with pytest.raises(AirflowSkipException):
        closing(is_dry_run=True).execute(context)


def test_test_mode_has_nothing_to_check(connections, context, set_connection):
    """As a dry run."""
    set_connection("upflow_default", extra={"test_mode": True})

    with pytest.raises(AirflowSkipException):
        closing().execute(context)
