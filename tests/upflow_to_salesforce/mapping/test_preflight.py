"""Everything that is wrong with a mapping is told at once, with its remedy."""

import json

import pytest

from upflow_provider.testing.salesforce.org import fields as fake
from upflow_provider.upflow_to_salesforce.mapping.preflight import key_problems, notes, problems


@pytest.fixture
def recorded(shared_data):
    """Return a recorded describe."""
    path = shared_data / "salesforce" / "account_personaccount_npsp_describe_v59.json"
    return json.loads(path.read_text(encoding="utf-8"))


def described(*fields, updateable=True):
    """Return a describe with these fields and Salesforce's own."""
    return {"updateable": updateable, "fields": [*fake.standard_fields(), *fields]}


def several(name, values, *, restricted):
    """Return a multi-picklist as a describe has it."""
    offered = fake.picklist_field(name, values, restricted=restricted)
    return offered | {"type": "multipicklist", "length": 4099, "precision": 4}


GOOD = (
    fake.currency_field("Outstanding__c"),
    fake.number_field("Count__c"),
    fake.number_field("Delay__c", 5, 1),
    fake.text_field("Rating__c", 1),
    fake.rich_text_field("Portal__c"),
    fake.url_field("Page__c"),
    fake.text_field("Note__c"),
    fake.picklist_field("Tier__c", ["Gold", "Tin"]),
    several("Tags__c", ["Gold", "Tin"], restricted=True),
    fake.date_field("Since__c"),
    fake.checkbox_field("Vip__c"),
    fake.number_field("Score__c", 10, 2),
    fake.text_field("Key__c", 40, externalId=True, unique=True),
)
MAPPED = {
    "outstanding": "Outstanding__c",
    "overdue_count": "Count__c",
    "average_payment_delay": "Delay__c",
    "rating": "Rating__c",
    "portal_url": "Portal__c",
    "details_url": "Page__c",
    "custom_field:1": "Note__c",
    "custom_field:2": "Tier__c",
    "custom_field:3": "Tags__c",
    "custom_field:4": "Since__c",
    "custom_field:5": "Vip__c",
    "custom_field:6": "Score__c",
}
KINDS = {
    "custom_field:1": "TEXT",
    "custom_field:2": "SELECT",
    "custom_field:3": "MULTI_SELECT",
    "custom_field:4": "DATE",
    "custom_field:5": "BOOLEAN",
    "custom_field:6": "NUMBER",
}
OPTIONS = {"custom_field:2": ["Gold"], "custom_field:3": [" Gold ", "Tin"]}


def assert_told(found, *expected):
    """Check that there are as many sentences, each beginning and going on as expected."""
    assert len(found) == len(expected)
    for sentence, (beginning, told) in zip(found, expected, strict=True):
        assert sentence.startswith(beginning)
        assert told in sentence
        assert sentence.endswith(".")


def test_a_mapping_that_works_has_no_problems():
    """One field of each kind; a text field shorter than Upflow's longest text is worth a note only."""
    org = described(*GOOD)

    assert problems(MAPPED, KINDS, org, options=OPTIONS) == []
    assert key_problems("Key__c", org, MAPPED) == key_problems("Id", org, MAPPED) == []
    [note] = notes(MAPPED, KINDS, org, key="Key__c")
    assert note.startswith("custom_field:1: Salesforce field Note__c holds 255 characters; longer text, up to 2000")


def test_all_problems_are_told_at_once():
    """The object, a field that is not there, one that is spelt otherwise, and those that cannot take the values."""
    org = described(
        fake.currency_field("Sum__c", calculated=True, updateable=False),
        fake.number_field("Locked__c", updateable=False),
        fake.picklist_field("Stage__c", []),
        updateable=False,
    )
    mapped = {
        "outstanding": "Sum__c",
        "due_count": "Locked__c",
        "overdue_count": "locked__c",
        "rating": "Stage__c",
        "collection_status": "Nowhere__c",
        "portal_url": "Website",
        "custom_field:7": "Name",
    }

    assert_told(
        problems(mapped, {}, org),
        ("Account: ", "may not edit Accounts; grant Edit on Account in a permission set."),
        ("outstanding: Salesforce field Sum__c ", "is a formula or roll-up summary"),
        ("due_count: Salesforce field Locked__c ", "is read-only for the connected user; grant Edit on it"),
        ("overdue_count: Salesforce field locked__c ", "is spelt Locked__c in Salesforce; spell it like that."),
        ("rating: Salesforce field Stage__c ", "is of type Picklist; map a field of type Text."),
        ("collection_status: Salesforce field Nowhere__c ", "does not exist on Account, or field-level security hides"),
        ("portal_url: Salesforce field Website ", "is of type URL; map a field of type Text Area (Long) or Text Area"),
        ("custom_field:7: ", "is not a customer field in Upflow whose type can be exported"),
        ("due_count, overdue_count: ", "are all mapped to Salesforce field Locked__c; give each a field of its own."),
    )


@pytest.mark.parametrize(
    ("upflow", "kind", "field", "problem"),
    [
        ("portal_url", None, fake.long_text_field("X__c", 999), "holds 999 characters; make it 1000 or longer."),
        ("portal_url", None, fake.rich_text_field("X__c", 1999), "holds 1999 characters; make it 2000 or longer."),
        ("details_url", None, fake.url_field("X__c") | {"length": 100}, "holds 100 characters; make it 120 or longer."),
        ("collection_status", None, fake.text_field("X__c", 5), "holds 5 characters; make it 6 or longer."),
        (
            "custom_field:1",
            "TEXT",
            fake.text_area_field("X__c"),
            "is of type Text Area; map a field of type Text or Text Area (Long) or Text Area (Rich).",
        ),
        ("custom_field:1", "NUMBER", fake.currency_field("X__c"), "is of type Currency; map a field of type Number."),
        (
            "custom_field:1",
            "MULTI_SELECT",
            several("X__c", [], restricted=False),
            "does not allow semicolons in values; rename these options in Upflow: A;.",
        ),
    ],
)
def test_what_a_field_cannot_take(upflow, kind, field, problem):
    """Each with its remedy; a link stands twice in rich text."""
    found = problems(
        {upflow: "X__c"}, {upflow: kind} if kind else {}, described(field), options={upflow: ["b", "a", "A;"]}
    )

    assert_told(found, (f"{upflow}: Salesforce field X__c ", problem))


def test_many_missing_options_are_not_all_named():
    """The first ten, and how many more: of a restricted picklist they are noted, for they stop no one else."""
    field = several("X__c", [], restricted=True)
    options = {"custom_field:1": [str(number) for number in range(12)]}
    mapped, kinds = {"custom_field:1": "X__c"}, {"custom_field:1": "MULTI_SELECT"}
    [found] = notes(mapped, kinds, described(field), key="Id", options=options)

    assert found.endswith("or do not restrict it: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more.")
    assert problems(mapped, kinds, described(field), options=options) == []


def test_a_restricted_picklist_takes_its_active_values():
    """Those that are not offered any more are refused."""
    field = described(fake.picklist_field("X__c", ["a"], inactive=["b"]))
    options = {"custom_field:1": ["a", "b", "A;"]}
    [found] = notes({"custom_field:1": "X__c"}, {"custom_field:1": "SELECT"}, field, key="Id", options=options)

    assert found.startswith("custom_field:1: Salesforce field X__c is a restricted picklist without some")
    assert found.endswith("or do not restrict it: b, A;.")


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        ("Nowhere__c", "does not exist on Account, or field-level security hides it"),
        ("key__c", "is spelt Key__c in Salesforce"),
        ("Vip__c", "is of type Checkbox; match by a Text or Number field, or Id."),
        ("Portal__c", "is of type Text Area (Rich); match by a Text or Number field, or Id."),
        ("Note__c", "is also in salesforce.fields; nothing may be written to the key."),
    ],
)
def test_what_cannot_be_a_key(key, problem):
    """It must be there, hold plain text or numbers, and stay as it is."""
    mapped = {"custom_field:1": "Note__c"}
    [found] = key_problems(key, described(*GOOD), mapped)

    assert found.startswith("match: ")
    assert problem in found


def test_what_works_less_well_is_noted():
    """Duplicate keys, rounding, required fields; nothing of what is wrong anyway."""
    org = described(
        fake.number_field("Key__c"),
        fake.currency_field("Whole__c", 18, 0),
        fake.number_field("Days__c", 5, 0),
        fake.number_field("Count__c", 5, 0),
        fake.number_field("Score__c", 5, 0, nillable=False),
        fake.checkbox_field("Vip__c"),
        fake.long_text_field("Long__c", 2_000),
    )
    mapped = {
        "due": "Whole__c",
        "average_payment_delay": "Days__c",
        "due_count": "Count__c",
        "custom_field:6": "Score__c",
        "custom_field:5": "Vip__c",
        "custom_field:1": "Long__c",
        "rating": "Score__c",
        "overdue": "Nowhere__c",
        "custom_field:7": "Score__c",
    }

    assert_told(
        notes(mapped, KINDS, org, key="Key__c"),
        (
            "match: Salesforce field Key__c ",
            "is neither unique nor an external id; Accounts with equal keys are reported",
        ),
        ("due: Salesforce field Whole__c ", "has 0 decimal places; amounts are rounded half up to them."),
        ("average_payment_delay: Salesforce field Days__c ", "has no decimal places; numbers are rounded half up."),
        ("custom_field:6: Salesforce field Score__c ", "has no decimal places; numbers are rounded half up."),
        ("custom_field:6: Salesforce field Score__c ", "is required; customers without a value are refused."),
    )
    assert notes({}, {}, org, key="Id") == []


def test_a_real_organization(recorded):
    """Standard and packaged fields are judged by what they are."""
    mapped = {
        "outstanding": "npo02__AverageAmount__c",
        "overdue": "npo02__Total_Household_Gifts__pc",
        "due_count": "npo02__NumberOfClosedOpps__c",
        "portal_url": "Description",
        "details_url": "Website",
        "rating": "Rating",
    }
    found = problems(mapped, {}, recorded)

    assert [each.partition(":")[0] for each in found] == ["overdue", "rating"]
    assert "formula" in found[0]
    assert "Picklist" in found[1]
    assert key_problems("AccountNumber", recorded, mapped) == []
    assert len(notes(mapped, {}, recorded, key="AccountNumber")) == 1
