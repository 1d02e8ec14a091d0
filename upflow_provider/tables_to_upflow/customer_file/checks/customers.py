"""
The check of all lines about customers, their contacts and their assignments, before the first write.

``read lines | PARSE | identify | group by customer | MERGE | find parents | PLACE``
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any, NamedTuple, Self

from upflow_provider.shown_ids import shown_id
from upflow_provider.tables_to_upflow.customer_file.checks.directory import CustomerDirectory
from upflow_provider.tables_to_upflow.customer_file.checks.notes import CheckNotes
from upflow_provider.tables_to_upflow.customer_file.mapping.customers import SaidLine, merged
from upflow_provider.tables_to_upflow.customer_file.mapping.kinds import TITLES, Kind
from upflow_provider.tables_to_upflow.customer_file.mapping.lines import LineParser, ParsedLine
from upflow_provider.tables_to_upflow.hierarchy import CycleError, top_parent
from upflow_provider.tables_to_upflow.mapping.cells import CellError
from upflow_provider.tables_to_upflow.mapping.problems import Problem, in_words
from upflow_provider.tables_to_upflow.staging import Staging

ID, NAME, EMAIL = TITLES["externalId"], TITLES["name"], TITLES["email"]
PARENT_ID, PARENT_NAME = TITLES["parentId"], TITLES["parentName"]
SHOWN_MAX = 5
"""Customers that a message names."""


class CheckedCustomer(NamedTuple):
    """
    What a file says about one customer.

    Attributes:
        key: Its external id, or else its id in Upflow.
        content: What the file says, as `MergedLines.content`.
        parent: Key of the customer at the top; ``None`` if the file does not put it below another one.
        lines: The lines that say it.
    """

    key: str
    content: dict[str, Any]
    parent: str | None
    lines: list[int]


class CustomerCheck:
    """
    The check of one file; a context manager, which deletes its temporary files.

    Args:
        kind: What the file holds.
        parser: Parses its lines.
        directory: The customers of the organization.
        notes: Keep why lines are refused.
        describes: Whether the file may rename customers and create new ones; otherwise names only help to find them.
        newcomers: How a customer that is new comes into Upflow, for messages.
    """

    def __init__(
        self,
        kind: Kind,
        parser: LineParser,
        directory: CustomerDirectory,
        notes: CheckNotes,
        *,
        describes: bool,
        newcomers: str = "import it first",
    ) -> None:
        self._kind, self._parser, self._directory, self._notes = kind, parser, directory, notes
        self._describes, self._newcomers = describes, newcomers
        self._lines, self._unnamed, self._records = Staging(), Staging(), Staging()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for each in (self._lines, self._unnamed, self._records):
            each.__exit__(kind, error, trace)

    def add(self, line: int, cells: Sequence[str]) -> None:
        """Check one line by itself, and keep it."""
        parsed = self._parser.parse(cells)
        self._check_contact(parsed)
        self._check_identity(parsed)
        if parsed.problems:
            self._notes.refuse([line], in_words(parsed.problems))
        elif parsed.external_id:
            self._keep_line(parsed.external_id, line, parsed.content)
        else:
            self._unnamed.add(parsed.name, line, parsed.content)

    def finish(self) -> int:
        """Check what depends on several lines, and return the number of customers."""
        self._unnamed.finish()
        for name, rows in self._unnamed.groups():
            try:
                key = self._key_named(name, NAME)
            except CellError as error:
                self._notes.refuse([row.line for row in rows], str(error))
                continue
            for row in rows:
                self._keep_line(key, row.line, row.content)
        self._lines.finish()
        for key, rows in self._lines.groups():
            self._merge(key, [SaidLine(*row) for row in rows])
        records = self._records.finish()
        for checked in self._staged(with_parent=True):
            self._place(checked)
        for checked in self._staged(with_parent=True):
            self._check_children(checked)
        return records - self._notes.refused_records()

    def customers(self, *, with_parent: bool | None = None) -> Iterator[CheckedCustomer]:
        """
        Yield the customers that are not refused, each below the top of its hierarchy.

        Args:
            with_parent: Only those below others, or only the others; ``None`` for all.
        """
        for each in self._staged(with_parent=with_parent):
            if not self._notes.is_refused(each.key):
                yield each._replace(parent=self._top(each.key, each.parent)) if each.parent else each

    def refuse(self, customer: CheckedCustomer, reason: str) -> None:
        """Refuse all lines about a customer."""
        self._notes.refuse_record(customer.key, customer.lines, reason)

    def _check_contact(self, parsed: ParsedLine) -> None:
        if self._kind == "contacts" and parsed.contact is None and not parsed.problems:
            parsed.problems.append(Problem(EMAIL, "is required, and empty"))

    def _check_identity(self, parsed: ParsedLine) -> None:
        key, problems = parsed.external_id, parsed.problems
        if not key and not parsed.name:
            if not any(each.column for each in problems):
                problems.append(Problem("", f"names no customer; fill {ID}, or {NAME} of one that Upflow has"))
        elif key and not self._describes:
            if not self._directory.has(key):
                problems.append(Problem(ID, f"there is no such customer in Upflow; {self._newcomers}"))
            elif parsed.name and parsed.name != self._directory.name(key):
                problems.append(Problem(NAME, f"Upflow has another name for this {ID}; correct one of them"))

    def _keep_line(self, key: str, line: int, content: dict[str, Any]) -> None:
        if content["name"]:
            self._notes.add_name(content["name"], key)
        name = content["name"] if self._describes else ""
        self._lines.add(key, line, {**content, "name": name})

    def _key_named(self, name: str, column: str) -> str:
        """Return the key of the only customer of a name, in Upflow or in the file."""
        keys = self._directory.named(name) | self._notes.keys_named(name)
        if len(keys) > 1:
            raise CellError(f"{column}: several customers have this name; add the ID")
        if not keys and column == NAME:
            new = f"; a new customer needs its {ID}" if self._describes else ""
            raise CellError(f"{column}: no customer in Upflow has this name{new}")
        if not keys:
            raise CellError(
                f"{column}: neither Upflow nor a good line of this file has a customer of this name; add it"
            )
        return keys.pop()

    def _merge(self, key: str, rows: list[SaidLine]) -> None:
        found = merged(rows)
        for refusal in found.refusals:
            self._notes.refuse([refusal.line], refusal.reason)
        if not found.lines:
            return
        try:
            self._check_name(key, found.content["name"])
            parent = self._parent_key(found.content["parent"])
        except CellError as error:
            self._notes.refuse(found.lines, str(error))
            return
        content = {**found.content, "parentKey": parent, "lines": found.lines}
        above = self._directory.parent(key) if parent is None else parent
        self._records.add(key, found.lines[0], content, above)

    def _check_name(self, key: str, name: str) -> None:
        if not name and not self._directory.has(key):
            raise CellError(f"{NAME}: is required for a customer that is new to Upflow, and empty")

    def _parent_key(self, named: Sequence[str] | None) -> str | None:
        """Return the key of the parent; empty if it is cleared, ``None`` if no line says anything."""
        external_id, name = named or ("", "")
        if external_id:
            self._check_parent(external_id, name)
            return external_id
        if name:
            return self._key_named(name, PARENT_NAME)
        return None if named is None else ""

    def _check_parent(self, key: str, name: str) -> None:
        if not self._directory.has(key) and self._lines.parent_of(key) is None:
            where = "neither Upflow nor a good line of this file has this customer"
            raise CellError(f"{PARENT_ID}: {where}; add it, or correct its line")
        if name and name != self._directory.name(key) and not self._notes.gives_name(key, name):
            raise CellError(f"{PARENT_NAME}: the customer of this {PARENT_ID} has another name; correct one of them")

    def _staged(self, *, with_parent: bool | None) -> Iterator[CheckedCustomer]:
        for key, rows in self._records.groups(with_parent=with_parent):
            content = dict(rows[0].content)
            yield CheckedCustomer(key, content, content.pop("parentKey") or None, content.pop("lines"))

    def _place(self, customer: CheckedCustomer) -> None:
        """Refuse a customer that stands below itself, or below one that is refused."""
        if not customer.parent:
            return
        try:
            top = self._top(customer.key, customer.parent)
        except CycleError as error:
            self.refuse(customer, f"{PARENT_ID}: the customer {error}")
            return
        if not self._directory.has(top) and self._records.parent_of(top) is None:
            self.refuse(customer, f"{PARENT_ID}: the parent is not in Upflow, and its line is refused")

    def _check_children(self, customer: CheckedCustomer) -> None:
        """Refuse a customer that gets a parent, and below which others would remain: the hierarchy has one level."""
        key, parent = customer.key, customer.parent
        if not parent or self._notes.is_refused(key) or self._directory.parent(key) == self._top(key, parent):
            return
        below = [child for child in self._directory.children(key) if not self._says_parent(child)]
        if below:
            others = f" and {len(below) - SHOWN_MAX} others" if len(below) > SHOWN_MAX else ""
            shown = ", ".join(map(shown_id, below[:SHOWN_MAX])) + others
            self.refuse(
                customer,
                f"{PARENT_ID}: others stand below this customer in Upflow ({shown}), whose hierarchy has one level; "
                "give them this parent, too, with lines of this file",
            )

    def _says_parent(self, key: str) -> bool:
        _, rows = self._records.group(key)
        return bool(rows) and rows[0].content["parentKey"] is not None and not self._notes.is_refused(key)

    def _top(self, key: str, parent: str) -> str:
        return top_parent(key, parent, self._parent_of)

    def _parent_of(self, key: str) -> str:
        known = self._records.parent_of(key)
        return self._directory.parent(key) if known is None else known
