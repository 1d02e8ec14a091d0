"""The one place where this package's errors meet Airflow's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from airflow.sdk.exceptions import AirflowFailException, AirflowNotFoundException

from upflow_provider.errors import FatalError


@contextmanager
def airflow_errors() -> Iterator[None]:
    """
    Fail the task for good on what only a human can mend; let Airflow retry everything else.

    Raises:
        AirflowFailException: Instead of a `FatalError`, or for a connection that does not exist: no
            retry would help.
    """
    try:
        yield
    except (FatalError, AirflowNotFoundException) as error:
        raise AirflowFailException(str(error)) from error
