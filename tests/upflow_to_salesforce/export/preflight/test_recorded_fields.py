"""Mappings to the fields of a recorded organization."""

import json
import re

import pytest

from upflow_provider.errors import ConfigurationError
from upflow_provider.records.salesforce.fields import SalesforceField


@pytest.fixture
def real(scene, shared_data):
    """Give the fake the fields of a recorded describe, and its own for the key; return them as the export sees them."""
    path = shared_data / "salesforce" / "account_personaccount_npsp_describe_v59.json"
    described = json.loads(path.read_text(encoding="utf-8"))["fields"]
    for each in described:
        scene.salesforce.add_field(each)
    return {each["name"]: SalesforceField.of(each) for each in described}


def test_real_fields_of_the_wrong_type(scene, real):
    """Each of the 250 is either taken or told of, by its name and type or as what cannot be written."""
    names = [name for name, each in real.items() if name not in {"Id", "Name"}]
    amounts = ("outstanding", "overdue", "due")
    wrong = {name for name in names if real[name].label != "Currency" or not real[name].updateable}
    told = {}
    for first in range(0, len(names), len(amounts)):
        few = names[first : first + len(amounts)]
        scene.configure(fields=dict(zip(amounts, few, strict=False)))
        try:
            scene.export(dry_run=True)
        except ConfigurationError as error:
            told |= {name: str(error) for name in few if re.search(rf"Salesforce field {name} ", str(error))}

    assert len(real) == 250
    assert told.keys() == wrong
    for name, text in told.items():
        cannot = "is a formula" if real[name].calculated else "is read-only"
        reason = cannot if not real[name].updateable else f"is of type {real[name].label}"
        assert f"Salesforce field {name} {reason}" in text


def test_a_mapping_to_real_fields(scene, real):
    """One of each kind that the recorded org has: an amount, a count, an address and a text are written."""
    scene.define_custom_fields()
    key = scene.salesforce.accounts[next(iter(scene.salesforce.accounts))]["Id"]
    scene.configure(
        fields={
            "outstanding": "npsp__Matching_Gift_Amount_Max__c",
            "due_count": "NumberofLocations__c",
            "details_url": "npsp__Matching_Gift_Comments__c",
        },
        custom_fields={"Segment": "SicDesc", "Since": "SLAExpirationDate__c", "VIP": "npsp__Grantmaker__c"},
    )
    scene.person("cus_1", custom={"Segment": "retail", "Since": "2024-02-29", "VIP": True})
    report = scene.export()

    assert report.updated == 1
    assert scene.held(key, "npsp__Matching_Gift_Amount_Max__c", "NumberofLocations__c", "SicDesc") == (1, 1, "retail")
    assert scene.held(key, "SLAExpirationDate__c", "npsp__Grantmaker__c") == ("2024-02-29", True)
    assert scene.held(key, "npsp__Matching_Gift_Comments__c")[0].startswith("https://app.upflow.io/customers/")
