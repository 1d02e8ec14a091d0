"""
The definitions of custom fields: what is declared and missing in Upflow is created, what exists is compared.

The ledger keeps what Upflow defines, so that the tasks that fill the fields need no request for it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Protocol

from upflow_provider.delivery.custom_fields.comparison import creation, defined
from upflow_provider.delivery.custom_fields.report import FieldsReport
from upflow_provider.errors import ConfigurationError, RecordError, RefusedError, RetriableError
from upflow_provider.ledger import Ledger
from upflow_provider.ledger.findings import CREATED_FIELDS, CUSTOM_FIELDS, FIELD_CREATION, Findings
from upflow_provider.records.custom_fields import CustomField, Definition
from upflow_provider.records.payloads import Collection
from upflow_provider.records.text import is_id

log = logging.getLogger(__name__)

CREATION_MAX = timedelta(minutes=10)
"""How long a task that creates fields keeps others from it, if it dies."""

UNLISTED = (
    "check the host in the connection to Upflow, and ask Upflow's support whether its API has them. Until then, remove "
    "custom_fields and additional_contacts from organizations.yaml to be rid of this error; records go on, with the "
    "fields that were known before"
)
"""The remedy if Upflow refuses to list definitions, or has no such path."""
Declared = Mapping[Collection, Sequence[CustomField]]
"""Declared fields by the collection whose records have them."""


class FieldDirectory(Protocol):
    """The part of Upflow's client that lists and creates definitions."""

    def list_custom_fields(self) -> Iterator[dict[str, Any]]:
        """Yield the definitions of custom fields."""

    def create_custom_field(self, definition: Mapping[str, Any]) -> dict[str, Any]:
        """Define a custom field; not repeated when its answer is lost."""


class FieldDefinitions:
    """
    The definitions of one organization's custom fields.

    Upflow takes two fields of one name. Only one task at a time creates some, therefore, and looks again before.

    Args:
        upflow: Lists and creates definitions.
        ledger: Keeps what Upflow defines, and who creates.
        owner: Name of this task instance, the same on each try.
        is_dry_run: Whether nothing is created.
    """

    def __init__(self, upflow: FieldDirectory, ledger: Ledger, owner: str, *, is_dry_run: bool = False) -> None:
        self._upflow, self._findings, self._clock = upflow, ledger.findings, ledger.clock
        self._owner, self._is_dry_run = owner, is_dry_run
        self._listed: list[dict[str, Any]] = []

    def read(self) -> list[Definition]:
        """
        Read what Upflow defines; of several fields of one name, the one that was known before comes first.

        Raises:
            ConfigurationError: Upflow does not list definitions.
            UpflowSyncError: Raised by the client.
        """
        before = {each.id for each in known_definitions(self._findings)}
        try:
            self._listed = sorted(self._upflow.list_custom_fields(), key=lambda each: each.get("id") not in before)
        except RefusedError as error:  # no retry would help
            raise ConfigurationError(f"Upflow does not list custom fields ({error}): {UNLISTED}") from error
        return self._definitions()

    def complete(self, declared: Declared, undeclared: Container[tuple[Collection, CustomField]] = ()) -> FieldsReport:
        """
        Create what is missing in Upflow, compare what it has, and keep that; `read` comes first.

        Args:
            declared: The declared fields.
            undeclared: Those of them that nobody has declared one by one; that Upflow refuses one is no problem.

        Raises:
            RetriableError: Another task is creating fields.
            UpflowSyncError: Raised by the client. That Upflow refuses a definition is a problem of that field only.
        """
        report = FieldsReport(dry_run=self._is_dry_run, declared=sum(map(len, declared.values())))
        missing = self._missing(declared)
        if self._is_dry_run:
            report.created += [f"{each.name} ({collection})" for collection, each in missing]
        elif missing:
            self._create_all(declared, undeclared, report)
        known = self._definitions()
        self._findings.keep(CUSTOM_FIELDS, json.dumps([each.as_dict() for each in known]))
        for collection, fields in declared.items():
            report.problems += defined(collection, fields, known).problems
        return report

    def _create_all(
        self, declared: Declared, undeclared: Container[tuple[Collection, CustomField]], report: FieldsReport
    ) -> None:
        self._reserve()
        self.read()  # what another task has created by now is not missing any more
        for collection, missing in self._missing(declared):
            self._reserve()  # until right before each request, in case that this host stood still
            problem = self._create(collection, missing, report)
            if problem:
                (report.notes if (collection, missing) in undeclared else report.problems).append(problem)
        self._findings.release(FIELD_CREATION)

    def _reserve(self) -> None:
        now = self._clock.now()
        if not self._findings.reserve(FIELD_CREATION, self._owner, now=now, until=now + CREATION_MAX):
            raise RetriableError("another task is creating custom fields, or has died while it did; see its log")

    def _create(self, collection: Collection, missing: CustomField, report: FieldsReport) -> str:
        """Create a field, and return why Upflow refuses that; empty if it does not."""
        body = creation(collection, missing, self._listed)
        try:
            answer = self._upflow.create_custom_field(body)
        except RefusedError as error:
            return (
                f"custom field {missing.name!r} of {collection}: Upflow refuses to create it ({error}); create it in "
                "Upflow's settings"
            )
        except RecordError as error:  # it may have been done; the next try looks
            raise RetriableError(str(error)) from error
        self._listed.append({**body, **answer})
        if is_id(answer.get("id")):
            created = {**self._created(), answer["id"]: missing.name}
            self._findings.keep(CREATED_FIELDS, json.dumps(created))
        report.created.append(f"{missing.name} ({collection})")
        log.info("created the custom field %r of %s", missing.name, collection)
        return ""

    def _created(self) -> dict[str, str]:
        """Return the names under which fields were created, by id, whatever Upflow calls them by now."""
        found: dict[str, str] = json.loads(self._findings.get(CREATED_FIELDS) or "{}")
        return found

    def _missing(self, declared: Declared) -> list[tuple[Collection, CustomField]]:
        known = self._definitions()
        return [
            (collection, each)
            for collection, fields in declared.items()
            for each in defined(collection, fields, known).missing
        ]

    def _definitions(self) -> list[Definition]:
        created = self._created()
        known = map(Definition.of, self._listed)
        return [replace(each, created_as=created.get(each.id or "", "")) for each in known]


def known_definitions(findings: Findings) -> list[Definition]:
    """Return the definitions that the ledger knows; none before the first look at them."""
    return [Definition.of(each) for each in json.loads(findings.get(CUSTOM_FIELDS) or "[]")]
