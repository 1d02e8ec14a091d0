"""
Fields of the fake Salesforce, in the shape in which ``describe`` tells of them.

Every builder takes attributes of the describe answer by their own names too:
``text_field("Billing_Id__c", 20, externalId=True, unique=True)``.
"""

from collections.abc import Iterable
from typing import Any

Field = dict[str, Any]
"""One field as ``describe`` tells of it."""

_PLAIN: Field = {
    "aggregatable": True,
    "aiPredictionField": False,
    "autoNumber": False,
    "byteLength": 0,
    "calculated": False,
    "calculatedFormula": None,
    "cascadeDelete": False,
    "caseSensitive": False,
    "compoundFieldName": None,
    "controllerName": None,
    "createable": True,
    "custom": True,
    "defaultValue": None,
    "defaultValueFormula": None,
    "defaultedOnCreate": False,
    "dependentPicklist": False,
    "deprecatedAndHidden": False,
    "digits": 0,
    "displayLocationInDecimal": False,
    "encrypted": False,
    "externalId": False,
    "extraTypeInfo": None,
    "filterable": True,
    "filteredLookupInfo": None,
    "formulaTreatNullNumberAsZero": False,
    "groupable": True,
    "highScaleNumber": False,
    "htmlFormatted": False,
    "idLookup": False,
    "inlineHelpText": None,
    "label": "",
    "length": 0,
    "mask": None,
    "maskType": None,
    "name": "",
    "nameField": False,
    "namePointing": False,
    "nillable": True,
    "permissionable": True,
    "picklistValues": [],
    "polymorphicForeignKey": False,
    "precision": 0,
    "queryByDistance": False,
    "referenceTargetField": None,
    "referenceTo": [],
    "relationshipName": None,
    "relationshipOrder": None,
    "restrictedDelete": False,
    "restrictedPicklist": False,
    "scale": 0,
    "searchPrefilterable": False,
    "soapType": "xsd:string",
    "sortable": True,
    "type": "string",
    "unique": False,
    "updateable": True,
    "writeRequiresMasterRead": False,
}
_SYSTEM: Field = {"createable": False, "updateable": False, "permissionable": False, "defaultedOnCreate": True}
_LONG: Field = {"aggregatable": False, "filterable": False, "groupable": False, "sortable": False}


def field(name: str, kind: str, **attributes: Any) -> Field:  # noqa: ANN401 - JSON
    """
    Return a field.

    Args:
        name: API name; that of a custom field ends with ``__c``.
        kind: Salesforce's ``type``.
        attributes: Other attributes of the describe answer that are not as in a plain text field.

    Raises:
        ValueError: An attribute does not exist.
    """
    if unknown := attributes.keys() - _PLAIN.keys():
        raise ValueError(f"a field has no attribute {', '.join(sorted(unknown))}")
    label = name.removesuffix("__c").replace("_", " ")
    return {**_PLAIN, "name": name, "label": label, "type": kind, "custom": name.endswith("__c"), **attributes}


def text_field(name: str, length: int = 255, **attributes: Any) -> Field:  # noqa: ANN401 - JSON
    """Return a Text field of at most *length* characters."""
    return field(name, "string", **{"length": length, "byteLength": 3 * length, **attributes})


def text_area_field(name: str, length: int = 255, **attributes: Any) -> Field:  # noqa: ANN401 - JSON
    """Return a Text Area."""
    return text_field(name, length, **{"type": "textarea", "extraTypeInfo": "plaintextarea", **attributes})


def long_text_field(name: str, length: int = 32_768, **attributes: Any) -> Field:  # noqa: ANN401 - JSON
    """Return a Text Area (Long), which no query can filter or sort by."""
    return text_area_field(name, length, **{**_LONG, **attributes})


def rich_text_field(name: str, length: int = 32_768, **attributes: Any) -> Field:  # noqa: ANN401 - JSON
    """Return a Text Area (Rich), which holds HTML."""
    return long_text_field(name, length, **{"extraTypeInfo": "richtextarea", "htmlFormatted": True, **attributes})


def url_field(name: str, length: int = 255, **attributes: Any) -> Field:  # noqa: ANN401 - JSON
    """Return a URL field; Salesforce's own are 255 characters long."""
    return text_field(name, length, **{"type": "url", **attributes})


def number_field(name: str, precision: int = 18, scale: int = 0, **attributes: Any) -> Field:  # noqa: ANN401 - JSON
    """Return a Number field of *precision* digits, *scale* of them behind the decimal point."""
    numeric = {"precision": precision, "scale": scale, "soapType": "xsd:double", "groupable": False}
    return field(name, "double", **{**numeric, **attributes})


def currency_field(name: str, precision: int = 18, scale: int = 2, **attributes: Any) -> Field:  # noqa: ANN401 - JSON
    """Return a Currency field."""
    return number_field(name, precision, scale, **{"type": "currency", **attributes})


def picklist_field(
    name: str,
    values: Iterable[str],
    *,
    restricted: bool = True,
    inactive: Iterable[str] = (),
    **attributes: Any,  # noqa: ANN401 - JSON
) -> Field:
    """Return a Picklist; one that is not *restricted* takes any value."""
    options = [_option(each, active=True) for each in values] + [_option(each, active=False) for each in inactive]
    listed = {"restrictedPicklist": restricted, "picklistValues": options}
    return field(name, "picklist", **{"length": 255, "byteLength": 765, **listed, **attributes})


def multipicklist_field(
    name: str,
    values: Iterable[str],
    *,
    restricted: bool = True,
    inactive: Iterable[str] = (),
    **attributes: Any,  # noqa: ANN401 - JSON
) -> Field:
    """Return a Picklist (Multi-Select)."""
    several = {"type": "multipicklist", "length": 4099, "byteLength": 4099, "precision": 4}  # precision: lines shown
    kept = {"aggregatable": False, "groupable": False, "sortable": False}
    return picklist_field(name, values, restricted=restricted, inactive=inactive, **{**several, **kept, **attributes})


def date_field(name: str, **attributes: Any) -> Field:  # noqa: ANN401 - JSON
    """Return a Date field."""
    return field(name, "date", **{"soapType": "xsd:date", **attributes})


def checkbox_field(name: str, **attributes: Any) -> Field:  # noqa: ANN401 - JSON
    """Return a Checkbox, which is never null."""
    plain = {"nillable": False, "defaultValue": False, "defaultedOnCreate": True, "aggregatable": False}
    return field(name, "boolean", **{"soapType": "xsd:boolean", **plain, **attributes})


def reference_field(name: str, to: str = "Account", **attributes: Any) -> Field:  # noqa: ANN401 - JSON
    """Return a Lookup, which holds the Id of another record."""
    related = {"referenceTo": [to], "relationshipName": name.removesuffix("__c").removesuffix("Id") + "__r"}
    return field(name, "reference", **{"soapType": "tns:ID", "length": 18, "byteLength": 18, **related, **attributes})


def as_number(field: Field) -> Field:
    """Return a Number field in the place of another one, with the same name and the same use as a key."""
    kept = {name: field[name] for name in ("label", "externalId", "unique", "idLookup")}
    return number_field(field["name"], **kept)


def as_rich_text(field: Field) -> Field:
    """Return a Text Area (Rich) in the place of another field, with the same name."""
    return rich_text_field(field["name"], label=field["label"])


def standard_fields(currencies: Iterable[str] = ()) -> list[Field]:
    """
    Return the fields that every Account has here.

    Args:
        currencies: ISO codes of the currencies of a multi-currency org; none in any other org.
    """
    moment = {"soapType": "xsd:dateTime", "nillable": False, "groupable": False, **_SYSTEM}
    fields = [
        field("Id", "id", soapType="tns:ID", length=18, byteLength=18, nillable=False, idLookup=True, **_SYSTEM),
        checkbox_field("IsDeleted", **_SYSTEM),
        reference_field("MasterRecordId", **{**_SYSTEM, "defaultedOnCreate": False}),
        text_field("Name", nameField=True, nillable=False),
        picklist_field("Type", ("Prospect", "Customer - Direct", "Other"), restricted=False),
        text_field("AccountNumber", 40),
        url_field("Website"),
        currency_field("AnnualRevenue", scale=0),
        field("NumberOfEmployees", "int", digits=8, soapType="xsd:int"),
        long_text_field("Description", 32_000),
        text_area_field("BillingStreet"),
        *(field(name, "datetime", **moment) for name in ("CreatedDate", "LastModifiedDate", "SystemModstamp")),
    ]
    if listed := tuple(currencies):
        fields.append(picklist_field("CurrencyIsoCode", listed, length=3, byteLength=9, defaultedOnCreate=True))
    return fields


def _option(value: str, *, active: bool) -> dict[str, Any]:
    return {"active": active, "defaultValue": False, "label": value, "validFor": None, "value": value}
