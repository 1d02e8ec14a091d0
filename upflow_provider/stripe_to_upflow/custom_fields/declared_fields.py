"""
The custom fields that an organization declares, together with what its ledger knows of them.

A field is filled if Upflow defines it as it is declared, if the Stripe key may read its source, and if Upflow takes
values on such records. Why another one is not filled is said by the task that looks after the definitions.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from upflow_provider.delivery.custom_fields.acceptance import EMPTY, Acceptance
from upflow_provider.delivery.custom_fields.comparison import defined
from upflow_provider.delivery.custom_fields.definitions import FieldDefinitions, known_definitions
from upflow_provider.delivery.custom_fields.report import FieldsReport
from upflow_provider.ledger.findings import FORBIDDEN_FIELDS, Findings
from upflow_provider.records.custom_fields import ENTITY_TYPES, CustomField, DefinedField, Definition
from upflow_provider.stripe_to_upflow.custom_fields.every_key import KeyFields, folded, key_fields
from upflow_provider.stripe_to_upflow.custom_fields.metadata_keys import KnownKeys, MetadataKeys, shown_key
from upflow_provider.stripe_to_upflow.custom_fields.native_reads import Refusal, forbidden_fields
from upflow_provider.stripe_to_upflow.custom_fields.settings import CustomFieldSettings
from upflow_provider.stripe_to_upflow.mapping.custom_fields import Declaration, MappedField
from upflow_provider.stripe_to_upflow.mapping.native_fields import NativeField
from upflow_provider.stripe_to_upflow.mapping.options import Options

if TYPE_CHECKING:
    from upflow_provider.records.payloads import Collection


class DeclaredFields:
    """
    The declared fields of one organization.

    Args:
        settings: What is declared.
        findings: What the ledger knows.
    """

    def __init__(self, settings: CustomFieldSettings, findings: Findings) -> None:
        self._settings, self._findings = settings, findings

    def declarations(self, known: Sequence[Definition]) -> dict[Collection, list[Declaration]]:
        """
        Return what is declared, by stream; with ``metadata: all``, a field of each key that a dry run has named.

        Args:
            known: The definitions that Upflow has; keys that are fields already count first against the cap.
        """
        declared: dict[Collection, list[Declaration]] = {}
        for name in ENTITY_TYPES:
            if self._settings.of(name):
                made = self._made_of_keys(name, known)
                declared[name] = [*self._named(name), *(Declaration(each, each.name) for each in made.fields)]
        return declared

    def options(self, options: Options, now: datetime, *, is_dry_run: bool = False) -> Options:
        """
        Return mapping options with the fields that are filled.

        Args:
            options: The organization's options.
            now: The present by the ledger's clock, aware, UTC.
            is_dry_run: Whether fields count that the next run will create.
        """
        known = known_definitions(self._findings)
        forbidden = set(json.loads(self._findings.get(FORBIDDEN_FIELDS) or "[]"))
        fields: dict[str, list[MappedField]] = {}
        unshown: list[str] = []
        for name, declared in self.declarations(known).items():
            acceptance = Acceptance.of(name, self._findings)
            unshown += [name] if acceptance.is_shown is False else []
            if not acceptance.is_refused(now):
                fields[name] = _mapped(name, declared, known, forbidden, is_dry_run=is_dry_run)
        sends_empty = not Acceptance.of(EMPTY, self._findings).is_refused(now)
        return replace(options, custom_fields=fields, sends_empty_fields=sends_empty, unshown_fields=frozenset(unshown))

    def metadata_keys(self, stream: str, *, is_dry_run: bool) -> MetadataKeys | None:
        """Return what watches the keys of a stream's records; ``None`` unless each of them is to be a field."""
        settings = self._settings.of(stream)
        if not any(each.is_every_key for each in settings):
            return None
        no_news = {each.metadata for each in settings} | {key for each in settings for key in each.except_keys}
        return MetadataKeys(stream, self._findings, no_news, is_dry_run=is_dry_run)

    def complete(self, definitions: FieldDefinitions, refusal: Refusal) -> FieldsReport:
        """
        Create what is missing in Upflow, and say everything that keeps a field from being filled.

        Args:
            definitions: The organization's definitions.
            refusal: Asks Stripe whether the sources may be read.

        Raises:
            UpflowSyncError: Raised by the clients.
        """
        known = definitions.read()
        declared = self.declarations(known)
        made = {name: self._made_of_keys(name, known) for name in declared}
        report = definitions.complete(
            {name: [each.field for each in own] for name, own in declared.items()},
            {(name, each) for name, own in made.items() for each in own.fields},
        )
        natives = [each.source for own in declared.values() for each in own if isinstance(each.source, NativeField)]
        lacking = forbidden_fields(natives, refusal)
        self._findings.keep(FORBIDDEN_FIELDS, json.dumps(sorted(lacking)))
        report.problems += [
            f"native field {name!r}: the Stripe key lacks a permission for it{why}" for name, why in lacking.items()
        ]
        for name in declared:
            report.notes += made[name].notes(name)
            if refused_at := Acceptance.of(name, self._findings).refused_at:
                report.refused[name] = f"{refused_at:%Y-%m-%d}"
            report.keys[name] = list(map(shown_key, KnownKeys.of(name, self._findings).listed))
        return report

    def _named(self, stream: Collection) -> list[Declaration]:
        """Return the fields of a stream that have an entry of their own."""
        return [each.declaration(stream) for each in self._settings.of(stream) if not each.is_every_key]

    def _made_of_keys(self, stream: Collection, known: Sequence[Definition]) -> KeyFields:
        """Return the fields that are made of every key of a stream, and why none are made of other keys."""
        named, settings = self._named(stream), self._settings.of(stream)
        every = next((each for each in settings if each.is_every_key), None)
        own = {each.source for each in named}
        keys = (key for key in KnownKeys.of(stream, self._findings).listed if key not in own)
        return key_fields(stream, every, keys, named={folded(each.field.name) for each in named}, known=known)


def _mapped(
    stream: Collection,
    declared: Sequence[Declaration],
    known: Sequence[Definition],
    forbidden: set[str],
    *,
    is_dry_run: bool,
) -> list[MappedField]:
    found = defined(stream, [each.field for each in declared], known)
    fields = {each.field: each for each in found.fields}
    if is_dry_run:
        fields |= {each: DefinedField(each, _planned(stream, each)) for each in found.missing}
    return [
        MappedField(fields[each.field], each.source)
        for each in declared
        if each.field in fields and not (isinstance(each.source, NativeField) and each.source.name in forbidden)
    ]


def _planned(stream: Collection, field: CustomField) -> Definition:
    """Return the definition of a field that a run will create, with an id that no field has."""
    return Definition(field.name, ENTITY_TYPES[stream], field.kind, id=f"planned {field.name}")
