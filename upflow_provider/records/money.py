"""
Conversion of amounts from Stripe's minor units to Upflow's. No other module knows how they differ.

Both count in integers. Upflow counts in the currency's minor unit according to ISO 4217 (its public documentation
speaks of cents; other currencies are assumed to be treated alike). So does Stripe, except for a few
currencies (https://docs.stripe.com/currencies): ISK and UGX, which have no
minor unit, are sent in hundredths that are always 00, and MGA is sent in whole units although ISO
4217 has hundredths. HUF and TWD are special only for payouts; both sides count them in hundredths.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, TypeGuard

from upflow_provider.errors import MappingError

if TYPE_CHECKING:
    from collections.abc import Mapping

STRIPE_DECIMALS = {"ISK": 2, "UGX": 2, "MGA": 0}
"""Decimals of Stripe's amounts by currency, if they differ from ISO 4217."""
AMOUNT_MAX = 2**53 - 1
"""Greatest amount, minor units: JSON of JavaScript servers cannot express greater integers exactly."""
CURRENCY = re.compile("[A-Za-z]{3}")


class Units:
    """
    Converts the amounts of one record from Stripe's units to Upflow's.

    Args:
        record_id: The record, for messages.
        currency: ISO 4217 code, in any case.
        decimals: Decimals of Upflow's amounts by currency, if they differ from ISO 4217.

    Raises:
        MappingError: The currency is absent, or no code of three letters.
    """

    def __init__(self, record_id: str, currency: object, decimals: Mapping[str, int]) -> None:
        if not isinstance(currency, str) or not CURRENCY.fullmatch(currency):
            raise MappingError(record_id, "currency", "is not a three-letter code")
        self._record_id, self.currency = record_id, currency.upper()
        iso = iso_decimals(self.currency)
        shift = decimals.get(self.currency, iso) - stripe_decimals(self.currency)
        self._factor: int = 10 ** max(shift, 0)
        self._divisor: int = 10 ** max(-shift, 0)

    def of(self, document: Mapping[str, Any], field: str, *, absent: int | None = None) -> int:
        """
        Return an amount of a document in Upflow's minor units.

        Args:
            document: The record, or a part of it.
            field: Its field with the amount, in Stripe's minor units.
            absent: What the amount is if the field is absent or null, in Stripe's minor units; ``None`` if it must not
                be.

        Raises:
            MappingError: There is no such amount, or it is not a whole number in Upflow's units.
        """
        value = document.get(field)
        if value is None and absent is None:
            raise MappingError(self._record_id, field)
        return self(absent if value is None else value, field)

    def __call__(self, amount: object, field: str = "amount") -> int:
        """
        Return an amount in Upflow's minor units, given one in Stripe's.

        Raises:
            MappingError: It is not an amount, or not a whole number in Upflow's units.
        """
        return self._converted(amount, self._factor, self._divisor, field, "Upflow")

    def to_stripe(self, amount: object, field: str = "amount") -> int:
        """
        Return an amount in Stripe's minor units, given one in Upflow's.

        Raises:
            MappingError: It is not an amount, or not a whole number in Stripe's units.
        """
        return self._converted(amount, self._divisor, self._factor, field, "Stripe")

    def _converted(self, amount: object, factor: int, divisor: int, field: str, system: str) -> int:
        if not is_amount(amount):
            raise MappingError(self._record_id, field, "is not a whole number of minor units")
        whole, rest = divmod(amount, divisor)
        if rest:
            problem = (
                f"is not a whole number of {self.currency} units in {system}; if Upflow counts {self.currency} with "
                "other decimals, set that in currency_decimals of organizations.yaml"
            )
            raise MappingError(self._record_id, field, problem)
        return whole * factor


def is_amount(value: object) -> TypeGuard[int]:
    """Return whether a value is an amount: an integer that JSON can express exactly everywhere."""
    return type(value) is int and abs(value) <= AMOUNT_MAX


def is_currency(code: str) -> bool:
    """Return whether ISO 4217 lists a currency."""
    from iso4217 import Currency  # noqa: PLC0415 - reads a table, which parsing a DAG must not wait for

    try:
        Currency(code)
    except ValueError:
        return False
    return True


def stripe_decimals(currency: str) -> int:
    """Return the number of decimals of Stripe's amounts in a currency (ISO 4217 code in capitals)."""
    return STRIPE_DECIMALS.get(currency, iso_decimals(currency))


@cache
def iso_decimals(currency: str) -> int:
    """Return the number of decimals of a currency in ISO 4217; 2 if it does not list the currency."""
    from iso4217 import Currency  # noqa: PLC0415 - reads a table, which parsing a DAG must not wait for

    try:
        decimals: int | None = Currency(currency).exponent
    except ValueError:
        return 2
    return 2 if decimals is None else decimals
