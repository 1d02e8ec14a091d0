"""The command line: ``python -m upflow_provider salesforce-metadata``."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import requests

from tests.docs.airflow_commands import run_airflow
from upflow_provider.__main__ import main

SOAP = "{http://soap.sforce.com/2006/04/metadata}"
FIELDS = "force-app/main/default/objects/Account/fields"
PERMISSION_SET = "force-app/main/default/permissionsets/Upflow_Export.permissionset-meta.xml"
PROJECT = "sfdx-project.json"
NONE = {"upflow_conn_id": "upflow_none", "stripe_conn_id": "stripe_none"}
"""Settings of an organization without an export."""


@pytest.fixture
def configured(fake_upflow, monkeypatch, new_ledger_file, tmp_path):
    """Return a function that runs the command for an organization with these settings, and returns its status."""
    monkeypatch.setenv("AIRFLOW_CONN_UPFLOW_LEDGER", json.dumps({"conn_type": "sqlite", "host": new_ledger_file()}))
    connection = {"host": fake_upflow.base_url, "login": fake_upflow.api_key, "password": fake_upflow.api_secret}
    monkeypatch.setenv("AIRFLOW_CONN_UPFLOW_TEST", json.dumps({"conn_type": "upflow", **connection}))

    def run(*options, organization="default", **settings):
        salesforce = {"match": {"salesforce": "Billing_Id__c"}, **settings}
        entry = {"upflow_conn_id": "upflow_test", "salesforce": salesforce}
        file = tmp_path / "organizations.yaml"
        file.write_text(json.dumps({"organizations": {"default": entry, "none": NONE}}), encoding="utf-8")
        told = ["--organizations", str(file), "--organization", organization, "--to", str(tmp_path / "project")]
        return main(["salesforce-metadata", *told, *options])

    return run


def define(upflow, name, kind, *labels):
    """Define a custom field in the fake Upflow, and let a customer hold each of its options."""
    session = requests.Session()
    session.headers.update({"X-Api-Key": upflow.api_key, "X-Api-Secret": upflow.api_secret})
    body = {"name": name, "entityType": "CUSTOMER", "dataType": kind}
    made = session.post(f"{upflow.base_url}/custom_fields", json=body, timeout=10).json()
    for label in labels:
        held = [{"id": made["id"], "value": {"label": label}}]
        customer = {"externalId": label, "name": label, "customFields": held}
        session.post(f"{upflow.base_url}/customers", json=customer, timeout=10).raise_for_status()


def test_the_command_writes_what_upflow_knows(configured, fake_upflow, tmp_path, capsys):
    """Custom fields are looked up in Upflow, which is only read; what was written is told."""
    define(fake_upflow, "Tier", "SELECT", "Gold", "R&D")
    writes = [each.method for each in fake_upflow.requests].count("POST")

    assert configured(fields={"due": "Due__c"}, custom_fields={"Tier": "Tier__c"}) == 0

    folder = tmp_path / "project"
    written = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    names = ["Billing_Id__c", "Due__c", "Tier__c"]
    assert written == [*(f"{FIELDS}/{name}.field-meta.xml" for name in names), PERMISSION_SET, PROJECT]
    tier = ET.parse(folder / f"{FIELDS}/Tier__c.field-meta.xml").getroot()  # noqa: S314 - our own
    assert [each.text for each in tier.iterfind(f".//{SOAP}value/{SOAP}fullName")] == ["Gold", "R&D"]
    told = capsys.readouterr().out
    assert all(f"written    {folder / path}\n" in told for path in written)
    assert "note: Billing_Id__c: if the Accounts have this key already" in told
    assert [each.method for each in fake_upflow.requests].count("POST") == writes


def test_upflow_is_asked_only_where_custom_fields_are_wanted(configured, fake_upflow):
    """The files can be made before there is a key to Upflow's API."""
    assert configured(fields={"due": "Due__c"}) == 0

    assert list(fake_upflow.requests) == []


def test_running_it_again_changes_nothing(configured, tmp_path, capsys):
    """The same mapping yields the same files, byte by byte."""
    configured(fields={"due": "Due__c", "rating": "Rating__c"})
    before = {path: path.read_bytes() for path in tmp_path.rglob("project/**/*") if path.is_file()}
    capsys.readouterr()

    assert configured(fields={"rating": "Rating__c", "due": "Due__c"}) == 0

    assert {path: path.read_bytes() for path in tmp_path.rglob("project/**/*") if path.is_file()} == before
    told = capsys.readouterr().out.splitlines()
    assert [line for line in told if not line.startswith(("unchanged ", "note: "))] == []
    assert len(told) == len(before) + 1


def test_an_edited_field_is_left_alone_until_told_otherwise(configured, tmp_path, capsys):
    """What an administrator has changed is theirs; the permission set follows the mapping all the same."""
    configured(fields={"due": "Due__c"})
    edited = tmp_path / "project" / FIELDS / "Due__c.field-meta.xml"
    ours = edited.read_text(encoding="utf-8")
    edited.write_text("<mine/>", encoding="utf-8")
    capsys.readouterr()

    assert configured(fields={"due": "Due__c", "overdue": "Overdue__c"}) == 0
    assert edited.read_text(encoding="utf-8") == "<mine/>"
    assert f"left alone {edited}, which differs: --force overwrites it\n" in capsys.readouterr().out
    assert "Account.Overdue__c" in (tmp_path / "project" / PERMISSION_SET).read_text(encoding="utf-8")

    assert configured("--force", fields={"due": "Due__c", "overdue": "Overdue__c"}) == 0
    assert edited.read_text(encoding="utf-8") == ours


def test_a_project_that_is_there_stays_as_it_is(configured, tmp_path, capsys):
    """The folder may be a project of the administrator's: nothing overwrites its project file."""
    project = tmp_path / "project" / PROJECT
    project.parent.mkdir()
    project.write_text('{"packageDirectories": []}', encoding="utf-8")

    assert configured("--force", fields={"due": "Due__c"}) == 0

    assert project.read_text(encoding="utf-8") == '{"packageDirectories": []}'
    assert f"left alone {project}\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        pytest.param(
            {"organization": "other", "fields": {"due": "Due__c"}},
            "there is no organization 'other'",
            id="no-organization",
        ),
        pytest.param({"organization": "none"}, "has no salesforce settings", id="no-settings"),
        pytest.param(
            {"fields": {"colour": "X__c"}}, "must be a value that Upflow has; known names:", id="wrong-settings"
        ),
        pytest.param({"custom_fields": {"Shoe": "Shoe__c"}}, "no custom field of customers has this name", id="field"),
        pytest.param({"fields": {"due": "Billing_Id__c"}}, "give each a field of its own", id="two-uses"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_written(configured, tmp_path, capsys, settings, says):
    """One sentence on standard error, and a status that scripts understand."""
    assert configured(**settings) == 1

    assert says in capsys.readouterr().err
    assert not (tmp_path / "project").exists()


def test_a_connection_that_does_not_exist_is_told(configured, monkeypatch, capsys):
    """By its name, without a traceback."""
    monkeypatch.delenv("AIRFLOW_CONN_UPFLOW_TEST")

    assert configured(custom_fields={"Tier": "Tier__c"}) == 1

    assert "upflow_test" in capsys.readouterr().err


@pytest.mark.slow
def test_connections_of_airflows_database_are_found(fake_upflow, tmp_path):
    """As Airflow's own commands find them, which are no tasks either."""
    environment = {**os.environ, "AIRFLOW_HOME": str(tmp_path), "AIRFLOW__CORE__UNIT_TEST_MODE": "False"}
    define(fake_upflow, "Tier", "SELECT", "Gold")
    file = tmp_path / "organizations.yaml"
    salesforce = {"match": {"salesforce": "Id"}, "custom_fields": {"Tier": "Tier__c"}}
    file.write_text(json.dumps({"organizations": {"default": {"salesforce": salesforce}}}), encoding="utf-8")
    place = ["--conn-type", "upflow", "--conn-host", fake_upflow.base_url]
    secret = ["--conn-login", fake_upflow.api_key, "--conn-password", fake_upflow.api_secret]
    options = ["--organizations", str(file), "--to", str(tmp_path / "project")]

    add = ["airflow", "connections", "add", "upflow_default", *place, *secret]
    ended = run_airflow(["airflow db migrate", shlex.join(add)], environment)
    assert [each.errors[-1500:] for each in ended if each.status] == []
    command = [sys.executable, "-m", "upflow_provider", "salesforce-metadata", *options]
    done = subprocess.run(command, env=environment, check=False, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()[-1500:]
    assert Path(tmp_path, "project", FIELDS, "Tier__c.field-meta.xml").exists()
