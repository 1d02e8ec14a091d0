"""Reports of tasks do not pile up: those of the last 90 days stay."""

from datetime import UTC, datetime, timedelta

from upflow_provider.ledger import Ledger, RunReport

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


def report(day, stream="invoices"):
    """Return the report of a task that ended on a day of 2026, counted from 0."""
    at = NEW_YEAR + timedelta(days=day)
    times = {"window_start": at, "window_end": at, "started_at": at, "finished_at": at}
    return RunReport(stream=stream, dag_id="d", run_id="r", task_id="t", counts={"day": day}, **times)


def days(ledger, stream="invoices"):
    """Return the days of the reports that are kept, oldest first."""
    return [each.counts["day"] for each in reversed(ledger.reports(stream, limit=1000))]


def test_reports_of_90_days_are_kept(ledger):
    """One a day for half a year."""
    for day in range(180):
        ledger.save_report(report(day))

    assert days(ledger) == list(range(89, 180))


def test_what_has_piled_up_becomes_less(engine):
    """A ledger of an earlier version has years of reports: each new one deletes some of them, in a short statement."""
    ledger = Ledger(engine, "default")
    for _ in range(50):
        ledger.save_report(report(0))
    kept = []
    for _ in range(4):
        ledger.save_report(report(100))
        kept.append(len(days(ledger)))

    assert kept == [31, 12, 3, 4]


def test_reports_of_others_stay(engine):
    """Other streams and other organizations have their own."""
    ledger, other = Ledger(engine, "default"), Ledger(engine, "other")
    ledger.save_report(report(0, "customers"))
    other.save_report(report(0))
    ledger.save_report(report(365))

    assert (days(ledger, "customers"), days(other), days(ledger)) == ([0], [0], [365])
