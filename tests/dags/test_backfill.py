"""The DAG that loads history."""

from datetime import UTC, datetime

import pytest

from upflow_provider.dags import stripe_to_upflow_backfill
from upflow_provider.errors import ConfigurationError
from upflow_provider.operators.stripe_to_upflow import StripeToUpflowOperator
from upflow_provider.runs.window import Window
from upflow_provider.settings import Entry, Organization
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS

PARAMS = {"since": None, "until": None, "streams": ["invoices"], "with_pdfs": "all", "dry_run": True}
JANUARY, FEBRUARY = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)


@pytest.fixture
def dag():
    """Return the DAG of an organization."""
    return stripe_to_upflow_backfill(Entry(Organization()))


def test_the_backfill_has_one_task_a_stream_in_dependency_order(dag):
    """Tasks derive from the registry; each waits for the checks and for what it refers to."""
    for name, stream in STREAMS.items():
        task = dag.task_dict[name]
        assert isinstance(task, StripeToUpflowOperator)
        assert task.stream == name
        assert task.upstream_task_ids == (set(stream.after) or {"preflight", "access"})
        assert (task.pool, task.pool_slots) == ("upflow_api", 2)
    assert dag.task_dict["closing"].get_flat_relative_ids(upstream=True) == {"preflight", "access", *STREAMS}
    assert dag.task_dict["closing"].upstream_task_ids == {"refunds"}
    preflight = dag.task_dict["preflight"]
    assert (preflight.access_task, preflight.window_params) == ("access", ("since", "until"))
    assert dag.task_dict["pdfs"].upstream_task_ids == {"closing"}
    assert dag.task_dict["assets"].upstream_task_ids == {"refunds", "closing", "pdfs"}
    assert (dag.task_dict["assets"].is_teardown, dag.task_dict["assets"].waits_for_other_runs) == (True, True)


def test_the_backfill_has_monthly_data_intervals(dag):
    """Airflow's Backfill makes one run a month, each with a window of a whole month."""
    assert type(dag.timetable).__name__ == "CronDataIntervalTimetable"


@pytest.mark.parametrize("task_id", ["preflight", "invoices", "closing", "pdfs"])
@pytest.mark.parametrize(
    ("context", "rendered"),
    [
        pytest.param(
            {"data_interval_start": JANUARY, "data_interval_end": FEBRUARY}, Window(JANUARY, FEBRUARY), id="interval"
        ),
        pytest.param(
            {"params": {"since": "2025-10-10", "until": "2025-11-11"}},
            Window(datetime(2025, 10, 10, tzinfo=UTC), datetime(2025, 11, 11, tzinfo=UTC)),
            id="params",
        ),
        pytest.param({}, "'start' and 'end' not given", id="neither"),
        pytest.param(
            {"params": {"since": "2025-10-10"}, "data_interval_start": JANUARY, "data_interval_end": FEBRUARY},
            "'end' not given",
            id="half-a-window",
        ),
        pytest.param(
            {"params": {"until": "2025-10-10"}, "data_interval_start": JANUARY, "data_interval_end": FEBRUARY},
            "'start' not given",
            id="the-other-half",
        ),
    ],
)
def test_the_window_comes_from_the_params_or_the_interval(dag, task_id, context, rendered):
    """A run that has neither, or half of one, is told what to give; an interval does not complete what was given."""
    task = dag.task_dict[task_id]
    params = PARAMS | context.get("params", {})
    context = {**context, "params": params}
    task.render_template_fields(context)

    if isinstance(rendered, str):
        with pytest.raises(ConfigurationError, match=rendered):
            Window.parse(task.start, task.end)
    else:
        assert Window.parse(task.start, task.end) == rendered


@pytest.mark.parametrize("task_id", ["invoices", "closing", "pdfs"])
def test_params_reach_the_tasks(dag, task_id):
    """As a list and a truth value, not as text."""
    task = dag.task_dict[task_id]
    task.render_template_fields({"params": PARAMS})

    assert (task.streams, task.is_dry_run) == (["invoices"], True)
    assert getattr(task, "pdfs", "all") == "all"
