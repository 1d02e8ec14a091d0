"""Lines: what brings an invoice to its end when nobody owes it any more."""

import pytest

from upflow_provider.delivery.balancing import balancing_needed
from upflow_provider.records.mapped import BalancingDocument, Mapped

INVOICE = {
    "externalId": "in_1",
    "customId": "F-1",
    "issuedAt": "2026-01-01",
    "dueDate": "2026-01-31",
    "currency": "EUR",
    "grossAmount": 1200,
    "netAmount": 1000,
    "customer": {"externalId": "cus_1"},
}
VOID = BalancingDocument("credit_notes", "in_1:void", 1200, "2026-02-01", "void in Stripe")
WRITE_OFF = BalancingDocument("payments", "in_1:writeoff", 700, "2026-02-02", "uncollectible in Stripe")


@pytest.mark.parametrize(
    ("line", "answer", "needed"),
    [
        pytest.param(VOID, {"state": "VOIDED"}, (), id="void-honoured"),
        pytest.param(VOID, {"state": "DUE"}, (VOID,), id="void-ignored"),
        pytest.param(VOID, {}, (VOID,), id="void-untold"),
        pytest.param(WRITE_OFF, {"state": "DUE"}, (WRITE_OFF,), id="write-off"),
    ],
)
def test_balancing_needed_follow_upflows_answer(line, answer, needed):
    """Upflow's own state is looked at, never assumed."""
    assert balancing_needed(Mapped(INVOICE, "cus_1", balancing=(line,)), answer) == needed
