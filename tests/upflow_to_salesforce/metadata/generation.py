"""The files of an export's settings, and what is in them."""

from xml.etree import ElementTree as ET

from upflow_provider.upflow_to_salesforce.field_mapping import FieldMapping
from upflow_provider.upflow_to_salesforce.mapping.fields import KINDS
from upflow_provider.upflow_to_salesforce.metadata.files import metadata
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


def own_names(generated):
    """Return the names of the fields that have a file."""
    return [path.split("/")[-1].removesuffix(".field-meta.xml") for path in generated.files if path.startswith(FIELDS)]
