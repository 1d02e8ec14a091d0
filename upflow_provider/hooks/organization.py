"""What tasks that sync have in common: the organization's systems, opened for one task instance."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow.sdk import Context

    from upflow_provider.delivery.page_sync import StreamSync
    from upflow_provider.ledger import Ledger
    from upflow_provider.runs.window import Window
    from upflow_provider.settings import Organization
    from upflow_provider.stripe_to_upflow.incremental import Incremental
    from upflow_provider.stripe_to_upflow.streams.registry import Stream

POOL = "upflow_api"
"""The pool that bounds how many requests to Upflow are under way at once."""


class Pipeline:
    """
    Stripe, Upflow and the ledger of one organization, for one task instance.

    :param organization: the Upflow organization
    :param context: the task's context
    :param lane: ``live`` work takes its share of Upflow's request budget before ``history``
    :param is_dry_run: whether nothing may be written; so it is in test mode, too
    """

    def __init__(
        self,
        organization: Organization,
        context: Context,
        *,
        lane: Literal["live", "history"],
        is_dry_run: bool = False,
    ) -> None:
        # Imported here: they bring in Stripe's SDK and SQLAlchemy, which parsing a DAG must not.
        from upflow_provider.hooks.stripe import StripeHook
        from upflow_provider.hooks.upflow import UpflowHook
        from upflow_provider.ledger.budget import slots_per_minute
        from upflow_provider.stripe_to_upflow.reader import Reader

        self.organization, self._context = organization, context
        hook = UpflowHook(organization.upflow_conn_id, ledger_conn_id=organization.ledger_conn_id)
        self.dry_run = is_dry_run or hook.test_mode
        self.slots_per_minute = slots_per_minute(hook.extra.requests_per_minute)
        self.ledger: Ledger = hook.open_ledger(organization.name)
        self.source = StripeHook(organization.stripe_conn_id).source
        self.reader = Reader(self.source)
        self.upflow = hook.get_client(lane=lane, read_only=self.dry_run)
        ti = context["ti"]
        self.run = f"{ti.dag_id}/{ti.run_id}"
        self.owner = f"{self.run}/{ti.task_id}/{ti.map_index}"  # the same on every try
        self.started_at = datetime.now(UTC)

    def sync_of(self, stream: Stream, *, reject_refused: bool = False) -> StreamSync:
        """Return the sync of one stream; *reject_refused* as of `Importer`."""
        from upflow_provider.delivery.importer import Importer
        from upflow_provider.delivery.page_sync import StreamSync

        importer = Importer(
            source=self.reader,
            upflow=self.upflow,
            ledger=self.ledger,
            options=self.organization.options,
            owner=self.owner,
            run=self.run,
            links=self.organization.links,
            reject_refused=reject_refused,
        )

        return StreamSync(
            stream=stream,
            importer=None if self.dry_run else importer,
            ledger=self.ledger,
            options=self.organization.options,
            owner=self.owner,
            threads=self.organization.threads,
            links=self.organization.links,
        )

    def incremental(self) -> Incremental:
        """Return the run of the incremental sync that this task belongs to."""
        from upflow_provider.stripe_to_upflow.incremental import Incremental

        return Incremental(
            source=self.source, reader=self.reader, ledger=self.ledger, run=self.run, lag_s=self.organization.lag_s
        )

    def unclosed(self) -> int:
        """Return how many invoices of this run do not show in Upflow what they must, as far as answers told."""
        return self.ledger.balances.count_unclosed(self.run)

    def save_report(self, name: str, window: Window, counts: Mapping[str, Any]) -> None:
        """Keep in the ledger what the task did."""
        from upflow_provider.ledger import RunReport

        ti = self._context["ti"]
        self.ledger.save_report(
            RunReport(
                stream=name,
                dag_id=ti.dag_id,
                run_id=ti.run_id,
                task_id=ti.task_id,
                window_start=window.start,
                window_end=window.end,
                started_at=self.started_at,
                finished_at=datetime.now(UTC),
                counts=counts,
            )
        )
