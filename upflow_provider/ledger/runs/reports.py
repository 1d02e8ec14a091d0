"""Reports of tasks are kept for a while; each new one makes room for itself."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from upflow_provider.ledger.records import RunReport
from upflow_provider.ledger.tables import run_reports

REPORT_RETENTION = timedelta(days=90)
"""How long reports are kept."""
BATCH_SIZE = 20
"""Reports that are deleted at once: more than are added, so that old ones become fewer."""


def prune_statement(organization: str, report: RunReport) -> sa.Delete:
    """
    Return the statement that deletes some of a stream's old reports; an index leads to the oldest, so that it is cheap.

    Args:
        organization: Name of the organization.
        report: A new report of the stream; reports that ended 90 days before it are old.
    """
    oldest = (
        sa.select(run_reports.c.id, run_reports.c.finished_at)
        .where(run_reports.c.organization == organization, run_reports.c.stream == report.stream)
        .order_by(run_reports.c.id)
        .limit(BATCH_SIZE)
        .subquery()
    )
    old = sa.select(oldest.c.id).where(oldest.c.finished_at < report.finished_at - REPORT_RETENTION)
    return sa.delete(run_reports).where(run_reports.c.id.in_(old))
