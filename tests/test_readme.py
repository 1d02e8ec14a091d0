"""The README tells the truth: its tables match the code, and its commands run."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from upflow_provider.get_provider_info import get_provider_info
from upflow_provider.settings import Organization
from upflow_provider.streams import STREAMS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")

RUN_ELSEWHERE = {
    "docker": "tests/topology runs compose.yaml's services as plain processes",
    "git": "CI itself runs in a fresh clone",
    "cd": "CI itself runs in a fresh clone",
    "make": ".ci/run runs make test and make demo EXIT=1",
    "pip": "make test installs the package",
}


def table(name):
    """Return the rows of the README's table between two comments, as lists of cells."""
    text = re.search(rf"<!-- {name} -->(.*?)<!-- /{name} -->", README, re.DOTALL).group(1)
    lines = [line for line in text.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def commands():
    """Return every command in the README's shell blocks."""
    blocks = re.findall(r"```bash\n(.*?)```", README, re.DOTALL)
    lines = [line.strip() for block in blocks for line in block.splitlines() if line.strip()]
    return [part.strip() for line in lines for part in line.split("&&")]


def test_the_streams_table_is_the_registry():
    """One row a stream, in order, with its source, destination and prerequisites."""
    assert table("streams") == [
        [
            f"`{stream.name}`",
            ", ".join(f"`/v1/{read.resource}`" for read in stream.reads),
            f"`/v1/{stream.collection}`: {stream.title}",
            ", ".join(f"`{name}`" for name in stream.after),
        ]
        for stream in STREAMS.values()
    ]


def test_the_settings_table_has_every_setting_with_its_default():
    """What organizations.yaml may hold is all there."""
    expected = {
        f"`{name}`": "" if field.default is None else f"`{field.default}`"
        for name, field in Organization.model_fields.items()
        if name != "name"
    }

    assert {row[0]: row[1] for row in table("settings")} == expected


def test_the_connections_table_has_every_extra_of_the_connection_forms():
    """Each field of the forms in Airflow's UI is explained, with its default."""
    rows = table("connections")
    extras = {row[2].removeprefix("extra ").strip("`") for row in rows if row[2].startswith("extra ")}
    forms = {kind["connection-type"]: kind for kind in get_provider_info()["connection-types"]}

    assert {row[1].strip("`") for row in rows if row[1]} >= set(forms)
    assert extras == {name for form in forms.values() for name in form["conn-fields"]}


@pytest.fixture(scope="module")
def airflow_environment(tmp_path_factory):
    """Make a fresh Airflow home with a migrated database and our DAG folder."""
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(tmp_path_factory.mktemp("airflow")),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
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
    failed = {}
    for command in commands():
        if shlex.split(command)[0] in RUN_ELSEWHERE:
            continue
        done = subprocess.run(
            shlex.split(command),
            env=airflow_environment,
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            failed[command] = done.stdout[-500:] + done.stderr[-1500:]

    assert failed == {}
    assert any(command.startswith("airflow backfill create") for command in commands())


def test_the_python_example_is_made_of_what_exists():
    """The code shown imports from places that exist."""
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    imports = [line.strip() for line in example.splitlines() if "import" in line]

    assert imports
    for line in imports:
        exec(line, {})  # noqa: S102 - our own README
