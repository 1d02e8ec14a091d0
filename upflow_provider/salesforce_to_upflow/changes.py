"""What has to change of one customer so that it is as Salesforce says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any, cast

from upflow_provider.ledger import Outcome, RecordState
from upflow_provider.records.contacts import DEPENDENT
from upflow_provider.records.mapped import Mapped, Skip
from upflow_provider.records.page import Record
from upflow_provider.records.payloads import ContactPayload, Payload
from upflow_provider.records.salesforce.matching import id18
from upflow_provider.runs.report import Examples
from upflow_provider.salesforce_to_upflow.destination import differences, is_changed
from upflow_provider.salesforce_to_upflow.mapping.account_owners import AccountManagers
from upflow_provider.salesforce_to_upflow.mapping.contacts import account_contacts
from upflow_provider.salesforce_to_upflow.mapping.custom_fields import FilledField, changed_values
from upflow_provider.salesforce_to_upflow.mapping.ownership import lost
from upflow_provider.salesforce_to_upflow.report import ImportReport
from upflow_provider.salesforce_to_upflow.settings import ContactsImport

Values = Mapping[str, Any]

STREAM = "salesforce:customers"
"""Stream of the customers that the import changes."""
UNCHANGED = "is as this Account of Salesforce says: "
"""Why a customer is skipped that was compared for the first time, or was rejected before; the Account's Id follows."""
ACCOUNT = "account/"
"""What the name of an Account among the dependents of a customer begins with."""


@dataclass(slots=True)
class CustomerChanges:
    """
    Compares customers with Salesforce.

    Attributes:
        report: What cannot be imported is added to it.
        zone: Time zone that decides on which day an instant falls.
        contacts: Which contacts come from Salesforce; ``None`` for none.
        fields: Custom fields that Salesforce fills.
        managers: Users of Upflow's; ``None`` if owners are not imported.
        owners: Users of Salesforce by Id.
        missing_positions: Positions that Upflow does not have.
        losing: Customers that would have fewer contacts than before.
    """

    report: ImportReport
    zone: tzinfo
    contacts: ContactsImport | None = None
    fields: tuple[FilledField, ...] = ()
    managers: AccountManagers | None = None
    owners: Mapping[str, Values] = field(default_factory=dict)
    missing_positions: frozenset[str] = frozenset()
    losing: Examples = field(default_factory=Examples)

    def of_account(self, customer: str, account: Values, shown: Values) -> dict[str, Any]:
        """
        Return the fields of a customer that its Account changes.

        Args:
            customer: External id of the customer.
            account: Values of the Account.
            shown: What Upflow shows of the customer.
        """
        changed: dict[str, Any] = {}
        values, notes = changed_values(self.fields, account, shown.get("customFields") or (), self.zone)
        if values:
            changed["customFields"] = values
        if notes:
            self.report.unfit.add(customer, "; ".join(notes))
        if self.managers is not None and account.get("OwnerId"):
            owner_id = id18(account["OwnerId"])
            manager = self.managers.of(owner_id, self.owners.get(owner_id))
            if manager and shown.get("accountManagerId") != manager:
                changed["accountManagerId"] = manager
        return changed

    def of_contacts(
        self, customer: str, contacts: Iterable[Values], shown: Callable[[], list[Values]]
    ) -> tuple[list[ContactPayload], bool]:
        """
        Return the contacts that a customer must have from Salesforce, and whether any of them, or of others, changes.

        Args:
            customer: External id of the customer.
            contacts: All Contacts of its Account.
            shown: Returns all contacts that Upflow has of it.
        """
        if self.contacts is None:
            return [], False
        found = account_contacts(customer, contacts, self.contacts.rules)
        self.report.left_out.update(found.left_out)
        self.report.without_position += found.without_position
        listed = shown()
        if lost(customer, found.contacts, listed):
            self.report.losing += 1
            self.losing.add(
                customer, f"has {len(found.contacts)} contacts in Salesforce now, which is fewer than before"
            )
        changes = differences(customer, found.contacts, listed, self.contacts.owner, self.missing_positions)
        return list(found.contacts), is_changed(changes)


def dependents_of(account_id: str, contacts: Iterable[ContactPayload]) -> list[str]:
    """Return what an Account and contacts are called among the dependents of a customer in the ledger."""
    return [f"{ACCOUNT}{account_id}", *(f"{DEPENDENT}{each['externalId']}" for each in contacts)]


def account_of(state: RecordState) -> str:
    """Return the Id of the Account that a customer was last compared with; empty if the ledger does not know it."""
    if state.outcome is Outcome.SKIPPED:
        return (state.reason or "").removeprefix(UNCHANGED)
    own = (each.removeprefix(ACCOUNT) for each in state.dependents or () if each.startswith(ACCOUNT))
    return next(own, "")


def customer_to_upflow(record: Record) -> Mapped | Skip:
    """Return what changes of a customer; it is skipped if nothing does."""
    if record["payload"] is None:
        return Skip(f"{UNCHANGED}{record['account']}")
    payload = cast("Payload", {"externalId": record["id"], **record["payload"]})
    return Mapped(payload, record["id"], dependents=tuple(record["dependents"]), exists=True)
