"""Tables of docs/ match the code: Params of DAGs, and permissions of the Stripe key."""

import re
from dataclasses import replace

import pytest

from tests.docs.tables import ROOT, example, table
from upflow_provider import dags
from upflow_provider.salesforce_to_upflow.settings import SalesforceImport
from upflow_provider.settings import read_organizations
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS
from upflow_provider.tables_to_upflow.mapping.entities import ENTITIES
from upflow_provider.upflow_to_stripe.settings import WriteBack

BUILDERS = [getattr(dags, name) for name in dags.__all__ if name != dags.each_organization.__name__]
CONTAINERS = {"payment": "invoice_payments", "payments": "invoice_payments"}
"""Collections of what is expanded, if the name of the field is another one."""


@pytest.fixture
def entry(tmp_path):
    """Return an organization that has all DAGs."""
    file = tmp_path / "organizations.yaml"
    file.write_text(example("yaml", "docs/upflow-to-salesforce.md"), encoding="utf-8")
    (found,) = read_organizations(file)
    wanted = {"write_back": WriteBack(), "salesforce_import": SalesforceImport(account_owner=True)}
    return replace(found, organization=found.organization.model_copy(update=wanted))


def rows(name):
    """Return the rows of a table in which an empty first cell repeats the one above."""
    above = ""
    for first, *rest in table(name):
        above = first or above
        yield above.strip("`"), *rest


def as_written(default):
    """Return how the table writes a default: nothing for `None`, `all` for all streams."""
    if default is None:
        return ""
    return "all" if default == list(STREAMS) else f"`{default}`"


def test_the_table_of_params_has_every_param_with_its_default(entry):
    """Of every DAG, in their order."""
    built = [builder(entry) for builder in BUILDERS]
    expected = {
        (dag.dag_id, name): as_written(dag.params.get_param(name).value) for dag in built for name in dag.params
    }

    assert {(dag, param.strip("`")): default for dag, param, default, _ in rows("params")} == expected


def expanded():
    """Return the collections whose objects are read within others."""
    paths = {path for stream in STREAMS.values() for listing in stream.listings for path in listing.expand}
    fields = {field.removeprefix("latest_") for path in paths for field in path.split(".")}
    return {CONTAINERS.get(field, f"{field.removesuffix('s')}s") for field in fields}


def test_the_permissions_cover_all_that_is_read():
    """Lists, objects within them, and events; payment methods are read for Salesforce only."""
    named = {name for _, reads in table("permissions") for name in re.findall(r"`(\w+)`", reads)}
    listed = {listing.resource for stream in STREAMS.values() for listing in stream.listings}

    assert named == listed | expanded() | {"events", "payment_methods"}


def test_every_page_is_in_the_navigation_of_the_site():
    """The site hides no page."""
    navigation = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("nav:")[2]
    pages = set(re.findall(r"([\w-]+\.md)$", navigation, re.MULTILINE))

    assert {path.name for path in (ROOT / "docs").glob("*.md")} == pages - {
        "index.md",
        "security.md",
        "changelog.md",
        "contributing.md",
    }


@pytest.mark.parametrize("collection", ENTITIES)
def test_the_tables_of_fields_have_every_field(collection):
    """In the words of the code."""
    expected = [
        [f"`{each.name}`", str(each.kind), "yes" if each.is_required else "", each.meaning]
        for each in ENTITIES[collection]
    ]

    assert table(f"fields of {collection}") == expected
