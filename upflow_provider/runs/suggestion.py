"""Words of messages about what somebody wrote: what a misspelt name was probably meant to be, and quoted values."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

QUOTED_LENGTH_MAX = 40
"""Characters of a value that a message quotes."""


def closest(name: str, known: Iterable[str]) -> str | None:
    """
    Return the name that a misspelt one was probably meant to be; ``None`` if none is like it.

    Args:
        name: The name that somebody wrote.
        known: The names that there are.
    """
    spellings = {each.casefold(): each for each in known}
    close = get_close_matches(name.casefold(), spellings, n=1)
    return spellings[close[0]] if close else None


def suggestion(name: str, known: Iterable[str]) -> str:
    """
    Return the end of a message about a name that is not known: what it was probably meant to be, or all there is.

    Args:
        name: The name that somebody wrote.
        known: The names that there are.
    """
    names = sorted(known)
    close = closest(name, names)
    if close:
        return f"did you mean {close!r}?"
    return f"known names: {', '.join(names)}" if names else "none is known"


def quoted(value: object) -> str:
    """
    Return a value as a message quotes it: as text that is not too long, and switches and nothing as YAML and JSON do.

    Args:
        value: The value that somebody wrote.
    """
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str) and len(value) > QUOTED_LENGTH_MAX:
        value = f"{value[:QUOTED_LENGTH_MAX]}..."
    return repr(value)
