"""
Portal links: a link in Salesforce is valid for at least 30 more days, at any time.

A link is a secret: whoever has it is let in. It is in memory from its minting to its push, and nowhere else.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING

from upflow_provider.clients.salesforce.answers import Refusal
from upflow_provider.errors import RecordError, UpflowSyncError
from upflow_provider.ledger.salesforce_accounts import Pair, PortalLink
from upflow_provider.runs.batches import batches
from upflow_provider.upflow_to_salesforce.account_reader import SalesforceAccounts
from upflow_provider.upflow_to_salesforce.account_writer import AccountWriter, WriteResult, write_down
from upflow_provider.upflow_to_salesforce.customers import UNFIT
from upflow_provider.upflow_to_salesforce.differences import Change
from upflow_provider.upflow_to_salesforce.field_mapping import FieldMapping
from upflow_provider.upflow_to_salesforce.mapping.link_expiry import expiry, is_due
from upflow_provider.upflow_to_salesforce.mapping.matching import key, pair
from upflow_provider.upflow_to_salesforce.mapping.values import UnfitError, Value, to_salesforce
from upflow_provider.upflow_to_salesforce.report import ExportReport

if TYPE_CHECKING:
    from upflow_provider.clients.salesforce.bulk_jobs import SalesforceJobs
    from upflow_provider.clients.salesforce.client import SalesforceClient
    from upflow_provider.clients.upflow.client import UpflowClient
    from upflow_provider.ledger import Ledger
    from upflow_provider.upflow_to_salesforce.mapping.account_field import SalesforceField
    from upflow_provider.upflow_to_salesforce.settings import SalesforceExport

log = logging.getLogger(__name__)

CHUNK = 200
"""Links that are minted before they are pushed: as many as one request takes."""
NOT_MINTED = "NOT_MINTED"
"""Code of a link that Upflow did not give; ours, not Salesforce's."""
HTTPS = "https://"
"""Is in every field that holds a link."""
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Due:
    """
    A link that has to be made.

    Attributes:
        account_id: Id of the Account.
        pair: The customer, and where to look.
        replaced: When the one in Salesforce expires; ``None``, if there is none.
    """

    account_id: str
    pair: Pair
    replaced: datetime | None


@dataclass(frozen=True, slots=True)
class Minted:
    """
    A link on its way.

    Attributes:
        value: What the field is to hold; a secret.
        expires_at: When it expires, UTC.
    """

    value: Value = field(repr=False)
    expires_at: datetime


class PortalLinks:
    """
    One run that renews links.

    A link that Salesforce does not take was minted in vain. So before links are minted, up to 200 at a time, the
    first of their Accounts, and all that were refused by the run before, are given again what they hold: those
    that refuse this, get no link, and when Salesforce takes nothing at all, none is minted.

    Args:
        upflow: Mints links; its lane is that of history, for nothing waits for them.
        client: Salesforce.
        jobs: Salesforce, to read many Accounts.
        ledger: Keeps which Account holds a link, and until when.
        settings: Where links go, and how long renewals may fail.
        threads: Links minted at once.
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
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._upflow, self._client, self._ledger, self._settings = upflow, client, ledger, settings
        self._accounts = SalesforceAccounts(client, jobs)
        self._jobs, self._threads, self._clock = jobs, threads, clock
        self._margin = timedelta(days=settings.link_margin_days)

    def run(self, *, dry_run: bool = False) -> ExportReport:
        """
        Renew the links that need it, those that expire first before the others.

        What is known to be in Salesforce changes only when Salesforce has confirmed the Account: whatever
        happens in between, the link is made again by the next run.

        Raises:
            ConfigurationError: The field is not one for links; nothing was minted.
            RetriableError, QuotaError, AuthenticationError: The rest waits for the next run.
        """
        # Without custom fields: what became of one is no reason not to renew a link.
        settings = self._settings.model_copy(update={"custom_fields": {}})
        mapped = FieldMapping.of(settings, self._upflow.list_custom_fields())
        name = mapped.names["portal_url"]
        fields = self._accounts.described(mapped, {"portal_url": name}).fields
        key_field = fields[mapped.match_field]
        keys, urls = {}, {}
        for each in self._upflow.list("customers"):
            keys[each["id"]] = key(mapped.key_of(each), key_field.type)
            urls[each["id"]] = each.get("directUrl") or ""
        wanted, now = set(keys.values()), self._clock()
        known = self._ledger.accounts.links()
        account_keys, held = [], {}
        for account_id, its_key, raw in self._accounts.read([name], key_field):
            if its_key in wanted:
                account_keys.append((account_id, its_key))
                link = known.get(account_id)
                if not link or is_due(link.expires_at, now, self._margin) or HTTPS not in (raw[name] or ""):
                    held[account_id] = raw[name] or ""
        pairs = pair(keys.items(), account_keys)
        report = ExportReport.of(pairs)
        due = self._due(pairs.matched, urls, known, held)
        log.info("%d of %d links have to be made", len(due), report.matched)
        if dry_run:
            report.dry_run, report.minted, report.updated = True, len(due), len(due)
        else:
            self._renew(due, held, fields[name], report)
        report.unchanged = report.matched - len(due)
        report.calls, report.writes = self._client.http.calls, self._client.http.writes
        return report

    def _due(
        self,
        matched: Mapping[str, str],
        urls: Mapping[str, str],
        known: Mapping[str, PortalLink],
        held: Mapping[str, str],
    ) -> list[Due]:
        """Return the links to be made: none known, another customer's, taken out of Salesforce, or soon too short."""
        found = []
        for customer_id, account_id in matched.items():
            link = known.get(account_id)
            its = Pair(customer_id, urls[customer_id], self._client.http.link(account_id))
            if link is None or link.customer_id != customer_id or HTTPS not in held.get(account_id, HTTPS):
                found.append(Due(account_id, its, None))
            elif account_id in held:
                found.append(Due(account_id, its, link.expires_at))
        return sorted(found, key=lambda each: (each.replaced or NEVER, each.account_id))

    def _renew(self, due: Sequence[Due], held: Mapping[str, str], field: SalesforceField, report: ExportReport) -> None:
        accounts = self._ledger.accounts
        before = accounts.refused("portal_links")
        by_salesforce = {account_id for account_id, why in before.items() if why.code not in {NOT_MINTED, UNFIT}}
        refused: dict[str, Refusal] = {}
        pair_of = {each.account_id: each.pair for each in due}.__getitem__
        pusher = AccountWriter(self._client, self._jobs, {field.name: field}, bulk_from=CHUNK + 1)
        for chunk in batches(due, CHUNK):
            tried = [
                Change(each.account_id, {field.name: held[each.account_id] or None})
                for each in chunk
                if each.account_id in held and (each is chunk[0] or each.account_id in by_salesforce)
            ]
            for pushed in pusher.push(tried):
                write_down(accounts, "portal_links", WriteResult(refused=pushed.refused), pair_of, now=self._clock())
                refused |= pushed.refused
            links, not_minted, stop = self._minted([each for each in chunk if each.account_id not in refused], field)
            report.minted += len(links)
            changes = [Change(account_id, {field.name: link.value}) for account_id, link in links.items()]
            for pushed in chain([not_minted], pusher.push(changes)):
                accounts.confirm(
                    PortalLink(account_id, pair_of(account_id).customer_id, links[account_id].expires_at)
                    for account_id in pushed.confirmed
                )
                write_down(accounts, "portal_links", pushed, pair_of, now=self._clock())
                report.updated += len(pushed.confirmed)
                refused |= pushed.refused
            log.info("%d of %d links renewed, %d refused", report.updated, len(due), len(refused))
            if stop:
                raise stop
        report.rejected = len(refused)
        accounts.accept("portal_links", before.keys() - refused.keys())
        report.tell_refused(refused, pair_of)

    def _minted(
        self, due: Sequence[Due], field: SalesforceField
    ) -> tuple[dict[str, Minted], WriteResult, UpflowSyncError | None]:
        """Mint links; return also those that there are none of, and what keeps the rest from being minted, if any."""
        links, not_minted = {}, WriteResult()
        stop: UpflowSyncError | None = None
        threads = ThreadPoolExecutor(self._threads, thread_name_prefix="portal")
        try:
            minted = {each.account_id: threads.submit(self._mint, field, each) for each in due}
            for account_id, future in minted.items():
                if future.cancelled():
                    continue
                try:
                    links[account_id] = future.result()
                except UnfitError as error:
                    not_minted.refused[account_id] = Refusal(UNFIT, f"portal_url {error.reason}", (field.name,))
                except RecordError as error:
                    not_minted.refused[account_id] = Refusal(NOT_MINTED, str(error))
                except UpflowSyncError as error:
                    stop = stop or error
                    threads.shutdown(wait=False, cancel_futures=True)
        finally:
            threads.shutdown(cancel_futures=True)
        return links, not_minted, stop

    def _mint(self, field: SalesforceField, due: Due) -> Minted:
        now = self._clock()
        expires_at = expiry(due.pair.customer_id, now, self._margin, due.replaced)
        url = self._upflow.portal_url(due.pair.customer_id, expires_in_s=int((expires_at - now).total_seconds()))
        return Minted(to_salesforce("portal_url", url, field), expires_at)
