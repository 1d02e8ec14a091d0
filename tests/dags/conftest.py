"""DAG folders to parse, as Airflow parses them."""

from pathlib import Path

import pytest
from airflow.dag_processing.dagbag import DagBag

from upflow_provider.dags.thin_files import thin_files

CHECKOUT = Path(__file__).parents[2] / "dags"


@pytest.fixture(scope="session")
def checkout():
    """Return the DAGs of the checkout's own folder."""
    return DagBag(str(CHECKOUT), collect_dags=True)


@pytest.fixture(scope="session")
def parse(tmp_path_factory):
    """Return a function that parses a folder with every DAG file and these settings."""

    def parse(organizations):
        folder = tmp_path_factory.mktemp("dags")
        for name, text in thin_files().items():
            (folder / name).write_text(text, encoding="utf-8")
        (folder / "organizations.yaml").write_text(f"organizations:\n{organizations}", encoding="utf-8")
        bag = DagBag(str(folder), collect_dags=True)
        assert bag.import_errors == {}
        return bag

    return parse
