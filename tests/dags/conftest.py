"""DAG folders to parse, as Airflow parses them."""

from pathlib import Path

import pytest
from airflow import settings
from airflow.dag_processing.dagbag import DagBag

from tests.dags.scheduler import Metadata, create_tables
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


@pytest.fixture(scope="session")
def airflow_tables():
    """Create Airflow's metadata database, which all tests of this process share."""
    create_tables()


@pytest.fixture(scope="module")
def stored_dags(airflow_tables, tmp_path_factory):
    """Return a function that stores the DAGs of these organizations in the metadata database, if they are others."""
    stored = {}
    folder = tmp_path_factory.mktemp("stored")

    def store(organizations):
        if organizations not in stored:
            stored.clear()
            stored[organizations] = Metadata(folder, organizations)
        return stored[organizations]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "DAGS_FOLDER", str(folder))
        yield store


@pytest.fixture
def metadata(stored_dags):
    """Return a function that gives a metadata database with the DAGs of these organizations, and no runs."""

    def begin(organizations):
        stored = stored_dags(organizations)
        stored.begin()
        return stored

    return begin
