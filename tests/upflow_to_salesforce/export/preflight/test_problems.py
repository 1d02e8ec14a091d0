"""What is wrong with a mapping is told before anything is written: all of it at once, with its remedy."""

import pytest

from tests.upflow_to_salesforce.export.preflight.problems import UNTOLD, problems
from upflow_provider.errors import ConfigurationError
from upflow_provider.testing.salesforce.org.fields import (
    currency_field,
    multipicklist_field,
    number_field,
    picklist_field,
    text_field,
)
from upflow_provider.upflow_to_salesforce.mapping.fields import KINDS


def test_every_problem_is_told_at_once(scene):
    """Each with the Upflow field, the Salesforce field, what is the matter and what to do."""
    scene.define_custom_fields()
    scene.salesforce.add_field(currency_field("Formula__c", calculated=True, updateable=False))
    scene.salesforce.add_field(number_field("Locked__c", updateable=False))
    scene.salesforce.add_field(text_field("Short__c", 5))
    scene.salesforce.hidden.add("Due__c")
    scene.salesforce.updateable = False
    scene.configure(
        match={"salesforce": "Vip__c"},
        fields={
            "outstanding": "Missing__c",
            "due": "Due__c",
            "overdue": "Formula__c",
            "due_count": "Locked__c",
            "overdue_count": "score__C",
            "collection_status": "Short__c",
            "details_url": "Segment__c",
        },
        custom_fields={"Since": "Tier__c"},
        clear=("Short__c", "Nowhere__c"),
    )

    expected = [
        "match: Salesforce field Vip__c is of type Checkbox; match by a Text or Number field, or Id.",
        "Account: the connected user may not edit Accounts; grant Edit on Account",
        "outstanding: Salesforce field Missing__c does not exist on Account, or field-level security hides it",
        "due: Salesforce field Due__c does not exist on Account, or field-level security hides it",
        "overdue: Salesforce field Formula__c is a formula or roll-up summary, which nobody can write; map another",
        "due_count: Salesforce field Locked__c is read-only for the connected user; grant Edit on it",
        "overdue_count: Salesforce field score__C is spelt Score__c in Salesforce; spell it like that.",
        "collection_status: Salesforce field Short__c holds 5 characters; make it 6 or longer.",
        "details_url: Salesforce field Segment__c is of type Text; map a field of type Text Area (Long) or Text Area",
        "Salesforce field Tier__c is of type Picklist; map a field of type Date.",
        "Short__c: it is mapped, and to be cleared; remove it from one of them",
        "Nowhere__c: it is to be cleared, but it does not exist, is hidden or is read-only",
    ]
    found = problems(scene)
    assert len(found) == len(expected)
    for told, wanted in zip(found, expected, strict=True):
        assert wanted in told


@pytest.mark.parametrize(
    ("clear", "says"),
    [
        pytest.param("Billing_Id__c", "Accounts are matched by it", id="key"),
        pytest.param("Name", "is required in Salesforce", id="required"),
        pytest.param("Due__c", "it is mapped, and to be cleared", id="mapped"),
        pytest.param("Portal__c", "it is mapped, and to be cleared", id="links"),
        pytest.param("Nowhere__c", "does not exist, is hidden", id="missing"),
    ],
)
def test_what_must_not_be_cleared(scene, clear, says):
    """Before anything is written: a key that is cleared would part all Accounts from their customers."""
    account = scene.customer("cus_1", owes=100)
    scene.configure(fields={**scene.settings.fields, "portal_url": "Portal__c"}, clear=(clear,))
    with pytest.raises(ConfigurationError, match=f"{clear}: .*{says}"):
        scene.export()

    assert scene.held(account, "Billing_Id__c", "Name") == ("cus_1", "cus_1")
    assert scene.salesforce.updates == []


def test_the_field_of_portal_links_is_checked_with_all_others(scene):
    """Two that write to one field would undo each other for ever."""
    fields = {"details_url": "Portal__c", "portal_url": "Portal__c", "due": "Nowhere__c"}
    scene.configure(fields=fields)
    with pytest.raises(ConfigurationError, match=r"(?s)Nowhere__c.*details_url, portal_url: are all mapped"):
        scene.export()


@pytest.mark.parametrize("restricted", [True, False])
def test_options_that_a_picklist_lacks(scene, restricted):
    """Upflow's API does not tell all options: those that are in use are checked one by one, if they are restricted."""
    scene.define_custom_fields()
    scene.salesforce.add_field(picklist_field("Tier__c", ["Gold"], restricted=restricted, inactive=["Tin"]))
    scene.salesforce.add_field(multipicklist_field("Regions__c", ["North"], restricted=restricted))
    scene.configure(fields={}, custom_fields={"Tier": "Tier__c", "Regions": "Regions__c"})
    scene.person("cus_1", custom={"Tier": {"label": "Gold"}, "Regions": [{"label": "North"}]})
    tin = scene.customer("cus_2", Tier={"label": "Tin"}, Regions=[{"label": "North"}])
    west = scene.customer("cus_3", Tier={"label": "Gold"}, Regions=[{"label": "North"}, {"label": "West"}])
    report = scene.export()

    if restricted:
        reasons = {each.account_id: each for each in scene.ledger.accounts.refused("export").values()}
        assert {account: each.fields for account, each in reasons.items()} == {tin: ("Tier__c",), west: ("Regions__c",)}
        assert all("not one of the values of the restricted picklist" in each.reason for each in reasons.values())
        assert scene.held(tin, "Tier__c", "Regions__c") == (None, "North")
        assert scene.held(west, "Tier__c", "Regions__c") == ("Gold", None)
    else:
        assert report.updated == 3
        assert scene.held(west, "Regions__c") == ("North;West",)


def test_one_field_for_two(scene):
    """What the last one writes would hide the other."""
    scene.configure(fields={"outstanding": "Outstanding__c", "due": "Outstanding__c"})

    assert problems(scene) == [
        "outstanding, due: are all mapped to Salesforce field Outstanding__c; give each a field of its own."
    ]


def test_the_key_is_not_written(scene):
    """Accounts would not be found again."""
    scene.define_custom_fields()
    scene.configure(fields={}, custom_fields={"Segment": "Billing_Id__c"})

    assert problems(scene) == [
        "match: Salesforce field Billing_Id__c is also in salesforce.fields; nothing may be written to the key."
    ]


@pytest.mark.parametrize(("hidden", "name"), [(True, "Billing_Id__c"), (False, "Elsewhere__c")])
def test_a_key_that_cannot_be_seen(scene, hidden, name):
    """Both reasons are told, for the answer of Salesforce does not tell them apart."""
    if hidden:
        scene.salesforce.hidden.add(name)
    scene.configure(match={"salesforce": name})

    [told] = problems(scene)
    assert told.startswith(f"match: Salesforce field {name} does not exist on Account, or field-level security hides")


def test_what_upflow_does_not_tell(scene):
    """All such fields are named, for they would stay empty without a word; figures that are worked out are told."""
    for name in UNTOLD:
        scene.salesforce.add_field(number_field(f"{name}__c") if KINDS[name] == "number" else text_field(f"{name}__c"))
    scene.configure(fields={name: f"{name}__c" for name in UNTOLD})

    with pytest.raises(ConfigurationError) as error:
        scene.export()
    assert "Upflow's API does not return collection_status of any customer" in str(error.value)
    assert "remove them from salesforce.fields" in str(error.value)
    assert scene.salesforce.updates == []


def test_without_any_customer_nothing_is_missing(scene):
    """Nobody knows what answers would carry."""
    scene.upflow.store.customers.clear()
    scene.salesforce.add_field(text_field("Collection__c"))
    scene.configure(fields={"collection_status": "Collection__c"})

    assert scene.export().read == 0
