"""Every type of payment that Stripe has is one of Upflow's instruments, or known to be none."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upflow_provider.records import instruments
from upflow_provider.records.instruments import INSTRUMENTS, instrument
from upflow_provider.records.payloads import Instrument

GROUPS = (
    instruments.CARD_TYPES,
    instruments.DIRECT_DEBIT_TYPES,
    instruments.WIRE_TRANSFER_TYPES,
    instruments.CASH_TYPES,
)


def test_no_type_is_in_two_groups():
    """The later one would win without a word."""
    types = [each for group in GROUPS for each in group]

    assert len(types) == len(set(types)) == len(INSTRUMENTS)


@given(st.one_of(st.text(), st.sampled_from(sorted(INSTRUMENTS))), st.one_of(st.none(), st.text()))
def test_there_is_always_an_instrument(kind, name):
    """Upflow refuses words that it does not know, so there are no others."""
    for details in ({"type": kind, kind: {}}, {"type": "custom", "custom": {"display_name": name}}):
        assert instrument(details) in get_args(Instrument)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Debit card", "DIRECT_DEBIT"),
        ("CASH on delivery", "CASH"),
        ("check", "CHECK"),
        ("Bank Transfer", "WIRE_TRANSFER"),
        ("", "UNKNOWN"),
        (None, "UNKNOWN"),
    ],
)
def test_the_first_word_that_is_known_decides(name, expected):
    """In any case of letters; in the order in which they are looked for."""
    assert instrument({"type": "custom", "custom": {"display_name": name}}) == expected


def test_types_are_those_that_stripe_has():
    """A type that is misspelt would never be met; wallets and loans have no instrument."""
    import stripe  # takes a second, which no other test of mappings needs

    shapes = (
        stripe.Charge.PaymentMethodDetails,
        stripe.PaymentRecord.PaymentMethodDetails,
        stripe.Refund.DestinationDetails,
    )
    known = {name for shape in shapes for name in shape.__annotations__}

    assert known >= INSTRUMENTS.keys()
