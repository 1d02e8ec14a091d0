"""docs/operators.md: its table has every operator for single records, and its example works."""

import inspect

import requests

from tests.docs.tables import table
from tests.docs.test_pages import ROOT, blocks
from tests.testing.upflow.plain import Api
from upflow_provider.operators import records

PAGE = ROOT / "docs" / "operators.md"


def test_the_table_has_every_operator():
    """Of those that can be imported from the place that the page names."""
    assert [row[0].strip("`") for row in table("operators")] == records.__all__


def test_the_example_works(connections, fake_upflow, context, tmp_path):
    """It uploads a PDF, assigns one workflow and removes another; it is short enough to be copied."""
    (tmp_path / "IN-1.pdf").write_bytes(b"%PDF-1.7")
    with requests.Session() as session:
        api = Api(fake_upflow, session)
        plans = {each["name"]: each["id"] for each in api.done("GET", "/dunning_plans")["items"]}
        api.customer("C-1")
        api.customer("C-2", dunningPlanId=plans["Default"])
        api.invoice("IN-1", "C-1")
    code = blocks(PAGE, "python")[0].replace("file:///data/invoices", tmp_path.as_uri())
    module = {}
    exec(compile(code, PAGE.name, "exec"), module)  # noqa: S102 - our own documents
    dag = module["dag"]
    dag.get_task("pdfs").execute(context)
    workflows = dag.get_task("workflows")
    workflows.assignments = inspect.unwrap(dag.get_task("choose").python_callable)()
    workflows.execute(context)

    assert sum(bool(line.strip()) for line in code.splitlines()) <= 15
    assert list(fake_upflow.store.pdfs.values()) == [b"%PDF-1.7"]
    assert fake_upflow.answer("customers", "C-1")["dunningPlanId"] == plans["Key accounts"]
    assert fake_upflow.answer("customers", "C-2")["dunningPlanId"] is None
