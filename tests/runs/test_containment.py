"""What the work on one record raises is that record's, unless it means that all have to stop."""

import logging

import pytest

from upflow_provider.errors import (
    AuthenticationError,
    MappingError,
    QuotaError,
    RecordBusyError,
    RefusedError,
    RetriableError,
    UnexpectedError,
)
from upflow_provider.records.money import Units
from upflow_provider.runs.containment import contained

SECRET = "Hortense"


def fails(record_id, error):
    """Return what comes out when the work on a record raises an error."""
    try:
        with contained(record_id):
            raise error  # noqa: TRY301 - that is what is tried
    except BaseException as raised:  # noqa: BLE001 - whatever it is
        return raised


@pytest.mark.parametrize(
    "kind", [KeyError, TypeError, AttributeError, ValueError, RecursionError, OverflowError, AssertionError]
)
def test_whatever_is_raised_is_an_error_of_the_record(kind, caplog):
    """It names the record and the class; neither it nor the log has any value, nor the error that has them."""
    with caplog.at_level(logging.ERROR):
        error = fails("re_1", kind(SECRET))

    assert type(error) is UnexpectedError
    assert str(error).startswith(f"re_1: {kind.__name__} at ")
    assert f"re_1: {kind.__name__} at " in caplog.text
    assert SECRET not in str(error) + caplog.text
    assert error.__suppress_context__


def test_the_place_in_the_code_is_named(caplog):
    """File, line and function of this package, innermost first: a bug of ours must be found."""
    place = r"AttributeError at upflow_provider/records/money\.py:\d+"
    with caplog.at_level(logging.ERROR), pytest.raises(UnexpectedError, match=place), contained("in_1"):
        Units("in_1", "eur", None)

    assert "AttributeError at upflow_provider/records/money.py" in caplog.text
    assert "(__init__)" in caplog.text


@pytest.mark.parametrize(
    "error",
    [
        RetriableError("later"),
        QuotaError("tomorrow"),
        AuthenticationError("403"),
        RecordBusyError("re_1"),
        MappingError("re_1", "amount"),
        RefusedError("400", 400),
        MemoryError(),
        KeyboardInterrupt(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_that_say_what_to_do_stay_as_they_are(error):
    """Those that stop everything, those of the record, and what no record is to blame for."""
    assert fails("re_1", error) is error


def test_an_id_that_is_an_address_is_not_shown(caplog):
    """The owner of an account may have chosen it."""
    with caplog.at_level(logging.ERROR):
        error = fails("hortense@example.com", KeyError("x"))

    assert "hortense" not in str(error) + caplog.text
