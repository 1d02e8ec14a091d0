"""What Upflow knows of its customers, as values that their Accounts should hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from upflow_provider.clients.salesforce.refusals import Refusal
from upflow_provider.errors import ConfigurationError, MappingError, RecordError
from upflow_provider.records.salesforce.fields import SalesforceField
from upflow_provider.records.text import is_id
from upflow_provider.runs.containment import contained
from upflow_provider.upflow_to_salesforce.field_mapping import FieldMapping
from upflow_provider.upflow_to_salesforce.mapping.customer_facts import carries, currency, facts
from upflow_provider.upflow_to_salesforce.mapping.values import UnfitError, Value, from_upflow

UNFIT = "UNFIT"
"""Code of a value that its field cannot hold; ours, not Salesforce's."""


@dataclass(frozen=True, slots=True)
class CustomerValues:
    """
    What the Account of one customer should hold.

    Attributes:
        currency: Currency of the customer's amounts, ISO 4217; ``None`` when Upflow does not return it.
        values: Canonical values by API name of the field. A field that is not among them stays as it is.
        refusals: Why fields are not among them.
    """

    currency: str | None
    values: Mapping[str, Value]
    refusals: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class CustomerReader:
    """
    Turns customers as Upflow lists them into values for Accounts.

    Attributes:
        mapping: The mapping.
        names: Those of its fields that are exported: name of the Upflow field to API name.
        fields: Fields of Account, by API name.
        figures: Daily figures, which fill in what Upflow's answer does not carry: customer to value, by name of the
            Upflow field. A customer is found by Upflow's id, or else by its external id.
        decimals: Decimals of Upflow's amounts by currency, where they are not those of ISO 4217.
    """

    mapping: FieldMapping
    names: Mapping[str, str]
    fields: Mapping[str, SalesforceField]
    figures: Mapping[str, Mapping[str, str]]
    decimals: Mapping[str, int]

    def read(self, customers: Iterable[Mapping[str, Any]]) -> dict[str, CustomerValues]:
        """
        Return what the Account of each customer should hold, by Upflow's id of the customer.

        Raises:
            ConfigurationError: Fields are mapped that neither any customer's answer nor a daily figure tells, so that
                they would stay empty without a word; all of them are named.
        """
        absent = [name for name in self.names if name not in self.figures]
        read: dict[str, CustomerValues] = {}
        for customer in customers:
            absent = [name for name in absent if not carries(customer, name)]
            read[customer["id"]] = self._contained(customer)
        if absent and read:
            raise ConfigurationError(
                f"before anything is written to Salesforce: Upflow's API does not return {', '.join(absent)} of any "
                "customer; remove them from salesforce.fields"
            )
        return read

    def _contained(self, customer: Mapping[str, Any]) -> CustomerValues:
        """Return what a customer's Account should hold; nothing, and why, if Upflow's answer cannot be read."""
        try:
            with contained(customer["id"]):
                return self._values(customer)
        except RecordError as error:  # the log names the place in the code
            return CustomerValues(None, {}, (Refusal(UNFIT, f"Upflow's answer cannot be read: {error}"),))

    def _values(self, customer: Mapping[str, Any]) -> CustomerValues:
        values: dict[str, Value] = {}
        known, refusals = self._known(customer)
        for upflow, value in known.items():
            name = self.names[upflow]
            try:
                values[name] = from_upflow(self.mapping.kinds[upflow], value, self.fields[name])
            except UnfitError as error:
                refusals.append(Refusal(UNFIT, f"{upflow} {error.reason}", (name,)))
        return CustomerValues(currency(customer), values, tuple(refusals))

    def _known(self, customer: Mapping[str, Any]) -> tuple[dict[str, object], list[Refusal]]:
        """Return what is known of the exported fields, and why Upflow's answer cannot be read, if it cannot."""
        known: dict[str, object] = {name: _of(customer, figure) for name, figure in self.figures.items()}
        try:
            known |= facts(customer, self.mapping.definitions, self.decimals)
        except MappingError as error:
            refusals = [Refusal(UNFIT, f"{error.field} {error.problem}")]
        else:
            refusals = []
        return {name: value for name, value in known.items() if name in self.names}, refusals


def _of(customer: Mapping[str, Any], figure: Mapping[str, str]) -> str | None:
    """Return a customer's value of a daily figure; ``None`` when there is none."""
    external_id = customer.get("externalId")
    return figure.get(customer["id"], figure.get(external_id) if is_id(external_id) else None)
