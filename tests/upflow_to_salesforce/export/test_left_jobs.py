"""Bulk jobs that a dead task left behind: they write nothing over what later runs have written."""

import pytest

from upflow_provider.errors import RetriableError
from upflow_provider.ledger.findings import SALESFORCE_JOB


class DeadError(Exception):
    """The task's process has died."""


@pytest.fixture
def scene(scene):
    """Export what customers owe, by jobs."""
    scene.configure(fields={"outstanding": "Outstanding__c"}, bulk_from=1)
    return scene


def die(scene, after=1):
    """Let the task die at one of its looks at the job, while that waits behind those of others."""
    looks = []

    def meanwhile():
        looks.append(1)
        if len(looks) == after:
            raise DeadError

    scene.salesforce.trouble.postponed = []
    scene.meanwhile = meanwhile
    with pytest.raises(DeadError):
        scene.export()
    scene.meanwhile = lambda: None
    waiting, scene.salesforce.trouble.postponed = scene.salesforce.trouble.postponed, None
    return waiting


def states(scene):
    """Return the states of the jobs that are there."""
    return [each["state"] for each in scene.http().get("/jobs/ingest")["records"]]


@pytest.mark.parametrize("bulk_from", [1, 2_000], ids=["next-by-job", "next-by-collections"])
def test_a_job_that_was_left_does_not_overwrite_what_the_next_run_writes(scene, bulk_from):
    """It is aborted before anything is read; then it has nothing to do any more, whenever its turn comes."""
    account = scene.customer("cus", owes=100)
    waiting = die(scene)
    scene.invoice("cus", 200)
    scene.configure(bulk_from=bulk_from)
    report = scene.export()
    for each in waiting:
        each()

    assert len(waiting) == 1
    assert (report.updated, scene.held(account, "Outstanding__c")) == (1, (3,))
    assert [values for _, values in scene.salesforce.updates] == [{"Outstanding__c": 3}]
    assert states(scene) == []
    assert not scene.ledger.findings.get(SALESFORCE_JOB)


def test_a_job_that_has_ended_meanwhile_is_only_cleared_away(scene):
    """What it wrote is read and compared."""
    account = scene.customer("cus", owes=100)
    [start] = die(scene)
    start()
    report = scene.export()

    assert (report.unchanged, scene.held(account, "Outstanding__c")) == (1, (1,))
    assert states(scene) == []


def test_a_job_that_salesforce_has_deleted_meanwhile_is_forgotten(scene):
    """After a week."""
    scene.customer("cus", owes=100)
    die(scene)
    scene.salesforce.trouble.refuse_requests(404, "NOT_FOUND", "no such job", path=r"/jobs/ingest/\w+$")

    assert scene.export().updated == 1
    assert not scene.ledger.findings.get(SALESFORCE_JOB)


def test_as_long_as_nobody_knows_what_a_job_will_do_nothing_is_written(scene):
    """The next run finds out."""
    account = scene.customer("cus", owes=100)
    die(scene)
    scene.salesforce.faults.add("status", path=r"/jobs/ingest/\w+$", status=503, times=None)
    with pytest.raises(RetriableError, match="503"):
        scene.export()
    scene.salesforce.faults.clear()

    assert scene.held(account, "Outstanding__c") == (None,)
    assert scene.ledger.findings.get(SALESFORCE_JOB)
    assert scene.export().updated == 1


def test_a_dry_run_leaves_the_job_alone(scene):
    """To abort it would be to write."""
    scene.customer("cus", owes=100)
    die(scene)
    scene.export(dry_run=True)

    assert states(scene) == ["UploadComplete"]
    assert scene.ledger.findings.get(SALESFORCE_JOB)


def test_a_run_that_ends_well_leaves_no_job(scene):
    """The next one looks at none."""
    scene.customer("cus", owes=100)
    scene.export()
    scene.forget()
    scene.export()

    assert scene.salesforce.calls["ingest_job"] == 0


def test_each_file_of_several_is_noted_in_turn(scene, monkeypatch):
    """The job that is under way is the one that is known."""
    noted = []
    keep = scene.ledger.findings.keep
    monkeypatch.setattr(scene.ledger.findings, "keep", lambda name, value: (noted.append(value), keep(name, value)))
    monkeypatch.setattr(
        "upflow_provider.clients.salesforce.bulk_jobs.SalesforceJobs.__init__.__kwdefaults__", {"upload_bytes": 60}
    )
    for each in ("a", "b"):
        scene.customer(each, owes=100)
    scene.export()

    assert [bool(each) for each in noted] == [True, False, True, False]
    assert len(set(noted)) == 3
