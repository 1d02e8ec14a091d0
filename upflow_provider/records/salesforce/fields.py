"""A field of Account, as Salesforce describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

NUMBER_TYPES = frozenset({"currency", "double", "int", "percent"})
"""Types whose values are numbers."""


_LABELS = {
    "boolean": "Checkbox",
    "currency": "Currency",
    "date": "Date",
    "datetime": "Date/Time",
    "double": "Number",
    "email": "Email",
    "id": "Record ID",
    "int": "Number",
    "multipicklist": "Multi-picklist",
    "percent": "Percent",
    "phone": "Phone",
    "picklist": "Picklist",
    "reference": "Lookup",
    "string": "Text",
    "url": "URL",
}


_TEXT_AREA_LENGTH = 255


@dataclass(frozen=True, slots=True)
class SalesforceField:
    """
    One field of the object Account, as the connected user sees it.

    Attributes:
        name: API name, e.g. ``Outstanding__c``.
        type: API type, e.g. ``double``.
        length: Most characters; 0 where the type has no length.
        precision: Most digits of a number, those after the point included.
        scale: Digits of a number after the point.
        updateable: Whether the connected user may write it.
        nillable: Whether it may be empty.
        calculated: Whether it is a formula or a roll-up summary.
        is_long: Whether it is a Text Area (Long).
        is_rich: Whether it is a Text Area (Rich), which holds HTML.
        restricted: Whether it is a picklist that takes its defined values only.
        values: Active picklist values (API names), in the order of their definition.
        filterable: Whether SOQL can filter by it.
    """

    name: str
    type: str
    length: int
    precision: int
    scale: int
    updateable: bool
    nillable: bool
    calculated: bool
    is_long: bool
    is_rich: bool
    restricted: bool
    values: tuple[str, ...]
    filterable: bool

    @classmethod
    def of(cls, described: Mapping[str, Any]) -> SalesforceField:
        """
        Read one element of ``fields`` of ``GET sobjects/Account/describe``.

        A text area is long by its length: standard ones of 255 characters, such as ``BillingStreet``, are
        ``plaintextarea`` too. The marks of a rich one are assumed: none was seen in a recorded describe. A
        whole number (``int``) has ``digits`` in place of a precision.
        """
        is_area = described["type"] == "textarea"
        is_rich = is_area and (described.get("extraTypeInfo") == "richtextarea" or bool(described.get("htmlFormatted")))
        return cls(
            name=described["name"],
            type=described["type"],
            length=described["length"],
            precision=described["precision"] or described.get("digits", 0),
            scale=described["scale"],
            updateable=described["updateable"],
            nillable=described["nillable"],
            calculated=described["calculated"],
            is_long=is_area and not is_rich and described["length"] > _TEXT_AREA_LENGTH,
            is_rich=is_rich,
            restricted=described["restrictedPicklist"],
            values=tuple(each["value"] for each in described["picklistValues"] if each["active"]),
            filterable=described["filterable"],
        )

    @property
    def label(self) -> str:
        """Name of its type, as Salesforce's setup pages and Upflow's table spell it."""
        if self.type != "textarea":
            return _LABELS.get(self.type, self.type)
        if self.is_rich:
            return "Text Area (Rich)"
        return "Text Area (Long)" if self.is_long else "Text Area"
