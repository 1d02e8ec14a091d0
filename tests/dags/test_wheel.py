"""What users install: the wheel holds what a DAG folder needs, and nothing else of the repository."""

import json
import os
import re
import sqlite3
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from upflow_provider.records.payloads import COLLECTIONS

ROOT = Path(__file__).parents[2]

PARSE = """
import json, sys, time
import upflow_provider
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG, Asset, BaseOperator, BaseOperatorLink, CronDataIntervalTimetable, Param
empty, folder = sys.argv[1:]
DagBag(empty, collect_dags=True)
began = time.process_time()
bag = DagBag(folder, collect_dags=True)
took_s = time.process_time() - began
found = {"from": upflow_provider.__file__, "dags": sorted(bag.dag_ids), "errors": bag.import_errors, "took_s": took_s}
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Build the wheel; skip where the tools for it cannot be had, but never in CI."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "uv", "build", "--wheel", "--out-dir", str(folder), str(ROOT)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode and os.environ.get("CI") != "true" and (find_spec("uv") is None or "hatchling" in done.stderr):
        pytest.skip("no uv, or no network from which it could get hatchling")
    assert done.returncode == 0, done.stderr
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def run(wheel, tmp_path_factory):
    """Return a function that runs Python with the wheel's content in place of the checkout's, in an empty home."""
    home = tmp_path_factory.mktemp("home")
    installed = home / "installed"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed)
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "PYTHONPATH": str(installed),
    }

    def run(*arguments, **variables):
        command = [sys.executable, "-P", *map(str, arguments)]
        env = {**environment, **variables}
        done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=home, env=env)
        assert done.returncode == 0, done.stderr
        return done.stdout

    run.installed = installed
    return run


@pytest.mark.slow
def test_the_wheel_holds_the_package_only(wheel):
    """Neither demo nor tests nor benchmarks; `dags` of the repository would be a module of everybody's."""
    names = zipfile.ZipFile(wheel).namelist()

    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"upflow_provider"}
    assert {Path(name).suffix for name in names if name.startswith("upflow_provider/")} <= {".py", ".mako", ".typed"}
    assert not [name for name in names if {"demo", "tests", "benchmarks"} & {*Path(name).parts}]


@pytest.mark.slow
def test_links_of_the_description_work_outside_the_repository(wheel):
    """The index page of a package registry shows the README, and has none of the files that it links to."""
    archive = zipfile.ZipFile(wheel)
    (metadata,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
    links = re.findall(r"\]\(([^)\s]+)\)", archive.read(metadata).decode("utf-8"))

    assert any(link.endswith("docs/connections.md#the-ledger") for link in links)
    assert [link for link in links if not link.startswith(("https://", "#"))] == []


def test_airflow_parses_the_dag_folder_of_who_installed_the_wheel(run, tmp_path, record_property):
    """All that is needed came with the wheel, and parsing it takes less than a second beyond Airflow itself."""
    empty, folder = tmp_path / "empty", tmp_path / "folder"
    empty.mkdir()
    folder.mkdir()
    run("-m", "upflow_provider", "dags", "--to", folder)

    found = json.loads(run("-c", PARSE, empty, folder).splitlines()[-1])

    record_property("took_s", found["took_s"])
    assert Path(found["from"]).is_relative_to(run.installed)
    assert found["errors"] == {}
    assert found["dags"] == [
        "stripe_to_upflow_backfill",
        "stripe_to_upflow_sync",
        "upflow_customer_file",
        "upflow_ledger_rebuild",
    ]
    assert found["took_s"] < 1


EXAMPLE = """
import json, pathlib, sys
import upflow_provider
sys.path.append(sys.argv[1])
from airflow import settings
from tests.dags.scheduler import Metadata, create_tables
settings.DAGS_FOLDER = sys.argv[2]
create_tables()
airflow = Metadata(pathlib.Path(sys.argv[2]), "\\n  default: {}\\n")
airflow.begin()
print(json.dumps([upflow_provider.__file__, airflow.test("erp_to_upflow"), airflow.test("erp_to_upflow")]))
"""


@pytest.mark.slow
def test_the_example_of_a_source_runs_for_who_installed_the_wheel(run, connections, fake_upflow, tmp_path):
    """Five kinds of records arrive from a database; the second run writes nothing."""
    database = sqlite3.connect(tmp_path / "erp.db")
    database.executescript((ROOT / "docs" / "examples" / "erp.sql").read_text(encoding="utf-8"))
    database.close()
    folder = tmp_path / "dags"
    folder.mkdir()
    names = (f"AIRFLOW_CONN_{name}" for name in ("UPFLOW_DEFAULT", "UPFLOW_LEDGER"))
    variables = {name: os.environ[name] for name in names} | {"AIRFLOW_CONN_ERP": f"sqlite:///{tmp_path / 'erp.db'}"}
    found = json.loads(run("-c", EXAMPLE, ROOT, folder, **variables).splitlines()[-1])

    assert Path(found[0]).is_relative_to(run.installed)
    assert [state for state, _ in found[1:]] == ["success", "success"]
    assert [len(fake_upflow.store.table(name)) for name in COLLECTIONS] == [3, 3, 1, 2, 1]
    assert len(list(fake_upflow.requests.matching("POST"))) == 10
