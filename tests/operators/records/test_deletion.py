"""The operator that deletes records."""

from functools import partial

import pytest
from airflow.sdk.exceptions import AirflowFailException

from upflow_provider.errors import RetriableError
from upflow_provider.ledger import Owner
from upflow_provider.operators.records import UpflowDeleteOperator
from upflow_provider.settings import Organization
from upflow_provider.tables_to_upflow import record_requests

ALLOWED = Organization(max_rejected=9)


def delete(desk, collection, *external_ids, **options):
    """Delete records, and return the report."""
    return desk.run(UpflowDeleteOperator, collection=collection, external_ids=list(external_ids), **options)


def test_records_are_deleted_and_named_first(desk, caplog):
    """The log says which before the first is deleted; the report is returned, pushed and kept, with counts only."""
    caplog.set_level("INFO")
    for name in ("IN-1", "IN-2", "IN-3"):
        desk.api.invoice(name, "C-1")
    report = delete(desk, "invoices", "IN-1", "IN-3", "IN-3", "IN-9")
    said = caplog.messages

    assert (report["read"], report["removed"], report["unchanged"], report["rejected"]) == (3, 2, 1, 0)
    assert desk.external_ids("invoices") == {"IN-2"}
    assert [path for _, path in desk.writes()] == ["/v1/invoices/external:IN-1", "/v1/invoices/external:IN-3"]
    assert said[1:4] == [
        "not in Upflow: IN-9",
        "invoices: 2 records to be deleted, 1 not in Upflow, 0 refused",
        "to be deleted: IN-1, IN-3",
    ]
    assert desk.context["ti"].pushed["report"] == report
    assert [each.counts for each in desk.ledger.reports("deletion")] == [report]


@pytest.mark.parametrize("test_mode", [True, False])
def test_a_dry_run_ends_with_the_list(desk, caplog, set_connection, test_mode):
    """So does test mode: nothing is written, and the plan says how many would be deleted."""
    caplog.set_level("INFO")
    desk.api.invoice("IN-1", "C-1")
    if test_mode:
        desk.test_mode(set_connection)
    report = delete(desk, "invoices", "IN-1", is_dry_run=not test_mode)

    assert (report["dry_run"], report["removed"], report["writes"], desk.writes()) == (True, 1, 1, [])
    assert "to be deleted: IN-1" in caplog.messages
    assert "1 would be removed" in caplog.text


def test_only_empty_customers_are_deleted(desk):
    """Whatever Upflow would do with others: one that has documents, even paid ones, is not asked to be deleted."""
    desk.api.invoice("IN-1", "C-1")
    desk.api.payment("P-1", "C-1")
    desk.api.payment("P-2", "C-2")
    desk.api.customer("C-3")
    report = delete(desk, "customers", "C-1", "C-2", "C-3", organization=ALLOWED)

    assert report["examples"] == {
        "C-1": "C-1: the customer has 2 documents in Upflow; delete those first",
        "C-2": "C-2: the customer has 1 document in Upflow; delete those first",
    }
    assert desk.writes() == [("DELETE", "/v1/customers/external:C-3")]
    assert desk.external_ids("customers") == {"C-1", "C-2"}


def test_a_customer_is_not_taken_for_empty_if_upflow_does_not_show_whose_documents_are(desk):
    """One document that names no customer could be anybody's."""
    desk.upflow.behaviour.answered_fields = {"payments": {"items": [{"id": "1", "customer": None}], "total": 1}}
    report = delete(desk, "customers", "C-2", organization=ALLOWED)

    assert report["examples"] == {
        "C-2": "C-2: the customer may have documents: Upflow lists 1 document without a customer"
    }
    assert desk.writes() == []


def test_the_task_fails_if_more_is_rejected_than_allowed(desk):
    """After it has done all else; the report is pushed nevertheless."""
    desk.api.invoice("IN-1", "C-1")
    with pytest.raises(AirflowFailException, match=r"1 of 2 records were rejected \(0 allowed\)"):
        delete(desk, "customers", "C-1", "C-2")

    assert desk.external_ids("customers") == {"C-1"}
    assert desk.context["ti"].pushed["report"]["rejected"] == 1


def test_a_retry_deletes_the_rest(desk):
    """What an earlier try has deleted counts as unchanged."""
    for name in ("IN-1", "IN-2"):
        desk.api.invoice(name, "C-1")
    desk.upflow.faults.add("status", method="DELETE", path="IN-2", status=401)
    with pytest.raises(AirflowFailException):
        delete(desk, "invoices", "IN-1", "IN-2")
    kept = desk.ledger.reports("deletion")[0].counts
    report = delete(desk, "invoices", "IN-1", "IN-2")

    assert kept["removed"] == 1
    assert (report["removed"], report["unchanged"]) == (1, 1)
    assert desk.external_ids("invoices") == set()


def test_ids_that_may_name_somebody_show_as_hashes(desk, caplog):
    """In the log, the report and the error."""
    caplog.set_level("DEBUG")
    for name in ("ada@alder.example", "ben@birch.example"):
        desk.api.customer(name)
    desk.api.invoice("IN-1", "ben@birch.example")
    with pytest.raises(AirflowFailException) as failed:
        delete(desk, "customers", "ada@alder.example", "ben@birch.example", "cleo@cedar.example")

    assert desk.external_ids("customers") == {"C-1", "C-2", "ben@birch.example"}
    assert "@" not in caplog.text + str(failed.value) + str(desk.context["ti"].pushed)


def test_it_waits_for_the_turn_of_the_customer(desk, monkeypatch):
    """Another task sends requests about the customer of the invoice: the request is sent only when it has ended."""
    desk.api.invoice("IN-1", "C-1")
    ledger, other = desk.ledger, Owner("another task")
    assert ledger.turns.take("C-1", other)
    seen = []

    def wait(_):
        seen.append(desk.writes())
        ledger.turns.end("C-1", other)

    usual = record_requests.RecordRequests
    monkeypatch.setattr(record_requests, "RecordRequests", partial(usual, sleep=wait))
    report = delete(desk, "invoices", "IN-1")

    assert (seen, report["removed"]) == ([[]], 1)
    assert ledger.turns.take("C-1", other)


def test_a_killed_task_sends_nothing_more(desk):
    """Airflow calls `on_kill`; turns are given back, and the retry does the rest."""
    for name in ("IN-1", "IN-2"):
        desk.api.invoice(name, "C-1")
    operator = UpflowDeleteOperator(task_id="task", collection="invoices", external_ids=["IN-1", "IN-2"])
    original = desk.upflow.store.remove

    def remove(*arguments):
        operator.on_kill()
        original(*arguments)

    desk.upflow.store.remove = remove
    with pytest.raises(RetriableError, match="not sent, because the task is being stopped"):
        operator.execute(desk.context)

    assert desk.external_ids("invoices") == {"IN-2"}
    assert desk.ledger.turns.take("C-1", Owner("another task"))


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("['IN-1']", "external_ids is text that is no JSON; pass the output of a task itself"),
        ("7", "external_ids must be a list of external ids, not int"),
        ({"IN-1": None}, "external_ids must be a list of external ids, not dict"),
        (["IN-1", ""], "external_ids, entry 2: an external id must be one line of text"),
        ([" IN-1"], "external_ids, entry 1: an external id must be one line of text without outer blanks"),
        ([True], "external_ids, entry 1"),
    ],
)
def test_what_is_no_list_of_ids_is_refused(desk, given, says):
    """Before anything is deleted."""
    desk.api.invoice("IN-1", "C-1")
    with pytest.raises(AirflowFailException, match=says):
        desk.run(UpflowDeleteOperator, collection="invoices", external_ids=given)

    assert desk.external_ids("invoices") == {"IN-1"}


def test_ids_may_be_numbers_or_json(desk):
    """As databases have them, and as a template without native objects renders a list that is JSON."""
    for name in ("17", "18"):
        desk.api.invoice(name, "C-1")

    assert desk.run(UpflowDeleteOperator, collection="invoices", external_ids=[17])["removed"] == 1
    assert desk.run(UpflowDeleteOperator, collection="invoices", external_ids='["18"]')["removed"] == 1


def test_a_collection_that_does_not_exist_is_refused_when_the_dag_is_parsed():
    """The message has those that do."""
    with pytest.raises(ValueError, match="collection must be one of customers, invoices"):
        UpflowDeleteOperator(task_id="task", collection="contacts", external_ids=[])
