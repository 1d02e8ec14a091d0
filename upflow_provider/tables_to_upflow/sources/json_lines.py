"""JSON Lines: a JSON object on each line of a file (https://jsonlines.org)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NoReturn

from upflow_provider.tables_to_upflow.mapping.rows import Row
from upflow_provider.tables_to_upflow.sources.encoding import OpenFile
from upflow_provider.tables_to_upflow.sources.text_file import TextFile

TYPES = {list: "a list", str: "a text", int: "a number", Decimal: "a number", bool: "a boolean", type(None): "null"}
"""What a line may hold instead of an object."""


class LineError(ValueError):
    """A line is no JSON object that can be used; the message says why."""


class JsonLines:
    """
    The rows of a file in JSON Lines; see `TableRows`.

    A number with a point is a `Decimal`, so that amounts stay what they are.

    Args:
        open_file: Opens the file from its beginning; it is called several times.
        encoding: Its encoding, if that is known; otherwise see `encoding_of`.

    Raises:
        ConfigurationError: The file is not in an encoding that can be read.
    """

    def __init__(self, open_file: OpenFile, encoding: str | None = None) -> None:
        self._file = TextFile(open_file, encoding)
        self.header: tuple[str, ...] | None = None
        self.blank = 0

    def __iter__(self) -> Iterator[Row]:
        """Yield every row, those that cannot be used included; blank lines are only counted."""
        self.blank = 0
        for number, line in self._file.numbered():
            if line.isspace():
                self.blank += 1
            else:
                yield _row(number, line)


def _row(number: int, line: str) -> Row:
    try:
        record = _DECODER.decode(line.rstrip())
    except json.JSONDecodeError as error:
        return Row(number, {}, f"is no JSON: {error.msg.lower()} at character {error.pos + 1}")
    except LineError as error:
        return Row(number, {}, str(error))
    except (ArithmeticError, RecursionError, ValueError):
        return Row(number, {}, "has a number that is too long, or lists that are too deep")
    if not isinstance(record, dict):
        return Row(number, {}, f"must be a JSON object, not {TYPES[type(record)]}")
    return Row(number, record)


def _object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object whose names stand for one value each; Python would keep the last one in silence."""
    record = dict(members)
    if len(record) != len(members):
        raise LineError("has a name twice in one JSON object; leave one of them")
    return record


def _refuse(constant: str) -> NoReturn:
    raise LineError(f"has the number {constant}, which JSON does not know")


_DECODER = json.JSONDecoder(parse_float=Decimal, parse_constant=_refuse, object_pairs_hook=_object)
