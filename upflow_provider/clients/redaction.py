"""
The words of vendors, as messages, logs and the ledger may show them.

Whatever a vendor says comes through `redact` or `shown_code`: it is cut, cleaned so that any database stores it, and
reduced to words that say nothing about anybody. `upflow_provider.shown_ids.shown_id` does so for ids.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

from upflow_provider.clients.vendor_words import BOUNDS, CODES, COMPOUND_WORDS, FIELDS, UNITS, WORDS
from upflow_provider.shown_ids import is_made_by_a_machine, shown_id

FULL_MESSAGES = "UPFLOW_FULL_VENDOR_MESSAGES"
"""Environment variable: ``true`` shows what vendors say in full, with the personal data that it may repeat."""
REASON_LENGTH_MAX = 300
"""Characters of a redacted reason."""
READ_LENGTH_MAX = 2_000
"""Characters of a reason that are looked at."""
OMITTED = "…"
"""What stands for words that are not shown."""
ID_FIELDS = frozenset({"id", "externalId", "Id"})
SHOWN_FIELDS = frozenset({"currency", "issuedAt", "dueDate", "validatedAt"})
"""Fields whose values are codes or dates: they help to find the cause and say nothing about a person."""

UNPRINTABLE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]?"  # escape sequences of terminals
    r"|[\x00-\x1f\x7f-\x9f\ud800-\udfff]"  # control characters, halves of characters
    r"|[\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb]"  # what reorders or hides text
)
TOKEN = re.compile(r"[^\s\"'`«»“”\u2018\u2019<>()\[\]{},;:=|]+(?:['\u2019][^\s\"'`«»“”\u2018\u2019<>()\[\]{},;:=|]+)*")
CORE = re.compile(r"\w.*\w|\w")
CUT = re.compile(r"\.\.|…")
"""What stands where a value was cut."""
API_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)*__[cr]")
PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d{1,3}")
SEPARATORS = re.compile(r"[._/\-]")
NUMBER = re.compile(r"\d{1,6}")
POSITION = re.compile(r"\d{1,3}")
SECRET = re.compile(r"\w+://\S+|\bwww\.\S+|\b(?:sk|rk|whsec)_\w+|\bBearer\s+\S+", re.IGNORECASE)
"""Addresses, which may be portal links, and keys: they are shown in no setting."""


def on_one_line(text: str) -> str:
    """Return a text on one line, with a blank for whatever cannot be stored or printed."""
    return " ".join(UNPRINTABLE.sub(" ", text).split())


def redact(reason: str, sent: Any = None) -> str:  # noqa: ANN401 - any JSON
    """
    Return what a vendor says, without what may be personal.

    Only these stay: the vocabulary of API errors, codes and field names made of it, names of fields that we send, ids
    made by machines, ids, currencies and dates that were sent, and limits. ``…`` stands for everything else. With
    `FULL_MESSAGES` everything stays but addresses and keys.

    Args:
        reason: What the vendor said.
        sent: The payload that was refused, as JSON.

    Returns:
        At most `REASON_LENGTH_MAX` characters, in full `READ_LENGTH_MAX`, on one line; empty if no word is left.
    """
    text = on_one_line(reason[:READ_LENGTH_MAX])
    if os.environ.get(FULL_MESSAGES, "").strip().lower() in {"1", "true"}:
        return SECRET.sub(OMITTED, text)
    shown = "".join(_pieces(text, *_shown_values(sent)))
    shown = re.sub(rf"{OMITTED}(?:[^\w{OMITTED}]*{OMITTED})+", OMITTED, shown)[:REASON_LENGTH_MAX]
    return shown if re.search(r"\w", shown) else ""


def shown_code(code: object) -> str:
    """
    Return a code or a parameter's name that a vendor gives in a field of its own, such as ``STRING_TOO_LONG``.

    Returns:
        The code; ``…`` if it has another form than codes and names of parameters have.
    """
    text = str(code)
    return text if re.fullmatch(r"[A-Za-z][\w.\[\]-]{0,79}", text, re.ASCII) else OMITTED


def _shown_values(sent: Any) -> tuple[frozenset[str], frozenset[str]]:  # noqa: ANN401 - any JSON
    """Return the names of all fields of a payload, and the values that may be shown."""
    fields, values = set(), set()
    for name, value in _fields(sent):
        fields.add(name)
        if isinstance(value, str) and (name in SHOWN_FIELDS or (name in ID_FIELDS and shown_id(value) == value)):
            values.add(value)
    return FIELDS | fields, frozenset(values)


def _fields(sent: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - any JSON
    """Yield name and value of each field of a payload, at any depth."""
    if isinstance(sent, Mapping):
        yield from sent.items()
    for each in sent.values() if isinstance(sent, Mapping) else sent if isinstance(sent, list | tuple) else ():
        yield from _fields(each)


def _pieces(text: str, fields: frozenset[str], values: frozenset[str]) -> Iterator[str]:
    """Yield the text between tokens as it is, and each token or what replaces it."""
    tokens = list(TOKEN.finditer(text))
    is_shown = _Shown(text, fields, values).of(tokens)
    end = 0
    for token, shown in zip(tokens, is_shown, strict=True):
        yield text[end : token.start()]
        yield token[0] if shown else OMITTED
        end = token.end()
    yield text[end:]


class _Shown:
    """
    Decides which tokens of a text are shown.

    Args:
        text: The text.
        fields: Names of fields.
        values: Values that may be shown, whatever they look like.
    """

    def __init__(self, text: str, fields: frozenset[str], values: frozenset[str]) -> None:
        self._text, self._fields, self._values = text, fields, values

    def of(self, tokens: list[re.Match[str]]) -> list[bool]:
        """Return whether each token is shown."""
        cores = [found[0] if (found := CORE.search(token[0])) and not CUT.search(token[0]) else "" for token in tokens]
        shown: list[bool] = []
        is_title, is_quoted, end = False, False, 0
        for token, core in zip(tokens, cores, strict=True):
            gap, end = self._text[end : token.start()], token.end()
            is_quoted = _is_quoted(gap, is_quoted)
            begins = (
                not shown
                or is_title
                or cores[len(shown) - 1].isdecimal()
                or re.search(r"[.:;!?\[(>-]", gap) is not None
            )
            begins = begins or (shown[-1] and self._text[token.start() - 2] in ".!?")
            shown.append(self._is_name(core) or (not is_quoted and _is_word(core, begins=begins)))
            is_title = shown[-1] and core[:1].isupper() and core not in CODES
        return [
            each or (not _is_inside(self._text, token) and self._is_limit(cores, shown, number))
            for number, (token, each) in enumerate(zip(tokens, shown, strict=True))
        ]

    def _is_name(self, core: str) -> bool:
        """Return whether a token is an id, a field, a path to one, or a code: what may stand in quotation marks."""
        if core in self._values or core in self._fields or core in CODES or is_made_by_a_machine(core):
            return True
        steps = core.split(".")
        is_path = all(each in self._fields or POSITION.fullmatch(each) for each in steps) and steps[0] in self._fields
        return is_path or API_NAME.fullmatch(core) is not None or _is_compound(core)

    def _is_limit(self, cores: list[str], shown: list[bool], number: int) -> bool:
        """Return whether a token is a short number, or a bound, between words that are shown: no part of an address."""
        core = cores[number]
        if not NUMBER.fullmatch(core) or not all(shown[max(0, number - 1) : number] + shown[number + 1 : number + 2]):
            return False
        before, after = (cores[number - 1].lower() if number else ""), "".join(cores[number + 1 : number + 2]).lower()
        return POSITION.fullmatch(core) is not None or before in BOUNDS or after in UNITS


def _is_quoted(gap: str, is_quoted: bool) -> bool:  # noqa: FBT001 - a state
    """Return whether what follows a gap between tokens stands in quotation marks."""
    for mark in gap:
        if mark in "\"'`":
            is_quoted = not is_quoted
        elif mark in "«“\u2018»”\u2019":
            is_quoted = mark in "«“\u2018"
    return is_quoted


def _is_inside(text: str, token: re.Match[str]) -> bool:
    """Return whether a token has a quotation mark right before it."""
    return text[token.start() - 1 : token.start()] in tuple("\"'`«“\u2018<")


def _is_word(core: str, *, begins: bool) -> bool:
    """Return whether a token is a word of API errors; with a capital only where a sentence or a title begins."""
    lower = core.lower().removesuffix("'s")
    is_known = lower in WORDS or ("-" in core and all(part in WORDS for part in lower.split("-")))
    return is_known and (core == core.lower() or (begins and core == core.capitalize()))


def _is_compound(core: str) -> bool:
    """Return whether a token is a code or a field name that consists of known words, such as ``TooManyRequests``."""
    parts = PART.findall(core)
    is_whole = "".join(parts) == SEPARATORS.sub("", core)
    return is_whole and len(parts) > 1 and all(part.lower() in COMPOUND_WORDS for part in parts)
