"""The operator that says, once a run, what has changed in Upflow: its assets start what depends on it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow.sdk import Asset, AssetAlias, BaseOperator
from airflow.sdk.exceptions import AirflowSkipException

from upflow_provider.hooks.airflow_errors import airflow_errors
from upflow_provider.hooks.organization import OpenOrganization
from upflow_provider.runs.switches import is_on
from upflow_provider.settings import Organization
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS

if TYPE_CHECKING:
    from airflow.sdk import Context

    from upflow_provider.ledger import Ledger, RunReport

log = logging.getLogger(__name__)

REPORTS_MAX = 1_000
"""Reports of a stream that are looked at: more than a Backfill of fifty years has."""


def organization_asset(organization: Organization) -> Asset:
    """Return the asset that is updated when anything of an organization has changed in Upflow."""
    return Asset(f"upflow://{organization.name}/changes")


def stream_asset(organization: Organization, stream: str) -> Asset:
    """Return the asset that is updated when records of a stream have changed in Upflow."""
    return Asset(f"upflow://{organization.name}/{stream}")


class UpdatedAssetsOperator(BaseOperator):
    """
    Update the assets of what the DAG has written since the last time; skip the task if that is nothing.

    What was written is known from the reports of the DAG's tasks in the ledger, so that it counts even if they failed
    afterwards, for example because of rejected records. Dry runs and test mode write nothing. The asset
    ``upflow://<organization>/changes`` is updated, and ``upflow://<organization>/<stream>`` for each stream; their
    events carry counts.

    :param organization: the Upflow organization
    :param waits_for_other_runs: leave it to the last of several runs of the DAG, such as those of a Backfill
    :param is_dry_run: skip the task, because a dry run writes nothing (templated)
    """

    template_fields: Sequence[str] = ("is_dry_run",)
    ui_color = "#f2f2f2"

    def __init__(
        self,
        *,
        organization: Organization,
        waits_for_other_runs: bool = False,
        is_dry_run: bool = False,
        **kwargs: Any,
    ) -> None:
        self._asset, self._alias = organization_asset(organization), AssetAlias(f"upflow_streams_{organization.name}")
        super().__init__(**{"outlets": [self._asset, self._alias], **kwargs})
        self.organization = organization
        self.waits_for_other_runs = waits_for_other_runs
        self.is_dry_run = is_dry_run

    def execute(self, context: Context) -> dict[str, int]:
        """Update the assets; return the number of writes of each stream."""
        ti: Any = context["ti"]
        if not self._is_anything_done(ti):
            raise AirflowSkipException("no task before this one has done anything")
        if self.waits_for_other_runs and ti.get_dr_count(dag_id=ti.dag_id, states=["queued", "running"]) > 1:
            raise AirflowSkipException("other runs are not done; the last of them updates the assets")
        with airflow_errors():
            opened = OpenOrganization(
                self.organization, context, lane="live", is_dry_run=is_on("is_dry_run", self.is_dry_run)
            )
            written = _Written(opened.ledger, ti.dag_id)
        if opened.is_dry_run or not written.counts:
            raise AirflowSkipException("nothing was written to Upflow")
        writes: dict[str, int] = {stream: counts["writes"] for stream, counts in written.counts.items()}
        context["outlet_events"][self._asset].extra = dict(writes)
        for stream in STREAMS.keys() & writes.keys():
            asset = stream_asset(self.organization, stream)
            context["outlet_events"][self._alias].add(asset, extra={**written.counts[stream]})
        log.info("written since the last update: %s", ", ".join(f"{name} {count:,}" for name, count in writes.items()))
        written.mark()
        return writes

    def _is_anything_done(self, ti: Any) -> bool:
        ids = sorted({*STREAMS, "closing"} & self.get_flat_relative_ids(upstream=True))
        states = ti.get_task_states(ti.dag_id, task_ids=ids, run_ids=[ti.run_id]).get(ti.run_id, {})
        return any(states.get(each) in {"success", "failed"} for each in ids)


class _Written:
    """What a DAG has written since its assets were last updated."""

    def __init__(self, ledger: Ledger, dag_id: str) -> None:
        from upflow_provider.ledger.findings import Finding

        self._findings, self._finding = ledger.findings, Finding(f"assets updated: {dag_id}")
        mark = self._findings.get(self._finding)
        self._since = self._until = datetime.fromisoformat(mark) if mark else datetime.min.replace(tzinfo=UTC)
        self.counts: dict[str, dict[str, int]] = {}
        for name in (*STREAMS, "closing"):
            for report in ledger.reports(name, limit=REPORTS_MAX):
                if report.dag_id == dag_id and report.finished_at > self._since:
                    self._add(report)

    def mark(self) -> None:
        """Leave all that was found out the next time."""
        self._findings.keep(self._finding, self._until.isoformat())

    def _add(self, report: RunReport) -> None:
        counts = report.counts.get("synced", report.counts)  # those of the outstanding check are among others
        if counts.get("dry_run") or not counts["writes"]:
            return
        self._until = max(self._until, report.finished_at)
        total = self.counts.setdefault(report.stream, {})
        for name, value in counts.items():
            if isinstance(value, int) and not isinstance(value, bool):
                total[name] = total.get(name, 0) + value
