"""
Ids as messages show them.

Most ids are made by machines and say nothing about anybody. The owner of a system may choose others, such as the
e-mail address of a customer; of those, messages show a short hash.
"""

from __future__ import annotations

import hashlib
import re
from urllib.parse import unquote

MADE_BY_MACHINES = re.compile(
    # Stripe: https://docs.stripe.com/api; what follows a colon is ours, such as ``in_1:write_off``.
    r"(?:acct|bps|btok|card|cbtxn|ch|cn|cnli|cs|cus|dp|du|evt|fee|ii|il|in|inpay|job|mbur|pa|pay|pi|pm|po|pr|price|prod"
    r"|py|pyr|re|req|run|seti|si|src|sub|ta|tr|trr|txi|txn|txr)_(?:(?:test|live)_)?[A-Za-z0-9]{1,64}(?:_[a-z]{0,4}\d{1,6})?"
    r"(?::[a-z]{1,16}(?:_[a-z]{1,16}){0,3})?"
    r"|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"  # UUID
    r"|(?=\w*[A-Za-z]|00\d0{4})(?:00[0-9A-Za-z]|012|75[0-9])[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?"  # Salesforce's
    r"|id-[0-9a-f]{10}"  # a hash of ours
)
SHORT_CODE = re.compile(r"(?:[A-Za-z]{1,4}(?![A-Za-z])|\d+|[-_./#])+")
SHORT_CODE_LENGTH_MAX = 20
LETTERS_MAX = 2
"""Letters that alone say nothing about anybody."""
DIGITS_MAX = 8
"""Digits of the longest number that is not a phone, card or VAT number."""


def is_made_by_a_machine(text: str) -> bool:
    """Return whether a text has the form of an id of Stripe, Upflow, Salesforce or ours."""
    return MADE_BY_MACHINES.fullmatch(text) is not None


def shown_id(record_id: str) -> str:
    """
    Return an id as messages show it.

    Pure. The result may be shown again: its own form stays as it is.

    Args:
        record_id: Id in any system.

    Returns:
        The id itself if it is made by a machine, or a short number such as ``KD-10023``. Otherwise ``id-`` and ten
        digits of its SHA-256, as ``printf %s ID | sha256sum`` prints them: it may be an e-mail address or a name.
    """
    if is_made_by_a_machine(record_id) or _is_short_code(record_id):
        return record_id
    return f"id-{hashlib.sha256(record_id.encode(errors='surrogatepass')).hexdigest()[:10]}"


def shown_path(path: str) -> str:
    """
    Return the path of a request as messages show it.

    Pure. Each name of a collection in it may be followed by the id of one of its records.

    Args:
        path: Path, percent-encoded, such as ``/customers/external:cus_1/contacts`` or ``/v1/customers/cus_1``.
    """
    version = "/v1" if path.startswith("/v1/") else ""
    _, *steps = path.removeprefix(version).split("/")
    return version + "".join(f"/{_shown_ref(step) if number % 2 else step}" for number, step in enumerate(steps))


def _shown_ref(ref: str) -> str:
    record_id = ref.removeprefix("external:")
    return f"{ref[: len(ref) - len(record_id)]}{shown_id(unquote(record_id))}"


def _is_short_code(text: str) -> bool:
    digits = sum(each.isdigit() for each in text)
    is_number = 1 <= digits <= DIGITS_MAX or len(text) <= LETTERS_MAX
    return is_number and len(text) <= SHORT_CODE_LENGTH_MAX and SHORT_CODE.fullmatch(text) is not None
