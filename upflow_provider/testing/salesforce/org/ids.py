"""
Ids of Salesforce records: 15 characters that tell letters' case, or 18 of which the last three tell it instead.

See https://help.salesforce.com/s/articleView?id=000385585.
"""

import string
from functools import lru_cache

PREFIX = "001"
"""What the Ids of Accounts start with."""
SHORT, LONG = 15, 18
"""Lengths of the two forms."""
_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
_CHECK = string.ascii_uppercase + "012345"


def numbered(prefix: str, number: int) -> str:
    """Return the 18-character Id of the record with a number."""
    text = ""
    while number:
        number, digit = divmod(number, len(_DIGITS))
        text = _DIGITS[digit] + text
    return checked(f"{prefix}Hr{text:0>10}")


@lru_cache(maxsize=2**17)
def checked(short: str) -> str:
    """Return the 18-character form of a 15-character Id."""
    chunks = (short[at : at + 5] for at in range(0, SHORT, 5))
    return short + "".join(_CHECK[sum(1 << at for at, each in enumerate(chunk) if each.isupper())] for chunk in chunks)


def long_id(text: str) -> str:
    """
    Return the 18-character form of either form of an Account's Id.

    Raises:
        ValueError: It is no such Id.
    """
    if text.startswith(PREFIX) and (found := _long(text)):
        return found
    raise ValueError("not the Id of an Account")


def record_id(text: str) -> str:
    """
    Return the 18-character form of either form of the Id of any record.

    Raises:
        ValueError: It is no Id.
    """
    if found := _long(text):
        return found
    raise ValueError("not the Id of a record")


def _long(text: str) -> str:
    """Return the 18-character form of an Id; empty if it is none."""
    well_formed = text.isascii() and text.isalnum()
    if well_formed and (len(text) == SHORT or (len(text) == LONG and checked(text[:SHORT]) == text)):
        return checked(text[:SHORT])
    return ""


ORG_ID, USER_ID = numbered("00D", 1), numbered("005", 1)
"""Ids of the org, and of the user that the API is used by."""
