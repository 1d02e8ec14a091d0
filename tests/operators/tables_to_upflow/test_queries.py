"""Queries as the source of an import: what they bring, and what they say when they cannot work."""

import sqlite3

import pytest
from airflow.sdk.exceptions import AirflowFailException

from upflow_provider.operators.tables_to_upflow import Query, UpflowImportCustomersOperator


def load(context, query, **options):
    """Import customers and return the report."""
    task = UpflowImportCustomersOperator(task_id="import", source="erp", records=query, **options)
    return task.execute(context)


@pytest.fixture
def erp(tmp_path, monkeypatch):
    """Give the test an accounting database, with a connection of Airflow's."""
    file = tmp_path / "erp.db"
    database = sqlite3.connect(file)
    database.execute("CREATE TABLE debtors (no INTEGER, company TEXT, town TEXT, updated_at TEXT)")
    database.executemany(
        "INSERT INTO debtors VALUES (?, ?, ?, ?)",
        [(7, "Alder", "Paris", "2026-01-01"), (8, "Birch", None, "2026-02-01")],
    )
    database.commit()
    monkeypatch.setenv("AIRFLOW_CONN_ERP", f"sqlite:///{file}")
    return database


def test_the_rows_of_a_query_are_imported(connections, context, fake_upflow, erp):
    """Whole numbers are ids, columns are mapped, and parameters are bound."""
    query = Query("erp", "SELECT no, company, town FROM debtors WHERE updated_at >= :start", {"start": "2026-01-15"})
    columns = {"no": "externalId", "company": "name", "town": "city"}
    report = load(context, query, columns=columns)

    assert report["created"] == 1
    assert fake_upflow.answer("customers", "8")["address"]["city"] == ""


@pytest.mark.parametrize(
    ("conn_id", "sql", "words"),
    [
        ("nowhere", "SELECT 1", "connection 'nowhere' does not exist"),
        ("erp", "SELECT colour FROM debtors", "connection 'erp': OperationalError: no such column: colour"),
        ("upflow_default", "SELECT 1", "connection 'upflow_default' is of type 'upflow', which is no database"),
        ("erp", "SELECT no, no FROM debtors", "the query returns two columns of one name"),
    ],
)
def test_a_query_that_cannot_work_says_why(connections, context, erp, conn_id, sql, words):
    """With the connection, and the driver's reason."""
    with pytest.raises(AirflowFailException, match=words):
        load(context, Query(conn_id, sql))


def test_a_result_without_the_columns_that_are_needed_is_refused_as_a_whole(connections, context, erp):
    """Rather than each of its rows."""
    with pytest.raises(AirflowFailException, match=r"no column fills 'externalId', 'name' of customers; the table has"):
        load(context, Query("erp", "SELECT no, company FROM debtors"))
