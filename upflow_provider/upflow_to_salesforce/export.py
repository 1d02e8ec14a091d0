"""
Upflow -> Salesforce: what Upflow knows of its customers, on their Accounts.

Read both sides, compare, write what differs. The export does not remember what it wrote before: Salesforce itself says
what its Accounts hold, so that the run after any accident does what is left to do.
"""

from __future__ import annotations

import logging
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING

from upflow_provider.upflow_to_salesforce.account_writer import AccountWriter, WriteResult, keep_refusals
from upflow_provider.upflow_to_salesforce.export_plan import ExportPlan, ExportPlanner
from upflow_provider.upflow_to_salesforce.mapping.values import Value
from upflow_provider.upflow_to_salesforce.report import ExportReport

if TYPE_CHECKING:
    from upflow_provider.ledger import Ledger

log = logging.getLogger(__name__)

SAMPLE = 3
"""Number of Accounts of which a dry run shows a field before and after."""


class Export:
    """
    One run of the export.

    Args:
        planner: Works out what to write.
        writer: Writes it.
        ledger: Keeps refusals.
    """

    def __init__(self, planner: ExportPlanner, writer: AccountWriter, ledger: Ledger) -> None:
        self._planner, self._writer, self._ledger = planner, writer, ledger

    def run(self, *, full: bool = False, dry_run: bool = False) -> ExportReport:
        """
        Bring every Account up to date.

        Args:
            full: Write all known values to all matched Accounts, whatever they hold.
            dry_run: Compare and report only.

        Raises:
            ConfigurationError: Mapping and Salesforce do not fit together; nothing was written.
            RetriableError, QuotaError, AuthenticationError: Accounts that are not confirmed wait for the next run.
        """
        if not dry_run:
            self._writer.end_earlier_job()
        plan = self._planner.plan(full=full)
        report = plan.report
        report.fields = dict(Counter(name for change in plan.changes for name in change.values))
        if dry_run:
            _show(plan)
        else:
            self._write(plan)
        report.unchanged = report.matched - report.updated - report.rejected
        report.add_refused(plan.refused, plan.matched_account)
        report.calls, report.writes = self._writer.client.calls, self._writer.client.writes
        return report

    def _write(self, plan: ExportPlan) -> None:
        accounts, report, now = self._ledger.accounts, plan.report, self._ledger.clock.now()
        before = set(accounts.refused("export"))
        changed = {each.account_id for each in plan.changes}
        unwritten = {account_id: why for account_id, why in plan.refused.items() if account_id not in changed}
        keep_refusals(accounts, "export", WriteResult(refused=unwritten), plan.matched_account, now)
        log.info("%d of %d Accounts differ", len(plan.changes), report.matched)
        for result in self._writer.write(plan.changes, plan.fields):
            self._keep(result, plan)
            log.info("%d Accounts written, %d refused", report.updated, len(plan.refused))
        accounts.accept("export", before - plan.refused.keys())
        report.rejected = len(plan.refused)

    def _keep(self, result: WriteResult, plan: ExportPlan) -> None:
        """Keep what became of changes; an Account that was written only in part counts as refused."""
        in_part = {each: plan.refused[each] for each in result.confirmed if each in plan.refused}
        confirmed = [each for each in result.confirmed if each not in in_part]
        plan.refused |= result.refused
        kept = WriteResult(confirmed, in_part | result.refused)
        keep_refusals(self._ledger.accounts, "export", kept, plan.matched_account, self._ledger.clock.now())
        plan.report.updated += len(confirmed)


def _show(plan: ExportPlan) -> None:
    """Report what would be written; log how many Accounts differ in each field, and some of their values."""
    plan.report.dry_run = True
    plan.report.updated = len({each.account_id for each in plan.changes} - plan.refused.keys())
    plan.report.rejected = len(plan.refused)
    for name, number in sorted(plan.report.fields.items()):
        differing = (change for change in plan.changes if name in change.values)
        sample = [
            f"{change.account_id}: {_shown(change.before[name])} -> {_shown(change.values[name])}"
            for change in islice(differing, SAMPLE)
        ]
        log.info("%s: %d Accounts differ, such as %s", name, number, "; ".join(sample))


def _shown(value: Value) -> str:
    """Return a value as a log may show it: of text, which may be personal or a secret, only the length."""
    if value is None:
        return "empty"
    if isinstance(value, tuple):
        return f"{len(value)} values"
    return f"text of {len(value)} characters" if isinstance(value, str) else str(value)
