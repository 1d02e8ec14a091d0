"""What the organization has in Upflow that tables refer to by name: users, workflows and custom fields."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Protocol, cast, get_args

from upflow_provider.records.custom_field_values import Kind
from upflow_provider.records.custom_fields import ENTITY_TYPES, CustomField, DefinedField, Definition
from upflow_provider.records.payloads import Collection
from upflow_provider.records.text import cleaned, is_id

Answer = Mapping[str, Any]


class Lists(Protocol):
    """The part of Upflow's client that lists what records refer to."""

    def users(self) -> Sequence[Answer]:
        """Return the members of the organization."""

    def dunning_plans(self) -> Iterator[Answer]:
        """Yield the workflows."""

    def list_custom_fields(self) -> Iterator[Answer]:
        """Yield the definitions of custom fields."""


class UpflowDirectory:
    """
    What the organization has in Upflow, listed when it is first asked for.

    Args:
        upflow: Lists users, workflows and definitions.
        collection: Whose custom fields they are.
        open_fields: Names of selects of which labels that they do not have make new options.
    """

    def __init__(self, upflow: Lists, collection: Collection, open_fields: Container[str] = ()) -> None:
        self._upflow, self._collection, self._open_fields = upflow, collection, open_fields

    @cached_property
    def managers(self) -> Mapping[str, str]:
        """Ids of users by their address, as it stands in Upflow's list."""
        return {cleaned(each.get("email")): each["id"] for each in self._upflow.users() if is_id(each.get("id"))}

    @cached_property
    def workflows(self) -> Mapping[str, str]:
        """
        Ids of workflows by their name, blanks included, because a name may end in one.

        The id is empty if several have the name.
        """
        found: dict[str, str] = {}
        for each in self._upflow.dunning_plans():
            if is_id(each.get("id")) and isinstance(each.get("name"), str):
                found[each["name"]] = "" if each["name"] in found else each["id"]
        return found

    @cached_property
    def fields(self) -> Mapping[str, DefinedField]:
        """Custom fields of the collection by name; of several that are alike, the first."""
        found: dict[str, DefinedField] = {}
        for known in self._definitions:
            found.setdefault(known.name, self._defined(known))
        return found

    @cached_property
    def ambiguous_fields(self) -> frozenset[str]:
        """Names that several custom fields of the collection have."""
        numbers = Counter(each.name for each in self._definitions)
        return frozenset(name for name, number in numbers.items() if number > 1)

    @cached_property
    def _definitions(self) -> Sequence[Definition]:
        listed = map(Definition.of, self._upflow.list_custom_fields())
        own = ENTITY_TYPES.get(self._collection)
        return [each for each in listed if each.name and each.entity_type == own]

    def _defined(self, known: Definition) -> DefinedField:
        kind = cast("Kind", known.kind if known.kind in get_args(Kind) else "TEXT")
        return DefinedField(CustomField(known.name, kind, known.name in self._open_fields), known)
