"""The header of a CSV file: the names of its columns, and what stands between its cells."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from upflow_provider.errors import ConfigurationError

SEPARATORS = (";", ",", "|")
TAB = "\t"
SINGLE_COLUMN = "\x1f"
"""What is taken for the separator of a file with a single column: a control character, which stands in no text."""
SEPARATOR_LINE = re.compile(r'"?sep=(.)"?[\r\n]*', re.IGNORECASE)
"""A first line that spreadsheets write to say what stands between cells."""
WITHOUT_TEXT = ";,|\t \r\n"
LINES_MAX = 100
"""Lines of a file within which its header ends."""
LENGTH_MAX = 1_000_000
"""Characters of them."""


class Header(NamedTuple):
    """
    The header of a CSV file.

    Attributes:
        names: Names of the columns, without white space around them; empty for a column without a name.
        separator: What stands between cells; empty if there is a single column.
        end: Number of its last line, from 1.
    """

    names: tuple[str, ...]
    separator: str
    end: int


def header_of(text: Iterable[str], given: str | None = None) -> Header:
    """
    Return the header: the first line with a text in it, after ``sep=;`` if the file begins with that.

    The separator is the one of ``;``, ``,`` and ``|`` that stands in the header most often outside of quotes; a tab if
    none of them does.

    Args:
        text: The lines of the file.
        given: What stands between cells, if that is known.

    Raises:
        ConfigurationError: There is no header, its separator is doubtful, or two columns have the same name.
    """
    first = _beginning(text)
    said = SEPARATOR_LINE.fullmatch(first[0]) if first else None
    skipped = 1 if said else 0
    separator = given or (said[1] if said else "")
    header = _divided(first[skipped:], (_checked(separator),) if separator else SEPARATORS)
    check_names(header.names)
    return header._replace(end=skipped + header.end)


def _beginning(text: Iterable[str]) -> list[str]:
    """Return the lines within which the header ends."""
    first: list[str] = []
    length = 0
    for line in text:
        length += len(line)
        if len(first) == LINES_MAX or length > LENGTH_MAX:
            break
        first.append(line)
    if length > LENGTH_MAX and not first:
        raise ConfigurationError(f"the first line has more than {LENGTH_MAX:,} characters, so it is no header")
    return first


def _checked(separator: str) -> str:
    if len(separator) != 1 or separator in '"\r\n\0 ':
        raise ConfigurationError(f"separator {separator!r} must be one character, such as ;")
    return separator


def _divided(text: Sequence[str], separators: Sequence[str]) -> Header:
    """Return the header, divided by the separator that stands in it most often."""
    if not any(line.strip(WITHOUT_TEXT) for line in text):
        lines = "line is empty" if len(text) == 1 else f"{len(text)} lines are empty"
        empty = f"its first {lines}" if text else "it is empty"
        raise ConfigurationError(f"the file has no header: {empty}")
    found = _closed([header for each in separators if (header := _header(text, each))])
    columns = max((len(each.names) for each in found), default=0)
    if columns <= 1 and separators == SEPARATORS:
        tabbed = _header(text, TAB)
        if tabbed and len(tabbed.names) > 1:
            return tabbed
    if columns <= 1 and len(found) < len(separators):
        raise ConfigurationError("a quote in the header is not closed, or closed in the middle of a name")
    most = [each for each in found if len(each.names) == columns]
    if columns > 1 and len(most) > 1:
        named = " and ".join(repr(each.separator) for each in most)
        raise ConfigurationError(f"{named} stand in the header equally often; set the separator that divides its cells")
    return most[0] if columns > 1 or len(separators) == 1 else most[0]._replace(separator="")


def _closed(found: Sequence[Header]) -> Sequence[Header]:
    """Return those headers that divide no text within quotes; all, if there are quotes in each of them."""
    return [each for each in found if not any(name.count('"') % 2 for name in each.names)] or found


def _header(text: Sequence[str], separator: str) -> Header | None:
    """Return the first line with a text in it, divided; ``None`` if there is none, or if its quotes are wrong."""
    reader = csv.reader(text, delimiter=separator, strict=True)
    try:
        cells = next((each for each in reader if any(map(str.strip, each))), None)
    except csv.Error:
        return None
    return Header(tuple(map(str.strip, cells)), separator, reader.line_num) if cells else None


def check_names(names: Sequence[str]) -> None:
    """Check that each name stands for one column."""
    if any("\0" in name for name in names):
        order = "be" if names[0].startswith("\0") else "le"  # in UTF-16, that of a letter of ASCII comes first or last
        raise ConfigurationError(
            f"the header has NUL characters; if the file is in UTF-16, set encoding to utf-16-{order}"
        )
    seen: dict[str, int] = {}
    for number, name in enumerate(names, 1):
        if name and name in seen:
            raise ConfigurationError(f"columns {seen[name]} and {number} have the same name; rename or remove one")
        seen[name] = number
