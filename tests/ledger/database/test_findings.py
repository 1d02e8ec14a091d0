"""Findings: what an organization's Upflow turned out to do, and work that one task at a time may have."""

from datetime import UTC, datetime, timedelta

from upflow_provider.ledger.findings import FIELD_CREATION, VOID_INVOICES

NOW, MINUTE = datetime(2026, 11, 29, 10, tzinfo=UTC), timedelta(minutes=1)


def test_work_is_reserved_for_one_task_until_it_is_released_or_over(ledger):
    """In either database: the task itself may go on after it died, and others when its time is over."""
    findings = ledger.findings

    def reserve(owner, at):
        return findings.reserve(FIELD_CREATION, owner, now=NOW + at * MINUTE, until=NOW + (at + 10) * MINUTE)

    assert reserve("run/a%", 0)
    assert [reserve("run/b", 1), reserve("a%", 1), reserve("", 1)] == [False, False, False]
    assert reserve("run/a%", 2)
    assert [reserve("run/b", 12), reserve("run/b", 12.001)] == [False, True]
    findings.release(FIELD_CREATION)
    assert reserve("run/c", 12.002)
    findings.keep(VOID_INVOICES, "credit note")
    assert findings.get(VOID_INVOICES) == "credit note"
