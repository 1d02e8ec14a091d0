"""Custom fields from the fields of a recorded organization, which has Person Accounts."""

import json

import pytest

from upflow_provider.errors import ConfigurationError
from upflow_provider.records.salesforce.fields import SalesforceField
from upflow_provider.salesforce_to_upflow.mapping.custom_fields import FITTING
from upflow_provider.salesforce_to_upflow.mapping.preflight import custom_field_problems

TYPES = ("TEXT", "NUMBER", "DATE", "BOOLEAN", "SELECT", "MULTI_SELECT")


@pytest.fixture
def described(shared_data):
    """Return the recorded description of Account."""
    path = shared_data / "salesforce" / "account_personaccount_npsp_describe_v59.json"
    return json.loads(path.read_text(encoding="utf-8"))


def test_every_real_field_fits_some_kind_or_is_refused(described):
    """Compound addresses cannot be imported; each other field fits the kinds of its type, and no other one."""
    fields = {each["name"]: SalesforceField.of(each) for each in described["fields"]}
    refused = {
        kind: {line.split(":")[0] for line in custom_field_problems(described, dict.fromkeys(fields, kind))}
        for kind in TYPES
    }

    for name, field in fields.items():
        fitting = {kind for kind in TYPES if f"Account.{name}" not in refused[kind]}
        assert fitting == (set() if field.is_rich else FITTING.get(field.type, set()))
    assert {field.type for field in fields.values() if field.type not in FITTING} == {"address"}


def test_preflight_of_a_real_organization(world, described):
    """The problems of all fields come together, each with its remedy; without them the import runs."""
    for each in described["fields"]:
        world.salesforce.add_field(each)
    wanted = {"NumberOfEmployees": "NUMBER", "Type": "SELECT", "BillingAddress": "TEXT", "Webside": "TEXT"}
    fields = [{"field": name, "upflow": name, "type": kind, "allow_new_options": True} for name, kind in wanted.items()]
    world.configure(custom_fields=fields)
    with pytest.raises(ConfigurationError) as error:
        world.run()
    assert "Account.Webside: the connected user does not see this field; did you mean Website?" in str(error.value)
    assert "Account.BillingAddress: values of the type address cannot be imported" in str(error.value)

    world.configure(custom_fields=fields[:2])
    world.customer(NumberOfEmployees=12, Type="Customer - Direct")
    world.run()
    assert world.values()["NumberOfEmployees"] == 12
