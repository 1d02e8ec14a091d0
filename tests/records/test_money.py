"""Amounts change sides exactly, or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upflow_provider.errors import MappingError
from upflow_provider.records.money import STRIPE_DECIMALS, Units, iso_decimals

AMOUNTS = st.integers(-(10**11), 10**11)
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
    """Nothing is rounded; the error names the record, the currency and the setting, not the amount."""
    with pytest.raises(MappingError, match=r"^in_1: amount is not a whole number of ISK units .* currency_decimals of"):
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


@pytest.mark.parametrize("amount", [None, True, 1.5, "12", 2**53, -(2**70), [1], {"value": 1}])
def test_what_is_no_amount_is_rejected(amount):
    """Only whole numbers that every reader of JSON can express; the error names the field."""
    with pytest.raises(MappingError, match=r"^in_1: total is not a whole number of minor units$"):
        Units("in_1", "EUR", {})(amount, "total")


@pytest.mark.parametrize("currency", [None, 978, "", "EURO", "€€€", ["EUR"]])
def test_what_is_no_currency_is_rejected(currency):
    """Three letters in any case."""
    with pytest.raises(MappingError, match=r"^in_1: currency is not a three-letter code$"):
        Units("in_1", currency, {})


def test_an_absent_amount_is_what_the_reader_says():
    """Or a fault of the record that names the field."""
    units = Units("in_1", "EUR", {})

    assert (units.of({"tax": 5}, "tax", absent=0), units.of({"tax": None}, "tax", absent=0)) == (5, 0)
    with pytest.raises(MappingError, match=r"^in_1: total is missing$"):
        units.of({}, "total")
