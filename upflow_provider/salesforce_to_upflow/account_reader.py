"""Accounts with their keys, owners and values, and the customer that each belongs to."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from upflow_provider.clients.salesforce.bulk_jobs import SalesforceJobs
from upflow_provider.clients.salesforce.client import SalesforceClient
from upflow_provider.errors import ProtocolError, RefusedError, RetriableError
from upflow_provider.records.salesforce.fields import SalesforceField
from upflow_provider.records.salesforce.matching import id18, key
from upflow_provider.salesforce_to_upflow.contact_reader import QUERY_JOB_FROM
from upflow_provider.salesforce_to_upflow.mapping.preflight import USER_FIELDS

log = logging.getLogger(__name__)

Record = Mapping[str, Any]


class AccountReader:
    """
    Reads Accounts.

    Args:
        client: Reads a few.
        jobs: Reads many.
        key_field: The field of Account that holds the key.
        columns: API names of the fields that are read besides.
        query_job_from: Number of Accounts from which a job reads them.
    """

    def __init__(
        self,
        client: SalesforceClient,
        jobs: SalesforceJobs,
        key_field: SalesforceField,
        columns: Sequence[str],
        *,
        query_job_from: int = QUERY_JOB_FROM,
    ) -> None:
        self._client, self._jobs, self._query_job_from = client, jobs, query_job_from
        self._key_field, self._columns = key_field, tuple(dict.fromkeys(("Id", key_field.name, *columns)))

    def read(self) -> Iterator[tuple[str, str | None, str]]:
        """Yield Id, key in normal form, and values as JSON of every Account that has a key."""
        field = self._key_field
        condition = f"{field.name} != null" if field.filterable and field.name != "Id" else ""
        where = f" WHERE {condition}" if condition else ""
        soql = f"SELECT {', '.join(self._columns)} FROM Account{where}"  # noqa: S608 - SOQL, of names that were checked; it only reads
        for page in self._jobs.query(soql) if self._are_many(condition) else self._client.query(soql):
            for account in page:
                if missing := [name for name in self._columns if name not in account]:
                    raise ProtocolError(
                        f"Salesforce lists an Account without {', '.join(missing)}, which the query selects"
                    )
                values = json.dumps({name: account[name] for name in self._columns}, default=str)
                yield id18(account["Id"]), key(account[field.name], field.type), values

    def owners(self) -> dict[str, Record]:
        """Return the users of Salesforce by Id; partners and customers, who cannot be met here, are left out."""
        soql = f"SELECT {', '.join(USER_FIELDS)} FROM User WHERE UserType = 'Standard'"  # noqa: S608 - SOQL, which only reads
        return {id18(each["Id"]): each for page in self._client.query(soql) for each in page}

    def _are_many(self, condition: str) -> bool:
        try:
            return self._client.count(condition) >= self._query_job_from
        except (RetriableError, RefusedError, ProtocolError) as error:
            log.info("reading Accounts by a job, because their number is unknown: %s", error)
            return True
