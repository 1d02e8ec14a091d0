"""The import of one table, opened for a task: its organization's Upflow, its ledger, and what records refer to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from upflow_provider.hooks.organization import OpenOrganization

if TYPE_CHECKING:
    from upflow_provider.delivery.dry_run import DryRun
    from upflow_provider.delivery.importer import Importer
    from upflow_provider.delivery.stream import Destination
    from upflow_provider.records.payloads import Collection
    from upflow_provider.tables_to_upflow.mapping.cells import AmountUnit
    from upflow_provider.tables_to_upflow.mapping.rows import RowReader
    from upflow_provider.tables_to_upflow.table_import import TableImport


@contextmanager
def open_import(
    opened: OpenOrganization,
    collection: Collection,
    source: str,
    *,
    reader: RowReader,
    deliverer: Importer | DryRun,
) -> Iterator[TableImport]:
    """
    Yield the import of one table; what was staged is deleted in the end.

    :param opened: the organization
    :param collection: what is imported
    :param source: name of the source
    :param reader: reads the rows
    :param deliverer: imports records, or counts what an import would do
    """
    from upflow_provider.tables_to_upflow.known_customers import KnownCustomers
    from upflow_provider.tables_to_upflow.staging import Staging
    from upflow_provider.tables_to_upflow.table_import import TableImport

    with Staging() as staging:
        yield TableImport(
            collection,
            source,
            reader=reader,
            staging=staging,
            deliverer=deliverer,
            ledger=opened.ledger,
            threads=opened.threads,
            run=opened.run,
            known=KnownCustomers(opened.upflow),
        )


def row_reader(
    opened: OpenOrganization,
    collection: Collection,
    columns: Mapping[str, str],
    amounts: AmountUnit,
) -> RowReader:
    """
    Return what reads the rows of a table; users, workflows and custom fields are listed when a row first names one.

    :param opened: the organization
    :param collection: what is imported
    :param columns: field by name of the column
    :param amounts: whether amounts are in major or in minor units
    """
    from upflow_provider.records.custom_fields import ENTITY_TYPES
    from upflow_provider.tables_to_upflow.directory import UpflowDirectory
    from upflow_provider.tables_to_upflow.mapping.cells import CellOptions
    from upflow_provider.tables_to_upflow.mapping.rows import RowReader

    mapping = opened.organization.options
    options = CellOptions(amounts, mapping.time_zone, mapping.currency_decimals)
    declared = opened.organization.declared_fields.of(collection) if collection in ENTITY_TYPES else ()
    open_fields = frozenset(each.field for each in declared if each.field and each.allow_new_options)
    return RowReader(collection, columns, options, UpflowDirectory(opened.upflow, collection, open_fields))


def table_deliverer(opened: OpenOrganization, destination: Destination | None = None) -> Importer | DryRun:
    """
    Return what imports the records of tables, or counts what an import would do.

    A lost ledger needs no rebuild first: what a table holds is sent again under the same external ids.

    :param opened: the organization
    :param destination: where records go, if not to Upflow's client itself
    """
    from upflow_provider.delivery.dry_run import DryRun
    from upflow_provider.delivery.importer import Importer
    from upflow_provider.tables_to_upflow.parents import TableParents

    if opened.is_dry_run:
        plan = opened.ledger.plan(opened.run, opened.owner)
        parents = TableParents(opened.upflow, opened.ledger, plan)
        return DryRun(opened.ledger, parents, plan, opened.organization.links)
    return Importer(
        upflow=destination or opened.upflow,
        ledger=opened.ledger,
        parents=TableParents(opened.upflow, opened.ledger),
        owner=opened.owner,
        run=opened.run,
        links=opened.organization.links,
        losses_per_day=opened.organization.contacts.losses_per_day,
    )
