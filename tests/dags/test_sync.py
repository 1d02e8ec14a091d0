"""The DAG that brings over what changed."""

import itertools

import pytest

from upflow_provider.dags import stripe_to_upflow_sync
from upflow_provider.settings import Entry, Organization
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS


def test_the_sync_has_one_task_a_stream_between_feed_and_watermark():
    """What one stream could not do holds no other back; the watermark waits for all, and the graph is a chain."""
    dag = stripe_to_upflow_sync(Entry(Organization()))

    assert dag.max_active_runs == 1
    for name, stream in STREAMS.items():
        task = dag.task_dict[name]
        assert (task.stream, task.trigger_rule, task.pool) == (name, "all_done", "default_pool")
        assert task.upstream_task_ids == (set(stream.after) or {"changes"})
    assert dag.task_dict["closing"].upstream_task_ids == set(STREAMS)
    assert dag.task_dict["closing"].downstream_task_ids == {"watermark", "inventory", "assets"}
    assert dag.task_dict["changes"].pool == dag.task_dict["watermark"].pool == "default_pool"
    assert dag.task_dict["assets"].is_teardown
    assert not dag.task_dict["window"].downstream_task_ids
    assert dag.task_dict["inventory"].lane == "live"


def test_pdfs_come_last_and_hold_nothing_up():
    """Only where they are wanted; neither the watermark nor the assets wait for them, nor does a failed task."""
    dag = stripe_to_upflow_sync(Entry(Organization(pdfs="open")))
    pdfs = dag.task_dict["pdfs"]

    assert "pdfs" not in stripe_to_upflow_sync(Entry(Organization())).task_dict
    assert pdfs.upstream_task_ids == {"closing", "inventory"}
    assert (pdfs.downstream_task_ids, pdfs.trigger_rule, pdfs.lane, pdfs.pool) == (
        set(),
        "all_done",
        "live",
        "default_pool",
    )
    assert pdfs.organization.pdfs == "open"


@pytest.mark.parametrize("changed", list(itertools.product([False, True], repeat=len(STREAMS))))
def test_whatever_is_skipped_early_nothing_starts_before_all_that_comes_before_it(changed):
    """Tasks of streams without changes are done when the first one is: nobody relies on them to have waited."""
    dag = stripe_to_upflow_sync(Entry(Organization(pdfs="all")))
    working = {name for name, has_changes in zip(STREAMS, changed, strict=True) if has_changes}
    skipped = STREAMS.keys() - working | (set() if working else {"closing", "assets"})
    waited_for = {task_id: _waited_for(dag, task_id, skipped) for task_id in dag.task_ids}

    for name, stream in STREAMS.items():
        assert waited_for[name] >= working.intersection(stream.after)
    for task_id in {"closing", "watermark", "inventory", "pdfs", "assets"} - skipped:
        assert waited_for[task_id] >= working


def _waited_for(dag, task_id, skipped):
    """Return the tasks that must have ended before this one starts: a skipped one has waited for none."""
    before = dag.task_dict[task_id].upstream_task_ids - skipped
    return before.union(*(_waited_for(dag, each, skipped) for each in before))


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
