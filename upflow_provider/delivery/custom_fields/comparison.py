"""
Declared custom fields, compared with what Upflow defines. Pure.

Names are compared in one form, so that a field is never created a second time because of a blank or an accent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from upflow_provider.records.custom_field_values import SELECTS
from upflow_provider.records.custom_fields import (
    ENTITY_KEYS,
    ENTITY_TYPES,
    KIND_KEYS,
    NAME_KEYS,
    CustomField,
    DefinedField,
    Definition,
    comparable,
)
from upflow_provider.records.payloads import Collection


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
        name = comparable(field.name)
        named = [each for each in own if comparable(each.name) == name]
        # Upflow may show a name in another form than that in which it was created, or people may have changed it.
        named = named or [each for each in own if comparable(each.created_as) == name]
        alike = [each.name for each in (named or own) if named or comparable(each.name).casefold() == name.casefold()]
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
        if known.options is None:
            return "Upflow does not show its options, so that no label is known; only allow_new_options: true fills it"
        return "it has no options yet, so that no label is known; add options in Upflow, or set allow_new_options: true"
    return ""


def _spelt(keys: Sequence[str], listed: Mapping[str, Any]) -> str:
    return next((key for key in keys if key in listed), keys[0])
