"""One DAG for each organization, whatever its entry, and what users may change about it."""

from datetime import timedelta

import pytest
from airflow.sdk.exceptions import AirflowFailException

from upflow_provider import dags
from upflow_provider.dags import each_organization, stripe_to_upflow_backfill, stripe_to_upflow_sync
from upflow_provider.settings import Entry, Organization

TWO_GOOD_ONE_BROKEN = """
  default: {}
  acme: {upflow_conn_id: upflow_acme, stripe_conn_id: stripe_acme, time_zone: Europe/Paris}
  broken: {time_zone: Mars/Olympus}
"""
BUILDERS = [getattr(dags, name) for name in dags.__all__ if name != "each_organization"]
EXPORTING = Entry(
    Organization.model_validate(
        {
            "salesforce": {"match": {"salesforce": "Billing_Id__c"}, "fields": {"portal_url": "Portal__c"}},
            "salesforce_import": {"account_owner": True},
            "write_back": {},
        }
    )
)


@pytest.mark.parametrize("name", ["stripe_to_upflow_backfill", "stripe_to_upflow_sync", "upflow_ledger_rebuild"])
def test_each_organization_has_its_dags_and_a_broken_one_only_says_so(parse, name):
    """A typo in one entry neither breaks the others nor goes unseen: its DAG fails when the others would run."""
    found = parse(TWO_GOOD_ONE_BROKEN).dags
    good, acme, broken = (found[name + suffix] for suffix in ("", ".acme", ".broken"))

    assert {task.organization.upflow_conn_id for task in acme.tasks if task.task_id != "window"} == {"upflow_acme"}
    assert broken.task_ids == ["preflight"]
    assert "time_zone" in broken.task_dict["preflight"].problem
    with pytest.raises(AirflowFailException, match="time_zone: is 'Mars/Olympus'"):
        broken.task_dict["preflight"].execute({})
    assert (broken.schedule, broken.params.dump(), broken.doc_md) == (good.schedule, good.params.dump(), good.doc_md)


def test_organizations_are_read_beside_the_file_that_asks(tmp_path):
    """A thin file gives its own path, wherever the DAG folder is."""
    (tmp_path / "organizations.yaml").write_text("organizations: {one: {}, two: {}}", encoding="utf-8")

    found = each_organization(stripe_to_upflow_sync, beside=str(tmp_path / "thin.py"))

    assert list(found) == ["stripe_to_upflow_sync.one", "stripe_to_upflow_sync.two"]
    assert [dag.dag_id for dag in found.values()] == list(found)


def test_without_the_file_a_dag_says_so(tmp_path):
    """It has the name that users look for."""
    found = each_organization(stripe_to_upflow_sync, beside=tmp_path / "thin.py")

    assert list(found) == ["stripe_to_upflow_sync"]
    problem = found["stripe_to_upflow_sync"].task_dict["preflight"].problem
    assert problem == "organizations.yaml cannot be read: No such file or directory"


def tell(context):
    """Stand for a callback of a user's."""


@pytest.mark.parametrize("builder", BUILDERS)
def test_users_can_change_a_dag(builder):
    """What they give replaces ours; defaults of tasks are merged, tags are added, tasks and Params stay."""
    ours, theirs = (
        builder(EXPORTING),
        builder(
            EXPORTING,
            schedule="@daily",
            default_args={"owner": "treasury", "retry_delay": timedelta(hours=1), "on_failure_callback": tell},
            tags=["month-end"],
            max_active_tasks=2,
            on_failure_callback=tell,
            dag_display_name="Ours",
            start_date=None,
        ),
    )

    assert theirs.dag_id == ours.dag_id == builder.__name__
    assert theirs.schedule == "@daily"
    assert set(theirs.tags) == {*ours.tags, "month-end"}
    assert (theirs.max_active_tasks, theirs.on_failure_callback) == (2, tell)
    assert (theirs.dag_display_name, theirs.start_date) == ("Ours", None)
    assert (theirs.doc_md, theirs.max_active_runs) == (ours.doc_md, ours.max_active_runs)
    assert theirs.params.dump() == ours.params.dump()
    assert theirs.task_ids == ours.task_ids
    for task in theirs.tasks:
        assert (task.owner, task.retry_delay) == ("treasury", timedelta(hours=1))
        assert task.on_failure_callback == [tell]
        assert task.retries == ours.task_dict[task.task_id].retries
        assert (task.pool, task.trigger_rule) == (
            ours.task_dict[task.task_id].pool,
            ours.task_dict[task.task_id].trigger_rule,
        )


def test_options_reach_the_dags_of_all_organizations_and_what_is_wrong_is_told_by_the_users_callback(tmp_path):
    """A broken entry is for the same people to know."""
    (tmp_path / "organizations.yaml").write_text(f"organizations:\n{TWO_GOOD_ONE_BROKEN}", encoding="utf-8")

    found = each_organization(stripe_to_upflow_backfill, beside=tmp_path / "thin.py", on_failure_callback=tell)

    assert {dag_id: dag.on_failure_callback for dag_id, dag in found.items()} == {
        "stripe_to_upflow_backfill": tell,
        "stripe_to_upflow_backfill.acme": tell,
        "stripe_to_upflow_backfill.broken": tell,
    }


@pytest.mark.parametrize("builder", BUILDERS)
@pytest.mark.parametrize("option", [{"dag_id": "mine"}, {"params": {}}, {"render_template_as_native_obj": False}])
def test_what_the_tasks_rely_on_cannot_be_changed(builder, option):
    """Airflow shows the error as that of the DAG file."""
    with pytest.raises(TypeError, match=f"multiple values for keyword argument '{next(iter(option))}'"):
        builder(EXPORTING, **option)


def test_nothing_and_a_single_text_are_told_apart():
    """``None`` stands for our defaults; a text instead of a list of tags is refused."""
    entry = Entry(Organization())

    assert stripe_to_upflow_sync(entry, tags=None, default_args=None).tags == {"stripe", "upflow"}
    with pytest.raises(TypeError, match=r"tags must be several texts, such as \['billing'\]"):
        stripe_to_upflow_sync(entry, tags="billing")
