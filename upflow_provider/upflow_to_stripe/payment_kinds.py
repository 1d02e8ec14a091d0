"""
What kind of payment one of Upflow's list is: the only place that knows how portal payments are told from others. Pure.

No source shows a portal payment in an answer of the API, so that every signal can be set (see `WriteBack`), and a
payment that they do not agree about is undecided. Upflow creates a payment at once only if it is made online, that is
by card or by direct debit (https://docs.upflow.io/en-us/payments); a wire or a check is only announced in the portal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from upflow_provider.records.text import mapping_in
from upflow_provider.upflow_to_stripe.settings import WriteBack

UNDECIDED = "undecided"
"""The kind of a payment whose signals are unknown, or contradict each other."""
IMPORTED = "imported"
"""The kind of a payment that came over the API, as ours do."""
AT_GATEWAY = re.compile(r"(?:pi|ch|py)_[A-Za-z0-9]{6,}")
"""Ids of PaymentIntents and charges."""
STATUSES = ("status", "gatewayStatus")
"""Fields that may show what the gateway says of a payment."""
WORD = re.compile(r"[A-Z][A-Z0-9_]{,39}")
"""A value that messages show: the word of a list of such, and no text of people's."""


class PaymentKind(NamedTuple):
    """
    A kind, and what it is known by.

    Attributes:
        name: One of `Kind`, `IMPORTED` or `UNDECIDED`.
        evidence: The signal that decided, in words.
    """

    name: str
    evidence: str


def payment_kind(payment: Mapping[str, Any], settings: WriteBack, *, is_known: bool) -> PaymentKind:
    """
    Return what kind of payment it is, by the signals in order of their strength.

    Args:
        payment: Payment as Upflow lists it.
        settings: What the signals mean.
        is_known: Whether the ledger knows it as imported.
    """
    if payment.get("externalId"):
        return PaymentKind(IMPORTED, "it has an external id")
    if is_known:
        return PaymentKind(IMPORTED, "the ledger knows it")
    said = list(_said(payment, settings))
    kinds = {kind for kind, _ in said}
    words = " and ".join(evidence for _, evidence in said)
    if payment.get("instrument") not in settings.instruments:
        named = kinds - {UNDECIDED}
        if "portal" in named or len(named) > 1:
            return PaymentKind(UNDECIDED, f"instrument is not one of payments made online, but {words}")
        return PaymentKind(*said[0]) if named else PaymentKind("offline", "instrument")
    if not said:
        return PaymentKind("portal", "made online, without an external id")
    return PaymentKind(kinds.pop() if len(kinds) == 1 else UNDECIDED, words)


def gateway_id(payment: Mapping[str, Any], settings: WriteBack) -> str | None:
    """Return the id of a payment at Stripe as Upflow's gateway, if exactly one is shown; ``None`` otherwise."""
    shown = {
        value
        for name, value in (*payment.items(), *mapping_in(payment.get("gateway")).items())
        if isinstance(value, str) and AT_GATEWAY.fullmatch(value)
        if name != "externalId" and (not settings.gateway_fields or name in settings.gateway_fields)
    }
    intents = {each for each in shown if each.startswith("pi_")}
    found = intents or shown
    return found.pop() if len(found) == 1 else None


def _said(payment: Mapping[str, Any], settings: WriteBack) -> Iterator[tuple[str, str]]:
    """Yield the kinds that type, source, gateway and status speak for, each with the evidence."""
    for name, kinds in (("type", settings.types), ("source", settings.sources)):
        value = payment.get(name)
        if value is not None:
            known = kinds.get(value) if isinstance(value, str) else None
            unknown = f"{name} {_shown(value)} is not in {name}s of write_back"
            yield (known, f"{name} {_shown(value)}") if known else (UNDECIDED, unknown)
    if gateway_id(payment, settings):
        yield "portal", "payment at the gateway"
    for name in STATUSES:
        value = payment.get(name)
        if value is not None and str(value).upper() not in settings.statuses:
            yield UNDECIDED, f"{name} {_shown(value)} is not in statuses of write_back"


def _shown(value: object) -> str:
    return value if isinstance(value, str) and WORD.fullmatch(value) else "…"
