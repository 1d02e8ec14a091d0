"""The example of an accounting database, in SQLite and in PostgreSQL: all of it arrives, and then what changes."""

from pathlib import Path

import pytest
import sqlalchemy as sa

EXAMPLE = Path(__file__).parents[3] / "docs" / "examples" / "erp.sql"
CHANGE = "UPDATE debtors SET town = 'Nice', updated_at = {} WHERE debtor_no = 'D-3'"
RECENTLY = {
    "sqlite": CHANGE.format("datetime('now', '-2 minutes')"),
    "postgresql": CHANGE.format("now() - interval '2 minutes'"),
}
DAG = "erp_to_upflow"
ALL = ("customers", "invoices", "credit_notes", "payments", "refunds")


@pytest.fixture
def erp(empty_database_url, monkeypatch):
    """Give the test the example's database, with a connection of Airflow's."""
    engine = sa.create_engine(empty_database_url)
    with engine.begin() as connection:
        for statement in EXAMPLE.read_text(encoding="utf-8").split(";"):
            if statement.strip():
                connection.execute(sa.text(statement.replace(":00", r"\:00")))
    monkeypatch.setenv("AIRFLOW_CONN_ERP", empty_database_url.replace("postgresql+psycopg2", "postgres"))
    yield engine
    engine.dispose()


def held(fake_upflow):
    """Return what Upflow has of each collection."""
    return {name: sorted(each["externalId"] for each in fake_upflow.store.table(name).values()) for name in ALL}


@pytest.mark.slow
def test_the_example_brings_the_history_and_then_what_changes(metadata, connections, fake_upflow, erp):
    """A record that is rejected fails its task, blocks no other, and is tried again with the next window."""
    airflow = metadata("\n  default: {}\n")
    with erp.begin() as connection:
        connection.execute(sa.text("UPDATE invoices SET currency = '?' WHERE invoice_no = '26-001'"))
    state, tasks = airflow.test(DAG)

    assert state == "failed"
    assert tasks == {
        "window": "success",
        "customers": "success",
        "invoices": "failed",
        "credit_notes": "success",
        "payments": "failed",
        "refunds": "success",
        "close": "upstream_failed",
    }
    assert held(fake_upflow) == {
        "customers": ["D-1", "D-2", "D-3"],
        "invoices": ["26-002", "26-003"],
        "credit_notes": ["CN-01"],
        "payments": ["RC-02"],
        "refunds": ["PO-01"],
    }
    assert fake_upflow.answer("customers", "D-2")["parent"]["externalId"] == "D-1"
    with erp.begin() as connection:  # updated_at stays as it is
        connection.execute(sa.text("UPDATE invoices SET currency = 'EUR' WHERE invoice_no = '26-001'"))
    assert airflow.test(DAG)[0] == "success"
    outstanding = {
        each: fake_upflow.answer("invoices", each)["amountOutstanding"] for each in ("26-001", "26-002", "26-003")
    }
    assert outstanding == {"26-001": 0, "26-002": 50_000, "26-003": 0}
    fake_upflow.requests.clear()
    with erp.begin() as connection:
        connection.execute(sa.text("UPDATE debtors SET town = 'Rome' WHERE debtor_no = 'D-1'"))
        connection.execute(sa.text(RECENTLY[erp.dialect.name]))
    assert airflow.test(DAG)[0] == "success"
    assert [(each.method, each.json["externalId"]) for each in fake_upflow.requests] == [("POST", "D-3")]
