"""
Custom fields of Upflow: what they are declared as, how Upflow defines them, and the values that they take. Pure.

Facts: Upflow's pages on custom fields and on the customer file (https://docs.upflow.io). The properties of a definition
are not documented: they are read in each likely spelling, and written in that of an existing definition.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NamedTuple

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
    """

    name: str
    entity_type: str
    kind: str
    id: str | None = None
    external_id: str | None = None
    options: tuple[str, ...] | None = None

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
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the definition as JSON."""
        known = {"name": self.name, "entityType": self.entity_type, "dataType": self.kind, "id": self.id}
        shown = {} if self.options is None else {"options": list(self.options)}
        return {**known, "externalId": self.external_id, **shown}


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
        value = parsed(self.field.kind, source)
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
        value = parsed(self.field.kind, _as_sent(self.field.kind, listed))
        return self._item(listed if isinstance(value, Unfit) else value)

    def _unknown_labels(self, value: Value) -> Sequence[str]:
        known = self.definition.options or ()
        return [label for label in labels_in(value) if label not in known] if self.field.kind in SELECTS else ()

    def _near(self, label: str) -> str:
        """Return the rule that an unknown label breaks, with the option that was probably meant."""
        spellings = {each.casefold(): each for each in self.definition.options or ()}
        near = get_close_matches(label.casefold(), spellings, n=1, cutoff=NEAR)
        meant = f"; Upflow has {spellings[near[0]]!r}" if near else ""
        return f"is not among the options of the field{meant}"

    def _item(self, value: Value) -> CustomFieldValue:
        if self.definition.id is not None:
            return {"id": self.definition.id, "value": value}
        return {"externalId": self.definition.external_id or "", "value": value}


class Definitions(NamedTuple):
    """
    The declared fields of a collection, compared with what Upflow defines.

    Attributes:
        fields: Those that can be filled.
        missing: Those that Upflow does not have.
        problems: Why others cannot be filled, each with the remedy.
    """

    fields: tuple[DefinedField, ...]
    missing: tuple[CustomField, ...]
    problems: tuple[str, ...]


def defined(collection: Collection, declared: Sequence[CustomField], known: Sequence[Definition]) -> Definitions:
    """
    Compare declared fields with what Upflow defines.

    Args:
        collection: Whose fields they are.
        declared: The fields.
        known: Every definition that Upflow has; of several that are alike, the first is filled.
    """
    own = [each for each in known if each.entity_type == ENTITY_TYPES[collection]]
    fields: list[DefinedField] = []
    missing: list[CustomField] = []
    problems: list[str] = []
    for field in declared:
        named = [each for each in own if each.name == field.name]
        alike = [each.name for each in own if each.name.casefold() == field.name.casefold()]
        fitting = [each for each in named if not _misfit(field, each)]
        fields += [DefinedField(field, each) for each in fitting[:1]]
        if not alike:
            missing.append(field)
        elif problem := _problem(field, named, alike):
            problems.append(f"custom field {field.name!r} of {collection}: {problem}")
    return Definitions(tuple(fields), tuple(missing), tuple(problems))


def creation(collection: Collection, field: CustomField, existing: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """
    Return the body of a request that defines a field, in the spelling of an existing definition if there is one.

    Args:
        collection: What is to have it.
        field: The field.
        existing: Definitions as Upflow lists them.
    """
    spelling = existing[0] if existing else {}
    return {
        _spelt(NAME_KEYS, spelling): field.name,
        _spelt(ENTITY_KEYS, spelling): ENTITY_TYPES[collection],
        _spelt(KIND_KEYS, spelling): field.kind,
    }


def _as_sent(kind: str, listed: object) -> object:
    """Return a value that Upflow lists in the form of a source: days without a time, labels as texts."""
    if isinstance(listed, list):
        return [mapping_in(each).get("label", each) for each in listed]
    if kind == "DATE" and isinstance(listed, str):
        return listed[:10]
    return mapping_in(listed).get("label", listed)


def _problem(field: CustomField, named: Sequence[Definition], alike: Sequence[str]) -> str:
    """Return what is wrong with a field that Upflow has, and the remedy; empty if nothing is."""
    if not named:
        return f"Upflow has {alike[0]!r}; write it like that in organizations.yaml"
    if len(named) > 1:
        return "Upflow has several of this name; one at most is filled, so rename or delete the others"
    return _misfit(field, named[0])


def _misfit(field: CustomField, known: Definition) -> str:
    """Return why a definition cannot have the values of a field, and the remedy; empty if it can."""
    if known.kind != field.kind:
        has = f"has the type {known.kind}" if known.kind else "does not show its type"
        return f"is declared as {field.kind}, but Upflow {has}; correct its type in organizations.yaml"
    if not (known.id or known.external_id):
        return "Upflow shows no id of it, so that no value can be set; ask Upflow's support"
    if field.kind in SELECTS and not field.allow_new_options and not known.options:
        shows = "Upflow does not show its options" if known.options is None else "it has no options yet"
        return f"{shows}, so that no label is known; add options in Upflow, or set allow_new_options: true"
    return ""


def _labels(listed: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Return the labels that a definition offers; ``None`` if it does not show them."""
    options = next((listed[key] for key in OPTION_KEYS if isinstance(listed.get(key), list)), None)
    if options is None:
        return None
    labels = [_first(LABEL_KEYS, each) if isinstance(each, dict) else each for each in options]
    return tuple(each for each in labels if isinstance(each, str))


def _first(keys: Sequence[str], listed: Mapping[str, Any]) -> object:
    return next((listed[key] for key in keys if listed.get(key)), None)


def _spelt(keys: Sequence[str], listed: Mapping[str, Any]) -> str:
    return next((key for key in keys if key in listed), keys[0])
