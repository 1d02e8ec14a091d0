"""The checkout's DAG folder: it parses anywhere, and is what the command writes for users of the wheel."""

from importlib import import_module
from pathlib import Path

import pytest

from upflow_provider import dags
from upflow_provider.dags.thin_files import thin_files

CHECKOUT = Path(__file__).parents[2] / "dags"


def test_every_file_parses_without_connections_pools_or_variables(checkout):
    """Nothing is needed to parse: no database, no connection, no network."""
    assert checkout.import_errors == {}
    assert set(checkout.dag_ids) == {"stripe_to_upflow_backfill", "stripe_to_upflow_sync", "upflow_ledger_rebuild"}


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
    assert f": {module.__doc__.splitlines()[1].removeprefix('### ')}." in text.splitlines()[0]
    assert "airflow" in text.lower()  # Airflow's safe mode ignores a file without
    assert "dag" in text.lower()


def test_a_dag_belongs_to_the_thin_file(parse):
    """Airflow shows and parses again the file in the DAG folder, not the module of the package."""
    bag = parse("  default: {}\n")

    assert {dag_id: Path(dag.fileloc).name for dag_id, dag in bag.dags.items()} == {
        dag_id: f"{dag_id}.py" for dag_id in bag.dag_ids
    }
