"""What never comes to be: each wait for it has an end, and an error that says what was waited for."""

import pytest

from upflow_provider.errors import RetriableError
from upflow_provider.ledger.contacts import ContactFindings


def test_a_record_that_is_always_being_written_is_set_aside(bridge, monkeypatch):
    """The ledger never confirms that nothing is to be done: the record is rejected, and the task ends."""
    bridge.customer()
    bridge.sync("customers")
    monkeypatch.setattr(type(bridge.ledger.claims), "record_looks", lambda *_: set())
    report = bridge.sync("customers")

    assert (report.rejected, report.read) == (1, 1)
    assert "another task has been writing it for longer than any claim lasts" in report.examples["cus_1"]
    assert 1_199 < sum(bridge.sleeps) < 1_201


def test_a_finding_that_always_changes_ends_the_task(bridge, monkeypatch):
    """No task tries for ever."""
    tries = []
    monkeypatch.setattr(type(bridge.ledger.findings), "replace", lambda *_: tries.append(1) and False)
    with pytest.raises(RetriableError, match="other tasks changed it 1000 times in a row"):
        ContactFindings(bridge.ledger.findings, bridge.ledger.clock.now).may_lose(3)

    assert len(tries) == 1_000
