"""
A line of a customer file: each of its cells is checked. Pure.

White space around ids, addresses and texts does not count; names of workflows and of options are compared exactly as
they stand. One bad cell refuses the whole line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from upflow_provider.records.contacts import Address
from upflow_provider.records.custom_fields import DefinedField
from upflow_provider.records.text import ID_LENGTH_MAX, cleaned, is_id
from upflow_provider.tables_to_upflow.customer_file.mapping.columns import FileColumns
from upflow_provider.tables_to_upflow.customer_file.mapping.fields import value_in
from upflow_provider.tables_to_upflow.customer_file.mapping.kinds import ADDRESS, CONTACT_TEXTS, TEXTS, TITLES, Part
from upflow_provider.tables_to_upflow.customer_file.mapping.positions import DEFAULT_POSITIONS, PositionNames
from upflow_provider.tables_to_upflow.mapping.cells import CellError
from upflow_provider.tables_to_upflow.mapping.problems import Problem

CLEARED = ""
"""Stands for the value of a cell that clears what Upflow has."""


@dataclass(frozen=True, slots=True)
class References:
    """
    What lines refer to by name.

    Attributes:
        managers: Ids of users by e-mail address in lower case.
        workflows: Ids of workflows by name; empty if several have it.
        fields: Custom fields of customers by name.
        positions: Names of the positions of contacts.
    """

    managers: Mapping[str, str] = field(default_factory=dict)
    workflows: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, DefinedField] = field(default_factory=dict)
    positions: PositionNames = DEFAULT_POSITIONS


@dataclass(slots=True)
class ParsedLine:
    """
    What a line says.

    Attributes:
        external_id: External id of the customer; empty if the line does not name it.
        name: Name of the customer; empty likewise.
        values: Details and assignments by name; ``""`` clears.
        fields: Values of custom fields by name; ``None`` clears.
        parent: Id and name of the parent, each empty if not named; ``None`` if the line says nothing about it. Two
            empty ones take the customer off its parent.
        contact: The contact, with ``email``; ``None`` if there is none.
        problems: Why the line is refused.
    """

    external_id: str = ""
    name: str = ""
    values: dict[str, str] = field(default_factory=dict)
    fields: dict[str, Any] = field(default_factory=dict)
    parent: tuple[str, str] | None = None
    contact: dict[str, Any] | None = None
    problems: list[Problem] = field(default_factory=list)

    @property
    def content(self) -> dict[str, Any]:
        """What it says, as JSON."""
        own = {"name": self.name, "values": self.values, "fields": self.fields, "contact": self.contact}
        return {**own, "parent": list(self.parent) if self.parent else None}


_Parser = Callable[[ParsedLine, str, str], None]
"""Parses a cell that is not empty, given by the name of its column."""


class LineParser:
    """
    Parses the lines of one file.

    Args:
        columns: Its columns.
        references: What lines refer to.
        clear_empty: Whether an empty optional cell clears what Upflow has.
    """

    def __init__(self, columns: FileColumns, references: References, *, clear_empty: bool = False) -> None:
        self._references, self._clear_empty = references, clear_empty
        self._headers = {each.column.name: each.header for each in columns.used}
        parsers: dict[Part, _Parser] = {
            Part.IDENTITY: self._identity,
            Part.DETAILS: self._detail,
            Part.ASSIGNMENT: self._assignment,
            Part.FIELDS: self._field,
            Part.CONTACTS: self._contact,
        }
        self._used = [(each, each.position, parsers[each.column.part]) for each in columns.used]

    def parse(self, cells: Sequence[str]) -> ParsedLine:
        """Return what a line says, with every problem that it has."""
        line = ParsedLine()
        for used, position, parser in self._used:
            cell = cells[position]
            if cell and not cell.isspace():
                try:
                    parser(line, used.column.name, cell)
                except CellError as error:
                    line.problems.append(Problem(used.header, str(error)))
            elif self._clear_empty:
                self._clear(line, used.column.part, used.column.name)
        self._complete(line)
        return line

    def _clear(self, line: ParsedLine, part: Part, name: str) -> None:
        """Note that an empty cell clears; what names a customer, and who is the main contact, is never cleared."""
        if name in ("parentId", "parentName"):
            line.parent = line.parent or ("", "")
        elif part is Part.FIELDS:
            line.fields[name] = None
        elif name in CONTACT_TEXTS:
            line.contact = {**(line.contact or {}), name: CLEARED}
        elif part in (Part.DETAILS, Part.ASSIGNMENT):
            line.values[name] = CLEARED

    def _identity(self, line: ParsedLine, name: str, cell: str) -> None:
        if name == "name":
            line.name = cleaned(cell)
        else:
            line.external_id = id_in(cell)

    def _detail(self, line: ParsedLine, name: str, cell: str) -> None:
        if name in ("parentId", "parentName"):
            known_id, known_name = line.parent or ("", "")
            line.parent = (id_in(cell), known_name) if name == "parentId" else (known_id, cleaned(cell))
        elif name in (*ADDRESS, *TEXTS):
            line.values[name] = cleaned(cell)

    def _assignment(self, line: ParsedLine, name: str, cell: str) -> None:
        find = self._manager if name == "accountManager" else self._workflow
        line.values[name] = find(cell)

    def _field(self, line: ParsedLine, name: str, cell: str) -> None:
        value = value_in(self._references.fields[name], cell)
        if value != []:
            line.fields[name] = value
        elif self._clear_empty:  # a cell with nothing but separators is as an empty one
            line.fields[name] = None

    def _contact(self, line: ParsedLine, name: str, cell: str) -> None:
        text = cleaned(cell)
        value: Any = text
        if name == "email":
            check_address(text)
        elif name == "position":
            value = self._references.positions.of(text)
        elif name == "isMain":
            if text != "1":
                raise CellError("must be 1, or empty")
            value = True
        line.contact = {**(line.contact or {}), name: value}

    def _manager(self, cell: str) -> str:
        emails = list(dict.fromkeys(each.strip() for each in cell.replace(";", ",").split(",") if each.strip()))
        if len(emails) != 1:
            raise CellError("names several account managers, but Upflow's API can set only one; leave one")
        if emails[0] != emails[0].lower():
            raise CellError("must contain no capital letters, exactly as in Upflow's list of users")
        if emails[0] not in self._references.managers:
            raise CellError(
                "Account manager not found; check the email. Create a member associated with this email address"
            )
        return self._references.managers[emails[0]]

    def _workflow(self, cell: str) -> str:
        known = self._references.workflows
        if cell in known:
            if not known[cell]:
                raise CellError("several workflows in Upflow have this name; rename all but one")
            return known[cell]
        near = next((each for each in known if each.strip().casefold() == cell.strip().casefold()), None)
        meant = f"; Upflow has {near!r}, and case, symbols and blanks count" if near else "; copy the full name from it"
        raise CellError(f"there is no workflow of this name in Upflow{meant}")

    def _complete(self, line: ParsedLine) -> None:
        """Check what depends on more than one cell: a contact needs its address."""
        has_problem = any(each.column == self._headers.get("email") for each in line.problems)
        if line.contact is None or "email" in line.contact or has_problem:
            return
        if any(line.contact.values()):
            line.problems.append(Problem(self._headers.get("email", TITLES["email"]), "is required, and empty"))
        line.contact = None


def id_in(cell: str) -> str:
    """
    Return the id in a cell.

    Raises:
        CellError: It cannot be one.
    """
    text = cell.strip()
    if not is_id(text):
        raise CellError(f"must be one line of at most {ID_LENGTH_MAX} characters")
    return text


def check_address(email: str) -> None:
    """
    Require that Upflow accepts an e-mail address.

    Raises:
        CellError: It does not.
    """
    problem = "there is a blank in it; write one address a line" if " " in email else Address(email).problem
    if problem:
        raise CellError(f"Upflow does not accept it: {problem}")
