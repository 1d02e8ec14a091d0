"""
``python -m upflow_provider salesforce-metadata``: fields and a permission set for Salesforce, as files to deploy.

Reads ``organizations.yaml`` and, if custom fields are mapped, what Upflow tells of them; Salesforce is not asked.
A file that exists and differs is left as it is, unless it is to be overwritten: whoever has edited it knows better.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from airflow.sdk.exceptions import AirflowNotFoundException  # noqa: TID251 - a command is part of the shell

from upflow_provider.errors import ConfigurationError, UpflowSyncError
from upflow_provider.hooks.upflow import UpflowHook
from upflow_provider.settings import Organization, read_organizations
from upflow_provider.upflow_to_salesforce.field_mapping import FieldMapping
from upflow_provider.upflow_to_salesforce.mapping.customer_facts import CUSTOM_FIELD
from upflow_provider.upflow_to_salesforce.metadata.files import (
    PERMISSION_SET,
    PROJECT,
    Metadata,
    metadata,
    with_options_in_use,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Run a command and return its exit status: 0, or 1 after a message about what is wrong.

    Args:
        arguments: Of the command line; those of this process by default.
    """
    options = _parser().parse_args(arguments)
    try:
        generated = _generated(_organization(options.organizations, options.organization))
        for what in save(generated, options.to, force=options.force):
            sys.stdout.write(f"{what}\n")
    except (UpflowSyncError, AirflowNotFoundException, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    for note in generated.notes:
        sys.stdout.write(f"note: {note}\n")
    return 0


def save(generated: Metadata, folder: Path, *, force: bool = False) -> Iterator[str]:
    """
    Write files, and yield a line about each: what became of it, and its path.

    A project file that exists is never overwritten, for the folder may be a project of the administrator's. The
    permission set always is: all of it follows from the mapping.

    Args:
        generated: The files.
        folder: Folder of the project; it is made if need be.
        force: Whether files of fields that differ are overwritten.

    Raises:
        OSError: A file cannot be read or written.
    """
    for name, text in generated.files.items():
        path, there = folder / name, None
        if path.exists():
            there = path.read_text(encoding="utf-8", errors="replace")
        ours = PERMISSION_SET in path.name
        if there == text:
            yield f"unchanged  {path}"
        elif there is not None and not ours and (path.name == PROJECT or not force):
            yield f"left alone {path}" + ("" if path.name == PROJECT else ", which differs: --force overwrites it")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
            yield f"written    {path}"


def _organization(file: Path, name: str) -> Organization:
    entries = {entry.organization.name: entry for entry in read_organizations(file)}
    if name not in entries:
        problems = [entry.problem for entry in entries.values() if entry.problem]
        raise ConfigurationError("; ".join(problems) or f"{file.name}: there is no organization {name!r}")
    if problem := entries[name].problem:
        raise ConfigurationError(problem)
    return entries[name].organization


def _generated(organization: Organization) -> Metadata:
    settings = organization.salesforce
    if settings is None:
        raise ConfigurationError(f"organization {organization.name!r} has no salesforce settings")
    if settings.custom_fields or settings.match.upflow.startswith(CUSTOM_FIELD):
        hook = UpflowHook(organization.upflow_conn_id, ledger_conn_id=organization.ledger_conn_id)
        client = hook.get_client(read_only=True)
        mapped = FieldMapping.of(settings, client.list_custom_fields())
        return metadata(with_options_in_use(mapped, client.list("customers")), clear=settings.clear)
    return metadata(FieldMapping.of(settings, []), clear=settings.clear)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m upflow_provider")
    command = parser.add_subparsers(required=True, metavar="COMMAND").add_parser(
        "salesforce-metadata",
        help="write the fields that an export needs, as files for Salesforce",
        description="Write the fields of Account that an organization's export needs, and a permission set that lets "
        "its user write them, as files that a Salesforce administrator deploys.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = command.add_argument
    add("--organizations", type=Path, default=Path("dags/organizations.yaml"), metavar="FILE", help="the settings")
    add("--organization", default="default", metavar="NAME", help="whose export")
    add("--to", type=Path, default=Path("salesforce"), metavar="FOLDER", help="where to write the files")
    add("--force", action="store_true", help="overwrite files of fields that differ")
    return parser


if __name__ == "__main__":
    # As Airflow's own commands do, so that connections in its database are found.
    os.environ.setdefault("_AIRFLOW_PROCESS_CONTEXT", "server")
    sys.exit(main())
