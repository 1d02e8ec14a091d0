"""A vendor's words about an error, without the personal data that they may repeat."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

MAX_LENGTH = 300
KEPT = frozenset(
    {"id", "externalId", "customId", "currency", "issuedAt", "dueDate", "validatedAt", "state", "instrument"}
)
"""Fields whose values are ids, codes or dates: they help to find the record and tell nothing of a person."""
EMAIL = re.compile(r"[^\s\"'<>(),;:]+@[^\s\"'<>(),;:]+")
URL = re.compile(r"\w+://\S+")


def redact(reason: str, sent: Any = None) -> str:  # noqa: ANN401 - any JSON
    """
    Return *reason* without values that were sent, e-mail addresses and URLs.

    Args:
        reason: What the vendor said.
        sent: The payload it is about, as JSON; each of its values that occurs in *reason* is
            replaced by the name of its field.

    Returns:
        At most `MAX_LENGTH` characters, on one line.
    """
    values = sorted(set(_values(sent)), key=lambda each: -len(each[1]))
    for name, value in values:
        reason = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", f"<{name}>", reason, flags=re.IGNORECASE)
    reason = URL.sub("<url>", EMAIL.sub("<email>", reason))
    return " ".join(reason.split())[:MAX_LENGTH]


def _values(sent: Any, name: str = "value") -> Iterator[tuple[str, str]]:  # noqa: ANN401 - any JSON
    """Yield each personal value of a payload with the name of its field."""
    if isinstance(sent, Mapping):
        for key, value in sent.items():
            if key not in KEPT:
                yield from _values(value, key)
    elif isinstance(sent, list | tuple):
        for value in sent:
            yield from _values(value, name)
    elif isinstance(sent, str) and sent.strip():
        yield name, sent.strip()
