"""Runs of the DAG of customer files in Airflow."""

import pytest
from airflow.models.renderedtifields import RenderedTaskInstanceFields
from airflow.models.xcom import XComModel
from airflow.utils.session import create_session
from sqlalchemy import select

DAG = "upflow_customer_file"
TEXT = "Customer name;Customer ID;Account manager\nSecret Person;S-1;\nSecret Other;S-2;nobody@secret.example\n"


@pytest.mark.slow
def test_a_file_is_imported_by_a_run(metadata, connections, fake_upflow, tmp_path):
    """By path, or pasted; pasted text is neither in rendered fields nor in XComs of Airflow's database."""
    airflow = metadata("\n  default: {max_rejected: 1}\n")
    path = tmp_path / "customers.csv"
    path.write_text(TEXT, encoding="utf-8")

    state, tasks = airflow.test(DAG, text=TEXT, done="preflight|access")

    assert (state, tasks["import"]) == ("success", "success")
    assert fake_upflow.answer("customers", "S-1")["name"] == "Secret Person"
    with create_session() as session:
        rendered = session.scalars(select(RenderedTaskInstanceFields.rendered_fields)).all()
        returned = session.scalars(select(XComModel.value)).all()
    assert returned
    assert not any("ecret" in str(each) for each in (*rendered, *returned))

    state, _ = airflow.test(DAG, path=str(path), kind="customers", done="preflight|access")

    assert state == "success"
    assert "nobody@secret.example" in path.with_name("customers.errors.csv").read_text("utf-8-sig")
