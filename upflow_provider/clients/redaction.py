"""A vendor's words about an error, without the personal data that they may repeat."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

MAX_LENGTH = 300
KEPT = frozenset({"id", "externalId", "customId", "currency", "issuedAt", "dueDate", "validatedAt"})
"""Fields whose values are ids, codes or dates: they help to find the record and tell nothing of a person."""
EMAIL = re.compile(r"[^\s\"(),;:=]+@[^\s\"(),;:=]+")
URL = re.compile(r"\w+://\S+|\bwww\.\S+", re.IGNORECASE)
SHORT = 4
"""Values below this length are replaced as whole words only: they occur within the vendor's own words."""


def redact(reason: str, sent: Any = None) -> str:  # noqa: ANN401 - any JSON
    """
    Return *reason* without values that were sent, e-mail addresses and URLs.

    Pure. Values are found in any case, with any white space between their words, and as JSON or HTML
    write them.

    Args:
        reason: What the vendor said.
        sent: The payload it is about, as JSON; each of its texts that occurs in *reason* is replaced
            by the name of its field, but for ids, currencies and dates.

    Returns:
        At most `MAX_LENGTH` characters, on one line.
    """
    possible = {text: name for name, text in _texts(sent) if len(text) <= len(reason)}
    if possible:
        texts = sorted(possible, key=len, reverse=True)  # so that a name goes before a part of it
        found = re.compile("|".join(f"({_pattern(text)})" for text in texts), re.IGNORECASE)
        reason = found.sub(lambda match: f"<{possible[texts[(match.lastindex or 1) - 1]]}>", reason)
    reason = URL.sub("<url>", EMAIL.sub("<email>", reason))
    return " ".join(reason.split())[:MAX_LENGTH]


def _texts(sent: Any, name: str = "value") -> Iterator[tuple[str, str]]:  # noqa: ANN401 - any JSON
    """Yield the name of its field and each way to write it, for each personal text of a payload."""
    if isinstance(sent, Mapping):
        for key, value in sent.items():
            if key not in KEPT:
                yield from _texts(value, key)
    elif isinstance(sent, list | tuple):
        for value in sent:
            yield from _texts(value, name)
    elif isinstance(sent, str) and sent.strip():
        plain = " ".join(sent.split())
        for text in (plain, plain.upper(), plain.casefold(), json.dumps(plain)[1:-1], html.escape(plain)):
            yield name, text


def _pattern(text: str) -> str:
    """Return the pattern that finds a text; words of one or two letters are too common within others."""
    pattern = r"\s+".join(re.escape(word) for word in text.split())
    return pattern if len(text) >= SHORT else rf"(?<!\w){pattern}(?!\w)"
