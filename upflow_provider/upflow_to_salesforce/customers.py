"""Customers as they should stand in Salesforce: key, currency, and a value for each mapped field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from upflow_provider.clients.salesforce.answers import Refusal
from upflow_provider.errors import ConfigurationError, MappingError
from upflow_provider.upflow_to_salesforce.field_mapping import FieldMapping
from upflow_provider.upflow_to_salesforce.mapping.account_field import SalesforceField
from upflow_provider.upflow_to_salesforce.mapping.customer_facts import currency, facts, missing
from upflow_provider.upflow_to_salesforce.mapping.matching import key
from upflow_provider.upflow_to_salesforce.mapping.values import UnfitError, Value, to_salesforce

UNFIT = "UNFIT"
"""Code of a value that does not fit into its field; ours, not Salesforce's."""


@dataclass(frozen=True, slots=True)
class Known:
    """
    One customer.

    Attributes:
        currency: Of its amounts, ISO 4217.
        values: Canonical values by API name of the field; what is not in it is not known, and stays as it is.
        refusals: Why fields are not in it.
    """

    currency: str | None
    values: Mapping[str, Value]
    refusals: tuple[Refusal, ...]


@dataclass(slots=True)
class CustomerValues:
    """
    All customers, collected one at a time.

    Attributes:
        mapped: The mapping.
        names: Its fields that are compared: Upflow's name to API name.
        fields: Fields of Account, by API name.
        figures: What is worked out once a day, where Upflow's API does not tell it: customer to value, by name of
            the field.
        decimals: Decimals of Upflow's amounts by currency, where they are not those of ISO 4217.
        keys: What each customer is found by, by Upflow's id of the customer.
        urls: Addresses of their pages in Upflow, by the same; empty where it is not told.
        known: All else, by the same.
    """

    mapped: FieldMapping
    names: Mapping[str, str]
    fields: Mapping[str, SalesforceField]
    figures: Mapping[str, Mapping[str, str]]
    decimals: Mapping[str, int]
    keys: dict[str, str | None] = field(default_factory=dict)
    urls: dict[str, str] = field(default_factory=dict)
    known: dict[str, Known] = field(default_factory=dict)
    _untold: list[str] | None = None

    def add(self, customer: Mapping[str, Any]) -> None:
        """Add a customer as Upflow lists it."""
        left = list(self.names) if self._untold is None else self._untold
        self._untold = missing(left, [customer])
        customer_id = customer["id"]
        key_type = self.fields[self.mapped.match_field].type
        self.keys[customer_id] = key(self.mapped.key_of(customer), key_type)
        self.urls[customer_id] = customer.get("directUrl") or ""
        values: dict[str, Value] = {}
        refusals: list[Refusal] = []
        for upflow, told in self._told(customer, refusals).items():
            name = self.names[upflow]
            try:
                values[name] = to_salesforce(self.mapped.kinds[upflow], told, self.fields[name])
            except UnfitError as error:
                refusals.append(Refusal(UNFIT, f"{upflow} {error.reason}", (name,)))
        self.known[customer_id] = Known(currency(customer), values, tuple(refusals))

    def check(self) -> None:
        """
        Refuse to leave fields empty without a word.

        Raises:
            ConfigurationError: Fields are mapped that no customer's answer carries; all of them are named.
        """
        untold = [name for name in self._untold or () if name not in self.figures]
        if untold:
            raise ConfigurationError(
                f"before anything is written to Salesforce: Upflow's API does not tell {', '.join(untold)} of any "
                "customer; take them out of salesforce.fields"
            )

    def _told(self, customer: Mapping[str, Any], refusals: list[Refusal]) -> dict[str, object]:
        """Return what is known of the mapped fields; figures fill in what Upflow's answer does not carry."""
        worked_out: dict[str, object] = {}
        for name, figure in self.figures.items():
            worked_out[name] = figure.get(customer["id"], figure.get(customer.get("externalId") or ""))
        try:
            told = facts(customer, self.mapped.definitions, self.decimals)
        except MappingError as error:
            refusals.append(Refusal(UNFIT, f"{error.field} {error.problem}"))
            told = {}
        return {name: value for name, value in (worked_out | told).items() if name in self.names}
