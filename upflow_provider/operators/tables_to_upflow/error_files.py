"""The error files of imports: beside the imported file, written if lines are refused, and removed if none is."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from upflow_provider.operators.tables_to_upflow.file_paths import storage_path

if TYPE_CHECKING:
    from upflow_provider.tables_to_upflow.customer_file.file_import import FileImport
    from upflow_provider.tables_to_upflow.customer_file.report import FileReport
    from upflow_provider.tables_to_upflow.sources.csv_file import CsvFile

log = logging.getLogger(__name__)

ERRORS, DRY_RUN_ERRORS = "errors", "dry-run.errors"
"""Last part of the name of an error file. That of a dry run has a name of its own, because people may correct it."""


def error_path_beside(path: str, *, is_dry_run: bool) -> str:
    """
    Return the path of the error file beside a file.

    :param path: path of the file
    :param is_dry_run: whether the error file is that of a dry run
    """
    folder, slash, name = path.rpartition("/")
    stem = name.rpartition(".")[0] or name
    return f"{folder}{slash}{stem}.{DRY_RUN_ERRORS if is_dry_run else ERRORS}.csv"


def write_errors(source: CsvFile, file: FileImport, report: FileReport, path: str) -> None:
    """
    Write the error file; one that cannot be written does not undo the import, and is told.

    :param source: the imported file
    :param file: its import, which has ended
    :param report: gets the path of the error file
    :param path: where it is written; empty for nowhere
    """
    from upflow_provider.tables_to_upflow.customer_file.error_file import write_error_file

    if not path:
        log.warning("%s refused; give an error_path to have them in a file", report.share)
        return
    try:
        write_error_file(source, file.notes, partial(storage_path(path).open, "wb"))
    except OSError as error:
        log.warning("the error file %r cannot be written (%s); give another error_path", path, type(error).__name__)
    else:
        report.error_file = path
        log.warning("%s refused; see %r", report.share, path)


def remove_old_errors(path: str) -> None:
    """
    Remove the error file of an earlier import, so that nobody imports its old lines; no other file is touched.

    :param path: where it would be
    """
    from upflow_provider.tables_to_upflow.customer_file.error_file import is_error_file

    file = storage_path(path)
    try:
        if file.is_file() and is_error_file(partial(file.open, "rb")):
            file.unlink()
            log.info("removed the error file %r of an earlier import, because no line is refused any more", path)
    except OSError as error:
        log.warning("the error file %r of an earlier import cannot be removed (%s)", path, type(error).__name__)
