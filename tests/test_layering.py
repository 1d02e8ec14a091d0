"""Imports point down: what the linter cannot say."""

import ast
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "upflow_provider"

BOTH_WAYS = {
    "clients",
    "differing",
    "export_report",
    "known_customers",
    "ledger",
    "mapped_fields",
    "mapping",
    "pushing",
    "salesforce_accounts",
    "settings",
}
"""What the two parts import that read both Upflow and Salesforce."""

ALLOWED = {
    # folder or module: what of our own it may import
    "errors": set(),
    "payloads": set(),
    "budget": set(),
    "window": {"errors"},
    "mapping": {"errors", "payloads", "mapping"},
    "clients": {"errors", "payloads", "budget", "clients", "__init__"},
    "batches": set(),
    "ledger": {"batches", "errors", "budget", "ledger"},
    "testing": {"testing", "__init__"},
    "streams": {"completing", "errors", "leading", "mapping", "payloads"},
    "leading": {"completing"},
    "completing": {"mapping"},
    "reading": {"clients", "completing", "errors", "streams", "window"},
    "linking": {"errors", "mapping", "payloads"},
    "decide": {"ledger", "mapping"},
    "intents": {"decide", "ledger", "mapping", "streams"},
    "holding": {"clients", "errors", "intents", "linking", "mapping"},
    "writing": {"clients", "errors", "holding", "intents", "ledger", "linking", "mapping", "payloads"},
    "following": {"leading", "ledger", "streams"},
    "feed": {"clients", "ledger", "streams", "window"},
    "rereading": {"batches", "clients", "ledger", "reading", "streams", "window"},
    "relisting": {"clients", "ledger", "reading", "rereading", "streams", "window"},
    "closing": {"batches", "clients", "errors", "ledger", "mapping", "payloads", "report", "streams"},
    "settings": {"mapping"},
    "report": {"errors"},
    "differing": {"mapping"},
    "mapped_fields": {"errors", "mapping", "settings"},
    "salesforce_accounts": {"clients", "errors", "mapped_fields", "mapping"},
    "known_customers": {"clients", "errors", "mapped_fields", "mapping"},
    "pushing": {"clients", "differing", "known_customers", "ledger", "mapping"},
    "export_report": {"errors", "ledger", "mapping"},
    "figures": {"clients", "errors", "ledger", "mapping"},
    "salesforce_xml": set(),
    "salesforce_metadata": {"errors", "mapped_fields", "mapping", "salesforce_xml"},
    "export": BOTH_WAYS,
    "portal": BOTH_WAYS | {"batches", "errors"},
}
SHELL = {"hooks", "operators", "links", "triggers", "get_provider_info", "__main__"}


def imports(path):
    """Return the modules that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module == "upflow_provider":
                yield from (f"upflow_provider.{alias.name}" for alias in node.names)
            else:
                yield node.module


def place(path):
    """Return the folder or module of the package that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


FILES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_each_part_imports_only_what_lies_below_it(path):
    """The core runs without Airflow, mappings are pure, and the fakes share nothing with what they test."""
    part = place(path)
    ours = {name.split(".")[1] for name in imports(path) if name.startswith("upflow_provider.")}
    ours = {"__init__" if name == "__version__" else name for name in ours}

    if part in ALLOWED:
        assert ours <= ALLOWED[part]
    if part not in SHELL:
        assert not ours & SHELL
    if part != "testing":
        assert "testing" not in ours


@pytest.mark.parametrize("path", sorted((PACKAGE / "mapping").glob("*.py")), ids=lambda path: path.stem)
def test_mappings_use_the_standard_library_only(path):
    """Mappings are pure functions of values: no third party but a table of currencies, no clock, no I/O."""
    others = {name.split(".")[0] for name in imports(path)} - {"upflow_provider", "__future__"}
    if path.stem == "units":
        others.remove("iso4217")

    assert others <= sys.stdlib_module_names
    assert not others & {"time", "random", "socket", "os", "pathlib", "subprocess"}


def test_modules_and_functions_stay_small():
    """A file has at most 250 lines and a function at most 50 lines of body."""
    too_long = []
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        if len(text.splitlines()) > 250:
            too_long.append(f"{path.relative_to(PACKAGE)}: {len(text.splitlines())} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = node.body[1:] if ast.get_docstring(node) else node.body
                if body and body[-1].end_lineno - body[0].lineno >= 50:
                    too_long.append(f"{path.relative_to(PACKAGE)}: {node.name}")

    assert too_long == []
