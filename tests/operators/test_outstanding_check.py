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


@pytest.mark.parametrize(
    ("links", "streams", "start"),
    [
        ("inline", tuple(STREAMS), "2026-01-01"),
        ("reconcile", tuple(STREAMS), "2026-02-15"),
        ("inline", ("customers", "payments"), "2026-01-01"),
    ],
)
def test_a_dry_run_adds_up_to_what_the_run_then_sends(
    connections, context, fake_stripe, fake_upflow, caplog, links, streams, start
):
    """To the request: no record is counted twice, and what is needed from before the window is counted with its own."""
    fake_stripe.seed(Seed(seed=11, customers=5, invoices=16))
    options = {"start": start, "end": WINDOW["end"], "streams": streams, "organization": Organization(links=links)}
    reports = {}
    for is_dry_run in (True, False):
        caplog.set_level("INFO")
        for name in streams:
            context["ti"].task_id = name
            task = StripeToUpflowOperator(task_id=name, stream=name, is_dry_run=is_dry_run, **options)
            reports[name, is_dry_run] = task.execute(context)["writes"]
        if is_dry_run:
            assert [each for each in fake_upflow.requests if each.method != "GET"] == []
            context["ti"].task_id = "closing"
            plan = OutstandingCheckOperator(task_id="closing", is_dry_run=True, **options).execute(context)
    sent = sum(each.method != "GET" for each in fake_upflow.requests)

    assert {name: reports[name, True] for name in streams} == {name: reports[name, False] for name in streams}
    assert plan["writes"] == sent > 0
    assert plan["minutes"] == pytest.approx(sent / 58_800)
    assert f"In all: {sent:,} requests to Upflow, less than a minute at the configured rate" in caplog.text


def test_a_plan_that_is_cleared_is_made_again(connections, context, fake_stripe):
    """A retry starts over, and another dry run knows nothing of the first one."""
    fake_stripe.seed(Seed(seed=11, customers=5, invoices=16))
    task = StripeToUpflowOperator(task_id="invoices", stream="invoices", is_dry_run=True, **WINDOW)
    first, again = task.execute(context), task.execute(context)
    context["ti"].run_id = "another"

    assert first == again == task.execute(context)
    assert first["on_demand"] > 0


@pytest.mark.parametrize("test_mode", [True, False])
def test_test_mode_plans_as_a_dry_run_does(connections, context, set_connection, test_mode):
    """Where no task has planned anything, nothing is needed."""
    set_connection("upflow_default", extra={"test_mode": test_mode})

    assert closing(is_dry_run=not test_mode).execute(context) == {"dry_run": True, "writes": 0, "minutes": 0.0}
