"""Rows of a SQL query on any connection whose hook speaks SQL."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from upflow_provider.errors import ConfigurationError, RetriableError, UpflowSyncError
from upflow_provider.hooks.connection_lookup import ExistingConnections

if TYPE_CHECKING:
    import sqlalchemy as sa

    from upflow_provider.tables_to_upflow.mapping.rows import Row

ROWS_AT_A_TIME = 1_000
"""Rows that are fetched together, so that a large result does not fill the memory."""
REASON_LENGTH_MAX = 300
QUOTED = re.compile(r"(['\"])(?!\w{1,63}\1).*?\1")
"""What stands in quotes in a driver's message and is no name of a table or a column: it may be a value."""
IN_UTC = {
    "postgresql": "SET TIME ZONE 'UTC'",
    "mysql": "SET time_zone = '+00:00'",
    "mariadb": "SET time_zone = '+00:00'",
}
"""What puts a session into UTC, by dialect, so that instants without a zone, such as those of windows, are UTC."""
CONNECTION_ERRORS = ("OperationalError", "InterfaceError")
"""Classes of drivers' errors that have no code where a connection could not be made."""
NOW = "SELECT CURRENT_TIMESTAMP"


@dataclass(slots=True)
class Query:
    """
    The rows of one SQL query.

    :param conn_id: connection of the database (templated)
    :param sql: the query; ``:name`` stands for the parameter *name*, in every database (templated)
    :param parameters: values by name (templated)
    """

    template_fields: ClassVar[Sequence[str]] = ("conn_id", "sql", "parameters")

    conn_id: str
    sql: str
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def rows(self) -> QueryRows:
        """
        Run the query, and return its rows.

        :raises ConfigurationError: there is no such connection, it is no database, the query is wrong, or two columns
            of the result have one name
        :raises RetriableError: the database does not answer
        """
        return QueryRows(self)


class QueryRows:
    """
    The rows of a query, streamed once.

    :param query: the query, which is run at once
    """

    blank = 0

    def __init__(self, query: Query) -> None:
        import sqlalchemy as sa

        self._conn_id = query.conn_id
        with ExitStack() as stack:
            connection = stack.enter_context(_connected(query.conn_id))
            options = {"stream_results": True, "yield_per": ROWS_AT_A_TIME}
            with _NamedErrors(query.conn_id):
                statement = sa.text(query.sql)
                self._result = connection.execution_options(**options).execute(statement, dict(query.parameters))
                self.header = tuple(self._result.keys())
            if len(set(self.header)) < len(self.header):
                raise ConfigurationError(f"connection {query.conn_id!r}: the query returns two columns of one name")
            self._open = stack.pop_all()

    def __iter__(self) -> Iterator[Row]:
        """Yield the rows; the first one has the number 1."""
        from upflow_provider.tables_to_upflow.mapping.rows import Row

        with self._open:
            rows = enumerate(self._result, 1)
            while True:
                with _NamedErrors(self._conn_id):
                    found = next(rows, None)
                if found is None:
                    return
                number, values = found
                yield Row(number, dict(zip(self.header, values, strict=True)))


def database_time(conn_id: str, sql: str = NOW) -> datetime:
    """
    Return the present by the clock of a database, to the second, aware, UTC.

    :param conn_id: connection of the database
    :param sql: query of the present; where its answer has no time zone, it is taken to be in UTC
    :raises ConfigurationError, RetriableError: as `Query.rows`
    """
    import sqlalchemy as sa

    with _connected(conn_id) as connection, _NamedErrors(conn_id):
        shown = connection.execute(sa.text(sql)).scalar()
    try:
        now = shown if isinstance(shown, datetime) else datetime.fromisoformat(str(shown))
    except ValueError:
        raise ConfigurationError(f"connection {conn_id!r}: the query of the present must return an instant") from None
    return (now.astimezone(UTC) if now.tzinfo else now.replace(tzinfo=UTC)).replace(microsecond=0)


class _NamedErrors:
    """Turns the errors of a database into ours: with the driver's reason, without the query and its values."""

    def __init__(self, conn_id: str) -> None:
        self._conn_id = conn_id

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        from sqlalchemy.exc import DBAPIError, SQLAlchemyError

        if not isinstance(error, SQLAlchemyError):
            return
        cause: BaseException = (error.orig if isinstance(error, DBAPIError) else None) or error
        raise _source_error(self._conn_id, cause, is_lost=getattr(error, "connection_invalidated", False)) from None


def _source_error(conn_id: str, cause: BaseException, *, is_lost: bool) -> UpflowSyncError:
    from upflow_provider.ledger.database.errors import error_code, may_pass

    code, text = error_code(cause), str(cause).strip()
    reason = re.sub(QUOTED, "'...'", text.partition("\n")[0][:REASON_LENGTH_MAX])
    is_about_connection = code is None and type(cause).__name__ in CONNECTION_ERRORS
    passes = is_lost or ((code or is_about_connection) and may_pass(code, text))
    kind = RetriableError if passes else ConfigurationError
    return kind(f"connection {conn_id!r}: {type(cause).__name__}: {reason}{f' ({code})' if code else ''}")


@contextmanager
def _connected(conn_id: str) -> Iterator[sa.Connection]:
    """Yield a connection to a database; where it can be told, its session is in UTC."""
    import sqlalchemy as sa

    connection = ExistingConnections.get_connection(conn_id)
    hook: Any = connection.get_hook()  # type: ignore[no-untyped-call]
    if not hasattr(hook, "get_sqlalchemy_engine"):
        raise ConfigurationError(f"connection {conn_id!r} is of type {connection.conn_type!r}, which is no database")
    engine: sa.Engine = hook.get_sqlalchemy_engine()
    with _NamedErrors(conn_id):
        opened = engine.connect()
    with opened:
        if engine.dialect.name in IN_UTC:
            with _NamedErrors(conn_id):
                opened.execute(sa.text(IN_UTC[engine.dialect.name]))
        yield opened
    engine.dispose()
