"""Settlements in the ledger: a decision counts only if nothing that it depends on has changed since it was read."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from upflow_provider.errors import RecordBusyError
from upflow_provider.ledger import Ledger, Settlement

NOON = datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC)


def listed(payment="p1", invoice="in_1", linked=500, **known):
    """Return a settlement as Upflow's list shows it."""
    return Settlement(payment, invoice, "portal", "gateway", linked, "EUR", "CARD", "2026-03-01", **known)


@pytest.fixture
def settlements(database_url):
    """Return the settlements of a ledger that knows one that was written."""
    engine = sa.create_engine(database_url)
    settlements = Ledger(engine, "default").settlements
    settlements.observe([listed()])
    written = {"state": "written", "method": "record", "amount": 500, "record_id": "pr_1", "tried_at": NOON}
    settlements.save(settlements.get(listed()), **written, is_done=True)
    yield settlements
    engine.dispose()


def test_a_decision_is_refused_if_upflow_lists_something_else_meanwhile(settlements):
    """Less or more that is linked, another kind, or another payment of the same invoice; and it is looked at again."""
    for changed in (listed(linked=0), listed(linked=500), listed("p2"), listed("p2", linked=7)):
        before = settlements.get(listed())
        settlements.save(before, is_done=True, tried_at=NOON)
        before = settlements.get(listed())
        settlements.observe([changed])
        with pytest.raises(RecordBusyError):
            settlements.save(before, is_done=True)
        assert not settlements.get(listed()).is_done


def test_a_decision_counts_if_nothing_has_changed(settlements):
    """A list that shows the same, or another invoice, changes nothing; nor does another evidence."""
    before = settlements.get(listed())
    settlements.observe([listed(), listed("p3", "in_2")])
    settlements.save(before, is_done=True, error="noted")

    assert settlements.get(listed()).is_done
    assert settlements.get(listed()).error == "noted"


def test_what_stripe_has_done_is_written_down_whatever_upflow_lists(settlements):
    """The record's id must not be lost; what is returned is what is linked now."""
    before = settlements.get(listed())
    settlements.observe([listed(linked=0)])
    after = settlements.save_answer(before, record_id="pr_2")

    assert (after.record_id, after.linked) == ("pr_2", 0)
    with pytest.raises(RecordBusyError):
        settlements.save_answer(before, record_id="pr_3")


def test_payments_are_known_with_the_invoices_that_they_are_for(settlements):
    """By their records, and by what Upflow shows of its gateway."""
    settlements.observe([listed("p2", "in_2", gateway_id="pi_1"), listed("p2", "in_3", gateway_id="pi_1")])

    assert settlements.known_payments(["pr_1", "pi_1", "pi_2"]) == {"pr_1": {"in_1"}, "pi_1": {"in_2", "in_3"}}
