"""The reason that a vendor gives for an error, without the personal data that it may repeat."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

REASON_LENGTH_MAX = 300
"""Characters of a redacted reason."""
SHOWN_FIELDS = frozenset({"id", "externalId", "customId", "currency", "issuedAt", "dueDate", "validatedAt"})
"""Fields whose values are ids, codes or dates: they help to find the record and say nothing about a person."""
EMAIL = re.compile(r"[^\s\"(),;:=]+@[^\s\"(),;:=]+")
URL = re.compile(r"\w+://\S+|\bwww\.\S+", re.IGNORECASE)
PART_OF_WORD_LENGTH_MIN = 4
"""Characters from which a value is replaced within words, too; shorter ones occur within the vendor's own words."""


def redact(reason: str, sent: Any = None) -> str:  # noqa: ANN401 - any JSON
    """
    Return *reason* without values that were sent, e-mail addresses and URLs.

    Pure. Values are found in upper and lower case, with any white space between their words, and in the
    notation of JSON or HTML.

    Args:
        reason: What the vendor said.
        sent: The payload that was refused, as JSON; each of its texts that occurs in *reason* is replaced
            by the name of its field, except ids, currencies and dates.

    Returns:
        At most `REASON_LENGTH_MAX` characters, on one line.
    """
    possible = {text: name for name, text in _texts(sent) if len(text) <= len(reason)}
    if possible:
        texts = sorted(possible, key=len, reverse=True)  # so that a whole name is replaced before a part of it
        found = re.compile("|".join(f"({_pattern(text)})" for text in texts), re.IGNORECASE)
        reason = found.sub(lambda match: f"<{possible[texts[(match.lastindex or 1) - 1]]}>", reason)
    reason = URL.sub("<url>", EMAIL.sub("<email>", reason))
    return " ".join(reason.split())[:REASON_LENGTH_MAX]


def _texts(sent: Any, name: str = "value") -> Iterator[tuple[str, str]]:  # noqa: ANN401 - any JSON
    """Yield a field's name and its text, once for each notation, for each personal text of a payload."""
    if isinstance(sent, Mapping):
        for key, value in sent.items():
            if key not in SHOWN_FIELDS:
                yield from _texts(value, key)
    elif isinstance(sent, list | tuple):
        for value in sent:
            yield from _texts(value, name)
    elif isinstance(sent, str) and sent.strip():
        plain = " ".join(sent.split())
        for text in (plain, plain.upper(), plain.casefold(), json.dumps(plain)[1:-1], html.escape(plain)):
            yield name, text


def _pattern(text: str) -> str:
    """Return the pattern that finds a text; a short one is found only as a whole word."""
    pattern = r"\s+".join(re.escape(word) for word in text.split())
    return pattern if len(text) >= PART_OF_WORD_LENGTH_MIN else rf"(?<!\w){pattern}(?!\w)"
