"""A stream that is defined wrongly is refused when the package is imported, and never loses a record in silence."""

from dataclasses import replace

import pytest

from upflow_provider.stripe_to_upflow.streams.registry import STREAMS, in_order
from upflow_provider.stripe_to_upflow.streams.stream import nothing_related

CUSTOMERS, INVOICES = STREAMS["customers"], STREAMS["invoices"]


@pytest.mark.parametrize(
    ("stream", "says"),
    [
        pytest.param(replace(INVOICES, name="customers"), "another stream or task has this name", id="twice"),
        pytest.param(replace(INVOICES, name="closing"), "another stream or task has this name", id="name of a task"),
        pytest.param(replace(INVOICES, after=("orders",)), r"comes after \['orders'\], which do not exist", id="after"),
    ],
)
def test_a_stream_that_does_not_fit_the_others_is_refused(stream, says):
    """By name, and by what it comes after."""
    with pytest.raises(ValueError, match=says):
        in_order([CUSTOMERS, stream])


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        pytest.param({"related_stream": None}, "related and related_stream belong together", id="no stream"),
        pytest.param({"related": nothing_related}, "related and related_stream belong together", id="nothing related"),
        pytest.param({"collection": "payments"}, "open_statuses is for documents with an outstanding", id="open"),
    ],
)
def test_attributes_that_do_not_go_together_are_refused(fields, says):
    """Changes would be lost without a word."""
    with pytest.raises(ValueError, match=says):
        replace(INVOICES, **fields)
