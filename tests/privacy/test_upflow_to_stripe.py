"""Nothing personal leaves a write-back, whatever Upflow and Stripe say."""

import pytest

from tests.privacy.planted import OTHERS, PERSON, WRITINGS, said, traces
from tests.upflow_to_stripe.conftest import till  # noqa: F401 - a fixture

# ruff: noqa: F811 - the fixture is a parameter of the tests


def test_what_upflow_shows_of_a_payment(till, left):
    """Fields that hold words of lists hold texts of people's instead."""
    till.sell("in_1", "in_2")
    odd = {"type": PERSON["name"], "source": PERSON["email"], "memo": said("plain"), "status": OTHERS["customer"]}
    till.pay({"in_1": 1200}, **odd, gateway={"id": "pi_123456", "name": PERSON["name"]})
    till.pay({"in_2": 1200}, instrument=PERSON["name"])
    left.by(till.run)

    assert till.reports[0].rejected == 1
    assert traces(left.everywhere()) == []


@pytest.mark.parametrize("status", [400, 403, 404, 409, 429, 500])
def test_what_stripe_says_about_a_write(till, left, status):
    """In each writing; its codes and the id of the request stay."""
    till.sell(*(f"in_{number}" for number in range(len(WRITINGS))))
    for number, writing in enumerate(WRITINGS):
        till.pay({f"in_{number}": 1200 if number % 2 else 5})
        error = {"error": {"type": "invalid_request_error", "message": said(writing), "param": said("plain")}}
        path = f"in_{number}/|payment_records"
        till.stripe.faults.add("status", method="POST", path=path, status=status, body=error, times=9)
    left.by(till.run)

    assert traces(left.everywhere()) == []
