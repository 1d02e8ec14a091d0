"""The operators that import records of any source: what arrives in Upflow, and what does not arrive again."""

import logging

import pytest
from airflow.sdk.exceptions import AirflowFailException

from upflow_provider.operators.tables_to_upflow import (
    UpflowImportCreditNotesOperator,
    UpflowImportCustomersOperator,
    UpflowImportInvoicesOperator,
    UpflowImportPaymentsOperator,
    UpflowImportRefundsOperator,
)
from upflow_provider.settings import Organization
from upflow_provider.testing.upflow.records import custom_fields
from upflow_provider.testing.upflow.records.schemas import CustomFieldCreate

CUSTOMER = {"externalId": "C-1", "name": "Alder", "city": "Paris", "contacts": "Ann Lee <ann@example.com>"}
INVOICE = {
    "externalId": "I-1",
    "customId": "2026-001",
    "customer": "C-1",
    "issuedAt": "2026-01-15",
    "dueDate": "2026-02-14",
    "currency": "EUR",
    "grossAmount": "120.00",
}
CREDIT_NOTE = {
    "externalId": "N-1",
    "customId": "CN-001",
    "customer": "C-1",
    "currency": "EUR",
    "grossAmount": "20.00",
    "linkedInvoices": {"I-1": "20.00"},
}
PAYMENT = {
    "externalId": "P-1",
    "customer": "C-1",
    "validatedAt": "2026-01-20",
    "currency": "EUR",
    "amount": "150.00",
    "instrument": "card",
    "linkedInvoices": '[{"externalId": "I-1", "amount": 100.00}]',
}
REFUND = {
    "externalId": "R-1",
    "customer": "C-1",
    "validatedAt": "2026-01-25",
    "currency": "EUR",
    "amount": "50.00",
    "linkedPayments": {"P-1": "50.00"},
}
MANY = Organization(max_rejected=100)


def do(context, operator, records, **options):
    """Import records and return the report."""
    options = {"amounts": "major", "organization": MANY, **options}
    if operator is UpflowImportCustomersOperator:
        del options["amounts"]
    task = operator(**{"task_id": "import", "source": "erp", "records": records, **options})
    context["ti"].task_id = task.collection
    return task.execute(context)


def load(context):
    """Import one record of each kind, and return what was written."""
    return [
        do(context, operator, [record])["writes"]
        for operator, record in (
            (UpflowImportCustomersOperator, CUSTOMER),
            (UpflowImportInvoicesOperator, INVOICE),
            (UpflowImportCreditNotesOperator, CREDIT_NOTE),
            (UpflowImportPaymentsOperator, PAYMENT),
            (UpflowImportRefundsOperator, REFUND),
        )
    ]


def test_one_record_of_each_kind_arrives_once(connections, context, fake_upflow):
    """The second time, nothing is written; all amounts are in minor units, and the books agree."""
    assert load(context) == [1, 1, 1, 1, 1]
    assert load(context) == [0, 0, 0, 0, 0]

    customer, invoice = fake_upflow.answer("customers", "C-1"), fake_upflow.answer("invoices", "I-1")
    assert (customer["name"], customer["address"]["city"]) == ("Alder", "Paris")
    assert [(each["email"], each["firstName"], each["isMain"]) for each in customer["contacts"]] == [
        ("ann@example.com", "Ann", True)
    ]
    assert (invoice["grossAmount"], invoice["netAmount"], invoice["amountOutstanding"]) == (12_000, 12_000, 0)
    assert fake_upflow.answer("payments", "P-1")["instrument"] == "CARD"
    assert fake_upflow.answer("refunds", "R-1")["amount"] == 5_000


def test_a_document_that_is_linked_to_a_customer_only_is_a_journal_entry(connections, context, fake_upflow):
    """A payment is one to the customer's credit, a refund one to its debit."""
    do(context, UpflowImportCustomersOperator, [CUSTOMER])
    do(context, UpflowImportPaymentsOperator, [{**PAYMENT, "linkedInvoices": None}])
    do(context, UpflowImportRefundsOperator, [{**REFUND, "linkedPayments": ""}])

    assert fake_upflow.answer("payments", "P-1")["linkedInvoices"] == []
    assert fake_upflow.answer("refunds", "R-1")["amountLinked"] == 0


def test_unusable_rows_are_rejected_with_every_problem_and_the_others_arrive(connections, context, fake_upflow, caplog):
    """Each is named by its id or its line, and its reasons show no value that may be personal data."""
    do(context, UpflowImportCustomersOperator, [CUSTOMER])
    bad = {**INVOICE, "externalId": "I-2", "dueDate": "14/02/2026", "grossAmount": "Ann Lee", "currency": "EUR"}
    unnamed = {**INVOICE, "externalId": " "}
    with caplog.at_level(logging.INFO):
        report = do(context, UpflowImportInvoicesOperator, [bad, unnamed, INVOICE])

    assert (report["read"], report["created"], report["rejected"]) == (3, 1, 2)
    assert report["examples"] == {
        "I-2": "I-2: line 1: dueDate: a value like '00/00/0000' must be a day as YYYY-MM-DD; grossAmount: this value "
        "must be a number with a dot before decimals, such as 1234.50",
        "line-2": "externalId: is required, and empty",
    }
    assert "rejected line 2 of erp:invoices: externalId: is required, and empty" in caplog.text
    assert "Ann Lee" not in caplog.text
    assert "ann@example.com" not in caplog.text


def test_nothing_is_imported_if_a_row_is_unusable_and_that_is_wanted(connections, context, fake_upflow):
    """The check of all rows comes before the first write."""
    records = [CUSTOMER, {"externalId": "C-2"}]
    with pytest.raises(AirflowFailException, match=r"1 of 2 rows are unusable .* name: is required, and missing"):
        do(context, UpflowImportCustomersOperator, records, on_error="nothing")

    assert not list(fake_upflow.requests.matching("POST"))


def test_rows_about_the_same_record_count_once_or_are_rejected(connections, context, fake_upflow):
    """Identical ones count once; of those that differ, nobody knows which is right."""
    other = {**CUSTOMER, "externalId": "C-2"}
    report = do(context, UpflowImportCustomersOperator, [CUSTOMER, other, CUSTOMER, {**other, "name": "Birch"}])

    assert (report["read"], report["created"], report["skipped"], report["rejected"]) == (4, 1, 1, 2)
    assert "lines 2, 4 say different things" in report["examples"]["C-2"]
    assert [each["externalId"] for each in fake_upflow.store.customers.values()] == ["C-1"]


def test_a_customer_below_a_child_comes_below_the_top_parent(connections, context, fake_upflow):
    """Whatever the order of the rows, and even if only Upflow knows who stands above."""
    known = {"externalId": "C-4", "name": "Known"}
    do(context, UpflowImportCustomersOperator, [{"externalId": "C-5", "name": "Top"}, {**known, "parent": "C-5"}])
    rows = [("C-3", "C-2"), ("C-2", "C-1"), ("C-1", ""), ("C-6", "C-4"), ("C-7", "C-8"), ("C-8", "C-7")]
    records = [{"externalId": name, "name": name, "parent": parent} for name, parent in rows]
    report = do(context, UpflowImportCustomersOperator, records)

    above = {
        name: (fake_upflow.answer("customers", name)["parent"] or {}).get("externalId")
        for name in ("C-1", "C-2", "C-3", "C-6")
    }
    assert above == {"C-1": None, "C-2": "C-1", "C-3": "C-1", "C-6": "C-5"}
    assert report["rejected"] == 2
    assert "the customer stands below itself" in report["examples"]["C-7"]


def test_a_record_whose_customer_upflow_lacks_is_rejected_until_it_is_there(connections, context, fake_upflow):
    """It says what to do; the next run imports it without further ado."""
    report = do(context, UpflowImportInvoicesOperator, [INVOICE])
    do(context, UpflowImportCustomersOperator, [CUSTOMER])

    assert report["examples"] == {"I-1": "I-1: customer C-1 is not in Upflow; import it first"}
    assert do(context, UpflowImportInvoicesOperator, [INVOICE])["created"] == 1


def test_records_of_other_sources_are_found_in_upflow(connections, context, fake_upflow):
    """An invoice may be that of a customer that Stripe, or somebody by hand, has brought."""
    do(context, UpflowImportCustomersOperator, [CUSTOMER], source="billing")

    assert do(context, UpflowImportInvoicesOperator, [INVOICE])["created"] == 1


def test_a_dry_run_counts_and_writes_nothing(connections, context, fake_upflow):
    """Records of earlier tasks of the run count as if they were there."""
    planned = [
        do(context, UpflowImportCustomersOperator, [CUSTOMER], is_dry_run=True),
        do(context, UpflowImportInvoicesOperator, [INVOICE], is_dry_run=True),
    ]

    assert [(each["writes"], each["rejected"]) for each in planned] == [(1, 0), (1, 0)]
    assert not list(fake_upflow.requests.matching("POST"))


def test_custom_fields_managers_and_workflows_are_named_by_their_names(connections, context, fake_upflow):
    """What cannot be used is left out and noted; it does not keep the customer out."""
    organization = fake_upflow.store.organization
    organization.users["user-1"] = {"id": "user-1", "email": "ann@upflow.example"}
    organization.dunning_plans["plan-1"] = {"id": "plan-1", "name": "Gentle "}
    tier = {"name": "Tier", "entityType": "CUSTOMER", "dataType": "TEXT"}
    custom_fields.define(fake_upflow.store, CustomFieldCreate.model_validate(tier))
    good = {"accountManager": "ann@upflow.example", "workflow": "Gentle ", "customFields.Tier": "Gold"}
    bad = {"accountManager": "Ann@Upflow.example", "workflow": "Gentle", "customFields": {"tier": "Gold"}}
    records = [{**CUSTOMER, **good}, {**CUSTOMER, "externalId": "C-2", **bad}]
    report = do(context, UpflowImportCustomersOperator, records)

    customer = fake_upflow.answer("customers", "C-1")
    assert (report["created"], report["noted"]) == (2, 1)
    assert (customer["accountManagerId"], customer["dunningPlanId"]) == ("user-1", "plan-1")
    assert [each["value"] for each in customer["customFields"]] == ["Gold"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"columns": {"No": "externalID"}}, "'No': invoices have no field 'externalID'; did you mean 'externalId'"),
        ({"columns": {"a": "name", "b": "name"}}, "'a' and 'b' both fill 'name'"),
        ({"amounts": None}, "say whether amounts are 'major' or 'minor'"),
        ({"source": "my erp"}, "source 'my erp' must consist of"),
    ],
)
def test_wrong_parameters_are_refused_when_the_dag_is_parsed(options, words):
    """Before there is any record."""
    with pytest.raises(ValueError, match=words):
        UpflowImportInvoicesOperator(**{"task_id": "i", "source": "erp", "records": [], "amounts": "major", **options})


def test_airflow_learns_only_how_many_records_a_task_was_given(context):
    """Rendered templates are stored and shown, and records are personal data."""
    task = UpflowImportCustomersOperator(task_id="import", source="erp", records=[CUSTOMER])
    task.render_template_fields(context)

    assert task.records.serialize() == "1 record, which are not shown"
