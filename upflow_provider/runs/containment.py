"""
Containment: what the work on one record raises is that record's, and stops no other.

Mapping, completing, comparing, importing and writing down of one record each happen within `contained`.
"""

from __future__ import annotations

import logging
import traceback
from contextlib import AbstractContextManager
from pathlib import PurePath

from upflow_provider.errors import UnexpectedError, UpflowSyncError
from upflow_provider.shown_ids import shown_id

log = logging.getLogger(__name__)

FRAMES_MAX = 8
"""Frames of a traceback that a log shows: the innermost ones."""
PACKAGE = __name__.partition(".")[0]


def contained(record_id: str) -> AbstractContextManager[None]:
    """
    Turn whatever the work on one record raises, and nobody expected, into an error of that record.

    The error and the log name the place in the code, and no values, because these may be personal data.

    Raises:
        UnexpectedError: The work raised an error that is not this package's.
        UpflowSyncError: The work raised it: a `RecordError` is that record's, the others concern all records.
        MemoryError: The process has no memory left.
    """
    return _Contained(record_id)


class _Contained:
    """What `contained` returns; a generator would cost more than the work on most records."""

    __slots__ = ("_record_id",)

    def __init__(self, record_id: str) -> None:
        self._record_id = record_id

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, UpflowSyncError | MemoryError):
            raise _unexpected(self._record_id, error) from None  # the original error's text may be personal data


def _unexpected(record_id: str, error: Exception) -> UnexpectedError:
    name, places = type(error).__name__, _places(error)
    log.error("%s: %s at %s", shown_id(record_id), name, " < ".join(places))
    return UnexpectedError(
        f"{shown_id(record_id)}: {name} at {places[0]}; the record has an unexpected form. Correct it at "
        "its source, or report this place in the code; the record is tried again"
    )


def _places(error: BaseException) -> list[str]:
    """Return where an error was raised, innermost frame first: the frames of this package, and what it called."""
    frames = traceback.extract_tb(error.__traceback__)[::-1]
    own = [frame for frame in frames if PACKAGE in PurePath(frame.filename).parts]
    return [f"{_file(frame.filename)}:{frame.lineno} ({frame.name})" for frame in (own or frames)[:FRAMES_MAX]]


def _file(path: str) -> str:
    """Return the path of a file from its package on."""
    parts = PurePath(path).parts
    start = len(parts) - 1 - parts[::-1].index(PACKAGE) if PACKAGE in parts else -1
    return "/".join(parts[start:])
