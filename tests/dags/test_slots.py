"""Live work finds its slot, whatever history, exports and other organizations do: so Airflow's scheduler decides."""

import pytest

from upflow_provider.stripe_to_upflow.streams.registry import STREAMS

TWO = """
  default: {pdfs: all, salesforce: {match: {salesforce: Billing_Id__c}, fields: {due: Due__c, portal_url: Portal__c}}}
  acme: {pdfs: open, upflow_conn_id: upflow_acme, stripe_conn_id: stripe_acme}
"""
LIVE_TASKS = ("changes", *STREAMS, "closing", "watermark", "inventory", "pdfs", "assets")


def test_every_task_of_the_sync_starts_while_history_fills_the_pool(metadata):
    """Two organizations load two months each, links are to be renewed, an export is under way: the sync starts."""
    airflow = metadata(TWO)
    airflow.set_pool(5)
    for suffix in ("", ".acme"):
        for month in ("1", "2"):
            airflow.run(f"stripe_to_upflow_backfill{suffix}", month, invoices="scheduled")
    airflow.run("upflow_portal_links", "daily", renew="scheduled")
    airflow.run("upflow_to_salesforce", "hourly", export="running")
    of_history = airflow.started()
    for suffix in ("", ".acme"):
        airflow.run(f"stripe_to_upflow_sync{suffix}", "sync", **dict.fromkeys(LIVE_TASKS, "scheduled"))

    assert len(of_history) == 2  # of two slots each
    assert airflow.started() == sorted(
        (f"stripe_to_upflow_sync{suffix}", task_id) for suffix in ("", ".acme") for task_id in LIVE_TASKS
    )


@pytest.mark.parametrize("slots", [None, 0, 1])
def test_the_sync_and_the_export_need_no_pool(metadata, slots):
    """It may be missing, or have no slots: only history waits for it, and its preflight starts, which says so."""
    airflow = metadata(TWO)
    airflow.set_pool(slots)
    airflow.run("stripe_to_upflow_sync", "sync", invoices="scheduled")
    airflow.run("upflow_to_salesforce", "hourly", export="scheduled")
    airflow.run("stripe_to_upflow_backfill", "month", access="scheduled", preflight="scheduled")

    assert airflow.started() == [
        ("stripe_to_upflow_backfill", "preflight"),
        ("stripe_to_upflow_sync", "invoices"),
        ("upflow_to_salesforce", "export"),
    ]


@pytest.mark.slow
def test_dags_can_be_tested_on_the_command_line(metadata, connections):
    """There, a task runs after the other and no pool is looked at: what waits is not taken for what never starts."""
    state, tasks = metadata(TWO).test("upflow_ledger_rebuild")

    assert (state, set(tasks.values())) == ("success", {"success"})


def test_a_task_that_waits_for_slots_comes_before_the_one_that_watches_it(metadata):
    """So what watches starts again only if the slots are wanting: with one worker, the other task starts first."""
    airflow = metadata(TWO)
    airflow.set_pool(2)
    for dag_id in ("stripe_to_upflow_backfill", "upflow_portal_links", "upflow_ledger_rebuild.acme"):
        airflow.run(dag_id, "run", access="scheduled", preflight="scheduled")

        assert airflow.started(workers=1) == [(dag_id, "access")]
        assert airflow.started(workers=1) == [(dag_id, "preflight")]
        airflow.begin()
        airflow.set_pool(2)
