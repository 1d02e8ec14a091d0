"""Imports of files that something interrupts, or that other tasks run beside."""

import pytest

from upflow_provider.clients.upflow.client import UpflowClient
from upflow_provider.errors import RetriableError
from upflow_provider.ledger import Owner

CUSTOMERS = 12
HEADER = "Customer name,Customer ID,VAT number,Contact email address,Main contact\n"
LINES = "".join(
    f"Customer {each},C-{each},FR{each},ann{each}@example.com,1\nCustomer {each},C-{each},,bob{each}@example.com,\n"
    for each in range(CUSTOMERS)
)


def has_all(files):
    """Return whether Upflow has every customer with both of its contacts, once."""
    contacts = [[each["email"] for each in files.shown(f"C-{number}")["contacts"]] for number in range(CUSTOMERS)]
    return all(
        sorted(each) == [f"ann{number}@example.com", f"bob{number}@example.com"] for number, each in enumerate(contacts)
    )


def test_requests_about_one_customer_never_overlap(files):
    """Also if several customers are written concurrently."""
    files.upflow.faults.latency_s = (0.001, 0.01)

    files.import_(HEADER + LINES, threads=5)

    assert has_all(files)
    assert set(files.upflow.requests.peak_concurrency_per_customer().values()) == {1}
    assert files.upflow.requests.peak_concurrency() > 1


@pytest.mark.parametrize("path", ["/customers$", "/contacts$"])
@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "status"])
def test_an_interrupted_import_is_repeated_without_harm(files, path, kind):
    """Whatever has arrived until then, nothing is doubled and nothing is missing."""
    files.upflow.faults.add(kind, method="POST", path=path, times=8, after=5)
    try:
        files.import_(HEADER + LINES, threads=1)
    except RetriableError:
        files.upflow.faults.clear()
        files.import_(HEADER + LINES, threads=1)
    files.upflow.faults.clear()
    files.import_(HEADER + LINES)

    assert has_all(files)
    assert files.import_(HEADER + LINES).records.unchanged == CUSTOMERS


def test_a_customer_whose_turn_another_task_has_waits(files):
    """The turn in the ledger is that of all tasks and flows."""
    files.customer("C-1", name="Alder")
    other = Owner("other")
    assert files.ledger.turns.take("C-1", other)
    waits = []

    def end_turn(seconds):
        waits.append(seconds)
        files.ledger.turns.end("C-1", other)

    files.sleep = end_turn
    files.import_("Customer name,Customer ID,VAT number\nAlder,C-1,FR1\n")

    assert waits
    assert files.shown("C-1")["vatNumber"] == "FR1"


def test_a_customer_that_is_deleted_meanwhile_is_refused(files):
    """Its line has the reason, and the others are imported."""
    files.customer("C-1", name="Alder")
    files.customer("C-2", name="Birch")

    def delete_one():
        if files.upflow.requests[-1].path == "/v1/customers":
            files.upflow.people.delete("customers", "C-1")

    files.upflow.on_page = delete_one

    report = files.import_("Customer name,Customer ID,VAT number\nAlder,C-1,FR1\nBirch,C-2,FR2\n")

    assert (report.accepted, report.rejected) == (1, 1)
    assert files.shown("C-2")["vatNumber"] == "FR2"


ADDRESS = {"address": "1 rue A", "zipcode": "01000", "city": "Bourg", "state": "", "country": "France"}


def without_address(records):
    """Return records as a vendor might show them in lists."""
    return [{name: value for name, value in each.items() if name != "address"} for each in records]


@pytest.fixture
def short_lists(files, monkeypatch):
    """Let lists of customers show no addresses, and Upflow have a customer with one."""
    listed = UpflowClient.list
    monkeypatch.setattr(UpflowClient, "list", lambda self, *names: iter(without_address(listed(self, *names))))
    return files.customer("C-1", name="Alder", address=ADDRESS)


PARTIAL = "Customer name,Customer ID,Town\nAlder,C-1,Lyon\n"


def test_the_rest_of_an_address_survives_although_lists_do_not_show_it(files, short_lists):
    """It is asked for."""
    files.import_(PARTIAL)

    assert files.shown("C-1")["address"] == {**ADDRESS, "city": "Lyon"}


def test_an_address_that_upflow_never_shows_is_not_overwritten_in_part(files, short_lists, monkeypatch):
    """All of its columns must be filled, then."""
    read = UpflowClient.get
    monkeypatch.setattr(UpflowClient, "get", lambda self, *names: without_address([read(self, *names)])[0])

    assert files.import_(PARTIAL).rejected == 1
    assert files.reasons() == ["Address: Upflow does not show it; fill all of its columns"]
    assert files.writes() == []


def test_a_customer_that_is_gone_before_its_address_is_asked_for(files, short_lists):
    """Its line is refused."""

    def delete_one():
        if files.upflow.requests[-1].path == "/v1/customers":
            files.upflow.people.delete("customers", "C-1")

    files.upflow.on_page = delete_one

    assert files.import_(PARTIAL).rejected == 1
    assert files.reasons() == ["the customer was deleted in Upflow meanwhile"]


def test_a_dry_run_of_a_group_that_is_new(files):
    """The parent of the same file counts as there."""
    report = files.import_("Customer name,Customer ID,Parent ID\nChild,C-2,C-1\nParent,C-1,\n", dry_run=True)

    assert (report.records.created, report.rejected, files.writes()) == (2, 0, [])


@pytest.mark.parametrize("edited", [{**ADDRESS, "zipcode": "01999"}, {**ADDRESS, "city": "Lyon"}])
def test_what_somebody_changes_of_an_address_meanwhile_survives(files, edited):
    """In a large file, hours are between the check and the write; the rest of the address is read right before."""
    files.customer("C-1", name="Alder", address=ADDRESS)
    listed = []

    def edit_once():
        if files.upflow.requests[-1].path == "/v1/customers" and not listed:
            listed.append(True)
            files.upflow.people.edit("customers", "C-1", address=edited)

    files.upflow.on_page = edit_once

    files.import_(PARTIAL)

    assert files.shown("C-1")["address"] == {**edited, "city": "Lyon"}
    assert len(files.writes()) == (edited["city"] != "Lyon")
