"""An organization opened for one task instance: its systems, its ledger, and the reports of its tasks."""

from __future__ import annotations

import logging
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow.sdk import Context

    from upflow_provider.clients.stripe.source import StripeSource
    from upflow_provider.clients.upflow.client import UpflowClient
    from upflow_provider.delivery.dry_run import DryRun
    from upflow_provider.delivery.importer import Importer
    from upflow_provider.delivery.page_sync import StreamSync
    from upflow_provider.hooks.salesforce import SalesforceAccountsHook
    from upflow_provider.ledger import Lane, Ledger
    from upflow_provider.runs.window import Window
    from upflow_provider.settings import Organization
    from upflow_provider.stripe_to_upflow.custom_fields.declared_fields import DeclaredFields
    from upflow_provider.stripe_to_upflow.incremental import Incremental
    from upflow_provider.stripe_to_upflow.mapping.options import Options
    from upflow_provider.stripe_to_upflow.outstanding_check import OutstandingCheck
    from upflow_provider.stripe_to_upflow.reader import Reader
    from upflow_provider.stripe_to_upflow.streams.stream import StripeStream
    from upflow_provider.upflow_to_salesforce.settings import SalesforceExport

log = logging.getLogger(__name__)

POOL = "upflow_api"
"""The pool that bounds how many requests of history run concurrently; live work takes no slot of it."""
LIVE_THREADS_MAX = 2
"""Maximum number of concurrent requests of one live task: 8 with the pool's 5 and one of the export, of 10 allowed."""


class OpenOrganization:
    """
    The systems and the ledger of one organization, for one task instance.

    Modules are imported and systems opened when first used, because parsing a DAG must import neither Stripe's SDK nor
    SQLAlchemy. The host's clock is compared with the ledger's at once, with Stripe's when that has answered.

    :param organization: the Upflow organization
    :param context: the task's context
    :param lane: ``live`` work takes its share of Upflow's request budget before ``history``, and ``background`` last
    :param is_dry_run: whether nothing may be written; test mode has the same effect
    :raises RetriableError: the host's clock differs by more than 15 minutes from the ledger's
    """

    def __init__(self, organization: Organization, context: Context, *, lane: Lane, is_dry_run: bool = False) -> None:
        from upflow_provider.hooks.upflow import UpflowHook
        from upflow_provider.runs.host_clock import HostClock

        self.organization, self._lane = organization, lane
        self.threads = min(organization.threads, LIVE_THREADS_MAX) if lane == "live" else organization.threads
        self._hook = UpflowHook(
            organization.upflow_conn_id, ledger_conn_id=organization.ledger_conn_id, organization=organization.name
        )
        self.is_dry_run = is_dry_run or self._hook.test_mode
        self._mode = "dry run" if is_dry_run else "test mode"
        self._ti = context["ti"]
        self.run = f"{self._ti.dag_id}/{self._ti.run_id}"
        self.owner = f"{self.run}/{self._ti.task_id}/{self._ti.map_index}"  # the same on every try
        self.ledger: Ledger = self._hook.open_ledger(organization.name)
        self.started_at = self.ledger.clock.now()
        self.host = HostClock()
        self.host.compare(self.started_at, "the ledger's database")

    def log_start(self, what: str) -> None:
        """Log what the task begins to do (its name, what it does, its window), for whom, and whether it writes."""
        mode = f"; {self._mode}: nothing is written" if self.is_dry_run else ""
        log.info("%s; organization %r%s", what, self.organization.name, mode)

    @cached_property
    def upflow(self) -> UpflowClient:
        """A client of Upflow; it refuses every write in a dry run and in test mode."""
        return self._hook.get_client(lane=self._lane, read_only=self.is_dry_run)

    @cached_property
    def declared_fields(self) -> DeclaredFields:
        """The custom fields that the organization declares."""
        from upflow_provider.stripe_to_upflow.custom_fields.declared_fields import DeclaredFields

        return DeclaredFields(self.organization.declared_fields, self.ledger.findings)

    @cached_property
    def options(self) -> Options:
        """The options of the mappings, with the custom fields that the ledger knows to be in Upflow."""
        return self.declared_fields.options(self.organization.options, self.started_at, is_dry_run=self.is_dry_run)

    @cached_property
    def source(self) -> StripeSource:
        """The organization's Stripe account."""
        from upflow_provider.hooks.stripe import StripeHook
        from upflow_provider.stripe_to_upflow.custom_fields.native_reads import native_reads

        hook, further = StripeHook(self.organization.stripe_conn_id), native_reads(self.options.custom_fields)
        return hook.get_source(tick=self.ledger.clock.tick, host=self.host, further=further)

    def salesforce(self, settings: SalesforceExport) -> SalesforceAccountsHook:
        """
        Return the hook of the Salesforce organization; it refuses every write in a dry run and in test mode.

        :param settings: what is exported, and how
        """
        from upflow_provider.hooks.salesforce import SalesforceAccountsHook

        return SalesforceAccountsHook(
            settings.conn_id,
            api_reserve=settings.api_reserve,
            read_only=self.is_dry_run,
            allow_duplicates=settings.allow_duplicates,
            collection_size=settings.collection_size,
            host=self.host,
        )

    @cached_property
    def reader(self) -> Reader:
        """Reads the records of streams from Stripe."""
        from upflow_provider.stripe_to_upflow.reader import Reader

        return Reader(self.source, self.ledger.settlements)

    @cached_property
    def importer(self) -> Importer:
        """
        Imports records into Upflow.

        :raises ConfigurationError: the ledger was lost
        """
        from upflow_provider.delivery.importer import Importer
        from upflow_provider.stripe_to_upflow.parents import StripeParents

        self.check_ledger()
        return Importer(
            upflow=self.upflow,
            ledger=self.ledger,
            parents=StripeParents(self.reader, self.ledger, self.options),
            owner=self.owner,
            run=self.run,
            links=self.organization.links,
            losses_per_day=self.organization.contacts.losses_per_day,
            contacts_once=self.organization.has_contacts_of_salesforce,
        )

    def stop(self) -> None:
        """Send nothing more and give claims back, because Airflow ends the task."""
        if "importer" in self.__dict__:  # else it has claimed nothing
            self.importer.stop()

    @cached_property
    def dry_run(self) -> DryRun:
        """
        Counts what an import would do.

        :raises ConfigurationError: the ledger was lost; without it, every record would count as new
        """
        from upflow_provider.delivery.dry_run import DryRun
        from upflow_provider.stripe_to_upflow.parents import StripeParents

        self.check_ledger()
        plan = self.ledger.plan(self.run, self.owner)
        parents = StripeParents(self.reader, self.ledger, self.options, plan)
        return DryRun(self.ledger, parents, plan, self.organization.links)

    def check_ledger(self) -> None:
        """
        Check that the ledger knows what was imported before.

        :raises ConfigurationError: the ledger was lost
        """
        from upflow_provider.stripe_to_upflow.inventory.lost_ledger import check_ledger

        check_ledger(self.ledger, self.upflow, self.source, is_dry_run=self.is_dry_run)

    @property
    def slots_per_minute(self) -> float:
        """How many requests to Upflow the budget grants in a minute."""
        from upflow_provider.ledger.budget import slots_per_minute

        return slots_per_minute(self._hook.extra.requests_per_minute)

    def sync_of(self, stream: StripeStream) -> StreamSync:
        """Return the sync of one stream."""
        from upflow_provider.delivery.page_sync import StreamSync

        deliverer = self.dry_run if self.is_dry_run else self.importer
        return StreamSync(
            stream=stream.delivery_stream(self.options), deliverer=deliverer, ledger=self.ledger, threads=self.threads
        )

    def incremental(self) -> Incremental:
        """Return the run of the incremental sync that this task belongs to."""
        from upflow_provider.stripe_to_upflow.incremental import Incremental

        return Incremental(
            source=self.source, reader=self.reader, ledger=self.ledger, run=self.run, lag_s=self.organization.lag_s
        )

    def outstanding_check(self, window: Window) -> OutstandingCheck:
        """Return the check of the invoices that no later run than this task's has touched."""
        from upflow_provider.stripe_to_upflow.outstanding_check import OutstandingCheck

        return OutstandingCheck(
            reader=self.reader,
            upflow=self.upflow,
            ledger=self.ledger,
            importer=self.importer,
            options=self.options,
            window=window,
            run=self.run,
            threads=self.threads,
            list_payments=self.list_payments,
        )

    def list_payments(self) -> None:
        """Read Upflow's own payments into the ledger, if they are written back to Stripe."""
        from upflow_provider.upflow_to_stripe.listing import list_payments

        if self.organization.write_back:
            list_payments(self.upflow, self.ledger.settlements, self.organization.write_back)

    def save_report(self, name: str, counts: Mapping[str, Any], window: Window | None = None) -> None:
        """
        Store the task's report in the ledger.

        :param name: what the report is about, such as the stream
        :param counts: the report as JSON
        :param window: the window of the run; by default the time from the start of the task until now
        """
        from upflow_provider.ledger import RunReport

        finished_at = self.ledger.clock.now()
        self.ledger.save_report(
            RunReport(
                stream=name,
                dag_id=self._ti.dag_id,
                run_id=self._ti.run_id,
                task_id=self._ti.task_id,
                window_start=window.start if window else self.started_at,
                window_end=window.end if window else finished_at,
                started_at=self.started_at,
                finished_at=finished_at,
                counts=counts,
            )
        )
