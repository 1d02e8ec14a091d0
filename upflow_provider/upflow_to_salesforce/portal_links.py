"""
Portal links: a link in Salesforce is valid for at least 30 more days, at any time.

A link is a secret: anyone who has it can open the portal. It is in memory from its minting until Salesforce has it, and
nowhere else.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from upflow_provider.clients.salesforce.refusals import Refusal
from upflow_provider.ledger.salesforce_accounts import MatchedAccount, PortalLink
from upflow_provider.runs.batches import batches
from upflow_provider.upflow_to_salesforce.account_reader import AccountMatching, AccountReader
from upflow_provider.upflow_to_salesforce.account_writer import AccountWriter, WriteResult, keep_refusals
from upflow_provider.upflow_to_salesforce.customers import UNFIT
from upflow_provider.upflow_to_salesforce.differences import AccountChange
from upflow_provider.upflow_to_salesforce.field_mapping import FieldMapping
from upflow_provider.upflow_to_salesforce.link_minting import NOT_MINTED, DueLink, LinkMint, Minting
from upflow_provider.upflow_to_salesforce.mapping.link_expiry import is_due
from upflow_provider.upflow_to_salesforce.report import ExportReport

if TYPE_CHECKING:
    from upflow_provider.clients.salesforce.bulk_jobs import SalesforceJobs
    from upflow_provider.clients.salesforce.client import SalesforceClient
    from upflow_provider.clients.upflow.client import UpflowClient
    from upflow_provider.ledger import Ledger
    from upflow_provider.records.salesforce.fields import SalesforceField
    from upflow_provider.upflow_to_salesforce.settings import SalesforceExport

log = logging.getLogger(__name__)

CHUNK = 200
"""Links that are minted before they are written: as many as one request takes."""
HTTPS = "https://"
"""Is in every field that holds a link."""
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class Renewal:
    """
    Links that are being renewed.

    Attributes:
        account_field: The field of Account that holds links.
        mint: Mints links.
        writer: Writes Accounts.
        suspects: Ids of the Accounts that Salesforce refused in the run before.
        matched: Accounts with their customers, by the Id of the Account.
        report: The counts so far.
        refused: Reasons why Accounts have no new link, by the Id of the Account.
    """

    account_field: SalesforceField
    mint: LinkMint
    writer: AccountWriter
    suspects: set[str]
    matched: Mapping[str, MatchedAccount]
    report: ExportReport
    refused: dict[str, Refusal] = field(default_factory=dict)

    def write(self, changes: Sequence[AccountChange]) -> Iterator[WriteResult]:
        """Write links; see `AccountWriter.write`."""
        return self.writer.write(changes, {self.account_field.name: self.account_field})


class PortalLinks:
    """
    One run that renews links.

    A link that Salesforce does not take is minted in vain. So before up to 200 links are minted, the first of their
    Accounts, and all that Salesforce refused in the run before, are given again what they hold. Those that are refused
    once more get no link; and if Salesforce takes nothing at all, no link is minted.

    Args:
        upflow: Mints links, in the lane of history because nothing waits for them.
        client: Salesforce, for a few Accounts.
        jobs: Salesforce, for many Accounts.
        ledger: Keeps which Account holds a link, and until when.
        settings: Where links go, and how long renewals may fail.
        threads: Links minted concurrently.
        clock: Current time, aware.
    """

    def __init__(
        self,
        *,
        upflow: UpflowClient,
        client: SalesforceClient,
        jobs: SalesforceJobs,
        ledger: Ledger,
        settings: SalesforceExport,
        threads: int = 1,
    ) -> None:
        self._upflow, self._client, self._jobs, self._ledger = upflow, client, jobs, ledger
        # Without custom fields: a problem with one of them is no reason not to renew a link.
        self._settings = settings.model_copy(update={"custom_fields": {}})
        self._accounts = AccountReader(client, jobs)
        self._threads, self._clock = threads, ledger.clock.now
        self._margin = timedelta(days=settings.link_margin_days)

    def run(self, *, dry_run: bool = False) -> ExportReport:
        """
        Renew the links that need it, those that expire first before the others.

        The ledger learns of a link only when Salesforce has confirmed the Account: whatever happens in between, the
        next run makes the link again.

        Raises:
            ConfigurationError: The field cannot hold links; nothing was minted.
            RetriableError, QuotaError, AuthenticationError: The rest waits for the next run.
        """
        mapping = FieldMapping.of(self._settings, self._upflow.list_custom_fields())
        fields, _ = self._accounts.describe(mapping, {"portal_url": mapping.names["portal_url"]})
        field, key_field = fields[mapping.names["portal_url"]], fields[mapping.match_field]
        matching = AccountMatching(mapping, key_field, self._client.account_url)
        deque(matching.add_customers(self._upflow.list("customers", with_unnamed=True)), maxlen=0)
        report, due = self._due(matching, field.name, key_field)
        report.unreadable = matching.unreadable
        log.info("%d of %d links need to be created", len(due), report.matched)
        if dry_run:
            report.dry_run, report.minted, report.updated = True, len(due), len(due)
        else:
            self._renew(due, field, report)
        report.unchanged = report.matched - len(due)
        report.calls, report.writes = self._client.calls, self._client.writes
        return report

    def _due(
        self, matching: AccountMatching, name: str, key_field: SalesforceField
    ) -> tuple[ExportReport, list[DueLink]]:
        """Read Accounts; return the links to be made, those that expire first before the others."""
        known = self._ledger.accounts.links()
        current = self._current(matching, known, name, key_field)
        matches = matching.matches()
        due = []
        for customer_id, account_id in matches.matched.items():
            link, text = known.get(account_id), current.get(account_id)
            is_usable = link is not None and link.customer_id == customer_id and (text is None or HTTPS in text)
            if text is not None or not is_usable:
                matched = matching.matched_account(customer_id, account_id)
                replaced = link.expires_at if link and is_usable else None
                due.append(DueLink(account_id, matched, replaced, text))
        due.sort(key=lambda each: (each.replaced or NEVER, each.account_id))
        return ExportReport.of(matches), due

    def _current(
        self, matching: AccountMatching, known: Mapping[str, PortalLink], name: str, key_field: SalesforceField
    ) -> dict[str, str]:
        """Return what Accounts hold, by their Ids, where no link is known, it is gone, or it expires too soon."""
        now, current = self._clock(), {}
        for account in self._accounts.read([name], key_field):
            link, text = known.get(account.account_id), account.values[name] or ""
            is_good = link and not is_due(link.expires_at, now, self._margin) and HTTPS in text
            if matching.add_account(account) and not is_good:
                current[account.account_id] = text
        return current

    def _renew(self, due: Sequence[DueLink], field: SalesforceField, report: ExportReport) -> None:
        before = self._ledger.accounts.refused("portal_links")
        renewal = Renewal(
            account_field=field,
            mint=LinkMint(self._upflow, field, margin=self._margin, threads=self._threads, clock=self._clock),
            writer=AccountWriter(self._client, self._jobs, self._ledger.findings, bulk_from=CHUNK + 1),
            suspects={account_id for account_id, why in before.items() if why.code not in {NOT_MINTED, UNFIT}},
            matched={each.account_id: each.matched for each in due},
            report=report,
        )
        for chunk in batches(due, CHUNK):
            self._probe(chunk, renewal)
            minting = renewal.mint.mint([each for each in chunk if each.account_id not in renewal.refused])
            self._write(minting, renewal)
            log.info("%d of %d links renewed, %d refused", report.updated, len(due), len(renewal.refused))
            if minting.error:
                raise minting.error
        report.rejected = len(renewal.refused)
        self._ledger.accounts.accept("portal_links", before.keys() - renewal.refused.keys())
        report.add_refused(renewal.refused, renewal.matched.__getitem__)

    def _probe(self, chunk: Sequence[DueLink], renewal: Renewal) -> None:
        """Give some Accounts again what they hold, to find out whether Salesforce takes it."""
        probes = [
            AccountChange(each.account_id, {renewal.account_field.name: each.current or None})
            for each in chunk
            if each.current is not None and (each is chunk[0] or each.account_id in renewal.suspects)
        ]
        for result in renewal.write(probes):
            self._keep(WriteResult(refused=result.refused), renewal)

    def _write(self, minting: Minting, renewal: Renewal) -> None:
        """Write links, and keep in the ledger which of them Salesforce has confirmed."""
        renewal.report.minted += len(minting.links)
        self._keep(WriteResult(refused=minting.refused), renewal)
        links = minting.links
        changes = [
            AccountChange(account_id, {renewal.account_field.name: each.value}) for account_id, each in links.items()
        ]
        for result in renewal.write(changes):
            self._ledger.accounts.confirm(
                PortalLink(account_id, renewal.matched[account_id].customer_id, links[account_id].expires_at)
                for account_id in result.confirmed
            )
            self._keep(result, renewal)

    def _keep(self, result: WriteResult, renewal: Renewal) -> None:
        """Keep what became of some Accounts, and count it."""
        accounts, matched_account = self._ledger.accounts, renewal.matched.__getitem__
        keep_refusals(accounts, "portal_links", result, matched_account, self._clock())
        renewal.report.updated += len(result.confirmed)
        renewal.refused |= result.refused
