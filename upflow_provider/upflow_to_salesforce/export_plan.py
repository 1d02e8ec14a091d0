"""What the export is to write: both sides read, matched and compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from upflow_provider.clients.salesforce.refusals import Refusal
from upflow_provider.ledger.salesforce_accounts import MatchedAccount
from upflow_provider.records.salesforce.fields import SalesforceField
from upflow_provider.records.salesforce.matching import Matches
from upflow_provider.upflow_to_salesforce.account_reader import CURRENCY, AccountMatching, AccountReader, KeyedAccount
from upflow_provider.upflow_to_salesforce.customers import CustomerReader, CustomerValues
from upflow_provider.upflow_to_salesforce.differences import AccountChange, AccountTable, changes
from upflow_provider.upflow_to_salesforce.field_mapping import FieldMapping
from upflow_provider.upflow_to_salesforce.mapping.fields import FIELDS
from upflow_provider.upflow_to_salesforce.mapping.values import Value, from_salesforce
from upflow_provider.upflow_to_salesforce.report import ExportReport

if TYPE_CHECKING:
    from upflow_provider.clients.salesforce.bulk_jobs import SalesforceJobs
    from upflow_provider.clients.salesforce.client import SalesforceClient
    from upflow_provider.clients.upflow.client import UpflowClient
    from upflow_provider.ledger import Ledger
    from upflow_provider.upflow_to_salesforce.settings import SalesforceExport

CURRENCY_DIFFERS = "CURRENCY_DIFFERS"
"""Code of amounts that would be read in another currency than theirs; ours, not Salesforce's."""


@dataclass(slots=True)
class ExportPlan:
    """
    What is to be written, before it is.

    Attributes:
        changes: New values, at most one change for each matched Account.
        refused: Accounts of which something cannot be written, whatever Salesforce says: Id to reason.
        fields: Fields of Account, by API name.
        report: The counts so far.
        matching: Knows the pages of customers and Accounts.
        customer_ids: Upflow's id of the customer, by the Id of the matched Account.
    """

    changes: list[AccountChange]
    refused: dict[str, Refusal]
    fields: Mapping[str, SalesforceField]
    report: ExportReport
    matching: AccountMatching
    customer_ids: Mapping[str, str]

    def matched_account(self, account_id: str) -> MatchedAccount:
        """Return a matched Account with its customer."""
        return self.matching.matched_account(self.customer_ids[account_id], account_id)


@dataclass(slots=True)
class CurrentValues:
    """
    What Accounts hold now, collected one Account at a time.

    Attributes:
        fields: Fields of Account, by API name.
        names: API names of the fields that the export writes.
        values: Values as Salesforce answers them of the Accounts that have the key of a customer, by their Ids.
        currencies: Their currencies, by their Ids, in an organization that has several.
        abandoned: Ids of the other Accounts that hold something in these fields.
    """

    fields: Mapping[str, SalesforceField]
    names: list[str]
    values: dict[str, tuple[object, ...]] = field(default_factory=dict)
    currencies: dict[str, str] = field(default_factory=dict)
    abandoned: list[str] = field(default_factory=list)

    def add(self, account: KeyedAccount, *, has_customer: bool) -> None:
        """Add an Account."""
        if has_customer:
            self.values[account.account_id] = tuple(account.values[name] for name in self.names)
            if (currency := account.values.get(CURRENCY)) is not None:
                self.currencies[account.account_id] = currency
        elif any(from_salesforce(self.fields[name], account.values[name]) for name in self.names):
            self.abandoned.append(account.account_id)

    def take(self, account_id: str) -> dict[str, Value]:
        """Return the canonical values of an Account, and forget them."""
        values = zip(self.names, self.values.pop(account_id), strict=True)
        return {name: from_salesforce(self.fields[name], raw) for name, raw in values}

    def notes(self) -> Iterator[str]:
        """Yield what an admin should know of these Accounts."""
        if self.abandoned:
            yield (
                f"{len(self.abandoned)} Accounts hold values in mapped fields although no customer has their key, such "
                f"as {self.abandoned[0]}: they are left as they are"
            )


class ExportPlanner:
    """
    Works out what to write.

    Args:
        upflow: Reads customers.
        client: Salesforce, for a few Accounts.
        jobs: Salesforce, for many Accounts.
        ledger: Has the daily figures.
        settings: The organization's settings.
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
        self._upflow, self._client, self._ledger = upflow, client, ledger
        self._settings, self._decimals = settings, decimals
        self._accounts = AccountReader(client, jobs)

    def plan(self, *, full: bool) -> ExportPlan:
        """
        Read both sides and compare them.

        Args:
            full: Whether every known value is to be written, whatever the Account holds.

        Raises:
            ConfigurationError: Mapping and Salesforce do not fit together.
            RetriableError, QuotaError, AuthenticationError: One of the sides cannot be read now.
        """
        mapping = FieldMapping.of(self._settings, self._upflow.list_custom_fields())
        fields, notes = self._accounts.describe(mapping, mapping.names, self._settings.clear)
        key_field = fields[mapping.match_field]
        matching = AccountMatching(mapping, key_field, self._client.account_url)
        listed = matching.add_customers(self._upflow.list("customers", with_unnamed=True))
        customers = self._customer_reader(mapping, fields).read(listed)
        current = self._read_accounts(mapping, fields, matching)
        matches = matching.matches()
        plan = ExportPlan(
            [], {}, fields, ExportReport.of(matches), matching, {each: of for of, each in matches.matched.items()}
        )
        plan.report.notes += [*notes, *current.notes()]
        plan.report.unreadable = matching.unreadable
        wanted_table, current_table = self._tables(plan, matches, customers, current)
        plan.changes = list(changes(wanted_table.frame(), current_table.frame(), full=full))
        return plan

    def _customer_reader(self, mapping: FieldMapping, fields: Mapping[str, SalesforceField]) -> CustomerReader:
        names = _exported(mapping)
        figures = [each.name for each in FIELDS if each.figure_source and each.name in names]
        values = {name: self._ledger.accounts.figures(name) for name in figures}
        return CustomerReader(mapping, names, fields, values, self._decimals)

    def _read_accounts(
        self, mapping: FieldMapping, fields: Mapping[str, SalesforceField], matching: AccountMatching
    ) -> CurrentValues:
        names = [*_exported(mapping).values(), *self._settings.clear]
        columns = [*names, CURRENCY] if CURRENCY in fields else names
        current = CurrentValues(fields, names)
        for account in self._accounts.read(columns, fields[mapping.match_field]):
            current.add(account, has_customer=matching.add_account(account))
        return current

    def _tables(
        self, plan: ExportPlan, matches: Matches, customers: dict[str, CustomerValues], current: CurrentValues
    ) -> tuple[AccountTable, AccountTable]:
        """
        Return what matched Accounts should hold and what they hold now; refusals are added to the plan.

        Values are taken out of *customers* and *current*, so that a million of them are in memory once, not twice.
        """
        wanted_table, current_table = AccountTable(current.names), AccountTable(current.names)
        for customer_id, account_id in matches.matched.items():
            values = self._account_values(customers.pop(customer_id), current.currencies.get(account_id), plan.fields)
            wanted_table.add(account_id, values.values)
            current_table.add(account_id, current.take(account_id))
            if values.refusals:
                plan.refused[account_id] = values.refusals[0]
        return wanted_table, current_table

    def _account_values(
        self, customer: CustomerValues, account_currency: str | None, fields: Mapping[str, SalesforceField]
    ) -> CustomerValues:
        """Return what an Account should hold: fields to be cleared are empty, and amounts are in its currency."""
        cleared = {name: from_salesforce(fields[name], None) for name in self._settings.clear}
        values = replace(customer, values=cleared | dict(customer.values))
        if self._settings.other_currencies or account_currency in {None, customer.currency}:
            return values
        # An amount of zero is the same in every currency.
        amounts = [name for name, value in values.values.items() if fields[name].type == "currency" and value]
        return _without(amounts, values, str(account_currency)) if amounts else values


def _exported(mapping: FieldMapping) -> dict[str, str]:
    """Return the fields that are compared: all but the portal link, which is not read but made."""
    return {upflow: name for upflow, name in mapping.names.items() if upflow != "portal_url"}


def _without(amounts: Sequence[str], customer: CustomerValues, account_currency: str) -> CustomerValues:
    """Return values without amounts that are in another currency than the Account, and the reason."""
    reason = (
        f"the Account is in {account_currency}, the customer's amounts are in {customer.currency}; change the "
        "Account's currency, or set salesforce.other_currencies"
    )
    rest = {name: value for name, value in customer.values.items() if name not in amounts}
    refusal = Refusal(CURRENCY_DIFFERS, reason, tuple(amounts))
    return CustomerValues(customer.currency, rest, (*customer.refusals, refusal))
