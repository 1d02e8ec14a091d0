"""Files for Salesforce: what is written, and that the export's own check accepts it."""

import json

import pytest
import requests

from tests.upflow_to_salesforce.metadata.generation import (
    CUSTOM,
    EVERYTHING,
    FIELDS,
    PERMISSION_SET,
    SOAP,
    definition,
    field,
    generate,
    granted,
    own_names,
    tree,
    values,
)
from upflow_provider.clients.salesforce.bulk_jobs import SalesforceJobs
from upflow_provider.clients.salesforce.client import SalesforceClient
from upflow_provider.clients.salesforce.http import SalesforceHttp
from upflow_provider.clients.salesforce.login import Login
from upflow_provider.errors import ConfigurationError
from upflow_provider.testing.salesforce.org import fields as fake
from upflow_provider.upflow_to_salesforce.account_reader import AccountReader
from upflow_provider.upflow_to_salesforce.mapping.fields import BY_NAME, KINDS
from upflow_provider.upflow_to_salesforce.mapping.preflight import notes
from upflow_provider.upflow_to_salesforce.metadata.files import PROJECT, TYPES


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
