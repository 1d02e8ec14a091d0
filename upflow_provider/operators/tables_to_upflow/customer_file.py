"""The operator that imports the spreadsheets of people: customers, contacts, assignments and payments."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, get_args

from airflow.sdk import BaseOperator

from upflow_provider.errors import ConfigurationError
from upflow_provider.hooks.airflow_errors import airflow_errors
from upflow_provider.hooks.organization import OpenOrganization
from upflow_provider.operators.pool_watch import with_slots
from upflow_provider.operators.tables_to_upflow.error_files import error_path_beside, remove_old_errors, write_errors
from upflow_provider.operators.tables_to_upflow.file_paths import is_same_file, storage_path
from upflow_provider.runs.switches import is_on
from upflow_provider.settings import Organization
from upflow_provider.tables_to_upflow.customer_file.mapping.kinds import Kind

if TYPE_CHECKING:
    from airflow.sdk import Context

    from upflow_provider.delivery.dry_run import DryRun
    from upflow_provider.delivery.importer import Importer
    from upflow_provider.delivery.stream import Destination
    from upflow_provider.tables_to_upflow.customer_file.file_import import FileOptions
    from upflow_provider.tables_to_upflow.customer_file.report import FileReport
    from upflow_provider.tables_to_upflow.sources.csv_file import CsvFile

log = logging.getLogger(__name__)

OnError = Literal["good_lines", "nothing"]
PASTED = "pasted text"
"""Name of a file that was pasted."""


class UpflowCustomerFileOperator(BaseOperator):
    """
    Import a CSV file of customers, contacts, assignments or payments into Upflow, as Upflow's own import does.

    All lines are checked before the first write, and compared with what Upflow shows: only cells that differ are
    written. Refused lines go to an error file, as they are and each with its reason, to correct and import again. The
    task does all its work first and then fails if more lines were refused than the organization's ``max_rejected``
    allows. Its return value (XCom) is the report: counts, columns, and numbers of lines with reasons.

    One file of an organization is imported at a time: a task that finds another one at work fails, for Airflow to retry
    it; give it ``retries``.

    What a file may change is decided by ``customer_file`` in ``organizations.yaml``; see docs/customer-file.md.

    :param organization: the Upflow organization
    :param kind: what the file holds: ``customers``, ``contacts``, ``assignments`` or ``payments`` (templated)
    :param path: path or URL of the file, as Airflow's ``ObjectStoragePath`` takes it, with the connection of its
        storage, such as ``s3://conn_id@bucket/customers.csv`` (templated)
    :param text_param: name of a Param of the DAG with the text of the file, which is taken if there is no path. The
        text itself is no argument, so that Airflow neither renders nor shows it
    :param on_error: ``good_lines`` to import the lines that are not refused, ``nothing`` to import none if the check
        refuses one (templated)
    :param clear_empty: whether an empty optional cell clears what Upflow has; empty for what the settings say
        (templated)
    :param error_path: where the error file is written; empty for ``<name>.errors.csv`` beside the file (of a dry run:
        ``<name>.dry-run.errors.csv``), and for none if text was pasted (templated)
    :param encoding: encoding of the file, if it is not to be found out (templated)
    :param separator: what stands between its cells, if that is not to be found out (templated)
    :param is_dry_run: check and report what would be done, and write nothing to Upflow (templated)
    """

    template_fields: Sequence[str] = (
        "kind",
        "path",
        "on_error",
        "clear_empty",
        "error_path",
        "encoding",
        "separator",
        "is_dry_run",
    )
    ui_color = "#e3f4e6"

    def __init__(
        self,
        *,
        organization: Organization | None = None,
        kind: Kind | str = "customers",
        path: str = "",
        text_param: str = "",
        on_error: OnError | str = "good_lines",
        clear_empty: bool | str = "",
        error_path: str = "",
        encoding: str = "",
        separator: str = "",
        is_dry_run: bool = False,
        **kwargs: Any,
    ) -> None:
        self.organization = organization or Organization()
        super().__init__(**with_slots("history", self.organization.threads, kwargs))
        self.kind, self.on_error, self.clear_empty = kind, on_error, clear_empty
        self.path, self.text_param, self.error_path = path, text_param, error_path
        self.encoding, self.separator, self.is_dry_run = encoding, separator, is_dry_run
        self._deliverer: Importer | DryRun | None = None

    def on_kill(self) -> None:
        """Give back what the task has claimed; Airflow calls this before it kills the task."""
        if self._deliverer:
            self._deliverer.stop()

    def execute(self, context: Context) -> dict[str, Any]:
        """Check and import the file; see the class."""
        with airflow_errors():
            options = replace(self._options(), is_pasted=not _text(self.path))
            opened = OpenOrganization(
                self.organization, context, lane="history", is_dry_run=is_on("is_dry_run", self.is_dry_run)
            )
            opened.log_start(f"{self.task_id}: importing a file of {options.kind}")
            report = self._import(context, opened, options)
            log.info("%s: %s", self.task_id, report)
            # This comes before the check, because the report matters most when the task fails.
            context["ti"].xcom_push(key="report", value=report.as_dict())
            report.check(self.organization.max_rejected)
        return report.as_dict()

    def _options(self) -> FileOptions:
        from upflow_provider.tables_to_upflow.customer_file.file_import import FileOptions
        from upflow_provider.tables_to_upflow.mapping.cells import CellOptions

        organization, mapping = self.organization, self.organization.options
        settings, salesforce = organization.customer_file, organization.salesforce_import
        kind: Any = _one_of("kind", self.kind, get_args(Kind))
        on_error: Any = _one_of("on_error", self.on_error, get_args(OnError))
        return FileOptions(
            kind=kind,
            cells=CellOptions("major", mapping.time_zone, mapping.currency_decimals),
            settings=settings,
            synced=frozenset(
                (
                    *(each.field for each in organization.declared_fields.customers if each.field),
                    *(each.upflow for each in (salesforce.custom_fields if salesforce else ())),
                )
            ),
            clear_empty=settings.clear_empty
            if self.clear_empty in {None, ""}
            else is_on("clear_empty", self.clear_empty),
            on_error=on_error,
        )

    def _import(self, context: Context, opened: OpenOrganization, options: FileOptions) -> FileReport:
        from upflow_provider.tables_to_upflow.customer_file.history import keep_import, note_earlier
        from upflow_provider.tables_to_upflow.customer_file.input_file import InputFile
        from upflow_provider.tables_to_upflow.customer_file.report import FileReport
        from upflow_provider.tables_to_upflow.sources.csv_file import CsvFile

        open_file, name = self._file(context)
        error_path = self._error_path(is_dry_run=opened.is_dry_run)
        with InputFile(open_file, name) as copy:
            report = FileReport(options.kind, name, copy.sha256)
            note_earlier(report, opened.ledger)
            source = CsvFile(copy.open, encoding=_text(self.encoding) or None, separator=_text(self.separator) or None)
            _log_form(source, is_pasted=options.is_pasted)
            try:
                with self._lease(opened):
                    self._import_lines(source, opened, options, report, error_path)
            finally:
                opened.save_report(options.stream, report.as_dict())  # what was written until then is known
        if report.is_imported and not opened.is_dry_run:
            keep_import(report, opened.ledger, opened.ledger.clock.now())
        return report

    def _lease(self, opened: OpenOrganization) -> AbstractContextManager[object]:
        """Return what keeps other tasks from importing files meanwhile, unless nothing is written."""
        from upflow_provider.tables_to_upflow.customer_file.lease import FileLease

        return nullcontext() if opened.is_dry_run else FileLease(opened.ledger, opened.owner, self.on_kill)

    def _import_lines(
        self, source: CsvFile, opened: OpenOrganization, options: FileOptions, report: FileReport, error_path: str
    ) -> None:
        from upflow_provider.tables_to_upflow.customer_file.file_import import FileImport

        with FileImport(
            source,
            options,
            upflow=opened.upflow,
            ledger=opened.ledger,
            deliverer=partial(self._open_deliverer, opened),
            threads=opened.threads,
        ) as file:
            file.run(report)
            if report.records.dry_run:
                report.records.minutes = report.records.writes / opened.slots_per_minute
            if report.rejected:
                write_errors(source, file, report, error_path)
            elif error_path:
                remove_old_errors(error_path)

    def _open_deliverer(self, opened: OpenOrganization, destination: Destination) -> Importer | DryRun:
        from upflow_provider.hooks.tables.imports import table_deliverer

        self._deliverer = table_deliverer(opened, destination)
        return self._deliverer

    def _file(self, context: Context) -> tuple[Callable[[], BinaryIO], str]:
        """Return what opens the file, and its name."""
        params: Any = context.get("params") or {}
        text = params.get(self.text_param) if self.text_param else None
        path = _text(self.path)
        if bool(path) == bool(text):
            what = "both a path and a text are given" if text else "neither a path nor a text is given"
            raise ConfigurationError(f"{what}; give one of them")
        if text:
            return partial(io.BytesIO, str(text).encode()), PASTED
        file = storage_path(path)
        if not file.is_file():
            raise ConfigurationError(f"there is no file {path!r}; check the path, and the connection of its storage")
        return partial(file.open, "rb"), str(file.name)

    def _error_path(self, *, is_dry_run: bool) -> str:
        """Return where the error file is; empty if there is none."""
        path, given = _text(self.path), _text(self.error_path)
        if given:
            storage_path(given)  # it must not turn out after the import that there is no such storage
        if given and path and is_same_file(given, path):
            raise ConfigurationError("error_path is the file itself, which would be overwritten; give another one")
        return given or (error_path_beside(path, is_dry_run=is_dry_run) if path else "")


def _log_form(source: CsvFile, *, is_pasted: bool) -> None:
    """Log how a file was understood; of one that may be understood wrongly, its letters beyond ASCII, but no text."""
    separator = f"with {source.separator!r} between cells" if source.separator else "with a single column"
    # The first line of a pasted text may be no header.
    columns = len(source.header) if is_pasted else ", ".join(map(repr, source.header))
    log.info("the file is %s, %s; columns: %s", source.encoding.title, separator, columns)
    if source.encoding.letters:
        log.warning("check that these are letters of the file: %s; if not, set its encoding", source.encoding.letters)


def _text(given: object) -> str:
    """Return a text that a template may have made something else of, such as a number or nothing."""
    return "" if given is None else str(given)


def _one_of(name: str, given: object, allowed: Sequence[str]) -> str:
    if given not in allowed:
        raise ConfigurationError(f"customer file: {name} must be one of {', '.join(allowed)}")
    return str(given)
