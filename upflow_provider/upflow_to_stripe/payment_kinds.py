"""
What kind of payment one of Upflow's list is: the only place that knows how portal payments are told from others. Pure.

No source shows a portal payment in an answer of the API, so that every signal can be set (see `WriteBack`), and a
payment that they do not agree about is undecided. Upflow creates a payment at once only if it is made online, that is
by card or by direct debit (https://docs.upflow.io/en-us/payments); a wire or a check is only announced in the portal.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from upflow_provider.upflow_to_stripe.settings import WriteBack

UNDECIDED = "undecided"
"""The kind of a payment whose signals are unknown, or contradict each other."""
UNREADABLE = "unreadable"
"""The kind of a payment whose links to invoices cannot be read."""
UNSUCCESSFUL = "unsuccessful"
"""The kind of a payment that would be written, if its status said that it succeeded."""
OFFLINE = "offline"
"""The kind of a payment that was not made online, without a word on where it comes from."""
IMPORTED = "imported"
"""The kind of a payment that came over the API, as ours do."""
AT_GATEWAY = re.compile(r"(?<![A-Za-z0-9_])(?:pi|ch|py)_[A-Za-z0-9]{6,}")
"""Ids of PaymentIntents and charges, within any text."""
OF_OTHERS = frozenset({"externalId", "linkedInvoices", "customer"})
"""Fields that are about other records than the payment."""
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
    kind = _kind_said(payment, settings)
    status = _other_status(payment, settings)
    return PaymentKind(UNSUCCESSFUL, status) if status and kind.name in settings.kinds else kind


def _kind_said(payment: Mapping[str, Any], settings: WriteBack) -> PaymentKind:
    said = list(_said(payment, settings))
    kinds = {kind for kind, _ in said}
    words = " and ".join(evidence for _, evidence in said)
    if payment.get("instrument") not in settings.instruments:
        named = kinds - {UNDECIDED}
        if "portal" in named or len(named) > 1:
            return PaymentKind(UNDECIDED, f"instrument is not one of payments made online, but {words}")
        return PaymentKind(*said[0]) if named else PaymentKind(OFFLINE, "instrument")
    if not said:
        return PaymentKind("portal", "made online, without an external id")
    return PaymentKind(kinds.pop() if len(kinds) == 1 else UNDECIDED, words)


def gateway_id(payment: Mapping[str, Any], settings: WriteBack) -> str | None:
    """Return the id of a payment at Stripe as Upflow's gateway, if exactly one is shown; ``None`` otherwise."""
    found = _gateway_ids(payment, settings)
    return found.pop() if len(found) == 1 else None


def _gateway_ids(payment: Mapping[str, Any], settings: WriteBack) -> set[str]:
    """Return the PaymentIntents that a payment shows anywhere, or its charges if it shows none."""
    shown = set(_ids_in(payment, settings.gateway_fields, is_named=not settings.gateway_fields))
    return {each for each in shown if each.startswith("pi_")} or shown


def _ids_in(value: object, fields: Collection[str], *, is_named: bool) -> Iterator[str]:
    """Yield the ids in a value, at any depth; of the named fields, and of what is in them, if some are named."""
    if isinstance(value, dict):
        for name, each in value.items():
            if name not in OF_OTHERS:
                yield from _ids_in(each, fields, is_named=is_named or name in fields)
    elif isinstance(value, list):
        for each in value:
            yield from _ids_in(each, fields, is_named=is_named)
    elif isinstance(value, str) and is_named:
        yield from AT_GATEWAY.findall(value)


def _said(payment: Mapping[str, Any], settings: WriteBack) -> Iterator[tuple[str, str]]:
    """Yield the kinds that type, source and gateway speak for, each with the evidence."""
    for name, kinds in (("type", settings.types), ("source", settings.sources)):
        value = payment.get(name)
        if value is not None:
            known = kinds.get(value) if isinstance(value, str) else None
            unknown = f"{name} {_shown(value)} is not in {name}s of write_back"
            yield (known, f"{name} {_shown(value)}") if known else (UNDECIDED, unknown)
    if ids := _gateway_ids(payment, settings):
        is_one = len(ids) == 1
        yield ("portal", "payment at the gateway") if is_one else (UNDECIDED, "several payments at the gateway")


def _other_status(payment: Mapping[str, Any], settings: WriteBack) -> str | None:
    """Return what a payment says instead of that it succeeded; ``None`` if it does not."""
    successful = {each.upper() for each in settings.statuses}
    shown = ((name, payment.get(name)) for name in STATUSES)
    found = [name for name, value in shown if value is not None and str(value).upper() not in successful]
    return f"{found[0]} {_shown(payment[found[0]])} is not in statuses of write_back" if found else None


def _shown(value: object) -> str:
    return value if isinstance(value, str) and WORD.fullmatch(value) else "…"
