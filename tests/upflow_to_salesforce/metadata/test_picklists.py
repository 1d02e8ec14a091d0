"""Picklists in files for Salesforce: their options, and those that Upflow does not tell."""

from tests.upflow_to_salesforce.metadata.generation import (
    EVERYTHING,
    FIELDS,
    OPTIONS,
    SOAP,
    definition,
    generate,
    granted,
    own_names,
    tree,
    values,
)
from upflow_provider.upflow_to_salesforce.metadata.files import metadata, with_options_in_use


def test_picklists_offer_upflows_options_as_they_are_spelt():
    """Characters of XML, too; any other value is taken, so that a new option of Upflow's is not refused."""
    generated, _ = generate(**EVERYTHING)

    assert values(generated, "Tier__c") == [(each, each) for each in OPTIONS["Tier"]]
    assert values(generated, "Regions__c") == [(each, each) for each in OPTIONS["Regions"]]
    for name in ("Tier__c", "Regions__c"):
        assert tree(generated, f"{FIELDS}/{name}.field-meta.xml").findtext(f".//{SOAP}restricted") == "false"


def test_options_that_no_picklist_could_have_are_left_out():
    """Equal but for case, too long, empty, or with a character that XML cannot hold."""
    tier = definition("Tier", "SELECT", ["Gold", "GOLD", "x" * 256, " ", "Sil\x00ver"])
    generated, _ = generate([tier], custom_fields={"Tier": "Tier__c"})

    assert [api for api, _ in values(generated, "Tier__c")] == ["Gold", "Silver"]


def test_a_picklist_without_options_is_left_out_and_told():
    """Salesforce has no picklist without values, and a permission on a field that is not there fails."""
    generated, _ = generate([definition("Tier", "SELECT")], custom_fields={"Tier": "Tier__c"})

    assert own_names(generated) == []
    assert granted(generated) == {}
    assert generated.notes == ("Tier__c: left out, because a picklist needs values, and no customer has one yet",)


def test_options_that_upflow_does_not_tell_are_those_that_customers_have():
    """Of selects and multi-selects; what Upflow tells by itself is not added to."""
    told = [definition("Tier", "SELECT"), definition("Regions", "MULTI_SELECT"), definition("Size", "SELECT", ["S"])]
    names = {"Tier": "Tier__c", "Regions": "Regions__c", "Size": "Size__c"}
    _, mapped = generate(told, custom_fields=names)
    customers = [
        {"customFields": [{"id": "cf-Tier", "value": {"label": "Silver"}}]},
        {"customFields": [{"id": "cf-Tier", "value": {"label": "Gold"}}, {"id": "cf-Size", "value": {"label": "XL"}}]},
        {"customFields": [{"id": "cf-Tier", "value": None}, {"id": "cf-Regions", "value": [{"label": "North"}]}]},
        {"customFields": None},
    ]

    generated = metadata(with_options_in_use(mapped, customers))

    assert {name: [api for api, _ in values(generated, name)] for name in names.values()} == {
        "Tier__c": ["Gold", "Silver"],
        "Regions__c": ["North"],
        "Size__c": ["S"],
    }


def test_customers_are_not_read_for_options_that_are_known():
    """A list of a million customers is not asked for what Upflow has told already."""
    _, mapped = generate(**EVERYTHING)
    unread = iter([{"customFields": []}])

    with_options_in_use(mapped, unread)

    assert len(list(unread)) == 1
