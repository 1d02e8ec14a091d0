"""The runbook leads out of every error: after what it says, the error is gone and both sides agree."""

import pytest

from tests.upflow_to_stripe.remedies.table import REMEDIES
from upflow_provider.upflow_to_stripe.decisions.causes import Cause


@pytest.mark.parametrize("name", REMEDIES)
def test_a_remedy_leads_out_of_an_error(till, name):
    """The cause is the one that the runbook has; then it is gone, nothing comes back, and the books agree."""
    case = REMEDIES[name]
    till.sell("in_1", "in_2")
    payment = case.trouble(till)
    till.run()
    assert till.causes() == {payment: case.cause}
    till.go_on(hours=1)
    case.remedy(till, payment)
    for _ in range(2):
        till.run(retry=[payment] if case.is_named else ())
        till.go_on(minutes=20)
        if case.cause is not Cause.NO_INVOICE:
            till.sync()
    till.run()

    assert till.causes() == {}
    if case.owed is not None:
        assert till.owed() == (case.owed, case.owed)
    if not case.is_paid_otherwise and case.cause is not Cause.NO_INVOICE:
        till.assert_no_echo()
    remaining, outstanding = till.owed("in_2")
    assert remaining == outstanding


def test_there_is_a_remedy_for_every_cause():
    """Each is brought about, and led out of."""
    assert {each.cause for each in REMEDIES.values()} == {*Cause}
