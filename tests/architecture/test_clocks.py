"""What a host's own clock shows decides nothing that lasts: few places look at it."""

import ast
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "upflow_provider"
LOOKS = {"now", "utcnow", "today", "time", "time_ns"}
"""Functions of ``datetime``, ``date`` and ``time`` that show a host's time; monotonic clocks are no such."""
ALLOWED = {
    "clients/http_dates.py": "how long to wait, if an answer has no Date",
    "ledger/budget.py": "SQLite, which is for one host",
    "ledger/clock.py": "the same",
    "runs/host_clock.py": "the comparison with other clocks, and sources without a ledger",
}


def looks(path):
    """Return whether a module looks at the clock of its host, be it called there or handed on."""
    return any(map(is_look, ast.walk(ast.parse(path.read_text("utf-8")))))


def is_look(node):
    """Return whether a piece of code is such a function, or imports it."""
    if isinstance(node, ast.ImportFrom):
        return node.module == "time" and bool({each.name for each in node.names} & LOOKS)
    is_function = isinstance(node, ast.Attribute) and node.attr in LOOKS and isinstance(node.value, ast.Name)
    return is_function and node.value.id in {"datetime", "date", "time"}


def test_only_these_modules_look_at_the_hosts_clock():
    """Windows go by Stripe's clock, and everything else that lasts by the ledger's; fakes are other machines."""
    paths = [each for each in PACKAGE.rglob("*.py") if "testing" not in each.relative_to(PACKAGE).parts]

    assert {str(each.relative_to(PACKAGE)) for each in paths if looks(each)} == ALLOWED.keys()
