"""One thing that goes wrong on the wire, and the requests that it is meant for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args
from urllib.parse import parse_qsl

Kind = Literal["status", "reset_before", "reset_after", "reset_during", "slow", "truncated", "drip", "inflated"]
"""
``status``: an error answer, nothing committed.
``reset_before``: connection reset, nothing committed.
``reset_after``: the request is committed, then the connection reset without an answer.
``reset_during``: the request is committed and half of the answer sent, then the connection closed.
``slow``: the request is committed at once and answered ``delay_s`` later.
``truncated``: the request is committed; the answer is well-formed HTTP, but its JSON is cut in half.
``drip``: the request is committed and answered byte by byte, ``delay_s`` apart.
``inflated``: the request is committed; its answer is gzip of a few kB, and ``inflated_bytes`` when it is unpacked.
"""


@dataclass(slots=True, eq=False)
class Fault:
    """
    One thing that goes wrong, for the requests it matches.

    Attributes:
        kind: What happens.
        method: HTTP method it applies to; None for all.
        path: Regular expression searched for in the path as it was sent; None for all.
        parameters: Regular expressions, each of which has to match the whole value of a parameter of the query or
            the form, by its name as it was sent: ``{"limit": "100", "created[gte]": "17.*"}``.
        times: How many requests it hits; None for all to come.
        after: How many matching requests pass unharmed first.
        status: Status of the answer (kind ``status``).
        body: Its body: a page of HTML if it is text, else JSON; None for the vendor's error.
        retry_after_s: Value of its ``Retry-After`` header; None for no header.
        delay_s: Delay of the answer (kind ``slow``), or between two bytes of it (kind ``drip``).
        inflated_bytes: Size of the answer when it is unpacked (kind ``inflated``).
        fired: How many requests it has hit.
    """

    kind: Kind
    method: str | None = None
    path: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    times: int | None = 1
    after: int = 0
    status: int = 503
    body: Any = None
    retry_after_s: float | None = None
    delay_s: float = 1.0
    inflated_bytes: int = 100_000_000
    fired: int = 0

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise ValueError(f"unknown kind of fault: {self.kind!r} (known: {', '.join(get_args(Kind))})")
        for pattern in (self.path or "", *self.parameters.values()):
            re.compile(pattern)

    def matches(self, method: str, path: str, parameters: str = "") -> bool:
        """
        Tell whether a request is one of those this fault is meant for.

        Args:
            method: Its method.
            path: Its path as it was sent.
            parameters: Its query and its form, as they were sent.
        """
        if self.method not in (None, method) or re.search(self.path or "", path) is None:
            return False
        sent = dict(parse_qsl(parameters, keep_blank_values=True)) if self.parameters else {}
        return all(
            name in sent and re.fullmatch(pattern, sent[name]) is not None for name, pattern in self.parameters.items()
        )
