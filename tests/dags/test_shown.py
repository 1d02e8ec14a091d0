"""What Airflow's UI shows about the DAGs: every name, every line of help, and links that lead somewhere."""

import re
from pathlib import Path

import pytest

from tests.dags.test_promises import DAGS, ORGANIZATIONS
from tests.docs.test_pages import anchors
from upflow_provider import dags as builders
from upflow_provider.settings import Entry, Organization
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS

DOCS = Path(__file__).parents[2] / "docs"
LINK = re.compile(
    r"\]\(https://github\.com/upflow-provider/upflow-provider/blob/main/docs/([\w-]+\.md)(?:#([\w-]+))?\)"
)


@pytest.fixture(scope="module")
def dags(parse):
    """Return the DAGs of two organizations: one with nothing but defaults, and one with all there is."""
    return parse(ORGANIZATIONS).dags


@pytest.mark.parametrize("name", DAGS)
def test_everything_has_a_name_and_a_line_of_help(dags, name):
    """The DAG, each of its tasks and each field of its trigger form."""
    dag = dags[f"{name}.acme"]

    assert dag.description[0].isupper()
    assert len(dag.description) < 100
    assert dag.doc_md.strip().startswith(f"### {dag.dag_display_name.removesuffix(' (acme)')}\n")
    assert [task.task_id for task in dag.tasks if not task.doc_md] == []
    for key in dag.params:
        param = dag.params.get_param(key)
        assert param.schema["title"][0].isupper()
        assert param.description[0].isupper()


@pytest.mark.parametrize("name", DAGS)
def test_links_lead_from_the_ui_to_the_pages(dags, name):
    """Those of the DAG's text, one of them to the runbook, and those of its tasks."""
    dag = dags[f"{name}.acme"]
    text = "\n".join([dag.doc_md, *(task.doc_md for task in dag.tasks)])
    found = LINK.findall(text)

    assert len(found) == text.count("](")
    assert "runbook.md" in {page for page, _ in LINK.findall(dag.doc_md)}
    for page, anchor in found:
        headings = anchors(DOCS / page)
        assert not anchor or anchor in headings


def test_the_form_offers_the_streams_as_a_multi_select(dags):
    """Airflow shows one for examples, each by its name for people; none chosen is refused, not taken for all."""
    streams = dags["stripe_to_upflow_backfill"].params.get_param("streams")

    assert streams.schema["examples"] == list(STREAMS)
    assert streams.schema["values_display"]["credit_notes"] == "Credit notes"
    with pytest.raises(ValueError, match="non-empty"):
        streams.resolve([])


@pytest.mark.parametrize("name", DAGS)
def test_a_name_has_its_organization_only_if_there_are_several(name):
    """One organization alone needs no name, whatever it is called."""
    organization = Organization.model_validate(
        {
            "name": "acme",
            "salesforce": {"match": {"salesforce": "Billing_Id__c"}, "fields": {"portal_url": "Portal__c"}},
            "salesforce_import": {"account_owner": True},
            "write_back": {},
        }
    )
    build, title = getattr(builders, name), DAGS[name][0].removesuffix(" (acme)")

    assert build(Entry(organization, peers=(organization,))).dag_display_name == title
    assert build(Entry(organization, peers=(organization, Organization()))).dag_display_name == f"{title} (acme)"
