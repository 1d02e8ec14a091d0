"""Amounts change sides exactly, or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upflow_provider.errors import MappingError
from upflow_provider.records.money import STRIPE_DECIMALS, Units, iso_decimals

AMOUNTS = st.integers(-(10**15), 10**15)
ORDINARY = ["EUR", "USD", "JPY", "KWD", "HUF", "TWD", "CLP", "BHD", "VND"]


@given(AMOUNTS, st.sampled_from(ORDINARY))
def test_most_amounts_are_equal_on_both_sides(amount, currency):
    """Both count in the decimals of ISO 4217."""
    assert Units("in_1", currency.lower(), {})(amount) == amount


@given(AMOUNTS, st.sampled_from(["ISK", "UGX"]))
def test_hundredths_that_do_not_exist_are_taken_off(amount, currency):
    """Stripe sends whole kronur and shillings times a hundred."""
    converted = Units("in_1", currency, {})(amount * 100)

    assert (converted, type(converted)) == (amount, int)


@given(AMOUNTS)
def test_hundredths_that_stripe_does_not_send_are_added(amount):
    """Ariary have hundredths by ISO 4217."""
    assert Units("in_1", "MGA", {})(amount) == amount * 100


@given(st.integers(1, 99), AMOUNTS)
def test_a_part_of_a_unit_is_rejected(part, amount):
    """Nothing is rounded; the error names the record and the currency, not the amount."""
    with pytest.raises(MappingError, match=r"^in_1: amount is no whole number of ISK units in Upflow$"):
        Units("in_1", "isk", {})(amount * 100 + part)


@given(AMOUNTS, st.integers(0, 4), st.sampled_from(["EUR", "JPY", "ISK"]))
def test_a_setting_decides_what_upflow_counts_in(amount, decimals, currency):
    """More decimals than Stripe has multiply; fewer divide what can be divided."""
    stripes = STRIPE_DECIMALS.get(currency, iso_decimals(currency))
    units = Units("in_1", currency, {currency: decimals})
    if decimals >= stripes:
        assert units(amount) == amount * 10 ** (decimals - stripes)
    else:
        assert units(amount * 10 ** (stripes - decimals)) == amount


@pytest.mark.parametrize(
    ("currency", "decimals"), [("EUR", 2), ("JPY", 0), ("KWD", 3), ("ISK", 0), ("UGX", 0), ("MGA", 2), ("XYZ", 2)]
)
def test_decimals_are_those_of_iso_4217(currency, decimals):
    """What is no currency counts in hundredths, on both sides."""
    assert iso_decimals(currency) == decimals
