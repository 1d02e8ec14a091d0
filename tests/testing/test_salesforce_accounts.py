"""The Salesforce that the demonstration begins with, and the settings that it is exported to by."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from demo.dag_folder import lay_out
from tests.docs.tables import example
from tests.upflow_to_salesforce.metadata.generation import field, generate, own_names
from upflow_provider.settings import read_organizations
from upflow_provider.testing import Seed
from upflow_provider.testing.seed.customers import CURRENCIES as SEEDED
from upflow_provider.testing.seed.salesforce_accounts import CURRENCIES, CURRENCY, FIELDS, KEY, sales

SEED = Seed(7, 60, 240, datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))
SETTINGS_EXAMPLE = "docs/upflow-to-salesforce.md"
"""The page with an `organizations.yaml` that maps every field."""
DEPLOYED = {
    "Currency": "currency",
    "LongTextArea": "textarea",
    "Number": "double",
    "Text": "string",
    "Url": "url",
}
"""Types as ``describe`` tells them, by their names in metadata."""
DAGS = Path(__file__).parents[2] / "dags"


@pytest.fixture
def laid_out(tmp_path):
    """Return the demonstration's folder of DAGs."""
    return lay_out(DAGS, tmp_path / "dags")


def test_every_customer_has_an_account():
    """It knows the customer's id in Stripe, and is in the customer's currency."""
    salesforce = sales(SEED)

    accounts = [salesforce.account(each) for each in salesforce.accounts]
    assert {each[KEY] for each in accounts} == {SEED.customer_id(number) for number in range(60)}
    assert {each[CURRENCY] for each in accounts} <= {each.upper() for each in SEEDED} == set(CURRENCIES)
    assert all(each["Upflow_Outstanding__c"] is None for each in accounts)


def test_the_settings_name_fields_that_there_are(laid_out):
    """Every field of the mapping exists, and none that is meant for Upflow is left out of it."""
    [entry] = read_organizations(laid_out / "organizations.yaml")
    export = entry.organization.salesforce

    assert entry.problem is None
    assert {*export.fields.values(), export.match.salesforce, CURRENCY} == {each["name"] for each in FIELDS}


def test_the_fields_are_those_that_the_documented_settings_deploy(laid_out, tmp_path):
    """The fake fits the documented settings: it has each field that `salesforce-metadata` defines, of the same type."""
    (tmp_path / "documented.yaml").write_text(example("yaml", SETTINGS_EXAMPLE), encoding="utf-8")
    [documented] = read_organizations(tmp_path / "documented.yaml")
    [demo] = read_organizations(laid_out / "organizations.yaml")
    export = documented.organization.salesforce
    generated, _ = generate(match=export.match, fields=export.fields)

    deployed = {name: DEPLOYED[field(generated, name)["type"]] for name in own_names(generated)}
    assert {each["name"]: each["type"] for each in FIELDS if each["name"] != CURRENCY} == deployed
    assert (demo.organization.salesforce.match, demo.organization.salesforce.fields) == (export.match, export.fields)


def test_the_dags_are_those_of_the_checkout(laid_out):
    """Only the settings are the demonstration's own: those of the checkout may name real accounts."""
    copied = {each.name: each.read_text() for each in laid_out.glob("*.py")}

    assert copied == {each.name: each.read_text() for each in DAGS.glob("*.py")}
    assert "upflow_to_salesforce.py" in copied
