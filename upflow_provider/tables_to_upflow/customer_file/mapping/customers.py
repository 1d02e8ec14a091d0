"""The lines about one customer become one record, and what differs from Upflow becomes a change. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from upflow_provider.records.custom_fields import DefinedField
from upflow_provider.records.text import entries_in, mapping_in
from upflow_provider.tables_to_upflow.customer_file.mapping.contacts import merged_contacts
from upflow_provider.tables_to_upflow.customer_file.mapping.kinds import ADDRESS, TEXTS, TITLES
from upflow_provider.tables_to_upflow.customer_file.mapping.lines import CLEARED

ASSIGNMENTS = {"accountManager": "accountManagerId", "workflow": "dunningPlanId"}
"""Fields of a customer that ids of users and workflows are set in."""


class SaidLine(NamedTuple):
    """
    What one line says.

    Attributes:
        line: Where it stands.
        content: As `ParsedLine.content`.
    """

    line: int
    content: Mapping[str, Any]


class Refusal(NamedTuple):
    """
    A line that is refused because of others about the same customer.

    Attributes:
        line: Where it stands.
        reason: Why.
    """

    line: int
    reason: str


class MergedLines(NamedTuple):
    """
    What the lines about one customer say together.

    Attributes:
        content: Their record: ``name``, ``values``, ``fields``, ``parent`` and ``contacts``; and which lines say what:
            ``detailLines``, and ``contactLines`` by address, with its case folded.
        lines: Lines that it is made of.
        refusals: Lines that contradict each other, and are left out.
    """

    content: dict[str, Any]
    lines: tuple[int, ...]
    refusals: tuple[Refusal, ...]


def merged(rows: Sequence[SaidLine]) -> MergedLines:
    """
    Return what the lines about one customer say together; an empty cell agrees with every other.

    Lines that contradict each other are refused, all of them: nobody knows which one is right.
    """
    refusals = {each.line: each for each in _contradictions(rows)} if len(rows) > 1 else {}
    contacts, refused = merged_contacts([(row.line, row.content["contact"]) for row in rows if row.content["contact"]])
    refusals |= {line: Refusal(line, reason) for line, reason in refused.items() if line not in refusals}
    good = [row for row in rows if row.line not in refusals]
    if len(good) < len(rows):
        contacts, _ = merged_contacts([(row.line, row.content["contact"]) for row in good if row.content["contact"]])
    content = {
        "name": next(iter(_filled(good, "name")), ""),
        "values": _together(row.content["values"] for row in good),
        "fields": _together(row.content["fields"] for row in good),
        "parent": _parent(row.content["parent"] for row in good),
        "contacts": contacts,
        "detailLines": [row.line for row in good if any(row.content[each] for each in ("values", "fields", "parent"))],
        "contactLines": _contact_lines(good),
    }
    return MergedLines(content, tuple(row.line for row in good), tuple(sorted(refusals.values())))


def _contact_lines(rows: Iterable[SaidLine]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for row in rows:
        if row.content["contact"]:
            found.setdefault(row.content["contact"]["email"].casefold(), []).append(row.line)
    return found


def _filled(rows: Iterable[SaidLine], name: str) -> list[str]:
    return [row.content[name] for row in rows if row.content[name]]


def _together(said: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return values of several lines; one clears only what no other fills."""
    found: dict[str, Any] = {}
    for values in said:
        found |= {name: value for name, value in values.items() if value not in (None, CLEARED) or name not in found}
    return found


def _parent(said: Iterable[Sequence[str] | None]) -> list[str] | None:
    """Return id and name of the parent; two empty ones if it is cleared, ``None`` if no line says anything."""
    parents = [each for each in said if each is not None]
    if not parents:
        return None
    return [next((each[place] for each in parents if each[place]), "") for place in (0, 1)]


def _contradictions(rows: Sequence[SaidLine]) -> Iterable[Refusal]:
    first: dict[str, SaidLine] = {}
    values: dict[str, Any] = {}
    refused: dict[int, Refusal] = {}
    for row in rows:
        for name, value in _said(row.content):
            if name not in values:
                first[name], values[name] = row, value
            elif values[name] != value:
                for one, other in ((row, first[name]), (first[name], row)):
                    reason = f"{TITLES.get(name, name)}: line {other.line} says something else; keep one"
                    refused.setdefault(one.line, Refusal(one.line, reason))
    return refused.values()


def _said(content: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    """Yield what a line fills, by name."""
    if content["name"]:
        yield "name", content["name"]
    yield from ((name, value) for name, value in content["values"].items() if value)
    yield from ((name, value) for name, value in content["fields"].items() if value is not None)
    for name, value in zip(("parentId", "parentName"), content["parent"] or (), strict=False):
        if value:
            yield name, value


def changes(
    content: Mapping[str, Any],
    shown: Mapping[str, Any],
    fields: Mapping[str, DefinedField],
    parent: Mapping[str, str] | None,
) -> dict[str, Any]:
    """
    Return the fields of a customer that differ from what Upflow shows, as its API takes them.

    Of an address, only the cells of the file are among them; see `whole_address`.

    Args:
        content: As `MergedLines.content`.
        shown: The customer as Upflow shows it; empty if it is new.
        fields: Custom fields of customers by name.
        parent: Reference to the parent at the top; ``None`` if it is cleared or not mentioned.
    """
    found: dict[str, Any] = {}
    if content["name"] and content["name"] != shown.get("name"):
        found["name"] = content["name"]
    values = content["values"]
    found |= {name: values[name] for name in TEXTS if name in values and values[name] != (shown.get(name) or "")}
    for name, field in ASSIGNMENTS.items():
        if name in values and (values[name] or None) != shown.get(field):
            found[field] = values[name] or None
    found |= _address(values, mapping_in(shown.get("address")))
    found |= _custom_fields(content["fields"], shown, fields)
    if content["parent"] is not None:
        found |= _parent_change(parent, mapping_in(shown.get("parent")))
    return found


def _address(values: Mapping[str, str], shown: Mapping[str, Any]) -> dict[str, Any]:
    """Return the cells of an address if one of them differs."""
    cells = {name: values[name] for name in ADDRESS if name in values}
    return {"address": cells} if any((shown.get(name) or "") != cell for name, cell in cells.items()) else {}


def whole_address(cells: Mapping[str, str], shown: Mapping[str, Any]) -> dict[str, str] | None:
    """
    Return an address of which some cells change, because Upflow takes it as a whole; ``None`` if it is right already.

    Args:
        cells: Those that change, by name.
        shown: The address as Upflow shows it right now; empty if there is none.
    """
    before = {name: shown.get(name) or "" for name in ADDRESS}
    after = {**before, **cells}
    return after if after != before else None


def _custom_fields(
    values: Mapping[str, Any], shown: Mapping[str, Any], fields: Mapping[str, DefinedField]
) -> dict[str, Any]:
    held, changed = entries_in(shown.get("customFields")), []
    for name, value in values.items():
        known = fields[name].listed_value(held)
        if known["value"] != value:
            changed.append({**known, "value": value})
    return {"customFields": changed} if changed else {}


def _parent_change(parent: Mapping[str, str] | None, shown: Mapping[str, Any]) -> dict[str, Any]:
    if parent is None:
        return {"parent": None} if shown.get("id") or shown.get("externalId") else {}
    is_same = any(parent.get(key) and parent[key] == shown.get(key) for key in ("id", "externalId"))
    return {} if is_same else {"parent": {key: parent[key] for key in ("externalId", "id") if parent.get(key)}}


def created(changed: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a new customer is created with: nothing that only clears."""
    return {name: value for name, value in changed.items() if value not in (None, CLEARED)}
