"""
Custom fields of Upflow: what they are declared as, how Upflow defines them, and the values that they take. Pure.

Facts: Upflow's pages on custom fields and on the customer file (https://docs.upflow.io). The properties of a definition
are not documented: they are read in each likely spelling, and written in that of an existing definition.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from upflow_provider.records.custom_field_values import SELECTS, Kind, Unfit, Value, labels_in, parsed
from upflow_provider.records.text import cleaned, is_id, mapping_in

if TYPE_CHECKING:
    from upflow_provider.records.payloads import Collection, CustomFieldValue

ENTITY_TYPES: Mapping[Collection, str] = {"customers": "CUSTOMER", "invoices": "INVOICE", "payments": "PAYMENT"}
"""What Upflow calls the records of a collection in definitions. That of invoices is inferred."""

NEAR = 0.8
"""How much an unknown label must be like an option, 0 to 1, to be taken for a mistyped one."""
NAME_KEYS, ENTITY_KEYS, KIND_KEYS = ("name", "label"), ("entityType", "entity"), ("dataType", "type")
OPTION_KEYS, LABEL_KEYS = ("options", "values", "choices"), ("label", "name", "value")
"""Properties of a definition that may hold its name, its records, its kind, its options and their labels."""


@dataclass(frozen=True, slots=True)
class CustomField:
    """
    A custom field as an organization declares it.

    Attributes:
        name: Its name in Upflow.
        kind: What it holds.
        allow_new_options: Whether a label that Upflow does not know is sent, which makes a new option of it.
    """

    name: str
    kind: Kind = "TEXT"
    allow_new_options: bool = False


@dataclass(frozen=True, slots=True)
class Definition:
    """
    A custom field as Upflow defines it.

    Attributes:
        name: Its name; empty if Upflow does not show it.
        entity_type: What has it, such as ``CUSTOMER``.
        kind: What it holds, such as ``TEXT``; empty if Upflow does not show it.
        id: Upflow's id.
        external_id: Its external id, if it has one.
        options: Labels that it offers; ``None`` if Upflow does not show them.
        created_as: Name under which we have created it; empty if somebody else has.
    """

    name: str
    entity_type: str
    kind: str
    id: str | None = None
    external_id: str | None = None
    options: tuple[str, ...] | None = None
    created_as: str = ""

    @classmethod
    def of(cls, listed: Mapping[str, Any]) -> Definition:
        """Return a definition as Upflow lists it, or as `as_dict` returns it."""
        kind = re.sub(r"[^A-Z]", "_", cleaned(_first(KIND_KEYS, listed)).upper())
        entity_type = cleaned(_first(ENTITY_KEYS, listed)).upper() or ENTITY_TYPES["customers"]
        own_id, external_id = listed.get("id"), listed.get("externalId")
        return cls(
            cleaned(_first(NAME_KEYS, listed)),
            entity_type,
            kind,
            own_id if is_id(own_id) else None,
            external_id if is_id(external_id) else None,
            _labels(listed),
            cleaned(listed.get("createdAs")),
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the definition as JSON."""
        known = {"name": self.name, "entityType": self.entity_type, "dataType": self.kind, "id": self.id}
        shown = {} if self.options is None else {"options": list(self.options)}
        created = {"createdAs": self.created_as} if self.created_as else {}
        return {**known, "externalId": self.external_id, **shown, **created}


@dataclass(frozen=True, slots=True)
class DefinedField:
    """
    A declared field with its definition in Upflow.

    Attributes:
        field: What is declared.
        definition: What Upflow has; its kind is that of the field.
    """

    field: CustomField
    definition: Definition

    def value_of(self, source: object) -> CustomFieldValue | Unfit:
        """
        Return a source's value as Upflow takes it, with the field that it belongs to; or why it does not fit.

        Args:
            source: As for `parsed`.
        """
        value = self._spelt(parsed(self.field.kind, source))
        if isinstance(value, Unfit):
            return value
        unknown = () if self.field.allow_new_options else self._unknown_labels(value)
        return Unfit(self._near(unknown[0])) if unknown else self._item(value)

    def listed_value(self, values: Sequence[Mapping[str, Any]]) -> CustomFieldValue:
        """Return the value of the field among those that Upflow lists of a record, in the form in which it is sent."""
        own = self.definition
        held = [
            each.get("value")
            for each in values
            if (own.id and each.get("id") == own.id) or (own.external_id and each.get("externalId") == own.external_id)
        ]
        listed = held[0] if held else None
        value = self._spelt(parsed(self.field.kind, _as_sent(self.field.kind, listed)))
        return self._item(listed if isinstance(value, Unfit) else value)

    def _spelt(self, value: Value | Unfit) -> Value | Unfit:
        """Return labels in the form in which Upflow has them: an accent may be a character of its own, or not."""
        if isinstance(value, Unfit) or self.field.kind not in SELECTS or value is None:
            return value
        known = {comparable(each): each for each in self.definition.options or ()}
        labels = sorted({known.get(comparable(each), each) for each in labels_in(value)})
        return [{"label": each} for each in labels] if isinstance(value, list) else {"label": labels[0]}

    def _unknown_labels(self, value: Value) -> Sequence[str]:
        known = self.definition.options or ()
        return [label for label in labels_in(value) if label not in known] if self.field.kind in SELECTS else ()

    def _near(self, label: str) -> str:
        """Return the rule that an unknown label breaks, with the option that was probably meant."""
        spellings = {comparable(each).casefold(): each for each in self.definition.options or ()}
        near = get_close_matches(comparable(label).casefold(), spellings, n=1, cutoff=NEAR)
        meant = f"; Upflow has {spellings[near[0]]!r}" if near else ""
        return f"is not among the options of the field{meant}"

    def _item(self, value: Value) -> CustomFieldValue:
        if self.definition.id is not None:
            return {"id": self.definition.id, "value": value}
        return {"externalId": self.definition.external_id or "", "value": value}


def comparable(name: str) -> str:
    """Return a name in the form in which names are compared: clean, and with accents as parts of their characters."""
    return unicodedata.normalize("NFC", cleaned(name))


def _as_sent(kind: str, listed: object) -> object:
    """Return a value that Upflow lists in the form of a source: days without a time, labels as texts."""
    if isinstance(listed, list):
        return [mapping_in(each).get("label", each) for each in listed]
    if kind == "DATE" and isinstance(listed, str):
        return listed[:10]
    return mapping_in(listed).get("label", listed)


def _labels(listed: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Return the labels that a definition offers; ``None`` if it does not show them."""
    options = next((listed[key] for key in OPTION_KEYS if isinstance(listed.get(key), list)), None)
    if options is None:
        return None
    labels = [_first(LABEL_KEYS, each) if isinstance(each, dict) else each for each in options]
    return tuple(each for each in labels if isinstance(each, str))


def _first(keys: Sequence[str], listed: Mapping[str, Any]) -> object:
    return next((listed[key] for key in keys if listed.get(key)), None)
