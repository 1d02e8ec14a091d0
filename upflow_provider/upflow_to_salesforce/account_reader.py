"""Accounts as Salesforce holds them: described, read, each with its key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from upflow_provider.clients.salesforce.bulk_jobs import SalesforceJobs
from upflow_provider.clients.salesforce.client import SalesforceClient
from upflow_provider.errors import ConfigurationError
from upflow_provider.upflow_to_salesforce.field_mapping import FieldMapping
from upflow_provider.upflow_to_salesforce.mapping.account_field import SalesforceField
from upflow_provider.upflow_to_salesforce.mapping.matching import id18, key
from upflow_provider.upflow_to_salesforce.mapping.preflight import key_problems, notes, problems

QUERY_JOB_FROM = 20_000
"""Accounts from which they are read by a job: ten pages take about as long as a job."""
CURRENCY = "CurrencyIsoCode"
"""Field of every record in an organization with several currencies, and in no other."""


class Described(NamedTuple):
    """
    Account, as the connected user may see it, and as good as the mapping needs it.

    Attributes:
        fields: Its fields, by API name.
        notes: What works, but not as well as one may expect.
    """

    fields: Mapping[str, SalesforceField]
    notes: Sequence[str]


class SalesforceAccounts:
    """
    Reads Accounts.

    Args:
        client: Reads a few.
        jobs: Reads many.
        query_job_from: Number of Accounts from which a job reads them.
    """

    def __init__(self, client: SalesforceClient, jobs: SalesforceJobs, *, query_job_from: int = QUERY_JOB_FROM) -> None:
        self._client, self._jobs, self._query_job_from = client, jobs, query_job_from

    def described(self, mapped: FieldMapping, names: Mapping[str, str], clear: Sequence[str] = ()) -> Described:
        """
        Check all that is mapped against what Salesforce describes.

        Args:
            mapped: The mapping.
            names: Those of its fields that are about to be written: Upflow's name to the API name.
            clear: API names of fields whose values are to be cleared.

        Raises:
            ConfigurationError: Something does not fit; every problem is named.
        """
        described = self._client.describe()
        fields = {each["name"]: SalesforceField.of(each) for each in described["fields"]}
        found = [
            *key_problems(mapped.match_field, described, names),
            *problems(names, mapped.kinds, described, options=mapped.options),
        ]
        for name in clear:
            if name in names.values():
                found.append(f"{name}: it is mapped, and to be cleared; remove it from one of them")
            elif name == mapped.match_field:
                found.append(f"{name}: Accounts are matched by it, and it is to be cleared; take it out of clear")
            elif name not in fields or not fields[name].updateable:
                found.append(f"{name}: it is to be cleared, but is not there, or hidden, or cannot be written")
            elif not fields[name].nillable and fields[name].type != "boolean":
                found.append(f"{name}: it is to be cleared, but is required in Salesforce; take it out of clear")
        if found:
            raise ConfigurationError("before anything is written to Salesforce:\n- " + "\n- ".join(found))
        return Described(fields, notes(names, mapped.kinds, described, key=mapped.match_field, options=mapped.options))

    def read(
        self, names: Sequence[str], key_field: SalesforceField
    ) -> Iterator[tuple[str, str | None, Mapping[str, Any]]]:
        """
        Yield Id, key and values of the Accounts that have a key.

        Args:
            names: API names of the fields to read.
            key_field: The field that holds the key.
        """
        columns = ", ".join(dict.fromkeys(("Id", key_field.name, *names)))
        condition = f"{key_field.name} != null" if key_field.filterable and key_field.name != "Id" else ""
        where = f" WHERE {condition}" if condition else ""
        soql = f"SELECT {columns} FROM Account{where}"  # noqa: S608 - SOQL, of names that were checked; it only reads
        many = self._client.count(condition) >= self._query_job_from
        pages = self._jobs.query(soql) if many else self._client.query(soql)
        for page in pages:
            for account in page:
                yield id18(account["Id"]), key(account[key_field.name], key_field.type), account
