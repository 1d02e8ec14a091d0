"""The translation of this package's errors into Airflow's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from airflow.sdk.exceptions import AirflowFailException

from upflow_provider.errors import FatalError


@contextmanager
def airflow_errors() -> Iterator[None]:
    """
    Fail the task without retries on errors that only a human can correct; let Airflow retry on all others.

    Raises:
        AirflowFailException: Replaces a `FatalError`, because no retry would help.
    """
    try:
        yield
    except FatalError as error:
        raise AirflowFailException(str(error)) from error
