"""Files as the source of an import: five kinds of records, in each format, and once only."""

import csv
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from airflow.sdk.exceptions import AirflowFailException

from upflow_provider.operators.tables_to_upflow import TableFile, UpflowImportOperator

TABLES = {
    "customers": [{"externalId": "C-1", "name": "Alder", "contacts": "Ann Lee <ann@example.com>"}],
    "invoices": [
        {
            "externalId": "I-1",
            "customId": "1",
            "customer": "C-1",
            "issuedAt": "2026-01-15",
            "dueDate": "2026-02-14",
            "currency": "EUR",
            "grossAmount": "120.00",
        }
    ],
    "credit_notes": [
        {
            "externalId": "N-1",
            "customId": "2",
            "customer": "C-1",
            "currency": "EUR",
            "grossAmount": "20.00",
            "linkedInvoices": '{"I-1": 20.00}',
        }
    ],
    "payments": [
        {
            "externalId": "P-1",
            "customer": "C-1",
            "validatedAt": "2026-01-20",
            "currency": "EUR",
            "amount": "110.00",
            "linkedInvoices": '{"I-1": 100.00}',
        }
    ],
    "refunds": [
        {
            "externalId": "R-1",
            "customer": "C-1",
            "validatedAt": "2026-01-25",
            "currency": "EUR",
            "amount": "10.00",
            "linkedPayments": '{"P-1": 10.00}',
        }
    ],
}


def write_csv(path, records):
    """Write a CSV file as a spreadsheet in Europe does."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, records[0].keys(), delimiter=";")
        writer.writeheader()
        writer.writerows(records)


def write_json_lines(path, records):
    """Write one object for each line."""
    path.write_text("".join(f"{json.dumps(each)}\n" for each in records), encoding="utf-8")


def write_parquet(path, records):
    """Write a Parquet file."""
    pq.write_table(pa.Table.from_pylist(records), path)


WRITERS = {".csv": write_csv, ".jsonl": write_json_lines, ".parquet": write_parquet}


def load(context, collection, path):
    """Import a file and return the report."""
    context["ti"].task_id = collection
    task = UpflowImportOperator(
        task_id=collection, collection=collection, source="erp", records=TableFile(str(path)), amounts="major"
    )
    return task.execute(context)


@pytest.mark.parametrize("suffix", WRITERS)
def test_five_kinds_of_records_arrive_once(connections, context, fake_upflow, tmp_path, suffix):
    """The second time, nothing is written; the invoice is paid."""
    for name, records in TABLES.items():
        WRITERS[suffix](tmp_path / f"{name}{suffix}", records)
    first = [load(context, name, tmp_path / f"{name}{suffix}")["writes"] for name in TABLES]
    second = [load(context, name, tmp_path / f"{name}{suffix}")["writes"] for name in TABLES]

    assert (first, second) == ([1] * 5, [0] * 5)
    assert fake_upflow.answer("invoices", "I-1")["amountOutstanding"] == 0


def test_a_line_that_cannot_be_read_is_rejected_with_its_number(connections, context, fake_upflow, tmp_path):
    """The others arrive."""
    (tmp_path / "customers.csv").write_text("externalId,name\nC-1,Alder\nC-2\n\nC-3,Birch\n", encoding="utf-8")
    with pytest.raises(AirflowFailException, match=r"1 of 3 records were rejected .* line-3: "):
        load(context, "customers", tmp_path / "customers.csv")

    assert sorted(each["externalId"] for each in fake_upflow.store.customers.values()) == ["C-1", "C-3"]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("customers.csv", "id;company\n1;Alder\n", "no column fills 'externalId', 'name' of customers"),
        ("customers.doc", "externalId,name\n", "a file that ends with '.doc' cannot be read"),
        ("customers.csv", "", "the file has no header"),
        ("customers.parquet", "externalId", "the file is no Parquet, or incomplete"),
    ],
)
def test_a_file_that_is_no_table_says_why(connections, context, tmp_path, name, text, words):
    """As a whole, before anything is imported."""
    (tmp_path / name).write_text(text, encoding="utf-8")

    with pytest.raises(AirflowFailException, match=words):
        load(context, "customers", tmp_path / name)


def test_a_file_that_does_not_exist_says_so(connections, context, tmp_path):
    """With its path."""
    with pytest.raises(AirflowFailException, match=r"there is no file .*nothing\.csv"):
        load(context, "customers", tmp_path / "nothing.csv")
