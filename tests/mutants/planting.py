"""An error planted into a copy of the package, and the tests that must catch it, run against that copy."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "upflow_provider"
MONEY = (
    "cases/test_payments.py",
    "cases/test_payment_links.py",
    "cases/test_invoices.py",
    "cases/test_uncollectible_and_void.py",
    "cases/test_customer_balance.py",
    "cases/test_credit_notes.py",
    "cases/test_refunds.py",
    "loads/test_recorded.py",
    "loads/test_other_windows.py",
    "simulator/test_histories.py",
)
"""They speak to both fakes, which work out what is outstanding themselves; no unit test of a mapping is among them."""
ORDERS = ("../delivery/explorer/test_explorer.py",)
"""They try the orders in which two tasks may work on one record."""
WORLDS = ("simulator/test_simulator.py",)
"""They let happen whatever may happen to a Stripe account, its Upflow, the ledger, and those who work on them."""
TIMES = {MONEY: "0", ORDERS: "7", WORLDS: "1"}
"""How much of what is random is run: few histories, which are only reached when no case has failed; many orders."""
LIMIT_S = 1800
FAILED = re.compile(r"^(?:FAILED|ERROR) \S+?::(\w+)", re.MULTILINE)
ASSERTED = re.compile(r"^(?:E|  \|) +(?:AssertionError|assert\b)", re.MULTILINE)
"""What pytest shows of a comparison that failed, in a test or in its fixture."""


def is_planted(error, folder):
    """Copy the package into a folder with the error in it; what is compiled stays valid for all other files."""
    copy = folder / PACKAGE.name
    shutil.copytree(PACKAGE, copy)
    file = copy / error.file
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(error.right, error.wrong), encoding="utf-8")
    return text.count(error.right) == 1


def caught_by(folder, tests=MONEY):
    """
    Run tests of `tests/stripe_to_upflow` against the package in a folder.

    Returns:
        The first test whose comparison failed; ``None`` when all passed.

    Raises:
        RuntimeError: The tests ran against another package, or the copy crashed: that shows no harm.
        TimeoutExpired: They did not end.
    """
    environment = {
        **os.environ,
        "PYTHONPATH": str(folder),
        "UPFLOW_TEST_TIMES": TIMES.get(tests, "0"),
    }
    loaded = _run([sys.executable, "-P", "-c", "import upflow_provider; print(upflow_provider.__file__)"], environment)
    if not loaded.stdout.startswith(str(folder)):
        raise RuntimeError(f"the tests would run against {loaded.stdout.strip()}")
    pytest = str(Path(sys.executable).with_name("pytest"))
    options = ["-q", "-x", "-rfE", "--tb=short", "--numprocesses=0"]
    # The copy comes before the checkout, whose tests run.
    plugins = ["-p", "no:cacheprovider", "-p", "no:randomly", "-o", f"pythonpath={folder} ."]
    done = _run([pytest, *options, *plugins, *(f"tests/stripe_to_upflow/{name}" for name in tests)], environment)
    if done.returncode == 0:
        return None
    failed = FAILED.search(done.stdout)
    if done.returncode != 1 or failed is None or not ASSERTED.search(done.stdout):
        raise RuntimeError(f"no comparison failed, but something else:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return failed[1]


def _run(command, environment):
    return subprocess.run(
        command, env=environment, cwd=ROOT, check=False, capture_output=True, text=True, timeout=LIMIT_S
    )
