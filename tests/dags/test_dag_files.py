"""The DAG folder: parses anywhere, one DAG per organization, and says what is wrong."""

import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from airflow.dag_processing.dagbag import DagBag

from upflow_provider.errors import ConfigurationError
from upflow_provider.operators.stripe_to_upflow import StripeToUpflowOperator
from upflow_provider.runs.window import Window
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS

DAGS = Path(__file__).parents[2] / "dags"

DAG_IDS = {"stripe_to_upflow_backfill", "stripe_to_upflow_sync", "upflow_ledger_rebuild"}

TWO_GOOD_ONE_BROKEN = """
organizations:
  default: {}
  acme: {upflow_conn_id: upflow_acme, time_zone: Europe/Paris}
  broken: {time_zone: Mars/Olympus}
"""


def load(folder):
    """Parse a DAG folder as Airflow does."""
    return DagBag(str(folder), collect_dags=True)


@pytest.fixture
def folder(tmp_path):
    """Give the test a DAG folder of its own with three organizations."""
    copy = tmp_path / "dags"
    shutil.copytree(DAGS, copy, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "organizations.yaml").write_text(TWO_GOOD_ONE_BROKEN, encoding="utf-8")
    return copy


def test_every_file_parses_without_connections_pools_or_variables():
    """Nothing is needed to parse: no database, no connection, no network."""
    bag = load(DAGS)

    assert bag.import_errors == {}
    assert set(bag.dag_ids) == DAG_IDS


@pytest.mark.parametrize("dag_id", sorted(DAG_IDS))
def test_every_dag_is_documented_owned_and_bounded(dag_id):
    """What the UI shows and what keeps a run from hanging or hammering is set."""
    dag = load(DAGS).dags[dag_id]

    assert dag.doc_md.strip()
    assert "upflow" in dag.tags
    assert dag.catchup is False
    assert dag.max_active_runs <= 2
    for task in dag.tasks:
        assert task.owner == "finance"
        assert task.doc_md or type(task).__doc__
        if task.task_id in {*STREAMS, "rebuild"}:
            assert task.retries >= 3
            assert task.execution_timeout >= timedelta(hours=12)


def test_the_backfill_has_one_task_a_stream_in_dependency_order():
    """Tasks derive from the registry; each waits for the checks and for what it refers to."""
    dag = load(DAGS).dags["stripe_to_upflow_backfill"]

    for name, stream in STREAMS.items():
        task = dag.task_dict[name]
        assert isinstance(task, StripeToUpflowOperator)
        assert task.stream == name
        assert task.upstream_task_ids == {"preflight", "access", *stream.after}
        assert (task.pool, task.pool_slots) == ("upflow_api", 2)
    assert dag.task_dict["preflight"].pool == "default_pool"
    assert dag.task_dict["access"].pool == "upflow_api"


def test_the_backfill_has_monthly_data_intervals():
    """Airflow's Backfill makes one run a month, each with a window of a whole month."""
    dag = load(DAGS).dags["stripe_to_upflow_backfill"]

    assert type(dag.timetable).__name__ == "CronDataIntervalTimetable"


@pytest.mark.parametrize(
    ("context", "rendered"),
    [
        pytest.param(
            {
                "data_interval_start": datetime(2026, 1, 1, tzinfo=UTC),
                "data_interval_end": datetime(2026, 2, 1, tzinfo=UTC),
            },
            Window(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)),
            id="interval",
        ),
        pytest.param(
            {"params": {"since": "2025-10-10", "until": "2025-11-11"}},
            Window(datetime(2025, 10, 10, tzinfo=UTC), datetime(2025, 11, 11, tzinfo=UTC)),
            id="params",
        ),
        pytest.param({}, "trigger the run with since and until", id="neither"),
    ],
)
def test_the_window_comes_from_the_params_or_the_interval(context, rendered):
    """A run that has neither is told what to give."""
    task = load(DAGS).dags["stripe_to_upflow_backfill"].task_dict["invoices"]
    context = {"params": {"since": None, "until": None, "streams": ["invoices"], "dry_run": True}} | context
    context["params"] = {"streams": ["invoices"], "dry_run": True, **context["params"]}
    task.render_template_fields(context)

    assert (task.streams, task.is_dry_run) == (["invoices"], True)
    if isinstance(rendered, str):
        with pytest.raises(ConfigurationError, match=rendered):
            Window.parse(task.start, task.end)
    else:
        assert Window.parse(task.start, task.end) == rendered


def test_the_sync_has_one_task_a_stream_between_feed_and_watermark():
    """What one stream could not do holds no other back; the watermark waits for all."""
    dag = load(DAGS).dags["stripe_to_upflow_sync"]

    assert dag.max_active_runs == 1
    for name, stream in STREAMS.items():
        task = dag.task_dict[name]
        assert (task.stream, task.trigger_rule, task.pool) == (name, "all_done", "upflow_api")
        assert task.upstream_task_ids == {"changes", *stream.after}
    assert dag.task_dict["watermark"].upstream_task_ids == {"changes", *STREAMS, "closing"}
    assert dag.task_dict["changes"].pool == dag.task_dict["watermark"].pool == "default_pool"
    assert dag.task_dict["changes"].downstream_task_ids == {"pool", *STREAMS, "closing", "watermark"}


EXPORTING = """
organizations:
  default: {salesforce: {match: {salesforce: Billing_Id__c}, fields: {portal_url: Portal__c}}}
  acme: {salesforce: {conn_id: salesforce_acme, match: {salesforce: Billing_Id__c}, fields: {due: Due__c}}}
  plain: {}
  broken: {salesforce: {match: {salesforce: Billing_Id__c}, fields: {owes: Due__c}}}
"""


def test_an_organization_with_salesforce_settings_exports(folder):
    """Links are renewed where they are mapped; what is wrong with settings is said by the sync."""
    (folder / "organizations.yaml").write_text(EXPORTING, encoding="utf-8")
    bag = load(folder)

    assert bag.import_errors == {}
    assert {dag_id for dag_id in bag.dag_ids if dag_id.startswith("upflow_to_salesforce")} == {
        "upflow_to_salesforce",
        "upflow_to_salesforce.acme",
    }
    assert {dag_id for dag_id in bag.dag_ids if dag_id.startswith("upflow_portal_links")} == {"upflow_portal_links"}
    assert "owes" in bag.dags["stripe_to_upflow_sync.broken"].task_dict["changes"].problem


@pytest.mark.parametrize(
    ("dag_id", "main", "retries"), [("upflow_to_salesforce", "export", 2), ("upflow_portal_links", "renew", 3)]
)
def test_a_dag_to_salesforce_is_documented_owned_and_bounded(folder, dag_id, main, retries):
    """Its preflight needs no Stripe, and watches that the pool gives a slot."""
    (folder / "organizations.yaml").write_text(EXPORTING, encoding="utf-8")
    dag = load(folder).dags[dag_id]
    preflight, task = dag.task_dict["preflight"], dag.task_dict[main]

    assert dag.doc_md.strip()
    assert set(dag.tags) == {"upflow", "salesforce"}
    assert (dag.catchup, dag.max_active_runs) == (False, 1)
    assert (preflight.systems, preflight.access_task, preflight.pool) == (
        ("upflow", "salesforce"),
        main,
        "default_pool",
    )
    assert (task.owner, task.pool, task.retries) == ("finance", "upflow_api", retries)
    assert task.execution_timeout >= timedelta(hours=12)


def test_what_stripe_knows_needs_its_connection(folder):
    """Where the saved payment method is mapped, the preflight looks for Stripe's connection, too."""
    settings = EXPORTING.replace("{due: Due__c}", "{payment_method: Method__c}")
    (folder / "organizations.yaml").write_text(settings, encoding="utf-8")

    assert load(folder).dags["upflow_to_salesforce.acme"].task_dict["preflight"].systems == (
        "upflow",
        "salesforce",
        "stripe",
    )


def test_the_export_runs_hourly_and_when_the_sync_has_changed_something(folder):
    """Any stream's asset of the same organization starts it."""
    (folder / "organizations.yaml").write_text(EXPORTING, encoding="utf-8")
    timetable = load(folder).dags["upflow_to_salesforce.acme"].timetable

    assert {each.uri for each in timetable.asset_condition.objects} == {f"upflow://acme/{name}" for name in STREAMS}
    assert timetable.timetable.expression == "7 * * * *"


@pytest.mark.parametrize(
    ("params", "rendered"), [({"full": True, "dry_run": False}, (True, False)), ({"dry_run": True}, (False, True))]
)
def test_params_of_the_export_reach_its_task(folder, params, rendered):
    """As truth values, not as text."""
    (folder / "organizations.yaml").write_text(EXPORTING, encoding="utf-8")
    task = load(folder).dags["upflow_to_salesforce"].task_dict["export"]
    task.render_template_fields({"params": {"full": False, "dry_run": False} | params})

    assert (task.full, task.is_dry_run) == rendered


@pytest.mark.parametrize(("live", "watched"), [("false", []), ("true", ["stripe_events_default"])])
def test_live_mode_is_a_setting(folder, live, watched):
    """The schedule stays beside the watcher, which knows the organization's connection and lag."""
    settings = f"organizations: {{default: {{live: {live}, lag_s: 30, stripe_conn_id: stripe_x}}}}"
    (folder / "organizations.yaml").write_text(settings, encoding="utf-8")
    timetable = load(folder).dags["stripe_to_upflow_sync"].timetable
    watchers = timetable.asset_condition.objects[0].watchers if watched else []

    assert [each.name for each in watchers] == watched
    assert getattr(timetable, "timetable", timetable).expression == "*/5 * * * *"
    for each in watchers:
        watching = each.trigger
        assert (watching.organization, watching.stripe_conn_id, watching.lag_s) == ("default", "stripe_x", 30)


def test_each_organization_has_its_dags_and_a_broken_one_only_says_so(folder):
    """A typo in one entry neither breaks the others nor goes unseen."""
    bag = load(folder)

    assert bag.import_errors == {}
    assert {"stripe_to_upflow_backfill", "stripe_to_upflow_backfill.acme"} < set(bag.dag_ids)
    acme = bag.dags["stripe_to_upflow_backfill.acme"].task_dict["invoices"]
    assert acme.organization.upflow_conn_id == "upflow_acme"
    for dag_id, first in (("stripe_to_upflow_backfill", "preflight"), ("stripe_to_upflow_sync", "changes")):
        broken = bag.dags[f"{dag_id}.broken"]
        assert broken.task_ids == [first]
        assert "time_zone" in broken.task_dict[first].problem


def test_parsing_imports_neither_pandas_nor_stripe_nor_sqlalchemy_models_of_ours():
    """A DAG file is parsed over and over: heavy libraries are imported by tasks only."""
    code = (
        "import sys, runpy\n"
        "import airflow.sdk\n"
        "before = set(sys.modules)\n"
        f"[runpy.run_path(str(path)) for path in __import__('pathlib').Path({str(DAGS)!r}).glob('*.py')]\n"
        "heavy = {'pandas', 'stripe', 'alembic', 'requests', 'fastapi'} & (set(sys.modules) - before)\n"
        "sys.exit(f'imported while parsing: {heavy}' if heavy else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr


def test_importing_the_package_imports_nothing():
    """Airflow imports the package before its configuration is ready."""
    code = (
        "import sys; before = set(sys.modules); import upflow_provider; "
        "sys.exit(str(set(sys.modules) - before - {'upflow_provider'}) if set(sys.modules) - before - "
        "{'upflow_provider'} else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
