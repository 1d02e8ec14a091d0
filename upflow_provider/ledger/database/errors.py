"""Errors of the ledger's database: one function decides which of them may pass by themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable

from upflow_provider.errors import ConfigurationError, RecordError, RetriableError, UpflowSyncError

PASSING_CODES = (
    "08",  # connection lost
    "40",  # serialization failure, deadlock
    "53",  # too many connections, disk or memory full
    "55006",  # object in use
    "55P03",  # lock not available
    "57",  # shut down, starting up, cancelled
    "58",  # input and output of the server
    "25P03",  # transaction idle for too long
    "XX",  # internal
    "SQLITE_BUSY",
    "SQLITE_LOCKED",
    "SQLITE_PROTOCOL",
    "SQLITE_INTERRUPT",
    "SQLITE_IOERR",
    "SQLITE_FULL",
    "SQLITE_NOMEM",
)
"""Beginnings of the codes (SQLSTATE, or SQLite's names) of errors that may pass by themselves."""
DROPPED = "57P04"
"""The database was dropped: the one of class 57 that does not pass."""
VALUE_CODES = ("22", "54000", "SQLITE_TOOBIG", "SQLITE_MISMATCH")
"""Beginnings of the codes of errors about one value, which other records do not have; 54000: too long for an index."""
READ_ONLY_CODES = ("25006", "SQLITE_READONLY")
NO_DATABASE_CODES = ("SQLITE_NOTADB", "SQLITE_CORRUPT", "SQLITE_CANTOPEN")
FORBIDDEN_CODES = ("42501", "SQLITE_AUTH", "SQLITE_PERM")
LASTING_TEXT = re.compile(
    r'(database|role|user) "[^"]*" does not exist|no such (database|user)|not currently accepting connections'
    r"|authentication failed|no password supplied|no pg_hba\.conf entry|not permitted to log in|permission denied"
    r"|(could not translate|failed to resolve) host.*(not known|no address associated|nodename nor servname)"
    r"|invalid (dsn|connection option|port|URI|percent-encoded|\S+ value)|invalid integer value|bad value for"
    r"|missing \"=\"|unrecognized configuration parameter|unsupported startup parameter|invalid value for parameter"
    r"|does not support SSL|certificate|private key|no encryption|library .* not supported|not compiled in",
    re.IGNORECASE,
)
"""What the PostgreSQL client library says, which gives no code, when a connection can never succeed."""
REMEDIES = {
    READ_ONLY_CODES: "the ledger needs a database that it can write to, not a standby or a read-only copy",
    NO_DATABASE_CODES: "it must be a SQLite file or not exist yet; name another file, or put this one elsewhere. A new "
    "ledger is filled from Upflow by the DAG upflow_ledger_rebuild",
    FORBIDDEN_CODES: "the database's user must own the ledger's tables and be allowed to create tables in the schema",
}


def may_pass(code: str | None, text: str) -> bool:
    """
    Tell whether an error of a database may pass by itself, so that another try makes sense.

    The code decides; the text does only where there is no code, because servers translate texts.

    Args:
        code: SQLSTATE, or SQLite's name of the error; ``None`` if the driver knows none.
        text: The driver's message.
    """
    if code is None:
        return LASTING_TEXT.search(text) is None
    return code.startswith(PASSING_CODES) and code != DROPPED


def ledger_error(error: BaseException, name: str, secrets: Iterable[str] = ()) -> UpflowSyncError:
    """
    Return this package's error for one of a driver.

    Args:
        error: The driver's error.
        name: What the database is called in messages.
        secrets: Passwords, which are removed from the message wherever they stand.

    Returns:
        A `RetriableError` if it may pass, a `RecordError` if it is about one value, else a `ConfigurationError`.
    """
    code, text = error_code(error), str(error)
    kind: type[UpflowSyncError] = RetriableError if may_pass(code, text) else ConfigurationError
    if code and code.startswith(VALUE_CODES):
        kind = RecordError
    remedy = "".join(f"; {text}" for codes, text in REMEDIES.items() if code and code.startswith(codes))
    return kind(without(f"{name}: {_reason(error, text)}{f' ({code})' if code else ''}{remedy}", secrets))


def error_code(error: BaseException) -> str | None:
    """Return the SQLSTATE of an error of psycopg, version 2 or 3, or SQLite's name of it, if there is one."""
    codes = (getattr(error, name, None) for name in ("sqlstate", "pgcode", "sqlite_errorname"))
    return next((str(code) for code in codes if code), None)


def without(text: str, secrets: Iterable[str]) -> str:
    """Return a text without the secrets in it."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def _reason(error: BaseException, text: str) -> str:
    """Return what went wrong, in one line, without the statement and its values."""
    primary = getattr(getattr(error, "diag", None), "message_primary", None)
    lines = [line.strip() for line in str(primary or text).splitlines() if line.strip()] or [type(error).__name__]
    # A connection tried at several addresses: the first line is a heading.
    return " ".join(lines) if lines[0].endswith(":") else lines[0]
