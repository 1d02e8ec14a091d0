"""Nothing personal leaves an export, whatever Upflow and Salesforce say."""

import json

import pytest

from tests.privacy.planted import PERSON, WRITINGS, said, traces


def plant(scene, number=1):
    """Make customers who are the person, with Accounts that lack a value; return the Ids of the Accounts."""
    accounts = [scene.customer(f"KD-{each}", owes=1200) for each in range(number)]
    for customer in scene.upflow.store.customers.values():
        customer["name"] = PERSON["name"]
    return accounts


def test_what_salesforce_says_about_records(scene, left):
    """The code and the field stay."""
    first, *others = plant(scene, len(WRITINGS) + 1)
    scene.salesforce.trouble.refuse_row(first, said("plain"), said("plain"), said("plain"))
    for account, writing in zip(others, WRITINGS, strict=True):
        scene.salesforce.trouble.refuse_row(account, "STRING_TOO_LONG", said(writing), "Outstanding__c")
    left.by(scene.export)
    text = left.everywhere()

    assert "STRING_TOO_LONG (Outstanding__c): name … is taken" in text
    assert traces(text) == []


@pytest.mark.parametrize("status", [200, 400, 401, 403, 410, 500])
def test_what_salesforce_says_about_requests(scene, left, status):
    """In its own form, and in that of somebody in between."""
    plant(scene)
    errors = json.dumps([{"errorCode": said("plain"), "message": said("cut"), "fields": [said("plain")]}])
    for path, body in (("composite", errors), ("query", errors), ("describe", said("plain"))):
        scene.salesforce.faults.add("status", path=path, status=status, body=body, times=None)
        left.by(scene.export)
        scene.salesforce.faults.clear()

    assert traces(left.everywhere()) == []


def test_what_salesforce_says_about_a_job(scene, left):
    """It has words of its own."""
    plant(scene, 3)
    scene.configure(bulk_from=1)
    scene.salesforce.trouble.fail_job(message=said("plain"))
    left.by(scene.export)
    text = left.everywhere()

    assert "the job is Failed: name … is taken" in text
    assert traces(text) == []


@pytest.mark.parametrize("status", [200, 400, 404, 500])
def test_what_upflow_says_to_the_export(scene, left, status):
    """Of lists, too."""
    plant(scene)
    for path in ("customers", "custom_fields"):
        body = json.dumps({"message": said("plain")})
        scene.upflow.faults.add("status", path=path, status=status, body=body, times=None)
        left.by(scene.export)
        scene.upflow.faults.clear()

    assert traces(left.everywhere()) == []
