"""A YAML document whose values know their lines, and in which nothing stands twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

Path = tuple[str, ...]


class DocumentError(Exception):
    """The text is no YAML document, or not one that may be used; the message says in which line, and why."""


@dataclass(frozen=True, slots=True)
class Field:
    """
    A key of a mapping, and what stands after it.

    Attributes:
        key: The key; text, unless YAML reads it as something else.
        line: Line of the key, from 1.
        node: The value.
    """

    key: object
    line: int
    node: yaml.Node


def compose(text: str) -> yaml.Node | None:
    """
    Return the root of the only document of a text; ``None`` if there is nothing in it.

    Args:
        text: The text.

    Raises:
        DocumentError: It is not YAML.
    """
    try:
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError) as error:
        raise _error(error) from None


def value_of(node: yaml.Node) -> Any:  # noqa: ANN401 - whatever YAML holds
    """
    Return the value of a node.

    Args:
        node: A node of a document.

    Raises:
        DocumentError: It has a tag that is not YAML's own, a key that cannot be one, or no end.
    """
    try:
        return yaml.SafeLoader("").construct_document(node)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise _error(error) from None


def fields_of(node: yaml.Node) -> list[Field]:
    """
    Return the fields of a mapping in their order, those that stand twice included; none if it is no mapping.

    Args:
        node: A node of a document.

    Raises:
        DocumentError: A key has no value that can be one.
    """
    if not isinstance(node, yaml.MappingNode):
        return []
    return [Field(_key(key), line_of(key), value) for key, value in node.value]


def _key(node: yaml.Node) -> object:
    if not isinstance(node, yaml.ScalarNode):
        raise DocumentError(f"line {line_of(node)}: a name is needed before the colon, not a list or a mapping")
    return value_of(node)


def line_of(node: yaml.Node) -> int:
    """Return the line of a node, from 1."""
    return int(node.start_mark.line) + 1


def line_numbers(node: yaml.Node) -> dict[Path, int]:
    """
    Return the line of every key below a node, by the keys that lead there.

    Args:
        node: A node of a document.
    """
    return {path: field.line for path, field in _walk(node, (), set())}


def repeated(node: yaml.Node) -> Iterator[tuple[Path, Sequence[int]]]:
    """
    Yield the keys below a node that stand more than once in their mapping, with their lines.

    Args:
        node: A node of a document.
    """
    found: dict[Path, list[int]] = {}
    for path, field in _walk(node, (), set()):
        found.setdefault(path, []).append(field.line)
    yield from ((path, at) for path, at in found.items() if len(at) > 1)


def _walk(node: yaml.Node, path: Path, visited: set[int]) -> Iterator[tuple[Path, Field]]:
    """Yield every field below a node. A node that aliases repeat is visited once, because it may contain itself."""
    if id(node) in visited:
        return
    visited.add(id(node))
    for field in fields_of(node):
        below = (*path, str(field.key))
        yield below, field
        yield from _walk(field.node, below, visited)


def _error(error: Exception) -> DocumentError:
    mark = getattr(error, "problem_mark", None)
    where = f"line {mark.line + 1}: " if mark else ""
    reason = str(getattr(error, "problem", None) or getattr(error, "reason", None) or type(error).__name__)
    if "'\\t'" in reason:
        reason = "a tab; indent with spaces"
    if "but found another document" in reason:
        reason = "there are two documents (---); keep one"
    return DocumentError(f"{where}this is not YAML that can be read: {reason}")
