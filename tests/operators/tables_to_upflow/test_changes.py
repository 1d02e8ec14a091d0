"""What changes in a source between two imports: it changes in Upflow, and nothing else does."""

import pytest
from airflow.sdk.exceptions import AirflowFailException

from tests.operators.tables_to_upflow.test_files import TABLES
from upflow_provider.operators.tables_to_upflow import UpflowImportOperator
from upflow_provider.settings import Organization

[CUSTOMER] = TABLES["customers"]
[INVOICE] = TABLES["invoices"]


@pytest.fixture(params=["inline", "reconcile"])
def load(connections, context, request):
    """Return a function that imports one record; documents are linked by either method."""

    def load(collection, *records, source="erp", **options):
        context["ti"].task_id = collection
        organization = Organization(max_rejected=9, links=getattr(request, "param", "inline"))
        options = {"amounts": "major", "organization": organization, **options}
        task = UpflowImportOperator(
            task_id=collection, collection=collection, source=source, records=records, **options
        )
        return task.execute(context)

    return load


@pytest.mark.parametrize("empty", [None, "", {}, []])
@pytest.mark.parametrize(
    ("collection", "field"),
    [("payments", "linkedInvoices"), ("credit_notes", "linkedInvoices"), ("refunds", "linkedPayments")],
)
def test_links_that_the_source_no_longer_has_go(load, fake_upflow, collection, field, empty):
    """Otherwise an invoice would count as paid for ever."""
    for name, records in TABLES.items():
        load(name, *records)
    [record] = TABLES[collection]
    before = fake_upflow.answer("invoices", "I-1")["amountOutstanding"]
    report = load(collection, {**record, field: empty})

    shown = fake_upflow.answer(collection, record["externalId"])
    assert (before, report["updated"]) == (0, 1)
    assert not shown.get(field) and not shown.get("linkedTransactions")  # noqa: PT018 - one or the other
    assert load(collection, {**record, field: empty})["writes"] == 0


def test_links_that_people_made_stay_if_the_table_has_no_column_for_them(load, fake_upflow):
    """Such as those of a journal entry."""
    for name in ("customers", "invoices", "payments"):
        load(name, *TABLES[name])
    alone = {name: value for name, value in TABLES["payments"][0].items() if name != "linkedInvoices"}
    load("payments", {**alone, "validatedAt": "2026-01-21"})

    assert len(fake_upflow.answer("payments", "P-1")["linkedInvoices"]) == 1


def emails(fake_upflow, customer="C-1"):
    """Return the addresses of a customer's contacts."""
    return sorted(each["email"] for each in fake_upflow.answer("customers", customer)["contacts"])


def test_one_unusable_address_leaves_the_others(load, fake_upflow, caplog):
    """It is logged; a cell from which nothing can be read leaves all contacts as they are."""
    load("customers", {**CUSTOMER, "contacts": "ann@example.com, bo@example.com"})
    load("customers", {**CUSTOMER, "contacts": "ann@example.com, bo@example.com, tbd"})
    assert emails(fake_upflow) == ["ann@example.com", "bo@example.com"]
    assert "1 row with cells that are left out: C-1: contacts: address 3 is left out: not an e-mail" in caplog.text

    load("customers", {**CUSTOMER, "contacts": "tbd"})
    load("customers", {**CUSTOMER, "contacts": "[{"})
    assert emails(fake_upflow) == ["ann@example.com", "bo@example.com"]
    load("customers", {**CUSTOMER, "contacts": ""})
    assert emails(fake_upflow) == []


def test_what_a_table_has_no_column_for_stays(load, fake_upflow):
    """Contacts and a parent of an earlier import; an empty cell removes them."""
    fake_upflow.behaviour.null_parent = "clears"
    load("customers", {"externalId": "C-0", "name": "Top"}, {**CUSTOMER, "parent": "C-0"})
    load("customers", {"externalId": "C-1", "name": "Alder Ltd"})
    assert emails(fake_upflow) == ["ann@example.com"]
    assert fake_upflow.answer("customers", "C-1")["parent"]["externalId"] == "C-0"

    load("customers", {"externalId": "C-1", "name": "Alder Ltd", "parent": "", "contacts": None})
    assert emails(fake_upflow) == []
    assert fake_upflow.answer("customers", "C-1")["parent"] is None


@pytest.mark.parametrize("app_contacts", ["kept", "removed"])
def test_contacts_of_others_survive_the_first_import(load, fake_upflow, app_contacts):
    """Those that people made, and those of another source: Upflow is asked before contacts are listed."""
    fake_upflow.behaviour.app_contacts = app_contacts
    load("customers", {"externalId": "C-1", "name": "Alder"}, source="billing")
    fake_upflow.add_app_contact("C-1", email="hand@example.com")
    load("customers", CUSTOMER)

    assert emails(fake_upflow) == ["ann@example.com", "hand@example.com"]


def test_an_empty_cell_clears_a_title(load, fake_upflow):
    """As it clears a town."""
    load("customers", CUSTOMER)
    load("invoices", {**INVOICE, "name": "PO 7"})
    load("invoices", {**INVOICE, "name": ""})

    assert not fake_upflow.answer("invoices", "I-1")["name"]


def test_rows_that_differ_are_all_rejected_even_if_one_has_a_parent(load, fake_upflow):
    """They are about one customer, wherever they stand."""
    report = load("customers", CUSTOMER, {**CUSTOMER, "parent": "C-0"})

    assert (report["created"], report["rejected"]) == (0, 2)
    assert not fake_upflow.store.customers


def test_rows_are_identical_whatever_the_order_of_their_keys(load):
    """Such as those of JSON."""
    report = load("customers", CUSTOMER, dict(reversed(CUSTOMER.items())))

    assert (report["created"], report["skipped"], report["rejected"]) == (1, 1, 0)


@pytest.mark.parametrize("read_at", ["2036-01-01T00:00:00Z", "yesterday"])
def test_an_instant_that_cannot_be_is_refused(load, read_at):
    """One that lies ahead would hide all changes until then."""
    with pytest.raises(AirflowFailException, match=f"read_at '{read_at}'"):
        load("customers", CUSTOMER, read_at=read_at)


def test_an_older_read_never_wins(load, fake_upflow):
    """Whichever comes first."""
    load("customers", {**CUSTOMER, "name": "New"}, read_at="2026-01-02T00:00:00Z")
    load("customers", {**CUSTOMER, "name": "Old"}, read_at="2026-01-01T00:00:00Z")

    assert fake_upflow.answer("customers", "C-1")["name"] == "New"
