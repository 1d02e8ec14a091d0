"""Requests about single records: the trouble of one is its own, and no two about one customer overlap."""

import threading

import pytest
import requests

from tests.testing.upflow.plain import Api
from upflow_provider.clients.upflow.client import external
from upflow_provider.errors import RecordError, RetriableError, UnservedError
from upflow_provider.ledger import Owner
from upflow_provider.runs.sync_report import SyncReport
from upflow_provider.tables_to_upflow import record_requests
from upflow_provider.tables_to_upflow.record_requests import DocumentCustomers, RecordRequests


@pytest.fixture
def api(bridge):
    """Return plain requests to an Upflow with one customer."""
    with requests.Session() as session:
        api = Api(bridge.upflow, session)
        api.customer("C-1")
        yield api


def raising(error):
    """Return work that raises an error."""

    def work():
        raise error

    return work


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (RecordError("C-1: is wrong"), "C-1: is wrong"),
        (ZeroDivisionError("Ada"), "ZeroDivisionError at"),
        (UnservedError("503"), "the record is tried again"),
    ],
)
def test_what_one_record_raises_rejects_it(bridge, error, reason):
    """The work on it is over; no personal data of an unexpected error is in the reason."""
    report = SyncReport()
    with RecordRequests(bridge.ledger, "me") as records:
        assert records.attempted("C-1", report, raising(error)) is None
        assert records.attempted("C-2", report, lambda: "done") == "done"

    assert report.rejected == 1
    assert reason in report.examples["C-1"]
    assert "Ada" not in str(report.examples)


def test_an_outage_stops_the_task(bridge):
    """If Upflow serves nothing for three records in a row, the others are not rejected one by one."""
    report = SyncReport()
    with RecordRequests(bridge.ledger, "me") as records:
        for name in ("C-1", "C-2"):
            records.attempted(name, report, raising(UnservedError("503")))
        with pytest.raises(UnservedError):
            records.attempted("C-3", report, raising(UnservedError("503")))

    assert report.rejected == 2


def test_requests_of_two_tasks_about_one_customer_do_not_overlap(bridge, api):
    """However many tasks there are: each waits for its turn."""
    bridge.upflow.faults.latency_s = (0.01, 0.02)
    pause = threading.Event()

    def update(owner):
        with RecordRequests(bridge.ledger, owner, sleep=lambda _: pause.wait(0.005)) as records:
            client = bridge.client()
            for name in ("a", "b", "c"):
                records.in_turn(
                    "C-1",
                    lambda begin, name=name: client.update_customer(external("C-1"), {"name": name}, before_send=begin),
                )

    tasks = [threading.Thread(target=update, args=[f"task {number}"]) for number in range(3)]
    for task in tasks:
        task.start()
    for task in tasks:
        task.join()

    assert len(bridge.upflow.requests.matching("PUT")) == 9
    assert bridge.upflow.requests.peak_concurrency_per_customer()["C-1"] == 1


def test_a_customer_that_stays_busy_ends_the_try(bridge, monkeypatch):
    """Airflow retries the task later; nothing was sent."""
    monkeypatch.setattr(record_requests, "TRIES_MAX", 2)
    assert bridge.ledger.turns.take("C-1", Owner("another task"))
    waits = []
    with pytest.raises(RetriableError, match="for longer than any turn lasts"):
        RecordRequests(bridge.ledger, "me", sleep=waits.append).in_turn("C-1", lambda begin: begin(False))  # noqa: FBT003 - as `BeforeSend`

    assert waits == [2.0, 2.0]


@pytest.mark.parametrize("is_same_task", [True, False])
def test_a_task_that_fails_or_dies_keeps_no_turn(bridge, is_same_task):
    """A failed try gives its turns back; those that a killed try has left are free for its retry only."""
    if is_same_task:
        assert bridge.ledger.turns.take("C-1", Owner("me"))
    else:
        records = RecordRequests(bridge.ledger, "me")
        bridge.ledger.turns.take("C-1", records.owner)
        records.__exit__(None, KeyboardInterrupt(), None)
    with RecordRequests(bridge.ledger, "me"):
        assert bridge.ledger.turns.take("C-1", Owner("another task"))


def test_the_customer_of_a_document_is_known_by_its_external_id(bridge, api):
    """An invoice shows Upflow's id of it only, which is looked up once; a payment shows both."""
    for name in ("IN-1", "IN-2"):
        api.invoice(name, "C-1")
    api.payment("P-1", "C-1")
    client = bridge.client()
    customers = DocumentCustomers(client)
    bridge.upflow.requests.clear()
    shown = [client.get("invoices", external(each)) for each in ("IN-1", "IN-2")]
    shown.append(client.get("payments", external("P-1")))

    assert [customers.of(each) for each in shown] == ["C-1"] * 3
    assert len(bridge.upflow.requests) == 4
    with pytest.raises(RecordError, match="does not show whose document it is"):
        customers.of({"id": "1"})


def test_a_customer_that_nobody_imports_has_its_upflow_id(bridge, api):
    """It was made in the app, so that no other task sends requests about it."""
    api.invoice("IN-1", "C-1")
    bridge.upflow.people.edit("customers", "C-1", externalId=None)
    invoice = bridge.client().get("invoices", external("IN-1"))

    assert DocumentCustomers(bridge.client()).of(invoice) == invoice["customerId"]
