"""
Payment methods in words, such as ``Visa •••• 4242, 12/2028``: never more of a number than its last four digits.

Stripe's objects: payment methods (https://docs.stripe.com/api/payment_methods/object), and the older cards, bank
accounts and sources (https://docs.stripe.com/api/sources/object).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from upflow_provider.records.text import cleaned, mapping_in

NAMES: Mapping[str, str] = {
    "ach_debit": "ACH debit",
    "acss_debit": "ACSS debit",
    "amex": "American Express",
    "au_becs_debit": "BECS debit",
    "diners": "Diners Club",
    "jcb": "JCB",
    "mastercard": "Mastercard",
    "nz_bank_account": "NZ bank account",
    "sepa_debit": "SEPA debit",
    "unionpay": "UnionPay",
    "us_bank_account": "US bank account",
    "visa": "Visa",
}
"""Brands and types whose names are no plain words."""
LAST_DIGITS = re.compile(r"[0-9A-Z]{1,4}")


def described(method: object) -> str:
    """
    Return a payment method in words; empty for none, or if Stripe shows only its id.

    Args:
        method: Payment method, card, bank account or source of Stripe's.
    """
    known = mapping_in(method)
    kind = cleaned(known.get("type")) or cleaned(known.get("object"))
    details = mapping_in(known.get(kind)) or known
    brand = cleaned(details.get("brand")).lower() or kind
    name = cleaned(details.get("bank_name")) or NAMES.get(brand) or brand.replace("_", " ").capitalize()
    last4 = cleaned(details.get("last4"))
    number = f"{name} •••• {last4}" if name and LAST_DIGITS.fullmatch(last4) else name
    return f"{number}, {expiry}" if (expiry := _expiry(details)) else number


def _expiry(details: Mapping[str, Any]) -> str:
    month, year = details.get("exp_month"), details.get("exp_year")
    return f"{month:02d}/{year}" if isinstance(month, int) and isinstance(year, int) else ""
