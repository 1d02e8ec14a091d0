"""
The reading of ``organizations.yaml``.

There is one entry for each organization. A broken entry is reported and does not affect the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import yaml
from pydantic import ValidationError

from upflow_provider.runs.suggestion import closest, quoted
from upflow_provider.settings.document import (
    DocumentError,
    Field,
    compose,
    fields_of,
    line_numbers,
    line_of,
    odd_numbers,
    repeated,
    value_of,
)
from upflow_provider.settings.organization import NAME, Entry, Organization
from upflow_provider.settings.problems import problems

KEY = "organizations"
"""The only key of the document."""
EXPECTED = f"expected '{KEY}:' with one entry per organization"
ENTRY_EXPECTED = "expected settings, such as 'time_zone: Europe/Paris'"
OWN_ACCOUNTS = ("upflow_conn_id", "stripe_conn_id")
"""Settings that no two organizations may share."""


def read_organizations(path: Path) -> list[Entry]:
    """
    Read all organizations of the file. It never raises an error, because a DAG file calls it while it is parsed.

    A file that cannot be read at all yields one broken entry named ``default``, so that there is a DAG that
    says so. The name of a broken entry whose own name is impossible ends in ``.broken``, which no other name can.
    """
    try:
        found = _sections(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        return [Entry(Organization(), f"{path.name} cannot be read: {error.strerror}")]
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        return [Entry(Organization(), f"{path.name}, line {line}: this is not UTF-8; save the file as UTF-8")]
    except DocumentError as error:
        return [Entry(Organization(), f"{path.name}, {error}")]
    entries = list(_checked(path.name, found))
    peers = tuple(entry.organization for entry in entries if not entry.problem)
    return [replace(entry, peers=peers) for entry in entries]


def _sections(text: str) -> list[list[Field]]:
    """Return the fields that are about each organization: one, unless its name stands more than once."""
    root = compose(text)
    if root is None or (isinstance(root, yaml.MappingNode) and not root.value):
        raise DocumentError(f"line {line_of(root) if root else 1}: it is empty; {EXPECTED}")
    if not isinstance(root, yaml.MappingNode):
        raise DocumentError(f"line {line_of(root)}: {_kind(root)} where a mapping is needed; {EXPECTED}")
    top = fields_of(root)
    for field in top:
        if field.key != KEY:
            raise DocumentError(f"line {field.line}: {field.written!r} is unknown; {_meant(field.written)}")
    if len(top) != 1:
        raise DocumentError(f"{_at([field.line for field in top])}: {KEY!r} appears {len(top)} times; keep one")
    sections: dict[tuple[type, object], list[Field]] = {}
    for field in fields_of(top[0].node):
        sections.setdefault((type(field.key), field.key), []).append(field)
    if not sections:
        raise DocumentError(f"line {line_of(top[0].node)}: {_kind(top[0].node)}; {EXPECTED}")
    return list(sections.values())


def _meant(key: str) -> str:
    close = closest(key, [KEY])
    return f"did you mean {close!r}?" if close else f"only {KEY!r} belongs here, with the entries indented below it"


def _kind(node: yaml.Node) -> str:
    if isinstance(node, yaml.SequenceNode):
        return "a list (-)"
    return "no entry" if isinstance(node, yaml.MappingNode) or not node.value else "text"


def _checked(file: str, sections: Iterable[Sequence[Field]]) -> Iterator[Entry]:
    """Yield an entry for each organization, broken ones by an id that no other has."""
    read = [(fields, _read(fields)) for fields in sections]
    shared = _shared([(fields[0], outcome) for fields, outcome in read if isinstance(outcome, Organization)])
    broken: dict[str, list[str]] = {}
    for fields, outcome in read:
        name = fields[0].written
        problem = outcome if isinstance(outcome, str) else "; ".join(shared.get(outcome.name, ()))
        if isinstance(outcome, Organization) and not problem:
            yield Entry(outcome)
        else:
            broken.setdefault(_id_of(fields[0]), []).append(f"{file}, organization {name!r}: {problem}")
    for name, reasons in broken.items():
        yield Entry(Organization.model_construct(name=name), "\n".join(reasons))


def _read(fields: Sequence[Field]) -> Organization | str:
    """Return an organization, or what is wrong with its entry."""
    name, node = fields[0].key, fields[0].node
    if len(fields) > 1:
        return f"it appears {len(fields)} times, in {_at([field.line for field in fields])}; keep one"
    if not isinstance(name, str):
        return f"line {fields[0].line}: its name is {_read_as(name)} to YAML, not text; put it into quotes"
    try:
        twice = [f"{_at(at)}: {'.'.join(path)} appears {len(at)} times; keep one" for path, at in repeated(node)]
        where = line_numbers(node)
        settings = value_of(node)
        if not isinstance(settings, dict | None):
            return f"line {line_of(node)}: {_no_entry(name, node)}"
        odd = [
            f"line {line}: {'.'.join(path)}: {written!r} is {read} to YAML; write the number that you mean"
            for path, line, written, read in odd_numbers(node)
        ]
        wrong = [*twice, *odd, *_misplaced_name(settings or {}, where)]
        organization = Organization.model_validate({**(settings or {}), "name": name})
    except DocumentError as error:
        return str(error)
    except TypeError:
        return f"line {fields[0].line}: {ENTRY_EXPECTED}, whose names are text"
    except ValidationError as error:
        found = problems(error, Organization, quote=True)
        placed = sorted((_line(where, path, fields[0].line), ".".join(path), words) for path, words in found)
        wrong += [f"line {line}: {path}: {words}" for line, path, words in placed]
    return "; ".join(wrong) if wrong else organization


def _read_as(name: object) -> str:
    """Return what YAML reads where a name is expected, in words."""
    if isinstance(name, date):  # a date with a time is one, too
        return "a date"
    return quoted(name) if name is None or isinstance(name, bool | int | float) else "no text"


def _no_entry(name: str, node: yaml.Node) -> str:
    if name in Organization.model_fields:
        return f"a setting, but no name of an organization above it; {EXPECTED}"
    return f"{_kind(node)}; {ENTRY_EXPECTED}"


def _misplaced_name(settings: dict[str, object], where: dict[tuple[str, ...], int]) -> list[str]:
    return (
        [f"line {where.get(('name',), 0)}: name: is unknown; an entry's key is its name"] if "name" in settings else []
    )


def _line(where: dict[tuple[str, ...], int], path: tuple[str, ...], default: int) -> int:
    """Return the line of a setting, or of the nearest one around it that the file has."""
    return next((where[path[:depth]] for depth in range(len(path), 0, -1) if path[:depth] in where), default)


def _shared(usable: Sequence[tuple[Field, Organization]]) -> dict[str, list[str]]:
    """Return what is wrong with organizations that share an account, by name: which of them is right is not known."""
    found: dict[str, list[str]] = {}
    for setting in OWN_ACCOUNTS:
        users: dict[str, list[tuple[Field, Organization]]] = {}
        for field, organization in usable:
            users.setdefault(getattr(organization, setting), []).append((field, organization))
        for conn_id, several in users.items():
            if len(several) > 1:
                names = " and ".join(f"{each.name!r} (line {field.line})" for field, each in several)
                problem = f"{setting}: {names} have the same, {conn_id!r}; give each a connection of its own"
                for _, organization in several:
                    found.setdefault(organization.name, []).append(problem)
    return found


def _id_of(field: Field) -> str:
    """Return the name that ends the DAG ids of a broken entry."""
    if isinstance(field.key, str) and NAME.fullmatch(field.key):
        return field.key
    return f"{re.sub(r'[^A-Za-z0-9_-]', '_', field.written)[:40] or 'unnamed'}.broken"


def _at(numbers: Sequence[int]) -> str:
    distinct = sorted(set(numbers))
    if len(distinct) == 1:
        return f"line {distinct[0]}"
    return f"lines {', '.join(map(str, distinct[:-1]))} and {distinct[-1]}"
