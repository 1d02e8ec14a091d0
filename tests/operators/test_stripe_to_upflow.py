"""The stream operators: thin, resumable, loud."""

import logging
from functools import partial

import pytest
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from upflow_provider.hooks.upflow import UpflowHook
from upflow_provider.operators import stripe_to_upflow
from upflow_provider.operators.stripe_to_upflow import (
    StripeCustomersToUpflowOperator,
    StripeInvoicesToUpflowOperator,
    StripeToUpflowOperator,
)
from upflow_provider.operators.stripe_to_upflow_sync import StripeChangesToUpflowOperator
from upflow_provider.settings import Organization
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS
from upflow_provider.testing import FakeUpflow, serve
from upflow_provider.testing.seed.seed import Seed

SEED = Seed(seed=7, customers=20, invoices=110)
"""Two pages of invoices."""
WINDOW = {"start": "2026-01-01", "end": "2027-01-01"}


def operator(kind=StripeInvoicesToUpflowOperator, **options):
    """Return an operator over a window that holds everything."""
    return kind(task_id="task", **{**WINDOW, **options})


@pytest.mark.parametrize("name", ["customers", "invoices", "credit_notes", "payments", "refunds"])
def test_a_stream_is_named_by_parameter_or_by_class(name):
    """Each of the first five streams has an operator of its own name, which DAGs of users import."""
    entity = "".join(part.capitalize() for part in name.split("_"))
    named = getattr(stripe_to_upflow, f"Stripe{entity}ToUpflowOperator")

    assert named(task_id="task", **WINDOW).stream == operator(StripeToUpflowOperator, stream=name).stream == name


def test_a_state_of_another_format_is_ignored(connections, context, fake_stripe, fake_upflow):
    """A cursor that an older version kept, with a report of other counts, does no harm: the task begins anew."""
    fake_stripe.seed(SEED)
    operator().execute(context)
    cursor = {"fingerprint": {"version": "0.1.0", "window": "any"}, "cursor": {"after": "in_9"}, "report": {"lines": 3}}
    context["task_state_store"]["cursor"] = cursor
    report = operator().execute(context)

    assert report["read"] == report["unchanged"] + report["skipped"] == len(list(fake_stripe.store.invoices))
    assert context["task_state_store"] == {}


def test_a_stream_that_does_not_exist_is_refused_while_the_dag_is_parsed():
    """The message names the streams there are."""
    for make in (partial(operator, StripeToUpflowOperator), partial(StripeChangesToUpflowOperator, task_id="task")):
        with pytest.raises(ValueError, match=f"no stream 'orders'; there are {', '.join(STREAMS)}"):
            make(stream="orders")


def test_a_window_is_imported_and_reported(connections, context, fake_stripe, fake_upflow):
    """The report is returned."""
    fake_stripe.seed(SEED)
    customers = operator(StripeCustomersToUpflowOperator)
    invoices = operator()
    report = [each.execute(context) for each in (customers, invoices)][1]

    finalized = sum(each["status"] != "draft" for each in fake_stripe.store.invoices)
    assert report["created"] == finalized == len(fake_upflow.store.invoices)


def test_a_second_run_sends_nothing(connections, context, fake_stripe, fake_upflow):
    """Clearing a task that succeeded is harmless."""
    fake_stripe.seed(SEED)
    operator().execute(context)
    fake_upflow.requests.clear()
    report = operator().execute(context)

    assert (report["created"], report["updated"], len(fake_upflow.requests)) == (0, 0, 0)


def test_a_retry_goes_on_where_the_first_try_ended(connections, context, fake_stripe, fake_upflow):
    """The cursor survives in the task's state, and the report covers the whole window."""
    fake_stripe.seed(SEED)
    operator(StripeCustomersToUpflowOperator).execute(context)
    one = operator(organization=Organization(threads=1))
    fake_stripe.faults.add("status", path="/v1/invoices", status=403, after=1)
    with pytest.raises(AirflowFailException, match="403"):
        one.execute(context)
    fake_stripe.requests.clear()
    report = one.execute(context)

    assert len(list(fake_stripe.requests)) == 1
    assert report["read"] == SEED.invoices
    assert context["task_state_store"] == {}


def test_the_cursor_of_another_window_is_ignored(connections, context, fake_stripe):
    """A cleared task whose inputs differ begins at the beginning."""
    fake_stripe.seed(SEED)
    context["task_state_store"]["cursor"] = {
        "fingerprint": {"stream": "invoices", "window": "another"},
        "cursor": {"after": None, "second": 0, "seen": [], "done": True},
        "report": {},
    }

    assert operator().execute(context)["read"] == SEED.invoices


def test_rejected_records_fail_the_task_after_all_others_are_done(connections, context, fake_stripe, fake_upflow):
    """The message names the record and the reason; the rest has arrived; no retry would help."""
    fake_stripe.seed(SEED)
    bad = fake_stripe.store.invoices.newest_first(after=None, earliest=0, latest=2**40)
    bad = next(each for each in bad if fake_stripe.store.invoices.shown(each)["status"] != "draft")
    fake_stripe.update_invoice(bad, customer=None)
    with pytest.raises(
        AirflowFailException, match=f"1 of {SEED.invoices} records were rejected.*{bad}: customer is missing"
    ):
        operator().execute(context)

    finalized = sum(each["status"] != "draft" for each in fake_stripe.store.invoices)
    assert len(fake_upflow.store.invoices) == finalized - 1
    assert context["ti"].pushed["report"]["rejected"] == 1
    assert operator(organization=Organization(max_rejected=1)).execute(context)["rejected"] == 1


def test_wrong_credentials_fail_the_task_for_good(connections, context, fake_stripe, set_connection):
    """A human must act: Airflow does not retry."""
    fake_stripe.seed(SEED)
    set_connection("upflow_default", password="wrong")

    with pytest.raises(AirflowFailException, match=r"401.*check login"):
        operator().execute(context)


def test_another_host_has_a_ledger_of_its_own(connections, context, fake_stripe, set_connection):
    """What was loaded into the sandbox is not taken for loaded into production."""
    fake_stripe.seed(SEED)
    operator(StripeCustomersToUpflowOperator).execute(context)
    other = FakeUpflow(enforce_limits=False)
    with serve(other.app) as server:
        set_connection("upflow_default", host=f"{server.url}/v1")
        report = operator(StripeCustomersToUpflowOperator).execute(context)

    assert report["created"] == len(other.store.customers) == len(fake_stripe.store.customers)


def test_a_missing_connection_fails_for_good(connections, context, set_connection):
    """Airflow does not try for half an hour what only a human can mend."""
    set_connection("stripe_default")

    with pytest.raises(AirflowFailException, match="stripe_default"):
        operator().execute(context)


def test_a_stream_that_was_not_chosen_is_skipped(connections, context):
    """The run says what it is about."""
    with pytest.raises(AirflowSkipException, match="customers only"):
        operator(streams=["customers"]).execute(context)


@pytest.mark.parametrize("how", ["is_dry_run", "test_mode"])
def test_nothing_is_written_in_a_dry_run_or_in_test_mode(
    connections, context, fake_stripe, fake_upflow, set_connection, how
):
    """Both report what would be done; Upflow and the ledger stay as they are."""
    fake_stripe.seed(SEED)
    if how == "test_mode":
        set_connection("upflow_default", extra={"test_mode": True})
    report = operator(is_dry_run=how == "is_dry_run").execute(context)

    assert report["dry_run"]
    assert report["writes"] >= report["created"]
    assert report["minutes"] > 0
    assert report["created"] > 0.8 * SEED.invoices
    assert [each for each in fake_upflow.requests if each.method != "GET"] == []
    assert UpflowHook().open_ledger("default").counts("invoices") == {}


def test_a_window_that_makes_no_sense_fails_for_good(connections, context):
    """The message says what is expected."""
    with pytest.raises(AirflowFailException, match="ISO 8601"):
        operator(start="last month").execute(context)


def test_secrets_and_personal_data_stay_out_of_the_log(connections, context, fake_stripe, caplog):
    """Ids and field names only, on every level."""
    customer = fake_stripe.create_customer(name="Confidential Ltd", email="secret.person@example.com")
    fake_stripe.create_invoice(customer["id"], 100)
    with caplog.at_level(logging.DEBUG):
        report = operator(StripeCustomersToUpflowOperator, end="2030-01-01").execute(context)

    assert report["created"] == 1
    for secret in ("Confidential", "secret.person", "upflow-secret", "sk_test_fake"):
        assert secret not in caplog.text
