"""What a misspelt name was probably meant to be."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def suggestion(name: str, known: Iterable[str]) -> str:
    """
    Return the end of a message about a name that is not known: what it was probably meant to be, or all there is.

    Args:
        name: The name that somebody wrote.
        known: The names that there are.
    """
    names = sorted(known)
    spellings = {each.casefold(): each for each in names}
    close = get_close_matches(name.casefold(), spellings, n=1)
    if close:
        return f"did you mean {spellings[close[0]]!r}?"
    return f"known are {', '.join(names)}" if names else "none is known"
