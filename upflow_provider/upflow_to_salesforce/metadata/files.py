"""
Fields of Account and a permission set, as files that an administrator deploys to Salesforce.

This package creates nothing in Salesforce, because a user who writes Accounts should not be able to change objects. The
files are a project of Salesforce's command line (``sf project deploy start``), in its source format: one file a field
(https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/customfield.htm), and a permission set,
without which nobody sees a new field. The same mapping always yields the same files.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from upflow_provider.errors import ConfigurationError
from upflow_provider.records.salesforce.customer_key import CUSTOM_FIELD, custom_values
from upflow_provider.upflow_to_salesforce.field_mapping import FieldMapping
from upflow_provider.upflow_to_salesforce.mapping.fields import BY_NAME, Kind
from upflow_provider.upflow_to_salesforce.metadata.xml import Body, Node, line, xml

PROJECT = "sfdx-project.json"
SOURCE = "force-app/main/default"
PERMISSION_SET = "Upflow_Export"
API_VERSION = "59.0"
"""Version of Salesforce's API in which the files are written; the one that Airflow's hook uses by default."""

LONGEST_LABEL, LONGEST_DESCRIPTION, LONGEST_OPTION = 40, 1_000, 255
"""Most characters of a field's label, of its description, and of a picklist value."""

TYPES: Mapping[Kind, Body] = {
    "amount": {"precision": 18, "required": False, "scale": 2, "type": "Currency"},
    "count": {"precision": 18, "required": False, "scale": 0, "type": "Number"},
    "number": {"precision": 18, "required": False, "scale": 1, "type": "Number"},
    "text": {"length": 255, "required": False, "type": "Text", "unique": False},
    "url": {"required": False, "type": "Url"},
    "portal_url": {"length": 32768, "type": "LongTextArea", "visibleLines": 3},
    "TEXT": {"length": 4000, "type": "LongTextArea", "visibleLines": 3},
    "SELECT": {"required": False, "type": "Picklist"},
    "MULTI_SELECT": {"required": False, "type": "MultiselectPicklist", "visibleLines": 4},
    "DATE": {"required": False, "type": "Date"},
    "BOOLEAN": {"defaultValue": False, "type": "Checkbox"},
    "NUMBER": {"precision": 18, "required": False, "scale": 4, "type": "Number"},
}
"""
How the field of each kind is defined; one of the types that Upflow's table allows for it.

A text in Upflow has up to 2,000 characters, which a Text field of 255 would refuse; a line break counts as two.
Numbers have four decimals, because rounding loses the rest. Picklists take any value: Upflow adds options as they
come, and a restricted picklist would refuse the customers that have a new one.
"""

HELP = "Comes from Upflow. Edits made here are overwritten."

NOT_PERMISSIONABLE = frozenset({"FirstName", "Id", "LastName", "Name", "OwnerId", "RecordTypeId", "Salutation"})
"""Standard fields that come with the object: a permission set that names one cannot be deployed."""

_PICKLISTS = frozenset({"SELECT", "MULTI_SELECT"})
_KEY: Body = {
    "description": "Identifies the Upflow customer of this Account",
    "externalId": True,
    "label": "Upflow customer key",
    "length": 255,
    "required": False,
    "type": "Text",
    "unique": False,
}
_EDIT_ACCOUNT: Body = {
    "allowCreate": False,
    "allowDelete": False,
    "allowEdit": True,
    "allowRead": True,
    "modifyAllRecords": False,
    "object": "Account",
    "viewAllRecords": False,
}
_PROJECT = {"packageDirectories": [{"path": "force-app", "default": True}], "sourceApiVersion": API_VERSION}
_OWN = re.compile(r"(?=\w{4,43}$)[A-Za-z](?:_?[A-Za-z0-9])*__c")
_PACKAGED = re.compile(r"[A-Za-z](?:_?[A-Za-z0-9])*__[A-Za-z](?:_?[A-Za-z0-9])*__c")
_PART_OF_ADDRESS = re.compile(
    r"^(Billing|Shipping|PersonMailing|PersonOther)(?:Street|City|State|StateCode|PostalCode|Country|CountryCode)$"
)


@dataclass(frozen=True, slots=True)
class Metadata:
    """
    Files for Salesforce, and what they leave to the administrator.

    Attributes:
        files: Text by path, relative to the project's folder, in the order of their paths.
        notes: Sentences about fields that have no file, or need a look before they are deployed.
    """

    files: Mapping[str, str]
    notes: Sequence[str]


def metadata(mapping: FieldMapping, *, clear: Sequence[str] = ()) -> Metadata:
    """
    Return the files that make Salesforce ready for an export.

    There is a file for each custom field that is mapping, and for the key. Standard fields and those of a package are
    there already: they are in the permission set only, which lets its users see all fields and edit all but the key.

    Args:
        mapping: The mapping.
        clear: API names of fields whose values are to be cleared: they are in the permission set, too.

    Raises:
        ConfigurationError: Several fields of Upflow are mapped to one of Salesforce, or one is mapped to the key.
    """
    _check(mapping)
    bodies, editable, notes = _definitions(mapping, clear)
    if _OWN.fullmatch(mapping.match_field):
        bodies[mapping.match_field] = _KEY
        notes.append(f"{mapping.match_field}: if the Accounts have this key already, remove its file before you deploy")
    files = {
        f"{SOURCE}/objects/Account/fields/{name}.field-meta.xml": xml("CustomField", {"fullName": name, **body})
        for name, body in bodies.items()
    }
    files[f"{SOURCE}/permissionsets/{PERMISSION_SET}.permissionset-meta.xml"] = _permission_set(editable)
    files[PROJECT] = json.dumps(_PROJECT, indent=2) + "\n"
    return Metadata(dict(sorted(files.items())), tuple(notes))


def with_options_in_use(mapping: FieldMapping, customers: Iterable[Mapping[str, Any]]) -> FieldMapping:
    """
    Return a mapping that knows which options of its select fields customers have.

    Upflow does not document that it tells the options of a field. If it does, these are taken; customers are read only
    if a field has none.

    Args:
        mapping: The mapping.
        customers: Upflow's list.
    """
    unknown = {name for name in mapping.names if mapping.kinds[name] in _PICKLISTS and not mapping.options.get(name)}
    used: dict[str, set[str]] = {name: set() for name in unknown}
    for customer in customers if unknown else ():
        values = custom_values(customer, mapping.definitions)
        for name in unknown & values.keys():
            value: Any = values[name] or []
            chosen = value if isinstance(value, list) else [value]
            used[name].update(each["label"] if isinstance(each, Mapping) else each for each in chosen)
    return replace(mapping, options={**mapping.options, **{name: sorted(labels) for name, labels in used.items()}})


def _check(mapping: FieldMapping) -> None:
    users: dict[str, list[str]] = {mapping.match_field.lower(): ["match"]}
    for upflow, name in mapping.names.items():
        users.setdefault(name.lower(), []).append(upflow)
    problems = [f"{', '.join(several)} have the field {name}" for name, several in users.items() if len(several) > 1]
    if problems:
        raise ConfigurationError(f"salesforce settings: {'; '.join(problems)}; give each a field of its own")


def _definitions(mapping: FieldMapping, clear: Sequence[str]) -> tuple[dict[str, Body], dict[str, bool], list[str]]:
    """Return the definitions of mapped fields, whether each field in the permission set may be edited, and notes."""
    bodies: dict[str, Body] = {}
    notes: list[str] = []
    editable = {mapping.match_field: False} | dict.fromkeys((*mapping.names.values(), *clear), True)
    for upflow, name in mapping.names.items():
        if not _OWN.fullmatch(name):
            notes.append(_not_own(name))
        elif mapping.kinds[upflow] in _PICKLISTS and not _options(upflow, mapping):
            notes.append(f"{name}: left out, because a picklist needs values, and no customer has one yet")
            del editable[name]
        else:
            bodies[name] = _body(upflow, mapping)
    return bodies, editable, notes


def _not_own(name: str) -> str:
    if _permitted(name):
        return f"{name}: no file, because it is a standard field or belongs to a package; it must be there already"
    return f"{name}: neither file nor permission, because nobody can create this field or grant access to it"


def _permitted(name: str) -> str | None:
    """Return the name under which a permission set grants a field, ``None`` for one that it cannot grant."""
    if _OWN.fullmatch(name) or _PACKAGED.fullmatch(name):
        return name
    if "__" in name or name in NOT_PERMISSIONABLE:
        return None
    return _PART_OF_ADDRESS.sub(r"\1Address", name)


def _body(upflow: str, mapping: FieldMapping) -> Body:
    """Return the definition of a field, but for its name."""
    kind = mapping.kinds[upflow]
    if field := BY_NAME.get(upflow):
        label = what = f"Upflow {field.label}"
    else:
        definition = mapping.definitions[upflow.removeprefix(CUSTOM_FIELD)]
        label = line(definition.get("name") or "") or definition["id"]
        what = f"Upflow custom field {label}"
    body: dict[str, Node | list[Node]] = {
        **TYPES[kind],
        "description": f"{what}, kept up to date by upflow-provider"[:LONGEST_DESCRIPTION],
        "inlineHelpText": HELP,
        "label": label[:LONGEST_LABEL].strip(),
    }
    if kind in _PICKLISTS:
        values: list[Node] = [{"fullName": each, "default": False, "label": each} for each in _options(upflow, mapping)]
        body["valueSet"] = {"restricted": False, "valueSetDefinition": {"sorted": False, "value": values}}
    return dict(sorted(body.items()))


def _options(upflow: str, mapping: FieldMapping) -> list[str]:
    """Return the values of a picklist; those that Salesforce takes for equal once, those that are too long never."""
    values: dict[str, str] = {}
    for each in map(line, mapping.options.get(upflow, ())):
        values.setdefault(each.casefold(), each)
    return [each for each in values.values() if 0 < len(each) <= LONGEST_OPTION]


def _permission_set(editable: Mapping[str, bool]) -> str:
    granted: dict[str, bool] = {}
    for name, edit in editable.items():
        if permitted := _permitted(name):
            granted[f"Account.{permitted}"] = edit or granted.get(f"Account.{permitted}", False)
    return xml(
        "PermissionSet",
        {
            "description": "Access that upflow-provider needs to write Upflow's customer data to Accounts",
            "fieldPermissions": [
                {"editable": granted[name], "field": name, "readable": True} for name in sorted(granted)
            ],
            "hasActivationRequired": False,
            "label": "Upflow export",
            "objectPermissions": _EDIT_ACCOUNT,
        },
    )
