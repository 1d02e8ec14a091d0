"""README and docs/ tell the truth: their tables match the code, and their commands run."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.tables import ROOT, commands, example, table
from upflow_provider.get_provider_info import get_provider_info
from upflow_provider.settings import Organization, read_organizations
from upflow_provider.upflow_to_salesforce.settings import SalesforceExport

SETTINGS_EXAMPLE = "docs/upflow-to-salesforce.md"
"""The page with an `organizations.yaml` that maps every field."""

RUN_ELSEWHERE = {
    "docker": "tests/topology runs compose.yaml's services as plain processes",
    "git": "CI itself runs in a fresh clone",
    "cd": "CI itself runs in a fresh clone",
    "make": ".ci/run runs make test and make demo EXIT=1",
    "pip": "make test installs the package",
    "python": "tests/test_command_line.py runs it against a fake Upflow",
}


@pytest.mark.parametrize(("name", "model"), [("settings", Organization), ("salesforce settings", SalesforceExport)])
def test_the_settings_tables_have_every_setting_with_its_default(name, model):
    """What organizations.yaml may hold is all there."""
    expected = {
        f"`{name}`": "" if field.is_required() or field.default is None else f"`{field.default}`"
        for name, field in model.model_fields.items()
        if name != "name"
    }

    assert {row[0]: row[1] for row in table(name)} == expected


def test_the_example_of_settings_is_valid(tmp_path):
    """It maps every field that the docs page can tell of."""
    (tmp_path / "organizations.yaml").write_text(example("yaml", SETTINGS_EXAMPLE), encoding="utf-8")
    (entry,) = read_organizations(tmp_path / "organizations.yaml")

    assert entry.problem is None
    assert {"outstanding", "portal_url", "payment_method_status"} < entry.organization.salesforce.fields.keys()


def test_the_connections_table_has_every_extra_of_the_connection_forms():
    """Each field of the forms in Airflow's UI is explained, with its default."""
    rows = table("connections")
    extras = {row[2].removeprefix("extra ").strip("`") for row in rows if row[2].startswith("extra ")}
    forms = {kind["connection-type"]: kind for kind in get_provider_info()["connection-types"]}

    assert {row[1].strip("`") for row in rows if row[1]} >= set(forms)
    assert extras == {name for form in forms.values() for name in form["conn-fields"]}


@pytest.fixture(scope="module")
def airflow_environment(tmp_path_factory):
    """Make a fresh Airflow home with a migrated database, and our DAG folder with the settings of the example."""
    home = tmp_path_factory.mktemp("airflow")
    shutil.copytree(ROOT / "dags", home / "dags", ignore=shutil.ignore_patterns("__pycache__"))
    (home / "dags" / "organizations.yaml").write_text(example("yaml", SETTINGS_EXAMPLE), encoding="utf-8")
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(home / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    for command in (["airflow", "db", "migrate"], ["airflow", "dags", "reserialize"]):
        subprocess.run(command, env=environment, check=True, capture_output=True)
    return environment


@pytest.mark.slow
def test_every_command_runs(airflow_environment):
    """Each command a newcomer is told to run works on a fresh Airflow, or is run by CI itself."""
    own = [command for command in commands() if shlex.split(command)[0] not in RUN_ELSEWHERE]
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("airflow_commands.py"))],
        input=json.dumps(own),
        env=airflow_environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )

    assert {shlex.split(command)[0] for command in own} == {"airflow"}
    assert json.loads(done.stdout.splitlines()[-1]) == {}
    assert any(command.startswith("airflow backfill create") for command in commands())


def test_the_python_example_is_made_of_what_exists():
    """The code shown imports from places that exist."""
    imports = [line.strip() for line in example("python").splitlines() if "import" in line]

    assert imports
    for line in imports:
        exec(line, {})  # noqa: S102 - our own README
