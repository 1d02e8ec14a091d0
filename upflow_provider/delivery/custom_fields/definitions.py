"""
The definitions of custom fields: what is declared and missing in Upflow is created, what exists is compared.

The ledger keeps what Upflow defines, so that the tasks that fill the fields need no request for it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

from upflow_provider.errors import ConfigurationError, RecordError, RefusedError, RetriableError
from upflow_provider.ledger import Ledger
from upflow_provider.ledger.findings import CUSTOM_FIELDS, FIELD_CREATION, Findings
from upflow_provider.records.custom_fields import CustomField, Definition, creation, defined
from upflow_provider.records.payloads import Collection

log = logging.getLogger(__name__)

CREATION_MAX = timedelta(minutes=10)
"""How long a task that creates fields keeps others from it, if it dies."""

Declared = Mapping[Collection, Sequence[CustomField]]
"""Declared fields by the collection whose records have them."""


class FieldDirectory(Protocol):
    """The part of Upflow's client that lists and creates definitions."""

    def list_custom_fields(self) -> Iterator[dict[str, Any]]:
        """Yield the definitions of custom fields."""

    def create_custom_field(self, definition: Mapping[str, Any]) -> dict[str, Any]:
        """Define a custom field; not repeated when its answer is lost."""


@dataclass(slots=True)
class FieldsReport:
    """
    What was done about custom fields.

    Attributes:
        dry_run: Whether nothing was written.
        declared: Number of declared fields.
        created: Fields that were created, or would be, each with its collection.
        problems: Why fields are not filled, each with its remedy.
        keys: Keys of metadata that a field may be made of, by stream.
    """

    dry_run: bool = False
    declared: int = 0
    created: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    keys: dict[str, list[str]] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON: counts, and names of fields and of keys."""
        return {
            "dry_run": self.dry_run,
            "declared": self.declared,
            "created": list(self.created),
            "problems": list(self.problems),
            "keys": {stream: list(keys) for stream, keys in self.keys.items()},
        }

    def check(self) -> None:
        """
        Raise one error about all problems.

        Raises:
            ConfigurationError: Some fields are not filled; all others are.
        """
        if self.problems:
            raise ConfigurationError("not filled; everything else goes on:\n- " + "\n- ".join(self.problems))

    def __str__(self) -> str:
        verb = "would be created" if self.dry_run else "created"
        created = f"; {verb}: {', '.join(self.created)}" if self.created else ""
        return f"{self.declared} custom fields declared{created}"


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
            UpflowSyncError: Raised by the client.
        """
        before = {each.id for each in known_definitions(self._findings)}
        self._listed = sorted(self._upflow.list_custom_fields(), key=lambda each: each.get("id") not in before)
        return self._definitions()

    def complete(self, declared: Declared) -> FieldsReport:
        """
        Create what is missing in Upflow, compare what it has, and keep that; `read` comes first.

        Args:
            declared: The declared fields.

        Raises:
            RetriableError: Another task is creating fields.
            UpflowSyncError: Raised by the client. That Upflow refuses a definition is a problem of that field only.
        """
        report = FieldsReport(dry_run=self._is_dry_run, declared=sum(map(len, declared.values())))
        missing = self._missing(declared)
        if self._is_dry_run:
            report.created += [f"{each.name} ({collection})" for collection, each in missing]
        elif missing:
            self._create_all(declared, report)
        known = self._definitions()
        self._findings.keep(CUSTOM_FIELDS, json.dumps([each.as_dict() for each in known]))
        for collection, fields in declared.items():
            report.problems += defined(collection, fields, known).problems
        return report

    def _create_all(self, declared: Declared, report: FieldsReport) -> None:
        self._reserve()
        self.read()  # what another task has created by now is not missing any more
        for collection, missing in self._missing(declared):
            self._reserve()  # until right before each request, in case that this host stood still
            self._create(collection, missing, report)
        self._findings.release(FIELD_CREATION)

    def _reserve(self) -> None:
        now = self._clock.now()
        if not self._findings.reserve(FIELD_CREATION, self._owner, now=now, until=now + CREATION_MAX):
            raise RetriableError("another task is creating custom fields, or has died while it did; see its log")

    def _create(self, collection: Collection, missing: CustomField, report: FieldsReport) -> None:
        body = creation(collection, missing, self._listed)
        try:
            answer = self._upflow.create_custom_field(body)
        except RefusedError as error:
            report.problems.append(
                f"custom field {missing.name!r} of {collection}: Upflow refuses to create it ({error}); create it in "
                "Upflow's settings"
            )
            return
        except RecordError as error:  # it may have been done; the next try looks
            raise RetriableError(str(error)) from error
        self._listed.append({**body, **answer})
        report.created.append(f"{missing.name} ({collection})")
        log.info("created the custom field %r of %s", missing.name, collection)

    def _missing(self, declared: Declared) -> list[tuple[Collection, CustomField]]:
        known = self._definitions()
        return [
            (collection, each)
            for collection, fields in declared.items()
            for each in defined(collection, fields, known).missing
        ]

    def _definitions(self) -> list[Definition]:
        return [Definition.of(each) for each in self._listed]


def known_definitions(findings: Findings) -> list[Definition]:
    """Return the definitions that the ledger knows; none before the first look at them."""
    return [Definition.of(each) for each in json.loads(findings.get(CUSTOM_FIELDS) or "[]")]
