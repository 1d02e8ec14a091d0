"""How far we are: the watermark, and what each task did."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from upflow_provider.ledger import Ledger, RunReport, RunWindow

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)

REPORT = RunReport(
    stream="invoices",
    dag_id="stripe_to_upflow_backfill",
    run_id="manual__2026-03-01",
    task_id="invoices",
    window_start=NOON - 2 * HOUR,
    window_end=NOON - HOUR,
    started_at=NOON,
    finished_at=NOON + HOUR,
    counts={"created": 3, "examples": {"in_1": "no currency"}},
)


def test_there_is_no_watermark_before_the_first_sync(ledger):
    """Nothing is taken for synced."""
    assert ledger.watermark() is None


def test_whoever_stamps_the_watermark_first_decides(ledger):
    """Backfill and incremental sync may both start first."""
    assert ledger.stamp_watermark(NOON) == NOON
    assert ledger.stamp_watermark(NOON + HOUR) == NOON
    assert ledger.stamp_watermark(NOON - HOUR) == NOON
    assert ledger.watermark() == NOON


@pytest.mark.parametrize(
    ("to", "then"),
    [(NOON - HOUR, NOON), (NOON, NOON), (NOON + HOUR, NOON + HOUR)],
    ids=["back", "nowhere", "forward"],
)
def test_the_watermark_never_moves_back(ledger, to, then):
    """A window that is replayed does not undo what came after it."""
    ledger.stamp_watermark(NOON)
    ledger.changes.open_window("run", RunWindow(NOON - 2 * HOUR, to, NOON))
    ledger.changes.finish("run", NOON)

    assert ledger.watermark() == then


def test_moving_a_watermark_that_does_not_exist_sets_it(ledger):
    """A ledger that was lost meanwhile goes on from there."""
    ledger.changes.open_window("run", RunWindow(NOON - HOUR, NOON, NOON))
    ledger.changes.finish("run", NOON)

    assert ledger.watermark() == NOON


def test_each_organization_has_its_own_watermark(engine, ledger):
    """One organization's progress is not the other's."""
    ledger.stamp_watermark(NOON)

    assert Ledger(engine, "france").watermark() is None


def test_reports_come_back_newest_first(engine, ledger):
    """Those of the stream asked for, and no more than asked for."""
    reports = [replace(REPORT, run_id=f"run_{number}") for number in range(3)]
    for report in [*reports, replace(REPORT, stream="customers")]:
        ledger.save_report(report)

    assert ledger.reports("invoices") == reports[::-1]
    assert ledger.reports("invoices", limit=1) == [reports[2]]
    assert Ledger(engine, "france").reports("invoices") == []
