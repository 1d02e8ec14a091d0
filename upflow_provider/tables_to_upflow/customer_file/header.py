"""The header of a file, compared with what the organization has in Upflow and lets files change."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from upflow_provider.runs.suggestion import closest
from upflow_provider.tables_to_upflow.customer_file.mapping.columns import (
    FileColumns,
    check_ambiguous,
    check_header,
    hints,
)
from upflow_provider.tables_to_upflow.customer_file.mapping.fields import with_options
from upflow_provider.tables_to_upflow.customer_file.mapping.kinds import Kind
from upflow_provider.tables_to_upflow.customer_file.mapping.lines import References
from upflow_provider.tables_to_upflow.customer_file.mapping.source_systems import check_source_system, check_synced
from upflow_provider.tables_to_upflow.customer_file.settings import CustomerFileSettings
from upflow_provider.tables_to_upflow.directory import UpflowDirectory

log = logging.getLogger(__name__)


class Lists(Protocol):
    """The part of Upflow's client that lists what lines refer to by name."""

    def users(self) -> Sequence[Mapping[str, Any]]:
        """Return the members of the organization."""

    def dunning_plans(self) -> Iterator[Mapping[str, Any]]:
        """Yield the workflows."""

    def list_custom_fields(self) -> Iterator[Mapping[str, Any]]:
        """Yield the definitions of custom fields."""


class HeaderOptions(Protocol):
    """What the header of a file is checked against."""

    @property
    def kind(self) -> Kind:
        """What the file holds."""

    @property
    def settings(self) -> CustomerFileSettings:
        """Those of the organization."""

    @property
    def synced(self) -> frozenset[str]:
        """Names of custom fields that another system fills."""

    @property
    def is_pasted(self) -> bool:
        """Whether the first line may be no header, but personal data."""


@dataclass(frozen=True, slots=True)
class FileHeader:
    """
    The columns of a file, and what its lines refer to.

    Attributes:
        columns: The columns.
        references: What lines refer to by name.
    """

    columns: FileColumns
    references: References

    def with_labels(self, labels: Mapping[str, Mapping[str, None]]) -> FileHeader:
        """
        Return it with the options that customers have, of those fields whose options Upflow does not show.

        Args:
            labels: Labels by the id of the field.
        """
        fields = {
            name: with_options(each, tuple(labels.get(each.definition.id or each.definition.external_id or "", ())))
            for name, each in self.references.fields.items()
        }
        return replace(self, references=replace(self.references, fields=fields))


def read_header(names: Sequence[str], options: HeaderOptions, upflow: Lists, *, separator: str = "") -> FileHeader:
    """
    Return the columns of a file, if they are those that its kind needs and that it may change.

    Args:
        names: Names of the columns.
        options: What they are checked against.
        upflow: Lists what lines refer to; nothing is listed that no column needs.
        separator: What divides the header, for messages.

    Raises:
        ConfigurationError: They are not; the message names them.
    """
    known = UpflowDirectory(upflow, "customers")
    fields = known.fields if options.kind == "customers" else {}
    columns = check_header(options.kind, names, fields, separator=separator, is_pasted=options.is_pasted)
    if columns.ignored:
        log.warning("columns that are ignored: %s", ", ".join(hints(options.kind, columns.ignored, fields)))
    check_source_system(options.settings.source_system, columns)
    check_synced({*options.synced, *options.settings.synced_fields}, columns)
    check_ambiguous(known.ambiguous_fields if options.kind == "customers" else (), columns)
    if options.kind == "customers":
        _warn_of_unknown(options.settings.synced_fields, fields)
    managers = known.managers if "accountManager" in columns.names else {}
    workflows = known.workflows if "workflow" in columns.names else {}
    by_email = {email.casefold(): user for email, user in managers.items()}
    return FileHeader(columns, References(by_email, workflows, fields, options.settings.positions.names))


def _warn_of_unknown(synced: Iterable[str], fields: Collection[str]) -> None:
    """Tell names of synced fields that Upflow does not have, because they protect nothing."""
    for name in synced:
        if name not in fields:
            near = closest(name, fields)
            meant = f"; did you mean {near!r}? Case counts" if near else ""
            log.warning("synced_fields: Upflow has no custom field %r of customers%s", name, meant)
