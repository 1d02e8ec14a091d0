"""The task of PDFs: in a backfill, in the sync, and in dry runs."""

import pytest
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException, DownstreamTasksSkipped

from upflow_provider.hooks.upflow import UpflowHook
from upflow_provider.operators.outstanding_check import OutstandingCheckOperator
from upflow_provider.operators.pdfs import UpflowPdfOperator
from upflow_provider.operators.stripe_to_upflow import StripeToUpflowOperator
from upflow_provider.operators.stripe_to_upflow_sync import (
    StripeChangesOperator,
    StripeChangesToUpflowOperator,
    WatermarkOperator,
)
from upflow_provider.settings import Organization
from upflow_provider.stripe_to_upflow.pdfs.upload import PdfUpload
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS
from upflow_provider.testing.seed.seed import Seed

WINDOW = {"start": "2026-01-01", "end": "2027-01-01"}
SEED = Seed(seed=7, customers=6, invoices=24)


def pdfs(**options):
    """Return the operator, of an organization that wants all PDFs."""
    return UpflowPdfOperator(task_id="pdfs", **{**WINDOW, "organization": Organization(pdfs="all"), **options})


def load(context, **options):
    """Load all streams."""
    for name in STREAMS:
        context["ti"].task_id = name
        StripeToUpflowOperator(task_id=name, stream=name, **WINDOW, **options).execute(context)


def uploads(fake_upflow):
    """Return how often PDFs were uploaded, by external id."""
    return {external_id: times for (_, external_id), times in fake_upflow.store.pdf_uploads.items()}


def documents(fake_upflow):
    """Return the external ids of all invoices and credit notes in Upflow that are Stripe's."""
    store = fake_upflow.store
    ids = {each["externalId"] for each in [*store.invoices.values(), *store.credit_notes.values()]}
    return {each for each in ids if ":" not in each}


@pytest.fixture
def seeded(connections, fake_stripe):
    """Seed an account."""
    fake_stripe.seed(SEED)
    return fake_stripe


def test_a_backfill_brings_the_pdfs_of_its_window(seeded, context, fake_upflow):
    """Once each, after the money; the report is returned, pushed and kept. Clearing the task uploads nothing."""
    load(context)
    report = pdfs().execute(context)
    ledger = UpflowHook().open_ledger("default")

    assert uploads(fake_upflow) == dict.fromkeys(documents(fake_upflow), 1)
    assert report["created"] == report["writes"] == len(documents(fake_upflow)) > 10
    assert context["ti"].pushed["report"] == report
    assert [each.counts for each in ledger.reports("pdfs")] == [report]
    assert pdfs().execute(context)["writes"] == 0
    assert pdfs(start="2030-01-01", end="2030-02-01").execute(context)["read"] == 0


def test_a_dry_run_has_the_pdfs_in_its_plan(seeded, context, fake_upflow, caplog):
    """Their number, and requests and minutes of the whole run; the run then sends as many."""
    caplog.set_level("INFO")
    load(context, is_dry_run=True)
    OutstandingCheckOperator(task_id="closing", is_dry_run=True, **WINDOW).execute(context)
    context["ti"].task_id = "pdfs"
    plan = pdfs(is_dry_run=True).execute(context)
    planned = caplog.text
    assert [each for each in fake_upflow.requests if each.method != "GET"] == []
    load(context)
    report = pdfs().execute(context)
    sent = sum(each.method != "GET" for each in fake_upflow.requests)

    assert (plan["created"], plan["writes"], plan["dry_run"]) == (report["created"], report["writes"], True)
    assert plan["minutes"] == pytest.approx(report["writes"] / 58_800)
    assert f"In all: {sent:,} requests to Upflow, less than a minute at the configured rate" in planned
    assert f"{plan['created']} would be created" in planned


def test_test_mode_uploads_nothing(seeded, context, fake_upflow, set_connection):
    """It only counts, whatever is imported already."""
    load(context)
    set_connection("upflow_default", extra={"test_mode": True, "requests_per_minute": 60_000})
    report = pdfs().execute(context)

    assert (report["dry_run"], report["created"], uploads(fake_upflow)) == (True, len(documents(fake_upflow)), {})


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"organization": Organization()}, "no PDFs are wanted"),
        ({"pdfs": "none"}, "no PDFs are wanted"),
        ({"start": ""}, "the run has no window"),
    ],
)
def test_it_is_skipped_if_there_is_nothing_to_do(connections, context, options, says):
    """By the settings, by the Param, or because the first task of the sync has failed."""
    with pytest.raises(AirflowSkipException, match=says):
        pdfs(**options).execute(context)


def test_the_param_decides(seeded, context, fake_upflow):
    """Whatever the settings say; another word than the three is refused."""
    load(context)
    pdfs(pdfs="open", organization=Organization(), streams=["invoices"]).execute(context)

    assert 0 < len(uploads(fake_upflow)) < len(documents(fake_upflow))
    with pytest.raises(AirflowFailException, match="pdfs must be one of none, open, all"):
        pdfs(pdfs="some").execute(context)


def test_a_rejected_pdf_fails_the_task_after_all_others(seeded, context, fake_stripe, fake_upflow):
    """Unless as many are allowed; its invoice is imported, and the money tasks know nothing of it."""
    load(context)
    fake_stripe.faults.add("status", path="^/pdf/", status=200, body="<html>expired")
    with pytest.raises(AirflowFailException, match=r"1 of \d+ records were rejected.*something else than a PDF"):
        pdfs().execute(context)
    assert len(uploads(fake_upflow)) == len(documents(fake_upflow)) - 1

    fake_stripe.faults.add("status", path="^/pdf/", status=200, body="<html>expired")
    report = pdfs(organization=Organization(pdfs="all", max_rejected=1)).execute(context)
    assert (report["rejected"], report["created"]) == (1, 0)


def test_a_task_that_airflow_ends_is_stopped(seeded, context, monkeypatch):
    """Before it has begun, there is nothing to stop."""
    task, stopped = pdfs(), []

    def run(upload, *_):
        task.on_kill()
        stopped.append(upload._is_stopped.is_set())

    monkeypatch.setattr(PdfUpload, "run", run)
    task.on_kill()
    task.execute(context)

    assert stopped == [True]


@pytest.fixture
def sync(seeded, context, fake_stripe, fake_upflow):
    """Return a function that does one run of the sync with a task of PDFs, and says which tasks were skipped early."""
    context["ti"].dag_id = "stripe_to_upflow_sync"
    organization = Organization(pdfs="all", lag_s=0)
    UpflowHook().open_ledger("default").stamp_watermark(fake_now(fake_stripe))

    def run(name, **options):
        context["ti"].run_id = name
        changes = StripeChangesOperator(task_id="changes", organization=organization, **options)
        changes.get_flat_relative_ids = lambda **_: {*STREAMS, "closing", "watermark", "inventory", "pdfs", "assets"}
        changes.get_dag = lambda: None
        try:
            changes.execute(context)
            skipped = set()
        except DownstreamTasksSkipped as skip:
            skipped = set(skip.tasks)
        window = dict(context["ti"].pushed["report"])
        for stream in STREAMS:
            if stream not in skipped:
                StripeChangesToUpflowOperator(task_id=stream, stream=stream, organization=organization).execute(context)
        bounds = {"start": window["start"], "end": window["end"]}
        watermark = WatermarkOperator(task_id="watermark", organization=organization)
        watermark.execute(context)
        report = None
        if "pdfs" not in skipped:
            report = pdfs(organization=organization, lane="live", **bounds).execute(context)
        return report

    return run


def fake_now(fake):
    """Return the present of a fake Stripe."""
    from datetime import UTC, datetime  # noqa: PLC0415

    return datetime.fromtimestamp(fake.now(), UTC)


def test_a_new_invoice_has_its_pdf_in_the_same_run(sync, fake_stripe, fake_upflow):
    """A run without changes skips the task, unless a PDF is due from before."""
    began = fake_stripe.now()
    fake_stripe.create_customer(id="cus_new", name="Alder")
    fake_stripe.create_invoice("cus_new", 1200, id="in_new")
    fake_stripe.finalize_invoice("in_new", number="F-new")
    fake_stripe.clock = lambda: began + 5
    fake_stripe.faults.add("status", path="^/pdf/", status=404)
    with pytest.raises(AirflowFailException, match="in_new"):
        sync("1")
    ledger = UpflowHook().open_ledger("default")
    assert int(ledger.watermark().timestamp()) == began + 5
    fake_stripe.clock = lambda: began + 600
    assert sync("2") is None
    report = sync("3", retry_rejected=True)

    assert (report["created"], uploads(fake_upflow)) == (1, {"in_new": 1})
    assert sync("4") is None
