"""Operators that import records of any source into Upflow."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from copy import copy
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, Protocol

from airflow.sdk import BaseOperator

from upflow_provider.errors import ConfigurationError
from upflow_provider.hooks.airflow_errors import airflow_errors
from upflow_provider.hooks.organization import OpenOrganization
from upflow_provider.hooks.tables.files import TableFile
from upflow_provider.hooks.tables.queries import Query
from upflow_provider.operators.pool_watch import with_slots
from upflow_provider.operators.stream_sync import publish
from upflow_provider.operators.tables_to_upflow.windows import instant
from upflow_provider.runs.switches import is_on
from upflow_provider.settings import Organization
from upflow_provider.tables_to_upflow.mapping.columns import check_mapping, check_source
from upflow_provider.tables_to_upflow.sources.records import ReceivedRecords

if TYPE_CHECKING:
    import jinja2
    from airflow.sdk import Context

    from upflow_provider.delivery.dry_run import DryRun
    from upflow_provider.delivery.importer import Importer
    from upflow_provider.records.payloads import Collection
    from upflow_provider.runs.sync_report import SyncReport
    from upflow_provider.tables_to_upflow.mapping.cells import AmountUnit
    from upflow_provider.tables_to_upflow.sources.table_rows import TableRows

log = logging.getLogger(__name__)

AHEAD_MAX = timedelta(minutes=1)
"""How far an instant may lie ahead of the ledger's clock."""


class Readable(Protocol):
    """Something that has rows: a query, a file, or records that were received."""

    def rows(self) -> TableRows:
        """Return the rows."""


def _readable(records: object) -> Readable:
    return records if isinstance(records, Query | TableFile | ReceivedRecords) else ReceivedRecords(records)


class UpflowImportOperator(BaseOperator):
    """
    Import records of one kind from any source: a list, a file, or a SQL query.

    Each record is written under its ``externalId``, and only if it differs from what this source sent before, so that
    the task can be cleared and run again at any time. All rows are checked before the first one is imported; a row that
    is unusable, or that Upflow refuses, is rejected with its line and all of its problems, and the others are imported.
    The task does all its work first and then fails if more were rejected than the organization's ``max_rejected``
    allows. Its return value (XCom) is the report: counts, and ids of rejected records.

    docs/tables-to-upflow.md lists the fields of each kind of record.

    :param collection: what is imported: ``customers``, ``invoices``, ``credit_notes``, ``payments`` or ``refunds``
    :param source: name of the source, such as ``erp``, by which the ledger knows its records; all imports from one
        system share it
    :param records: the records: a list, such as the XCom of another task; or a
        :class:`~upflow_provider.hooks.tables.queries.Query` or a
        :class:`~upflow_provider.hooks.tables.files.TableFile` that reads them (templated)
    :param columns: field by name of the column, for columns that are not called like their field; checked when the DAG
        is parsed
    :param amounts: ``major`` if amounts count euros, ``minor`` if they count cents; customers have none
    :param on_error: ``good_rows`` to import what is usable, ``nothing`` to import only if every row is usable
    :param read_at: when the records were read from their source, ISO 8601, UTC unless it says otherwise, if that was
        not in this task; of two reads, the newer one wins (templated)
    :param is_dry_run: only read, check, compare and report what would be done (templated; a DAG that does so needs
        ``render_template_as_native_obj``)
    :param organization: the Upflow organization
    :param lane: ``live`` work takes its share of Upflow's request budget before ``history``, and no slot of the pool
    """

    template_fields: Sequence[str] = ("records", "read_at", "is_dry_run")
    ui_color = "#e3f4e6"

    def __init__(
        self,
        *,
        collection: Collection,
        source: str,
        records: Sequence[Mapping[str, Any]] | str | Readable,
        columns: Mapping[str, str] | None = None,
        amounts: AmountUnit | None = None,
        on_error: Literal["good_rows", "nothing"] = "good_rows",
        read_at: str = "",
        is_dry_run: bool = False,
        organization: Organization | None = None,
        lane: Literal["live", "history"] = "history",
        **kwargs: Any,
    ) -> None:
        self.organization = organization or Organization()
        super().__init__(**with_slots(lane, self.organization.threads, kwargs))
        check_source(source)
        check_mapping(collection, columns or {})
        if amounts is None and collection != "customers":
            raise ValueError(f"{self.task_id}: say whether amounts are 'major' or 'minor'")
        self.collection: Collection = collection
        self.source, self.records, self.columns = source, records, dict(columns or {})
        self.amounts: AmountUnit = amounts or "major"
        self.on_error, self.read_at = on_error, read_at
        self.is_dry_run = is_dry_run
        self.lane: Literal["live", "history"] = lane
        self._deliverer: Importer | DryRun | None = None

    def render_template_fields(self, context: Context, jinja_env: jinja2.Environment | None = None) -> None:
        """Render the parameters; Airflow then stores and shows them, but not the records."""
        self.records = copy(self.records)  # a query is rendered in place, and other runs in this process share it
        super().render_template_fields(context, jinja_env)
        self.records = _readable(self.records)

    def on_kill(self) -> None:
        """Give back what the task has claimed; Airflow calls this before it kills the task."""
        if self._deliverer:
            self._deliverer.stop()

    def execute(self, context: Context) -> dict[str, Any]:
        """Check and import the records; see the class."""
        with airflow_errors():
            opened = OpenOrganization(
                self.organization, context, lane=self.lane, is_dry_run=is_on("is_dry_run", self.is_dry_run)
            )
            opened.log_start(f"{self.task_id}: importing {self.collection} of source {self.source!r}")
            report = self._import(opened)
            opened.save_report(f"{self.source}:{self.collection}", report.as_dict())
            return publish(context, self.organization, self.collection, report)

    def _import(self, opened: OpenOrganization) -> SyncReport:
        from upflow_provider.hooks.tables.imports import open_import, row_reader, table_deliverer
        from upflow_provider.tables_to_upflow.windows import SourceWindows

        read_at = self._read_at(opened)
        deliverer = self._deliverer = table_deliverer(opened)
        reader = row_reader(opened, self.collection, self.columns, self.amounts)
        with open_import(opened, self.collection, self.source, reader=reader, deliverer=deliverer) as tables:
            check = tables.check(_readable(self.records).rows())
            if self.on_error == "nothing":
                check.require_all()
            report = tables.run(check, read_at)
            if not opened.is_dry_run and tables.is_unfinished(report, read_at):
                SourceWindows(opened.ledger, self.source).note_unfinished()
        if report.dry_run:
            report.minutes = report.writes / opened.slots_per_minute
        return report

    def _read_at(self, opened: OpenOrganization) -> datetime:
        if not self.read_at:
            return opened.ledger.clock.tick()
        read_at, now = instant("read_at", self.read_at), opened.ledger.clock.now()
        if read_at > now + AHEAD_MAX:
            raise ConfigurationError(
                f"read_at {self.read_at!r} lies ahead of the ledger's clock, {now:%Y-%m-%d %H:%M:%S}"
            )
        return read_at


class UpflowImportCustomersOperator(UpflowImportOperator):
    """
    Import customers, each with its contacts; those above others first.

    A customer below another one's child comes below the top parent, because Upflow's hierarchy has one level.

    Parameters are those of :class:`UpflowImportOperator`, without ``collection``.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(collection="customers", **kwargs)


class UpflowImportInvoicesOperator(UpflowImportOperator):
    """
    Import invoices; their customers must be in Upflow.

    Parameters are those of :class:`UpflowImportOperator`, without ``collection``.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(collection="invoices", **kwargs)


class UpflowImportCreditNotesOperator(UpflowImportOperator):
    """
    Import credit notes, linked to the invoices that they settle.

    Parameters are those of :class:`UpflowImportOperator`, without ``collection``.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(collection="credit_notes", **kwargs)


class UpflowImportPaymentsOperator(UpflowImportOperator):
    """
    Import payments, linked to the invoices that they settle; one without links is a journal entry, credit.

    Parameters are those of :class:`UpflowImportOperator`, without ``collection``.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(collection="payments", **kwargs)


class UpflowImportRefundsOperator(UpflowImportOperator):
    """
    Import refunds, linked to payments or credit notes; one without links is a journal entry, debit.

    Parameters are those of :class:`UpflowImportOperator`, without ``collection``.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(collection="refunds", **kwargs)
