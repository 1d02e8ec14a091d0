"""How much of an invoice each of its applications settles."""

import pytest

from upflow_provider.errors import MappingError
from upflow_provider.records.money import Units
from upflow_provider.stripe_to_upflow.mapping.applications import applied_amounts


@pytest.mark.parametrize("shared", ["", None, "inpay_1"])
def test_applications_with_the_same_id_are_not_mixed_up(shared):
    """One would count for the other; the invoice says what is wrong."""
    application = {"id": shared, "status": "paid", "amount_paid": 600, "created": 1}

    with pytest.raises(MappingError, match="in_1: payments have no ids of their own"):
        applied_amounts({"id": "in_1"}, [application, dict(application)], Units("in_1", "eur", {}))
