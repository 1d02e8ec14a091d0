"""The checkout's DAG folder: it parses anywhere, imports little, and is what the command writes for users."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from upflow_provider import dags
from upflow_provider.dags.thin_files import thin_files

CHECKOUT = Path(__file__).parents[2] / "dags"
HEAVY = {"pandas", "stripe", "alembic", "requests", "fastapi", "sqlalchemy", "simple_salesforce"}


def test_every_file_parses_without_connections_pools_or_variables(checkout):
    """Nothing is needed to parse: no database, no connection, no network."""
    assert checkout.import_errors == {}
    assert set(checkout.dag_ids) == {
        "stripe_to_upflow_backfill",
        "stripe_to_upflow_sync",
        "upflow_customer_file",
        "upflow_ledger_rebuild",
    }


def test_the_checkout_has_the_files_that_the_command_writes():
    """Byte by byte, so that users of the wheel and of a checkout have the same DAGs."""
    files = {path.name: path.read_bytes() for path in CHECKOUT.iterdir() if path.is_file()}

    assert files == {name: text.encode() for name, text in thin_files().items()}


def test_every_builder_has_a_file():
    """A DAG that is exported by the package is in the DAG folder."""
    assert {*thin_files()} == {f"{name}.py" for name in dags.__all__ if name != "each_organization"} | {
        "organizations.yaml"
    }


@pytest.mark.parametrize("name", [name for name in thin_files() if name.endswith(".py")])
def test_a_thin_file_is_short_and_says_what_it_holds(name):
    """Its heading is that of the DAG's documentation; nothing but the import and the call is copied to users."""
    text = thin_files()[name]
    builder = getattr(dags, name.removesuffix(".py"))
    module = import_module(builder.__module__)

    assert len([line for line in text.splitlines() if line]) == 3
    assert f"organization. {module.__doc__.splitlines()[1].removeprefix('### ')}." in text.splitlines()[0]
    assert "airflow" in text.lower()  # Airflow's safe mode ignores a file without
    assert "dag" in text.lower()


def test_a_dag_belongs_to_the_thin_file(parse):
    """Airflow shows and parses again the file in the DAG folder, not the module of the package."""
    bag = parse("  default: {}\n")

    assert {dag_id: Path(dag.fileloc).name for dag_id, dag in bag.dags.items()} == {
        dag_id: f"{dag_id}.py" for dag_id in bag.dag_ids
    }


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
