"""
Amounts in the units that each side counts in: the only place that knows them.

Both sides take integers. Upflow counts in the smallest division of the currency, by ISO 4217 (its
public documentation says cents; currencies without cents are assumed to follow). Stripe does too,
but for a few currencies (https://docs.stripe.com/currencies): ISK and UGX, which have no
minor unit, are sent in hundredths that are always 00, and MGA is sent in whole units though ISO
4217 has hundredths. HUF and TWD, special for payouts only, are hundredths on both sides.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from upflow_provider.errors import MappingError

if TYPE_CHECKING:
    from collections.abc import Mapping

STRIPE_DECIMALS = {"ISK": 2, "UGX": 2, "MGA": 0}
"""Decimals of Stripe's amounts, where they are not those of ISO 4217."""


class Units:
    """
    CustomerTurns Stripe's amounts of one record into Upflow's.

    Args:
        record_id: The record, for messages.
        currency: ISO 4217 code, in any case.
        decimals: Decimals of Upflow's amounts by currency, where they are not those of ISO 4217.
    """

    def __init__(self, record_id: str, currency: str, decimals: Mapping[str, int]) -> None:
        self._record_id, self.currency = record_id, currency.upper()
        iso = iso_decimals(self.currency)
        self._shift = decimals.get(self.currency, iso) - STRIPE_DECIMALS.get(self.currency, iso)

    def __call__(self, amount: int) -> int:
        """
        Return an amount of Stripe's in Upflow's units.

        Raises:
            MappingError: It is no whole number of them.
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
    """Return the decimals that ISO 4217 gives a currency; 2 for what is none of its currencies."""
    from iso4217 import Currency  # noqa: PLC0415 - reads a table, which parsing a DAG must not wait for

    try:
        decimals: int | None = Currency(currency).exponent
    except ValueError:
        return 2
    return 2 if decimals is None else decimals
