"""
The import from Salesforce: what differs from it in Upflow is changed, and nothing else.

``describe | read | compare | GUARD | import | record | report``
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import tzinfo
from typing import Any, Protocol

from upflow_provider.clients.salesforce.bulk_jobs import SalesforceJobs
from upflow_provider.clients.salesforce.client import SalesforceClient
from upflow_provider.delivery.custom_fields.comparison import defined
from upflow_provider.delivery.custom_fields.definitions import FieldDefinitions, known_definitions
from upflow_provider.delivery.page_decisions import Deliverer
from upflow_provider.delivery.page_sync import StreamSync
from upflow_provider.delivery.stream import Destination, Stream
from upflow_provider.errors import ConfigurationError
from upflow_provider.ledger import Ledger
from upflow_provider.ledger.contacts import ContactFindings
from upflow_provider.records.page import Page, Record
from upflow_provider.records.salesforce.fields import SalesforceField
from upflow_provider.runs.batches import batches
from upflow_provider.runs.progress import Progress
from upflow_provider.runs.report import counted
from upflow_provider.runs.sync_report import SyncReport
from upflow_provider.salesforce_to_upflow.account_reader import AccountReader
from upflow_provider.salesforce_to_upflow.changes import STREAM, CustomerChanges, customer_to_upflow
from upflow_provider.salesforce_to_upflow.description import Description
from upflow_provider.salesforce_to_upflow.destination import ImportDestination
from upflow_provider.salesforce_to_upflow.history import ImportHistory
from upflow_provider.salesforce_to_upflow.mapping.account_owners import AccountManagers
from upflow_provider.salesforce_to_upflow.mapping.custom_fields import FilledField
from upflow_provider.salesforce_to_upflow.plan import ImportPlan, UpflowReader
from upflow_provider.salesforce_to_upflow.report import ImportReport
from upflow_provider.salesforce_to_upflow.settings import SalesforceImport

log = logging.getLogger(__name__)

PAGE_SIZE = 100
"""Customers on a page."""


class Client(Destination, UpflowReader, Protocol):
    """The part of Upflow's client that an import uses."""

    def create_custom_field(self, definition: Mapping[str, Any]) -> dict[str, Any]:
        """Define a custom field."""


class AccountImport:
    """
    The import of one organization.

    Args:
        settings: Its settings, with the way in which Accounts are found.
        upflow: Upflow's client.
        client: Reads a few records of Salesforce.
        jobs: Reads many.
        ledger: Where outcomes are kept.
        deliverer: Returns what imports records into a destination, or counts what an import would do.
        owner: Name of this task instance, the same on each try.
        zone: Time zone that decides on which day an instant falls.
        threads: Imports in flight.
        sleep: Waits for a number of seconds.
    """

    def __init__(
        self,
        settings: SalesforceImport,
        *,
        upflow: Client,
        client: SalesforceClient,
        jobs: SalesforceJobs,
        ledger: Ledger,
        deliverer: Callable[[Destination], Deliverer],
        owner: str,
        zone: tzinfo,
        threads: int = 1,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._settings, self._upflow, self._ledger = settings, upflow, ledger
        self._client, self._jobs = client, jobs
        self._deliverer_of, self._owner, self._zone = deliverer, owner, zone
        self._threads, self._sleep = threads, sleep

    def run(self, report: ImportReport, *, full: bool = False, confirm: bool = False, dry_run: bool = False) -> None:
        """
        Compare, and import what differs.

        Args:
            report: The counts are added to it, also if an error ends the import.
            full: Compare everything, and not only what has changed.
            confirm: Whether it is right that many customers have fewer contacts than before.
            dry_run: Write nothing.

        Raises:
            ConfigurationError: Settings and systems do not fit together, or too many customers lose contacts.
            RetriableError, FatalError: Something stops the whole import.
        """
        started_at = self._ledger.clock.now()
        history = ImportHistory.of(self._ledger.findings)
        since = None if full else history.start(self._settings, started_at)
        report.full = since is None
        try:
            records = self._compare(report, since, confirm=confirm, dry_run=dry_run)
            self._deliver(records, report)
        finally:
            report.calls = self._client.calls
        if not dry_run:
            history.keep(self._ledger.findings, self._settings, started_at, full=report.full)

    def _compare(self, report: ImportReport, since: Any, *, confirm: bool, dry_run: bool) -> list[Record]:  # noqa: ANN401 - an instant
        plan = ImportPlan(
            upflow=self._upflow, client=self._client, jobs=self._jobs, ledger=self._ledger, settings=self._settings
        )
        match_field = self._settings.match.salesforce if self._settings.match else ""
        fields = Description(self._client, self._settings, match_field).fields()
        filled = self._filled(fields, dry_run=dry_run)
        customers, accounts = plan.read(fields[match_field])
        accounts_of = customers.matched_accounts()
        report.customers, report.matched, report.unmatched = customers.number, len(accounts_of), customers.problems
        changes = self._changes(report, filled, accounts)
        records = plan.records(customers, accounts_of, changes, since)
        if changes.managers:
            report.owners = changes.managers.problems
        self._guard(changes, confirm=confirm, dry_run=dry_run)
        read = len(accounts_of) - len(records)
        report.records = SyncReport(dry_run=dry_run, read=read, unchanged=read)
        return records

    def _changes(self, report: ImportReport, filled: Iterable[FilledField], accounts: AccountReader) -> CustomerChanges:
        settings = self._settings
        changes = CustomerChanges(
            report,
            self._zone,
            settings.contacts if settings.has_contacts else None,
            tuple(filled),
            missing_positions=frozenset(self._contact_findings.missing_positions()),
        )
        if settings.account_owner:
            managers, owners = AccountManagers(self._upflow.users()), accounts.owners()
            return replace(changes, managers=managers, owners=owners)
        return changes

    def _filled(self, fields: Mapping[str, SalesforceField], *, dry_run: bool) -> Iterator[FilledField]:
        """Yield the custom fields that are filled; missing ones are created first."""
        wanted = {each.upflow: each for each in self._settings.custom_fields}
        if not wanted:
            return
        declared = [each.declared for each in wanted.values()]
        definitions = FieldDefinitions(self._upflow, self._ledger, self._owner, is_dry_run=dry_run)
        definitions.read()
        if problems := definitions.complete({"customers": declared}).problems:
            raise ConfigurationError("before anything is written to Upflow:\n- " + "\n- ".join(problems))
        for each in defined("customers", declared, known_definitions(self._ledger.findings)).fields:
            yield FilledField(fields[wanted[each.field.name].field], each)

    def _guard(self, changes: CustomerChanges, *, confirm: bool, dry_run: bool) -> None:
        """Stop if too many customers would lose contacts: before anything is written."""
        allowed = changes.contacts.losses if changes.contacts else 0
        losing = changes.report.losing
        if losing <= allowed:
            return
        if confirm or dry_run:
            log.warning("%s would have fewer contacts than before: %s", counted(losing, "customer"), changes.losing)
            return
        raise ConfigurationError(
            f"{counted(losing, 'customer')} would have fewer contacts than before, but {allowed:,} may "
            f"({changes.losing}); nothing was written. If the connected user of Salesforce has lost access to "
            "Contacts, restore it; if Salesforce is right, run once with the Param confirm, or raise contacts.losses"
        )

    def _deliver(self, records: list[Record], report: ImportReport) -> None:
        contacts = self._settings.contacts
        destination = ImportDestination(self._upflow, self._contact_findings, contacts.owner if contacts else "stripe")
        stream = Stream(STREAM, "customers", customer_to_upflow, has_changes_only=True)
        deliverer = self._deliverer_of(destination)
        sync = StreamSync(stream, deliverer, self._ledger, self._threads, reject_refused=True, sleep=self._sleep)
        read_at = self._ledger.clock.tick()
        pages = (
            Page(batch, {}, read_at, read_at, share=min(1.0, number * PAGE_SIZE / len(records)))
            for number, batch in enumerate(batches(records, PAGE_SIZE), start=1)
        )
        sync.run(pages, progress=Progress(STREAM, counted(len(records), "customer")), report=report.records)
        remembered = min(sum(each["payload"] == {} for each in records), report.records.updated)
        report.records.updated -= remembered  # only the ledger did not know them
        report.records.unchanged += remembered

    @property
    def _contact_findings(self) -> ContactFindings:
        return ContactFindings(self._ledger.findings, self._ledger.clock.now)
