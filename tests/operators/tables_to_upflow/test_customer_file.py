"""The operator of customer files: what arrives in Upflow, what it leaves behind, and what it does not show."""

import csv
import json
import logging

import pytest
from airflow.sdk.exceptions import AirflowFailException

from upflow_provider.errors import RetriableError
from upflow_provider.hooks.upflow import UpflowHook
from upflow_provider.ledger.findings import FILE_IMPORT
from upflow_provider.operators.tables_to_upflow import UpflowCustomerFileOperator
from upflow_provider.settings import Organization
from upflow_provider.tables_to_upflow.customer_file.lease import LEASE

TEXT = "Customer name,Customer ID,Account manager\nAlder,C-1,\nBirch,C-2,nobody@example.com\n\n"
LENIENT = Organization(max_rejected=10)


@pytest.fixture
def do(context, connections, fake_upflow):
    """Return a function that runs the operator, and returns the report."""

    def run(*, text=None, **options):
        options = {"organization": LENIENT, **options}
        context["params"] = {"text": text}
        task = UpflowCustomerFileOperator(task_id="import", text_param="text" if text else "", **options)
        fake_upflow.requests.clear()
        return task.execute(context)

    return run


@pytest.fixture
def path(tmp_path):
    """Return the path of a file with a good line, a bad one and a blank one."""
    file = tmp_path / "customers.csv"
    file.write_text(TEXT, encoding="utf-8")
    return file


def writes(fake):
    """Return the writes that arrived: method and path."""
    return [(each.method, each.path) for each in fake.requests if each.method != "GET"]


def test_a_file_is_imported(do, path, fake_upflow):
    """The report counts lines and records."""
    report = do(path=str(path))

    assert [report[name] for name in ("read", "accepted", "rejected", "blank")] == [3, 1, 1, 1]
    assert (report["records"]["created"], report["name"], report["kind"]) == (1, "customers.csv", "customers")
    assert fake_upflow.answer("customers", "C-1")["name"] == "Alder"
    assert json.loads(json.dumps(report)) == report


def test_refused_lines_are_in_a_file_beside_it(do, path):
    """With the same columns and cells, and the reason."""
    report = do(path=str(path))

    assert report["error_file"] == str(path.with_name("customers.errors.csv"))
    with path.with_name("customers.errors.csv").open(encoding="utf-8-sig", newline="") as file:
        header, line = csv.reader(file)
    assert header == ["Customer name", "Customer ID", "Account manager", "reason"]
    assert line[:3] == ["Birch", "C-2", "nobody@example.com"]


def test_an_error_file_elsewhere(do, tmp_path, path):
    """Where it is wanted."""
    report = do(path=str(path), error_path=str(tmp_path / "elsewhere.csv"))

    assert report["error_file"] == str(tmp_path / "elsewhere.csv")
    assert "nobody@example.com" in (tmp_path / "elsewhere.csv").read_text("utf-8")


def test_pasted_text_has_no_error_file_unless_it_is_wanted(do, tmp_path, caplog):
    """It may be personal data, which nobody would look for on a disk."""
    assert do(text=TEXT)["error_file"] == ""
    assert "give an error_path" in caplog.text

    assert do(text=TEXT, error_path=str(tmp_path / "errors.csv"))["error_file"] == str(tmp_path / "errors.csv")


def test_an_error_file_that_cannot_be_written_is_told(do, path, tmp_path, caplog):
    """The import is done all the same."""
    report = do(path=str(path), error_path=str(tmp_path))

    assert (report["error_file"], report["accepted"]) == ("", 1)
    assert "cannot be written" in caplog.text


def test_pasted_text_is_shown_nowhere(do, context, caplog):
    """Not in rendered fields, logs, reports or XComs."""
    caplog.set_level(logging.DEBUG)
    report = do(text="Customer name,Customer ID,Account manager\nSecret Person,S-1,Secret@example.com\nHidden,S-2,\n")

    told = f"{report} {context['ti'].pushed} {caplog.text}"
    assert report["rejected"] == 1
    assert not any(each in told for each in ("Secret", "Hidden"))
    assert "text" not in UpflowCustomerFileOperator.template_fields


def test_too_many_refused_lines_fail_the_task_in_the_end(do, path, context, fake_upflow):
    """After all work is done, and with its report; the message says where the lines are."""
    with pytest.raises(AirflowFailException, match=r"1 of 3 lines is refused .*customers\.errors\.csv"):
        do(path=str(path), organization=Organization())

    assert fake_upflow.answer("customers", "C-1")
    assert context["ti"].pushed["report"]["rejected"] == 1


def test_nothing_is_imported_if_that_is_wanted(do, path, fake_upflow):
    """A bad line keeps all others out, and the error file says which."""
    with pytest.raises(AirflowFailException, match="nothing was imported"):
        do(path=str(path), on_error="nothing")

    assert writes(fake_upflow) == []
    assert path.with_name("customers.errors.csv").exists()


def test_the_history_of_imports(do, path, caplog, connections):
    """In the ledger and as a table in the log; the same file twice says so."""
    caplog.set_level(logging.INFO)
    assert do(path=str(path))["earlier"] == ""
    caplog.clear()

    assert do(path=str(path))["earlier"]

    assert "this file was imported before" in caplog.text
    assert "SHA-256" in caplog.text
    (second, first) = UpflowHook().open_ledger("default").files.latest()
    assert (first.name, first.kind, first.sha256) == ("customers.csv", "customers", second.sha256)
    assert (first.counts["read"], first.counts["created"], second.counts["unchanged"]) == (3, 1, 1)
    assert first.counts["errors"].keys() == {"line-3"}


def test_a_dry_run_leaves_nothing_but_its_error_file(do, path, fake_upflow):
    """No write, and no entry in the history."""
    report = do(path=str(path), is_dry_run=True)

    assert (report["records"]["dry_run"], report["records"]["created"], writes(fake_upflow)) == (True, 1, [])
    assert UpflowHook().open_ledger("default").files.latest() == []


def test_what_a_file_may_change_is_set_for_the_organization(do, path):
    """An error of the file, before anything is written."""
    organization = Organization.model_validate({"customer_file": {"source_system": "salesforce_native"}})

    with pytest.raises(AirflowFailException, match="'Account manager' cannot be imported"):
        do(path=str(path), organization=organization)


def test_declared_custom_fields_are_synced_ones(do, tmp_path, fake_upflow):
    """What Stripe fills cannot be changed by a file."""
    file = tmp_path / "file.csv"
    file.write_text("Customer name,Customer ID,Segment\nAlder,C-1,x\n")
    fields = {"customers": [{"metadata": "segment", "field": "Segment"}]}
    fake_upflow.store.put(
        "custom_fields",
        {"name": "Segment", "entityType": "CUSTOMER", "dataType": "TEXT", "externalId": None, "options": []},
    )

    with pytest.raises(AirflowFailException, match="'Segment' cannot be imported: synced custom fields"):
        do(path=str(file), organization=Organization.model_validate({"custom_fields": fields}))


def test_the_log_says_how_the_file_was_understood(do, tmp_path, caplog):
    """Of Windows-1252, which never fails, it shows the letters that people can check, but no text."""
    caplog.set_level(logging.INFO)
    file = tmp_path / "file.csv"
    file.write_bytes("Customer name;Customer ID\nÉrable;C-1\n".encode("cp1252"))

    do(path=str(file))

    assert "the file is Windows-1252, with ';' between cells; columns: 'Customer name', 'Customer ID'" in caplog.text
    assert "check that these are letters of the file: É" in caplog.text
    assert "Érable" not in caplog.text


@pytest.mark.parametrize(
    ("given", "setting", "clears"),
    [("", True, True), (None, False, False), (False, True, False), ("False", True, False), ("true", False, True)],
)
def test_an_empty_cell_clears_only_if_that_is_meant(do, fake_upflow, given, setting, clears):
    """The argument comes before the setting, also as the text that a template may make of it."""
    do(text="Customer name,Customer ID,VAT number\nAlder,C-1,FR1\n")
    organization = Organization.model_validate({"customer_file": {"clear_empty": setting}})

    do(text="Customer name,Customer ID,VAT number\nAlder,C-1,\n", clear_empty=given, organization=organization)

    assert (fake_upflow.answer("customers", "C-1")["vatNumber"] == "") is clears


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({}, "neither a path nor a text is given"),
        ({"path": "x.csv", "text": TEXT}, "both a path and a text are given"),
        ({"path": "/nowhere/x.csv"}, "there is no file '/nowhere/x.csv'"),
        ({"text": TEXT, "kind": "invoices"}, "kind must be one of customers, contacts, assignments, payments"),
        ({"text": TEXT, "clear_empty": "perhaps"}, "clear_empty is neither true nor false"),
        ({"text": TEXT, "on_error": "all"}, "on_error must be one of good_lines, nothing"),
        ({"text": "Customer ID\nC-1\n"}, "must have the column 'Customer name'"),
        ({"text": TEXT, "encoding": "utf-99"}, "utf-99"),
        ({"text": TEXT, "separator": "||"}, "separator"),
    ],
)
def test_wrong_arguments_are_refused_in_words(do, options, problem):
    """With the remedy."""
    with pytest.raises(AirflowFailException, match=problem):
        do(**options)


def test_a_killed_task_gives_back_what_it_has_claimed(do, path, context):
    """Before there is anything to give back, and after."""
    task = UpflowCustomerFileOperator(task_id="import", path=str(path), organization=LENIENT)
    task.on_kill()
    task.execute(context)
    task.on_kill()

    ledger = UpflowHook().open_ledger("default")
    assert not any(state.claim_process for state in ledger.records("file:customers", ["C-1"]).values())


def test_a_second_file_waits_for_the_first(do, path, fake_upflow):
    """Each would compare with what Upflow had before the other, and its changes would be lost."""
    ledger = UpflowHook().open_ledger("default")
    now = ledger.clock.now()
    assert ledger.findings.reserve(FILE_IMPORT, "other", now=now, until=now + LEASE)

    with pytest.raises(RetriableError, match="another file is being imported"):
        do(path=str(path))
    assert writes(fake_upflow) == []
    assert do(path=str(path), is_dry_run=True)["accepted"] == 1

    ledger.findings.release(FILE_IMPORT)
    assert do(path=str(path))["accepted"] == 1
    assert ledger.findings.get(FILE_IMPORT) == ""
