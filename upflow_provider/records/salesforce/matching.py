"""
Which Upflow customer is which Account of Salesforce.

A customer and an Account belong together when they hold the same key; Upflow asks for one Account per
customer and one customer per Account (https://docs.upflow.io/en-us/integrations/salesforce/connect).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from upflow_provider.records.salesforce.fields import NUMBER_TYPES

_ID = re.compile(r"([0-9A-Za-z]{15})([A-Z0-5]{3})?")
_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_ID_TYPES = frozenset({"id", "reference"})
_MOST_DIGITS = 18
"""Most digits of a number of Salesforce's."""


def id18(account_id: str) -> str:
    """
    Return a Salesforce id in its form of 18 characters: two such ids differ by more than the case of letters.

    Each character of the suffix tells which of five characters are capitals, the first one in its lowest bit
    (https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/field_types.htm, "ID Field Type").

    Raises:
        ValueError: It is not an id of 15 or 18 characters, or its suffix does not fit the rest because a letter has
            changed its case.
    """
    parts = _ID.fullmatch(account_id)
    if parts is None:
        raise ValueError("is not a Salesforce id: expected 15 or 18 letters and digits")
    case_sensitive, given = parts.groups()
    suffix = "".join(
        _SUFFIX[sum(1 << place for place, letter in enumerate(case_sensitive[start : start + 5]) if letter.isupper())]
        for start in (0, 5, 10)
    )
    if given not in {None, suffix}:
        raise ValueError("is not a Salesforce id: its last three characters do not fit the others")
    return case_sensitive + suffix


def key(value: object, field_type: str = "string") -> str | None:
    """
    Return the normal form of a key by which customers and Accounts are matched.

    Numbers, and all keys of a number field, are compared by value: 285, 285.0, ``"285"`` and ``" 285.00 "`` are equal.
    In a text field, ``"0285"`` and ``"285"`` are two keys. Ids are in their form of 18 characters. Anything else is
    compared as text.

    Args:
        value: The key, from either side.
        field_type: Type of the field of Account that holds the key; the same for keys of both sides.

    Returns:
        The key, or ``None`` for an empty one.
    """
    text = "" if value is None else str(value).strip()
    if field_type in NUMBER_TYPES or isinstance(value, int | float | Decimal):
        text = _plain(text)
    elif field_type in _ID_TYPES:
        try:
            text = id18(text)
        except ValueError:
            return text or None
    return text or None


def _plain(text: str) -> str:
    """Return a number without an exponent and without needless zeros; other text as it is."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    if not number.is_finite() or abs(number.adjusted()) > _MOST_DIGITS:
        return text
    plain = format(number or Decimal(0), "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


@dataclass(frozen=True, slots=True)
class Matches:
    """
    Customers and their Accounts. A customer and an Account match only if each is the other's only candidate.

    Attributes:
        matched: Account id by customer id.
        unmatched: Ids of customers whose key is in no Account.
        keyless: Ids of customers without a key.
        undecided: Account ids by customer id, where several Accounts hold the customer's key.
        claimed: Customer ids by Account id, where several customers hold the key of one Account.
    """

    matched: dict[str, str]
    unmatched: list[str]
    keyless: list[str]
    undecided: dict[str, list[str]]
    claimed: dict[str, list[str]]


def match(customers: Iterable[tuple[str, str | None]], accounts: Iterable[tuple[str, str | None]]) -> Matches:
    """
    Match customers with Accounts by their keys.

    Each side is read once. A record that comes twice, because pages overlap, counts once.

    Args:
        customers: Customer ids of Upflow, with their keys (`key`).
        accounts: Account ids of 18 characters, with their keys.
    """
    sole, shared = _grouped((account_key, account_id) for account_id, account_key in accounts if account_key)
    unmatched, keyless, claims = [], [], []
    undecided: dict[str, list[str]] = {}
    for customer_id, customer_key in customers:
        if not customer_key:
            keyless.append(customer_id)
        elif customer_key in shared:
            undecided[customer_id] = shared[customer_key]
        elif customer_key in sole:
            claims.append((sole[customer_key], customer_id))
        else:
            unmatched.append(customer_id)
    holders, claimed = _grouped(claims)
    matched = {customer_id: account_id for account_id, customer_id in holders.items()}
    return Matches(matched, unmatched, keyless, undecided, claimed)


def _grouped(keyed: Iterable[tuple[str, str]]) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Return the id of each key that has just one, and the ids of each key that has several."""
    sole: dict[str, str] = {}
    several: dict[str, dict[str, None]] = {}
    for shared_key, each in keyed:
        known = sole.setdefault(shared_key, each)
        if known != each:
            several.setdefault(shared_key, {known: None})[each] = None
    for shared_key in several:
        del sole[shared_key]
    return sole, {shared_key: list(ids) for shared_key, ids in several.items()}
