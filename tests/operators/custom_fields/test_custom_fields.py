"""The operator for custom fields: it reports, names every problem, and leaves the result to the tasks after it."""

import pytest
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from upflow_provider.operators.custom_fields import UpflowCustomFieldsOperator
from upflow_provider.operators.preflight import AccessOperator
from upflow_provider.operators.stripe_to_upflow import StripeCustomersToUpflowOperator, StripeInvoicesToUpflowOperator
from upflow_provider.settings import Organization

WINDOW = {"start": "2026-01-01", "end": "2027-01-01"}


def organization(*customers):
    """Return an organization that declares custom fields of customers."""
    return Organization.model_validate({"custom_fields": {"customers": customers}})


def execute(context, declared, **options):
    """Do the task for custom fields, then that of the customers, as a DAG does; return both reports."""
    fields = UpflowCustomFieldsOperator(task_id="custom_fields", organization=declared, **options)
    customers = StripeCustomersToUpflowOperator(task_id="customers", organization=declared, **WINDOW, **options)
    return fields.execute(context), customers.execute(context)


def test_it_creates_fields_that_the_tasks_after_it_fill(connections, context, fake_stripe, fake_upflow):
    """In processes of their own, which ask Upflow for no definition: the ledger knows them."""
    fake_stripe.create_customer(id="cus_1", name="Alder", created=1_768_435_200, metadata={"tier": "Gold"})
    report, _ = execute(context, organization({"metadata": "tier", "field": "Tier"}))

    assert report == {
        "dry_run": False,
        "declared": 1,
        "created": ["Tier (customers)"],
        "problems": [],
        "notes": [],
        "refused": {},
        "keys": {"customers": []},
    }
    assert [each["value"] for each in fake_upflow.answer("customers", "cus_1")["customFields"]] == ["Gold"]
    asked = [(each.method, each.path) for each in fake_upflow.requests if "custom_fields" in each.path]
    assert asked == [
        (method, "/v1/custom_fields") for method in ("GET", "GET", "POST")
    ]  # it looks again before it creates


def test_a_dry_run_lists_the_keys_of_which_the_next_run_makes_fields(connections, context, fake_stripe, fake_upflow):
    """Nothing is written to Upflow before."""
    fake_stripe.create_customer(id="cus_1", name="Alder", created=1_768_435_200, metadata={"tier": "Gold"})
    every = organization({"metadata": "all"})
    execute(context, every, is_dry_run=True)
    before = [each for each in fake_upflow.requests if each.method != "GET"]
    context["ti"].run_id = "next"
    report, _ = execute(context, every)

    assert before == []
    assert (report["created"], report["keys"]) == (["tier (customers)"], {"customers": ["'tier'"]})
    assert [each["value"] for each in fake_upflow.answer("customers", "cus_1")["customFields"]] == ["Gold"]


def test_it_fails_for_every_problem_together_and_tells_the_report_before(connections, context, fake_stripe):
    """A human has to act, so that it is not tried again."""
    fake_stripe.forbidden = {"subscriptions"}
    declared = organization(
        {"native": "Subscriptions", "field": "S"}, {"metadata": "t", "field": "T", "type": "SELECT"}
    )
    task = UpflowCustomFieldsOperator(task_id="custom_fields", organization=declared)

    with pytest.raises(AirflowFailException, match="rak_subscription_read") as raised:
        task.execute(context)
    assert "custom field 'T' of customers: Upflow does not show its options" in str(raised.value)
    assert len(context["ti"].pushed["report"]["problems"]) == 2
    with pytest.raises(AirflowFailException, match="rak_subscription_read"):
        AccessOperator(task_id="access", organization=declared).execute(context)


def test_it_fails_at_once_if_upflow_lists_no_fields(connections, context, fake_stripe, fake_upflow):
    """Neither path exists: no retry of Airflow's would help, and the records go on."""
    fake_stripe.create_customer(id="cus_1", name="Alder", created=1_768_435_200, metadata={"tier": "Gold"})
    fake_upflow.faults.add("status", path="/custom_field", status=404, times=None)
    declared = organization({"metadata": "tier", "field": "Tier"})
    with pytest.raises(AirflowFailException, match="Upflow does not list custom fields"):
        UpflowCustomFieldsOperator(task_id="custom_fields", organization=declared).execute(context)
    customers = StripeCustomersToUpflowOperator(task_id="customers", organization=declared, **WINDOW)

    assert customers.execute(context)["created"] == 1


def test_it_is_skipped_if_nothing_is_declared(connections, context, fake_upflow):
    """It makes no request."""
    with pytest.raises(AirflowSkipException):
        UpflowCustomFieldsOperator(task_id="custom_fields", organization=Organization()).execute(context)
    assert list(fake_upflow.requests) == []


def test_values_that_upflow_refuses_fail_no_run(connections, context, fake_stripe, fake_upflow, caplog):
    """Nobody here can change that: the task says so, and all records are in Upflow."""
    fake_upflow.behaviour.document_custom_fields = "refused"
    customer = fake_stripe.create_customer(id="cus_1", name="Alder", created=1_768_435_200)
    for number in range(4):
        metadata = {"order": str(number)}
        fake_stripe.create_invoice(customer["id"], 1_000, id=f"in_{number}", created=1_768_435_200, metadata=metadata)
        fake_stripe.finalize_invoice(f"in_{number}")
    declared = Organization.model_validate({"custom_fields": {"invoices": [{"metadata": "order", "field": "Order"}]}})
    fields = UpflowCustomFieldsOperator(task_id="custom_fields", organization=declared)
    invoices = StripeInvoicesToUpflowOperator(task_id="invoices", organization=declared, **WINDOW)
    before, loaded, after = fields.execute(context), invoices.execute(context), fields.execute(context)

    assert (before["refused"], loaded["created"], loaded["rejected"]) == ({}, 4, 0)
    assert list(after["refused"]) == ["invoices"]
    assert "those of invoices, which Upflow refuses since 20" in caplog.text
