"""
Commands to set up the package: ``python -m upflow_provider``.

* ``dags`` writes the first files of a DAG folder.
* ``salesforce-metadata`` writes fields and a permission set for Salesforce, as files to deploy. It reads
  ``organizations.yaml`` and, if custom fields are mapped, their definitions in Upflow. It does not need Salesforce.

A file that exists and differs is left alone unless it is to be overwritten, because somebody may have edited it.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Container, Iterator, Mapping, Sequence
from pathlib import Path

from upflow_provider.dags.organizations import FILE
from upflow_provider.dags.thin_files import thin_files
from upflow_provider.errors import ConfigurationError, UpflowSyncError
from upflow_provider.hooks.upflow import UpflowHook
from upflow_provider.operators.pool_watch import HOW_TO_ADD_POOL
from upflow_provider.records.salesforce.customer_key import CUSTOM_FIELD
from upflow_provider.settings import Organization, read_organizations
from upflow_provider.upflow_to_salesforce.field_mapping import FieldMapping
from upflow_provider.upflow_to_salesforce.metadata.files import (
    PERMISSION_SET,
    PROJECT,
    Metadata,
    metadata,
    with_options_in_use,
)

README = "https://github.com/upflow-provider/upflow-provider#connect-your-own-accounts"


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Run a command and return its exit status: 0, or 1 after a message about what is wrong.

    Args:
        arguments: Arguments of the command line; by default those of this process.
    """
    options = _parser().parse_args(arguments)
    try:
        for line in options.run(options):
            sys.stdout.write(f"{line}\n")
    except (UpflowSyncError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def save(
    files: Mapping[str, str],
    folder: Path,
    *,
    force: bool = False,
    always: Container[str] = (),
    never: Container[str] = (),
) -> Iterator[str]:
    """
    Write files, and yield a line about each one: the outcome and its path.

    A file that exists and differs is left alone, because somebody may have edited it.

    Args:
        files: Text of each file by its path in the folder.
        folder: The folder; missing folders are created.
        force: Whether files that differ are overwritten.
        always: Files that are overwritten even without *force*.
        never: Files that are not overwritten even with *force*.

    Raises:
        ConfigurationError: A file cannot be read or written.
    """
    for name, text in files.items():
        path = folder / name
        try:
            current = path.read_text(encoding="utf-8", errors="replace") if path.exists() else None
            if current == text:
                yield f"unchanged  {path}"
            elif current is None or name in always or (force and name not in never):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8", newline="\n")
                yield f"written    {path}"
            else:
                yield f"left alone {path}" + ("" if name in never else ", which differs: --force overwrites it")
        except OSError as error:
            raise ConfigurationError(f"{path} cannot be written: {error.strerror}") from error


def _dags(options: argparse.Namespace) -> Iterator[str]:
    folder: Path = options.to
    if not folder.is_dir():
        problem = "is not a folder:" if folder.exists() else "does not exist: create it, or"
        raise ConfigurationError(
            f"{folder} {problem} give the folder that Airflow reads, "
            "which `airflow config get-value core dags_folder` prints"
        )
    yield from save(thin_files(), folder, force=options.force, never={FILE})
    yield f"next: 1. Name the connections and the time zone of your organizations in {folder / FILE}."
    yield f"      2. Create the pool: {HOW_TO_ADD_POOL}"
    yield f"      3. Add the connections and unpause the DAGs, as in {README}"


def _salesforce_metadata(options: argparse.Namespace) -> Iterator[str]:
    generated = _generated(_organization(options.organizations, options.organization))
    # All of a permission set follows from the mapping; the project may be one of the administrator's.
    permission_sets = {name for name in generated.files if PERMISSION_SET in name}
    yield from save(generated.files, options.to, force=options.force, always=permission_sets, never={PROJECT})
    yield from (f"note: {note}" for note in generated.notes)


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
        hook = UpflowHook(
            organization.upflow_conn_id, ledger_conn_id=organization.ledger_conn_id, organization=organization.name
        )
        client = hook.get_client(read_only=True)
        mapped = FieldMapping.of(settings, client.list_custom_fields())
        return metadata(with_options_in_use(mapped, client.list("customers")), clear=settings.clear)
    return metadata(FieldMapping.of(settings, []), clear=settings.clear)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m upflow_provider",
        description="Set up upflow-provider, which syncs Stripe Billing to Upflow, and Upflow to Salesforce Accounts.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_dags(
        commands.add_parser(
            "dags",
            help="write the files of a DAG folder",
            description="Write the files that Airflow reads into its DAG folder: a short one for each DAG, which "
            f"imports it from this package, and {FILE}, which says what the DAGs connect.",
        )
    )
    _add_salesforce_metadata(
        commands.add_parser(
            "salesforce-metadata",
            help="write the fields that an export needs, as files for Salesforce",
            description="Write the fields of Account that an organization's export needs, and a permission set that "
            "lets its user write them, as files that a Salesforce administrator deploys.",
            formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        )
    )
    return parser


def _add_dags(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run=_dags)
    command.add_argument("--to", type=_folder, required=True, metavar="FOLDER", help="a folder that Airflow reads")
    command.add_argument("--force", action="store_true", help=f"overwrite files that differ, but never {FILE}")


def _folder(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("it is empty: is the variable set?")
    return Path(text)


def _add_salesforce_metadata(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run=_salesforce_metadata)
    add = command.add_argument
    add("--organizations", type=Path, default=Path("dags/organizations.yaml"), metavar="FILE", help="the settings")
    add("--organization", default="default", metavar="NAME", help="the organization whose export it is")
    add("--to", type=Path, default=Path("salesforce"), metavar="FOLDER", help="where to write the files")
    add("--force", action="store_true", help="overwrite files of fields that differ")


if __name__ == "__main__":
    # As Airflow's own commands do, so that connections in its database are found.
    os.environ.setdefault("_AIRFLOW_PROCESS_CONTEXT", "server")
    sys.exit(main())
