"""
What a customer file may change, given where an organization's customers come from. Pure.

The table is that of Upflow's page on the customer file (https://docs.upflow.io).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal

from upflow_provider.errors import ConfigurationError
from upflow_provider.tables_to_upflow.customer_file.mapping.columns import FileColumns
from upflow_provider.tables_to_upflow.customer_file.mapping.kinds import Part

SourceSystem = Literal["native", "api", "salesforce_native", "salesforce_api"]
"""Where customers come from: a native integration or the API, each with or without Salesforce."""

ALLOWED: Mapping[SourceSystem, frozenset[Part]] = {
    "native": frozenset({Part.ASSIGNMENT}),
    "api": frozenset({Part.DETAILS, Part.CONTACTS, Part.ASSIGNMENT}),
    "salesforce_native": frozenset(),
    "salesforce_api": frozenset({Part.DETAILS}),
}
"""
What may be changed. The page's column on account managers covers workflows, which it calls assignments together.
"""
GOVERNED = (Part.DETAILS, Part.CONTACTS, Part.ASSIGNMENT)
"""The parts that the table is about. Custom fields have a rule of their own: only those managed in Upflow."""


def allows(system: SourceSystem, part: Part) -> bool:
    """Return whether files may change a part."""
    return part not in GOVERNED or part in ALLOWED[system]


def check_source_system(system: SourceSystem, columns: FileColumns) -> None:
    """
    Require that a file changes only what its organization may change by file.

    Raises:
        ConfigurationError: It has other columns; the message names them and the reason.
    """
    for part in GOVERNED:
        names = [] if allows(system, part) else columns.of_part(part)
        if names:
            raise ConfigurationError(
                f"{', '.join(map(repr, names))} cannot be imported: with the source system {system!r} your integration "
                f"would overwrite {part}, so that Upflow does not take them from files. Remove these columns, or "
                "correct customer_file.source_system in organizations.yaml"
            )


def check_synced(synced: Collection[str], columns: FileColumns) -> None:
    """
    Require that a file has no custom field that another system fills.

    Args:
        synced: Names of the fields that another system fills.
        columns: The columns of the file.

    Raises:
        ConfigurationError: It has some; the message names them.
    """
    names = [name for name in columns.of_part(Part.FIELDS) if name in synced]
    if names:
        raise ConfigurationError(
            f"{', '.join(map(repr, names))} cannot be imported: synced custom fields can't be updated by CSV, and must "
            "be managed from your system (custom_fields, customer_file.synced_fields in organizations.yaml)"
        )
