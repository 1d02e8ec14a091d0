"""Runs of DAGs whose organization declares custom fields: they come first, and their problems hold nothing up."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from upflow_provider.dags import stripe_to_upflow_backfill, stripe_to_upflow_sync
from upflow_provider.hooks.upflow import UpflowHook
from upflow_provider.settings import Entry, Organization
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS
from upflow_provider.testing.upflow.records.custom_fields import define
from upflow_provider.testing.upflow.records.schemas import CustomFieldCreate

SYNC, BACKFILL = "stripe_to_upflow_sync", "stripe_to_upflow_backfill"
FIELDS = "custom_fields: {customers: [{metadata: tier, field: Tier}, {metadata: seats, field: Seats, type: NUMBER}]}"
ONE = f"""
  default: {{lag_s: 0, {FIELDS}}}
"""
DECLARED = Organization.model_validate({"custom_fields": {"customers": [{"metadata": "tier", "field": "Tier"}]}})


def test_the_task_is_before_every_stream_of_organizations_that_declare_fields():
    """And in no other DAG; a dry run of the DAG is one of the task."""
    for build, before in ((stripe_to_upflow_sync, "custom_fields"), (stripe_to_upflow_backfill, "fields")):
        dag = build(Entry(DECLARED))
        first = [name for name in STREAMS if before in dag.task_dict[name].upstream_task_ids]
        assert "customers" in first
        assert all("custom_fields" in dag.task_dict[name].get_flat_relative_ids(upstream=True) for name in STREAMS)
        assert dag.task_dict["custom_fields"].is_dry_run == "{{ params.dry_run }}"
        assert dag.task_dict["custom_fields"].pool == "default_pool"
        assert not {"custom_fields", "fields"} & build(Entry(Organization())).task_dict.keys()
    assert first == ["customers"]
    sync = stripe_to_upflow_sync(Entry(DECLARED))
    assert all("custom_fields" in sync.task_dict[name].upstream_task_ids for name in STREAMS)


@pytest.fixture
def airflow(metadata, connections, fake_upflow, fake_stripe):
    """Have a customer in Stripe, and in Upflow a field of another type than the one that is declared."""
    wrong = CustomFieldCreate.model_validate({"name": "Seats", "entityType": "CUSTOMER", "dataType": "TEXT"})
    define(fake_upflow.store, wrong)
    fake_stripe.clock = lambda: int(time.time()) - 50
    UpflowHook().open_ledger("default").stamp_watermark(datetime.now(UTC) - timedelta(hours=1))
    fake_stripe.create_customer(id="cus_1", name="Alder", metadata={"tier": "Gold", "seats": "5"})
    return metadata(ONE)


def values(fake_upflow):
    """Return the values of the customer's custom fields by name."""
    held = fake_upflow.answer("customers", "cus_1")["customFields"]
    return {fake_upflow.store.custom_fields[each["id"]]["name"]: each["value"] for each in held}


@pytest.mark.slow
def test_a_field_that_cannot_be_filled_fails_the_run_and_holds_nothing_up(airflow, fake_upflow, fake_stripe):
    """The sync and the backfill end as failed, with their records synced and the other field filled."""
    fake_stripe.clock = lambda: int(time.time())
    state, tasks = airflow.test(SYNC)

    assert (state, tasks["custom_fields"], tasks["customers"]) == ("failed", "failed", "success")
    assert (tasks["watermark"], values(fake_upflow)) == ("failed", {"Tier": "Gold"})
    fake_stripe.update_customer("cus_1", metadata={"tier": "Tin"})
    run = {"since": "2020-01-01", "until": "2026-11-01", "done": "preflight|access"}
    fake_stripe.create_customer(id="cus_2", name="Birch", created=1_768_435_200)
    state, tasks = airflow.test(BACKFILL, **run)
    assert (state, tasks["custom_fields"], tasks["fields"], tasks["fields_filled"]) == (
        "failed",
        "failed",
        "success",
        "upstream_failed",
    )
    assert {tasks[name] for name in STREAMS} == {tasks["closing"]} == {"success"}
    (field,) = (each for each in fake_upflow.store.custom_fields.values() if each["name"] == "Seats")
    field["dataType"] = "NUMBER"
    state, tasks = airflow.test(SYNC)
    assert (state, tasks["custom_fields"], tasks["customers"]) == ("success", "success", "success")
    assert values(fake_upflow) == {"Tier": "Tin", "Seats": None}
    fake_upflow.requests.clear()
    state, tasks = airflow.test(SYNC)
    assert (state, tasks["custom_fields"], len(fake_upflow.requests)) == ("success", "skipped", 0)


@pytest.mark.slow
def test_when_the_preflight_of_the_backfill_fails_no_stream_starts(airflow):
    """Although the marker after the custom fields does, which waits for nothing to succeed."""
    state, tasks = airflow.test(BACKFILL, since="2026-11-01", until="2026-10-01")

    assert (state, tasks["preflight"], tasks["custom_fields"]) == ("failed", "failed", "upstream_failed")
    assert {tasks[name] for name in STREAMS} == {"upstream_failed"}
