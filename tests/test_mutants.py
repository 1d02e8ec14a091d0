"""Tests of money, orders and worlds catch errors that are planted in the product; all of them: ``make mutants``."""

import pytest

from tests.mutants.client_errors import CLIENT_ERRORS
from tests.mutants.errors import ERRORS
from tests.mutants.oddity_errors import ODDITY_ERRORS
from tests.mutants.order_errors import ORDER_ERRORS
from tests.mutants.pdf_errors import PDF_ERRORS
from tests.mutants.planting import PACKAGE, caught_by, is_planted
from tests.mutants.settlement_errors import SETTLEMENT_ERRORS
from tests.mutants.world_errors import WORLD_ERRORS

PLANTED = (*ERRORS, *CLIENT_ERRORS, *ORDER_ERRORS, *WORLD_ERRORS, *ODDITY_ERRORS, *PDF_ERRORS, *SETTLEMENT_ERRORS)


@pytest.mark.parametrize("error", PLANTED, ids=lambda error: error.harm)
def test_every_error_can_be_planted(error):
    """What it replaces is there, once."""
    assert (PACKAGE / error.file).read_text(encoding="utf-8").count(error.right) == 1


@pytest.mark.slow
def test_a_planted_error_is_caught(tmp_path):
    """By the outstanding amounts that the fakes work out themselves; `make mutants` plants all."""
    error = next(each for each in ERRORS if each.file == "stripe_to_upflow/mapping/invoice_sum.py")

    assert is_planted(error, tmp_path)
    assert caught_by(tmp_path)


@pytest.mark.slow
def test_a_planted_error_of_orders_is_caught(tmp_path):
    """By the first of the orders in which two tasks may work on one record."""
    error = next(each for each in ORDER_ERRORS if "has_turn" in each.right)

    assert is_planted(error, tmp_path)
    assert caught_by(tmp_path, error.tests)


@pytest.mark.slow
def test_a_planted_error_of_worlds_is_caught(tmp_path):
    """By one of the first worlds, because people delete records in most of them."""
    error = next(each for each in WORLD_ERRORS if "_find_missing" in each.right)

    assert is_planted(error, tmp_path)
    assert caught_by(tmp_path, error.tests)


@pytest.mark.slow
def test_without_an_error_nothing_is_caught(tmp_path):
    """It is the error that fails the tests, not the copy."""
    harmless = type(ERRORS[0])("errors.py", '"""', '"""', "none")
    is_planted(harmless, tmp_path)

    assert caught_by(tmp_path, ("loads/test_other_windows.py",)) is None


@pytest.mark.slow
def test_a_copy_that_cannot_be_loaded_is_not_called_caught(tmp_path):
    """A planted error that is no Python would fail every test and show nothing."""
    broken = type(ERRORS[0])("stripe_to_upflow/mapping/invoices.py", "def to_upflow(", "def (", "none")
    is_planted(broken, tmp_path)

    with pytest.raises(RuntimeError, match="no comparison failed"):
        caught_by(tmp_path, ("loads/test_other_windows.py",))


@pytest.mark.slow
def test_a_copy_that_crashes_is_not_called_caught(tmp_path):
    """Only a comparison that fails shows that an error would be seen for what it does."""
    crash = type(ERRORS[0])("delivery/page_sync.py", "queue.finish_busy()", "queue.no_such_method()", "none")
    is_planted(crash, tmp_path)

    with pytest.raises(RuntimeError, match="no comparison failed"):
        caught_by(tmp_path, ("loads/test_other_windows.py",))
