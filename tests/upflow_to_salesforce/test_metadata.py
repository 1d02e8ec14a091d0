"""Files for Salesforce: what is written, that the export's own check accepts it, and the command that writes it."""

import json
from xml.etree import ElementTree as ET

import pytest
import requests

from upflow_provider.clients.salesforce.bulk_jobs import SalesforceJobs
from upflow_provider.clients.salesforce.client import SalesforceClient
from upflow_provider.clients.salesforce.http import Login, SalesforceHttp
from upflow_provider.errors import ConfigurationError
from upflow_provider.testing.salesforce.org import fields as fake
from upflow_provider.upflow_to_salesforce.account_reader import AccountReader
from upflow_provider.upflow_to_salesforce.field_mapping import FieldMapping
from upflow_provider.upflow_to_salesforce.mapping.fields import BY_NAME, KINDS
from upflow_provider.upflow_to_salesforce.mapping.preflight import notes
from upflow_provider.upflow_to_salesforce.metadata.files import PROJECT, TYPES, metadata, with_options_in_use
from upflow_provider.upflow_to_salesforce.settings import SalesforceExport

SOAP = "{http://soap.sforce.com/2006/04/metadata}"
FIELDS = "force-app/main/default/objects/Account/fields"
PERMISSION_SET = "force-app/main/default/permissionsets/Upflow_Export.permissionset-meta.xml"
CUSTOM = {
    "Segment": ("TEXT", "Segment__c"),
    "Tier": ("SELECT", "Tier__c"),
    "Regions": ("MULTI_SELECT", "Regions__c"),
    "Since": ("DATE", "Since__c"),
    "VIP": ("BOOLEAN", "Vip__c"),
    "Score": ("NUMBER", "Score__c"),
}
OPTIONS = {"Tier": ["Gold", "R&D <b>", 'say "hi"'], "Regions": ["North", "Île-de-France"]}
EVERYTHING = {
    "match": {"salesforce": "Billing_Id__c"},
    "fields": {name: f"Upflow_{name.title()}__c" for name in KINDS},
    "custom_fields": {name: field for name, (_, field) in CUSTOM.items()},
}


def definition(name, kind, options=()):
    """Return a custom field as Upflow lists it."""
    labels = [{"label": each} for each in options]
    return {"id": f"cf-{name}", "name": name, "entityType": "CUSTOMER", "dataType": kind, "options": labels}


DEFINITIONS = [definition(name, kind, OPTIONS.get(name, ())) for name, (kind, _) in CUSTOM.items()]


def generate(definitions=DEFINITIONS, **settings):
    """Return the files of an export with these settings, and its mapping."""
    export = SalesforceExport.model_validate({"match": {"salesforce": "Id"}, **settings})
    mapped = FieldMapping.of(export, definitions)
    return metadata(mapped, clear=export.clear), mapped


def tree(generated, path):
    """Return the root of an XML file."""
    return ET.fromstring(generated.files[path])  # noqa: S314 - our own


def field(generated, name):
    """Return the elements of a field's file that have no others in them: text by name."""
    root = tree(generated, f"{FIELDS}/{name}.field-meta.xml")
    assert root.tag == f"{SOAP}CustomField"
    return {each.tag.removeprefix(SOAP): each.text for each in root if not len(each)}


def values(generated, name):
    """Return the values of a picklist: API names and labels."""
    found = tree(generated, f"{FIELDS}/{name}.field-meta.xml").iter(f"{SOAP}value")
    return [(each.findtext(f"{SOAP}fullName"), each.findtext(f"{SOAP}label")) for each in found]


def granted(generated):
    """Return the fields of Account in the permission set: whether they may be edited, by name."""
    found = tree(generated, PERMISSION_SET).iter(f"{SOAP}fieldPermissions")
    told = [{each.tag.removeprefix(SOAP): each.text for each in permission} for permission in found]
    assert all(each["readable"] == "true" for each in told)
    return {each["field"].removeprefix("Account."): each["editable"] == "true" for each in told}


def deployed(generated, name):
    """Return a field as the fake Salesforce has it once its file is deployed."""
    told, may = field(generated, name), granted(generated)
    assert told["fullName"] == name
    kind, rights = told["type"], {"updateable": may[name], "label": told["label"]}
    restricted = tree(generated, f"{FIELDS}/{name}.field-meta.xml").findtext(f".//{SOAP}restricted") == "true"
    choices = {"values": [api for api, _ in values(generated, name)], "restricted": restricted}
    if kind == "Text":
        rights |= {"externalId": told.get("externalId") == "true", "unique": told["unique"] == "true"}
    make = {
        "Text": lambda: fake.text_field(name, int(told["length"]), **rights),
        "LongTextArea": lambda: fake.long_text_field(name, int(told["length"]), **rights),
        "Url": lambda: fake.url_field(name, **rights),
        "Number": lambda: fake.number_field(name, int(told["precision"]), int(told["scale"]), **rights),
        "Currency": lambda: fake.currency_field(name, int(told["precision"]), int(told["scale"]), **rights),
        "Picklist": lambda: fake.picklist_field(name, **choices, **rights),
        "MultiselectPicklist": lambda: fake.multipicklist_field(name, **choices, **rights),
        "Date": lambda: fake.date_field(name, **rights),
        "Checkbox": lambda: fake.checkbox_field(name, defaultValue=told["defaultValue"] == "true", **rights),
    }
    return make[kind]()


def accounts_of(salesforce):
    """Return what reads the fake's Accounts, and checks their fields."""

    def log_in():
        secret = salesforce.credentials
        answer = requests.post(
            f"{salesforce.url}/services/oauth2/token",
            data={"grant_type": "client_credentials"},
            auth=(secret.client_id, secret.client_secret),
            timeout=10,
        )
        return Login(salesforce.url, answer.json()["access_token"], "59.0")

    http = SalesforceHttp(log_in, requests.Session(), sleep=lambda _: None)
    return AccountReader(SalesforceClient(http), SalesforceJobs(http))


def own_names(generated):
    """Return the names of the fields that have a file."""
    return [path.split("/")[-1].removesuffix(".field-meta.xml") for path in generated.files if path.startswith(FIELDS)]


def test_what_is_deployed_is_what_the_export_asks_for(fake_salesforce):
    """Every field that can be exported, and a custom field of each kind: the export's check has no complaint."""
    generated, mapped = generate(**EVERYTHING)
    assert len(own_names(generated)) == len(KINDS) + len(CUSTOM) + 1
    for name in own_names(generated):
        fake_salesforce.add_field(deployed(generated, name))

    fields = accounts_of(fake_salesforce).describe(mapped, mapped.names).fields

    assert set(mapped.names.values()) <= fields.keys()
    assert all(fields[name].updateable for name in mapped.names.values())
    assert not fields["Billing_Id__c"].updateable


def test_nothing_is_written_less_exactly_than_need_be():
    """No note of the export's check about rounding, or text that is too long, is about a field that we define."""
    generated, mapped = generate(**EVERYTHING)
    described = {"fields": [deployed(generated, name) for name in own_names(generated)]}

    assert notes(mapped.names, mapped.kinds, described, key="Billing_Id__c") == []


def test_every_kind_has_a_type_and_every_field_a_label():
    """What can be exported can be generated; a label fits into Salesforce."""
    generated, _ = generate(**EVERYTHING)

    assert all(each.label for each in BY_NAME.values())
    assert TYPES.keys() >= set(KINDS.values()) | {kind for kind, _ in CUSTOM.values()}
    assert all(len(field(generated, name)["label"]) <= 40 for name in own_names(generated))


def test_every_file_is_one_that_salesforce_reads():
    """XML in Salesforce's namespace, and a project that names the folder of the files."""
    generated, _ = generate(**EVERYTHING)

    documents = [path for path in generated.files if path != PROJECT]
    assert {tree(generated, path).tag for path in documents} == {f"{SOAP}CustomField", f"{SOAP}PermissionSet"}
    assert all(generated.files[path].startswith('<?xml version="1.0" encoding="UTF-8"?>\n<') for path in documents)
    (package,) = json.loads(generated.files[PROJECT])["packageDirectories"]
    assert all(path.startswith(f"{package['path']}/") for path in documents)


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


def test_the_permission_set_lets_its_user_edit_accounts_and_make_none():
    """Read and edit on Account, nothing else on it; the fields to be cleared are among the fields."""
    generated, _ = generate(
        match={"salesforce": "Billing_Id__c"}, fields={"outstanding": "Outstanding__c"}, clear=["Old__c"]
    )

    (account,) = tree(generated, PERMISSION_SET).iter(f"{SOAP}objectPermissions")
    allowed = {each.tag.removeprefix(SOAP) for each in account if each.text == "true"}
    assert (account.findtext(f"{SOAP}object"), allowed) == ("Account", {"allowRead", "allowEdit"})
    assert granted(generated) == {"Billing_Id__c": False, "Outstanding__c": True, "Old__c": True}
    assert own_names(generated) == ["Billing_Id__c", "Outstanding__c"]


@pytest.mark.parametrize(
    ("name", "permission", "says"),
    [
        pytest.param(
            "AnnualRevenue", {"AnnualRevenue": True}, "no file, because it is a standard field", id="standard"
        ),
        pytest.param("acme__Due__c", {"acme__Due__c": True}, "belongs to a package", id="packaged"),
        pytest.param("BillingCity", {"BillingAddress": True}, "no file", id="part-of-address"),
        pytest.param("Name", {}, "neither file nor permission", id="not-permissionable"),
        pytest.param("Due__pc", {}, "neither file nor permission", id="of-the-person"),
        pytest.param("Due__x", {}, "neither file nor permission", id="unknown"),
        pytest.param(f"{'D' * 41}__c", {}, "neither file nor permission", id="too-long"),
    ],
)
def test_fields_that_cannot_be_made_are_left_out_and_told(name, permission, says):
    """A field that is there already has no file, and a permission only if there is such a one."""
    generated, _ = generate(fields={"due": name})

    assert own_names(generated) == []
    assert granted(generated) == permission
    (note,) = generated.notes
    assert note.startswith(f"{name}: ")
    assert says in note


@pytest.mark.parametrize("key", ["Id", "AccountNumber", "acme__Key__c"])
def test_only_a_key_of_the_organizations_own_has_a_file(key):
    """What is there already is not made; it is readable if a permission set can say so."""
    generated, _ = generate(match={"salesforce": key})

    assert own_names(generated) == []
    assert granted(generated) == ({} if key == "Id" else {key: False})


def test_a_key_of_the_organizations_own_can_be_looked_up_by():
    """It is an external id; it may be there already, which is told."""
    generated, _ = generate(match={"salesforce": "Billing_Id__c"})

    told = field(generated, "Billing_Id__c")
    assert (told["type"], told["length"], told["externalId"]) == ("Text", "255", "true")
    assert generated.notes == (
        "Billing_Id__c: if the Accounts have this key already, remove its file before you deploy",
    )


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"fields": {"due": "Money__c", "overdue": "money__c"}}, "due, overdue have the field money__c"),
        ({"fields": {"due": "Id"}}, "match, due have the field id"),
    ],
)
def test_a_field_with_two_uses_is_refused(settings, says):
    """One file cannot define two fields."""
    with pytest.raises(ConfigurationError, match=says):
        generate(**settings)


def test_long_names_of_custom_fields_become_labels_that_fit():
    """A label has at most 40 characters, on one line; a name that XML cannot hold leaves the id."""
    long, odd = definition("Long\nname " + "x" * 2_000, "TEXT"), {**definition("", "DATE"), "name": "\x01"}
    generated, _ = generate([long, odd], custom_fields={long["id"]: "Long__c", odd["id"]: "Odd__c"})

    assert field(generated, "Long__c")["label"] == "Long name " + "x" * 30
    assert len(field(generated, "Long__c")["description"]) == 1_000
    assert field(generated, "Odd__c")["label"] == odd["id"]


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
