"""A YAML document whose values know their lines, and in which nothing stands twice."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import yaml

Path = tuple[str, ...]

MERGE = "tag:yaml.org,2002:merge"
"""Tag of the key ``<<``, which takes over the fields of another mapping."""
IN_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "'\\t'": "a tab; indent with spaces",
        "but found another document": "there are two documents (---); keep one",
        "but found '<block mapping start>'": "its indentation differs from that of the lines above it",
        "but found '-'": "a list (-) among settings; remove the - or indent it below a name",
        "mapping values are not allowed": "a second colon, or a wrong indentation; put text with a colon into quotes",
        "cannot start any token": "text that begins with this character has to be in quotes: {problem}",
        "expected alphabetic or numeric character": "text that begins with * or & has to be in quotes",
        "expected ',' or": "a bracket or brace is not closed",
        "unexpected end of stream": "a quote is not closed",
        "could not find expected ':'": "a colon and a space are needed after the name",
        "undefined alias": "{problem}; text that begins with * has to be in quotes",
        "could not determine a constructor": "a tag (!) is not allowed here; write the value itself",
    }
)
"""What PyYAML's problems mean, by a part of its message."""


class DocumentError(Exception):
    """The text is no YAML document, or not one that may be used; the message says in which line, and why."""


@dataclass(frozen=True, slots=True)
class Field:
    """
    A key of a mapping, and what stands after it.

    Attributes:
        key: The key; text, unless YAML reads it as something else.
        written: The key as it is written.
        line: Line of the key, from 1.
        node: The value.
    """

    key: object
    written: str
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
    except yaml.reader.ReaderError as error:
        raise DocumentError(
            f"line {text.count(chr(10), 0, error.position) + 1}: a character that YAML does not allow; save the file "
            "as UTF-8"
        ) from None
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
        # A copy of a mapping, because fields that `<<` takes over are written into the node.
        own = node if isinstance(node, yaml.ScalarNode) else deepcopy(node)
        return yaml.SafeLoader("").construct_document(own)
    except (yaml.YAMLError, RecursionError) as error:
        raise _error(error) from None
    except ValueError as error:
        raise DocumentError(f"line {line_of(node)}: a value reads as a date but is none ({error}); quote it") from None


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
    return [Field(_key(key), str(key.value), line_of(key), value) for key, value in node.value]


def _key(node: yaml.Node) -> object:
    if not isinstance(node, yaml.ScalarNode):
        raise DocumentError(
            f"line {line_of(node)}: a brace or bracket where a name is needed; put text that begins with it, such as a "
            "template, into quotes"
        )
    return node.value if node.tag == MERGE else value_of(node)


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


PLAIN_NUMBER = re.compile(r"[-+]?(?:0|[1-9]\d*)(?:\.\d*)?(?:[eE][-+]?\d+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
"""Numbers as everybody reads them, and those that settings refuse by themselves."""
NUMBER_TAGS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")


def odd_numbers(node: yaml.Node) -> Iterator[tuple[Path, int, str, object]]:
    """
    Yield the numbers below a node that YAML reads otherwise than most people, such as ``1:30`` (90) or ``010`` (8).

    Args:
        node: A node of a document.

    Returns:
        Of each: the keys that lead there, its line, how it is written, and what YAML reads.
    """
    for path, field in _walk(node, (), set()):
        number = field.node
        if (
            isinstance(number, yaml.ScalarNode)
            and number.tag in NUMBER_TAGS
            and not PLAIN_NUMBER.fullmatch(number.value)
        ):
            yield path, field.line, number.value, value_of(number)


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
    for number, item in enumerate(node.value if isinstance(node, yaml.SequenceNode) else ()):
        below = (*path, str(number))
        yield below, Field(number, str(number), line_of(item), item)
        yield from _walk(item, below, visited)
    for field in fields_of(node):
        below = (*path, str(field.key))
        yield below, field
        if field.written != "<<":
            yield from _walk(field.node, below, visited)


def _error(error: Exception) -> DocumentError:
    mark, begun = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    problem = str(getattr(error, "problem", None) or type(error).__name__)
    words = next((words for part, words in IN_WORDS.items() if part in problem), "{problem}")
    where = f"line {mark.line + 1}: " if mark else ""
    since = f"; its block begins in line {begun.line + 1}" if mark and begun and begun.line < mark.line else ""
    return DocumentError(f"{where}this is not YAML that can be read: {words.format(problem=problem)}{since}")
