"""DAG files are parsed over and over: what they import is little."""

import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).parents[2] / "dags"

HEAVY = {"pandas", "stripe", "alembic", "requests", "fastapi", "sqlalchemy", "simple_salesforce"}


def run(code, *arguments):
    """Run a program in an interpreter of its own, and return what it says is wrong."""
    done = subprocess.run([sys.executable, "-c", code, *arguments], check=False, capture_output=True, text=True)
    return done.stderr if done.returncode else ""


def test_parsing_imports_no_library_that_airflow_has_not_imported():
    """Heavy libraries are imported by tasks only."""
    code = f"""
import pathlib, runpy, sys
import airflow.sdk
before = set(sys.modules)
for path in pathlib.Path({str(CHECKOUT)!r}).glob("*.py"):
    runpy.run_path(str(path))
heavy = {HEAVY!r} & (set(sys.modules) - before)
sys.exit(f"imported while parsing: {{heavy}}" if heavy else 0)
"""
    assert run(code) == ""


def test_no_module_that_is_imported_while_parsing_imports_a_heavy_library_itself():
    """Airflow happens to import SQLAlchemy today: we do not count on it."""
    code = f"""
import builtins, sys
imported, original = set(), builtins.__import__
def watching(name, globals=None, *rest, **more):
    if globals and globals.get("__name__", "").startswith("upflow_provider"):
        imported.add(name.partition(".")[0])
    return original(name, globals, *rest, **more)
builtins.__import__ = watching
import upflow_provider.dags
assert "airflow" in imported, imported
heavy = {HEAVY!r} & imported
sys.exit(f"imported while parsing: {{heavy}}" if heavy else 0)
"""
    assert run(code) == ""


def test_importing_the_package_imports_nothing():
    """Airflow imports the package before its configuration is ready."""
    code = """
import sys
before = set(sys.modules)
import upflow_provider
imported = set(sys.modules) - before - {"upflow_provider"}
sys.exit(f"imported: {imported}" if imported else 0)
"""
    assert run(code) == ""
