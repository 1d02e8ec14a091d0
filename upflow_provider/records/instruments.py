"""
How money was moved, in Upflow's words.

Stripe's types: https://docs.stripe.com/api/charges/object (``payment_method_details.type``). Upflow's
instruments are those of its API's reference of 2023 and of its payment file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from upflow_provider.records.text import cleaned, mapping_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from upflow_provider.records.payloads import Instrument

CARD_TYPES: tuple[str, ...] = ("card", "card_present", "interac_present", "kr_card", "link", "samsung_pay")
DIRECT_DEBIT_TYPES: tuple[str, ...] = (
    "ach_debit",
    "acss_debit",
    "au_becs_debit",
    "bacs_debit",
    "nz_bank_account",
    "payto",
    "sepa_debit",
    "us_bank_account",
)
WIRE_TRANSFER_TYPES: tuple[str, ...] = (
    "ach_credit_transfer",
    "bancontact",
    "blik",
    "customer_balance",
    "eps",
    "fpx",
    "giropay",
    "ideal",
    "multibanco",
    "p24",
    "pay_by_bank",
    "paynow",
    "pix",
    "promptpay",
    "sepa_credit_transfer",
    "sofort",
    "swish",
    "twint",
    "upi",
    "wechat_pay",
    "au_bank_transfer",
    "br_bank_transfer",
    "eu_bank_transfer",
    "gb_bank_transfer",
    "jp_bank_transfer",
    "mx_bank_transfer",
    "nz_bank_transfer",
    "th_bank_transfer",
    "us_bank_transfer",
)
CASH_TYPES: tuple[str, ...] = ("boleto", "konbini", "oxxo")
NAME_WORDS: tuple[tuple[str, Instrument], ...] = (
    ("check", "CHECK"),
    ("cheque", "CHECK"),
    ("cash", "CASH"),
    ("debit", "DIRECT_DEBIT"),
    ("card", "CARD"),
    ("wire", "WIRE_TRANSFER"),
    ("transfer", "WIRE_TRANSFER"),
)
"""Upflow's instrument by a word in the name that people give to a payment outside of Stripe."""


def _instruments(instrument: Instrument, types: Iterable[str]) -> dict[str, Instrument]:
    return dict.fromkeys(types, instrument)


INSTRUMENTS: dict[str, Instrument] = {
    **_instruments("CARD", CARD_TYPES),
    **_instruments("DIRECT_DEBIT", DIRECT_DEBIT_TYPES),
    **_instruments("WIRE_TRANSFER", WIRE_TRANSFER_TYPES),
    **_instruments("CASH", CASH_TYPES),
}
"""Upflow's instrument by Stripe's type; wallets and loans have none."""


def instrument(details: object) -> Instrument:
    """
    Return Upflow's instrument for Stripe's details of a payment method; ``UNKNOWN`` if there is none.

    Args:
        details: ``payment_method_details`` of a charge or a payment record, ``destination_details`` of a
            refund; either may be absent.
    """
    kind = cleaned(mapping_in(details).get("type"))
    if kind != "custom":
        return INSTRUMENTS.get(kind, "UNKNOWN")
    name = cleaned(mapping_in(mapping_in(details).get("custom")).get("display_name")).lower()
    return next((found for word, found in NAME_WORDS if word in name), "UNKNOWN")
