"""
Conversion of amounts from Stripe's minor units to Upflow's. No other module knows how they differ.

Both count in integers. Upflow counts in the currency's minor unit according to ISO 4217 (its public documentation
speaks of cents; other currencies are assumed to be treated alike). So does Stripe, except for a few
currencies (https://docs.stripe.com/currencies): ISK and UGX, which have no
minor unit, are sent in hundredths that are always 00, and MGA is sent in whole units although ISO
4217 has hundredths. HUF and TWD are special only for payouts; both sides count them in hundredths.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from upflow_provider.errors import MappingError

if TYPE_CHECKING:
    from collections.abc import Mapping

STRIPE_DECIMALS = {"ISK": 2, "UGX": 2, "MGA": 0}
"""Decimals of Stripe's amounts by currency, if they differ from ISO 4217."""


class Units:
    """
    Converts the amounts of one record from Stripe's units to Upflow's.

    Args:
        record_id: The record, for messages.
        currency: ISO 4217 code, in any case.
        decimals: Decimals of Upflow's amounts by currency, if they differ from ISO 4217.
    """

    def __init__(self, record_id: str, currency: str, decimals: Mapping[str, int]) -> None:
        self._record_id, self.currency = record_id, currency.upper()
        iso = iso_decimals(self.currency)
        self._shift = decimals.get(self.currency, iso) - STRIPE_DECIMALS.get(self.currency, iso)

    def __call__(self, amount: int) -> int:
        """
        Return an amount in Upflow's minor units, given one in Stripe's.

        Raises:
            MappingError: It is no whole number in Upflow's units.
        """
        factor: int = 10 ** abs(self._shift)
        if self._shift >= 0:
            return amount * factor
        whole, rest = divmod(amount, factor)
        if rest:
            raise MappingError(self._record_id, "amount", f"is no whole number of {self.currency} units in Upflow")
        return whole


@cache
def iso_decimals(currency: str) -> int:
    """Return the number of decimals of a currency in ISO 4217; 2 if it does not list the currency."""
    from iso4217 import Currency  # noqa: PLC0415 - reads a table, which parsing a DAG must not wait for

    try:
        decimals: int | None = Currency(currency).exponent
    except ValueError:
        return 2
    return 2 if decimals is None else decimals
