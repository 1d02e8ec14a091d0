"""The DAG that brings over what changed."""

import pytest

from upflow_provider.dags import stripe_to_upflow_sync
from upflow_provider.settings import Entry, Organization
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS


def test_the_sync_has_one_task_a_stream_between_feed_and_watermark():
    """What one stream could not do holds no other back; the watermark waits for all."""
    dag = stripe_to_upflow_sync(Entry(Organization()))

    assert dag.max_active_runs == 1
    for name, stream in STREAMS.items():
        task = dag.task_dict[name]
        assert (task.stream, task.trigger_rule, task.pool) == (name, "all_done", "default_pool")
        assert task.upstream_task_ids == {"changes", *stream.after}
    assert dag.task_dict["closing"].upstream_task_ids == {"changes", *STREAMS}
    assert dag.task_dict["watermark"].upstream_task_ids == {"changes", *STREAMS, "closing"}
    assert dag.task_dict["changes"].pool == dag.task_dict["watermark"].pool == "default_pool"
    after = {*STREAMS, "window", "closing", "watermark", "inventory", "assets"}
    assert dag.task_dict["changes"].downstream_task_ids == after
    assert dag.task_dict["assets"].upstream_task_ids == {"changes", *STREAMS, "closing"}
    assert dag.task_dict["assets"].is_teardown
    assert not dag.task_dict["window"].downstream_task_ids
    assert dag.task_dict["inventory"].upstream_task_ids == {"changes", *STREAMS, "closing"}
    assert dag.task_dict["inventory"].lane == "live"


@pytest.mark.parametrize(("live", "watched"), [(False, []), (True, ["stripe_events_default"])])
def test_live_mode_is_a_setting(live, watched):
    """The schedule stays beside the watcher, which knows the organization's connection and lag."""
    organization = Organization(live=live, lag_s=30, stripe_conn_id="stripe_x")
    timetable = stripe_to_upflow_sync(Entry(organization)).timetable
    watchers = timetable.asset_condition.objects[0].watchers if watched else []

    assert [each.name for each in watchers] == watched
    assert getattr(timetable, "timetable", timetable).expression == "*/5 * * * *"
    for each in watchers:
        watching = each.trigger
        assert (watching.organization, watching.stripe_conn_id, watching.lag_s) == ("default", "stripe_x", 30)


def test_params_reach_the_first_task():
    """As truth values, not as text; without a window to replay there is none."""
    task = stripe_to_upflow_sync(Entry(Organization())).task_dict["changes"]
    task.render_template_fields({"params": {"start": None, "end": None, "retry_rejected": True, "dry_run": False}})

    assert (task.start, task.end, task.retry_rejected, task.is_dry_run) == ("", "", True, False)
