"""
Upflow -> Salesforce: what Upflow knows of its customers, on their Accounts.

Read both sides, compare, write what differs. Nothing is remembered of what was written before: Salesforce
itself says what it holds, so that a run after any accident does what is left to do.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from upflow_provider.clients.salesforce.answers import Refusal
from upflow_provider.ledger.salesforce_accounts import Pair
from upflow_provider.upflow_to_salesforce.account_reader import CURRENCY, SalesforceAccounts
from upflow_provider.upflow_to_salesforce.account_writer import AccountWriter, WriteResult, write_down
from upflow_provider.upflow_to_salesforce.customers import CustomerValues, Known
from upflow_provider.upflow_to_salesforce.differences import Change, Table, changes
from upflow_provider.upflow_to_salesforce.field_mapping import FieldMapping
from upflow_provider.upflow_to_salesforce.mapping.account_field import SalesforceField
from upflow_provider.upflow_to_salesforce.mapping.matching import pair
from upflow_provider.upflow_to_salesforce.mapping.values import Value, held
from upflow_provider.upflow_to_salesforce.report import ExportReport

if TYPE_CHECKING:
    from upflow_provider.clients.salesforce.bulk_jobs import SalesforceJobs
    from upflow_provider.clients.salesforce.client import SalesforceClient
    from upflow_provider.clients.upflow.client import UpflowClient
    from upflow_provider.ledger import Ledger
    from upflow_provider.upflow_to_salesforce.settings import SalesforceExport

log = logging.getLogger(__name__)

CURRENCY_DIFFERS = "CURRENCY_DIFFERS"
"""Code of amounts that would be read in another currency than they are in; ours, not Salesforce's."""
SAMPLE = 3
"""Accounts of which a dry run shows a field before and after."""
WORKED_OUT = ("average_payment_delay", "rating", "payment_method", "payment_method_status")
"""Fields that Upflow's API does not tell, and that are worked out once a day from what it and Stripe tell."""


@dataclass(slots=True)
class Plan:
    """
    What is to be written, before it is.

    Attributes:
        changes: New values, at most one a matched Account.
        pair_of: Returns the customer of a matched Account, and links to both.
        refused: Accounts of which something cannot be written, whatever Salesforce says, and why.
        fields: Fields of Account, by API name.
        report: The counts so far.
    """

    changes: list[Change]
    pair_of: Callable[[str], Pair]
    refused: dict[str, Refusal]
    fields: Mapping[str, SalesforceField]
    report: ExportReport


class Export:
    """
    One run of the export.

    Args:
        upflow: Reads customers.
        client: Salesforce, for a few Accounts.
        jobs: Salesforce, for many.
        ledger: Keeps what was refused, and has the figures that are worked out once a day.
        settings: What goes where.
        decimals: Decimals of Upflow's amounts by currency, where they are not those of ISO 4217.
    """

    def __init__(
        self,
        *,
        upflow: UpflowClient,
        client: SalesforceClient,
        jobs: SalesforceJobs,
        ledger: Ledger,
        settings: SalesforceExport,
        decimals: Mapping[str, int],
    ) -> None:
        self._upflow, self._client, self._jobs, self._ledger = upflow, client, jobs, ledger
        self._settings, self._decimals = settings, decimals
        self._accounts = SalesforceAccounts(client, jobs)

    def run(self, *, full: bool = False, dry_run: bool = False) -> ExportReport:
        """
        Bring every Account in step.

        Args:
            full: Write all fields of all matched Accounts, whatever they hold.
            dry_run: Compare and report only.

        Raises:
            ConfigurationError: Mapping and Salesforce do not fit together; nothing was written.
            RetriableError, QuotaError, AuthenticationError: What is not confirmed waits for the next run.
        """
        plan = self._plan(full=full)
        report = plan.report
        report.fields = dict(Counter(name for change in plan.changes for name in change.values))
        if dry_run:
            report.dry_run = True
            report.updated = len({each.account_id for each in plan.changes} - plan.refused.keys())
            report.rejected = len(plan.refused)
            _show(plan)
        else:
            self._push(plan)
        report.unchanged = report.matched - report.updated - report.rejected
        report.tell_refused(plan.refused, plan.pair_of)
        report.calls, report.writes = self._client.http.calls, self._client.http.writes
        return report

    def _plan(self, *, full: bool) -> Plan:
        """Read both sides and compare them; see `run`."""
        mapped = FieldMapping.of(self._settings, self._upflow.list_custom_fields())
        names = {upflow: name for upflow, name in mapped.names.items() if upflow != "portal_url"}
        described = self._accounts.described(mapped, mapped.names, self._settings.clear)
        figures = {name: self._ledger.accounts.figures(name) for name in WORKED_OUT if name in names}
        customers = CustomerValues(mapped, names, described.fields, figures, self._decimals)
        for customer in self._upflow.list("customers"):
            customers.add(customer)
        customers.check()
        plan = self._compared(customers, full=full)
        plan.report.notes[:0] = described.notes
        return plan

    def _compared(self, customers: CustomerValues, *, full: bool) -> Plan:
        fields, columns = customers.fields, [*customers.names.values(), *self._settings.clear]
        key_field = fields[customers.mapped.match_field]
        read = self._accounts.read([*columns, *(name for name in (CURRENCY,) if name in fields)], key_field)
        wanted_keys = set(customers.keys.values())
        accounts, left = {}, []
        for account_id, its_key, raw in read:
            if its_key in wanted_keys:
                accounts[account_id] = its_key, raw
            elif any(held(fields[name], raw[name]) for name in columns):
                left.append(account_id)
        pairs = pair(customers.keys.items(), ((account_id, its_key) for account_id, (its_key, _) in accounts.items()))
        customer_of = {account_id: customer_id for customer_id, account_id in pairs.matched.items()}

        def pair_of(account_id: str) -> Pair:
            customer_id = customer_of[account_id]
            return Pair(customer_id, customers.urls[customer_id], self._client.http.link(account_id))

        plan = Plan([], pair_of, {}, fields, ExportReport.of(pairs))
        if left:
            plan.report.notes.append(
                f"{len(left)} Accounts hold values in mapped fields though no customer has their key, such as "
                f"{left[0]}: they are left as they are"
            )
        wanted, holds = Table(columns), Table(columns)
        for customer_id, account_id in pairs.matched.items():
            # Taken out as they are compared, so that a million of them are in memory once, not twice.
            raw, known = accounts.pop(account_id)[1], customers.known.pop(customer_id)
            has = {name: held(fields[name], raw[name]) for name in columns}
            should, refusals = self._should(known, raw, fields)
            if refusals:
                plan.refused[account_id] = refusals[0]
            wanted.add(account_id, should)
            holds.add(account_id, has)
        plan.changes = list(changes(wanted.frame(), holds.frame(), full=full))
        return plan

    def _should(
        self, known: Known, raw: Mapping[str, object], fields: Mapping[str, SalesforceField]
    ) -> tuple[dict[str, Value], Sequence[Refusal]]:
        """Return what an Account should hold, and why some of it cannot be written."""
        should: dict[str, Value] = {name: held(fields[name], None) for name in self._settings.clear} | dict(
            known.values
        )
        its_currency = raw.get(CURRENCY)
        if self._settings.other_currencies or its_currency is None or its_currency == known.currency:
            return should, known.refusals
        # Nothing is nothing in every currency.
        amounts = tuple(name for name in should if fields[name].type == "currency" and should[name])
        if not amounts:
            return should, known.refusals
        reason = (
            f"the Account is in {its_currency}, the customer's amounts are in {known.currency}; change the Account's "
            "currency, or allow it by other_currencies"
        )
        rest = {name: value for name, value in should.items() if name not in amounts}
        return rest, (*known.refusals, Refusal(CURRENCY_DIFFERS, reason, amounts))

    def _push(self, plan: Plan) -> None:
        accounts, report = self._ledger.accounts, plan.report
        before = set(accounts.refused("export"))
        written = {each.account_id for each in plan.changes}
        unwritten = {account_id: why for account_id, why in plan.refused.items() if account_id not in written}
        write_down(accounts, "export", WriteResult(refused=unwritten), plan.pair_of)

        pusher = AccountWriter(self._client, self._jobs, plan.fields, bulk_from=self._settings.bulk_from)
        log.info("%d of %d Accounts differ", len(plan.changes), report.matched)
        for pushed in pusher.push(plan.changes):
            confirmed = [account_id for account_id in pushed.confirmed if account_id not in plan.refused]
            in_part = {
                account_id: plan.refused[account_id] for account_id in pushed.confirmed if account_id in plan.refused
            }
            plan.refused |= pushed.refused
            write_down(accounts, "export", WriteResult(confirmed, in_part | pushed.refused), plan.pair_of)
            report.updated += len(confirmed)
            log.info("%d Accounts written, %d refused", report.updated, len(plan.refused))
        accounts.accept("export", before - plan.refused.keys())
        report.rejected = len(plan.refused)


def _show(plan: Plan) -> None:
    """Log how many Accounts differ in each field, and what some of them hold before and after."""
    for name, number in sorted(plan.report.fields.items()):
        differing = (change for change in plan.changes if name in change.values)
        sample = [
            f"{change.account_id}: {_shown(change.before[name])} -> {_shown(change.values[name])}"
            for change in islice(differing, SAMPLE)
        ]
        log.info("%s: %d Accounts differ, such as %s", name, number, "; ".join(sample))


def _shown(value: Value) -> str:
    """Return a value as a log may show it: of text, which may be personal or a secret, only its length."""
    if value is None:
        return "empty"
    if isinstance(value, tuple):
        return f"{len(value)} values"
    return f"text of {len(value)} characters" if isinstance(value, str) else str(value)
