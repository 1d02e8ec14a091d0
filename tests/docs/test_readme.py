"""README and docs/ tell the truth: their tables match the code, and their commands run."""

import os
import shlex
import shutil
import sys
from pathlib import Path

import pytest
from pydantic import BaseModel

from tests.docs.airflow_commands import run_airflow
from tests.docs.tables import README, ROOT, commands, example, table
from upflow_provider.get_provider_info import get_provider_info
from upflow_provider.salesforce_to_upflow.settings import ContactsImport, SalesforceImport
from upflow_provider.settings import Organization, read_organizations
from upflow_provider.settings.additional_contacts import AdditionalContacts
from upflow_provider.stripe_to_upflow.custom_fields.settings import FieldSetting
from upflow_provider.upflow_to_salesforce.settings import SalesforceExport
from upflow_provider.upflow_to_stripe.settings import WriteBack

SETTINGS_EXAMPLE = "docs/upflow-to-salesforce.md"
"""The page with an `organizations.yaml` that maps every field."""

RUN_ELSEWHERE = {
    "docker": "tests/cluster runs compose.yaml's services as plain processes",
    "git": "CI itself runs in a fresh clone",
    "cd": "CI itself runs in a fresh clone",
    "mkdir": "it only creates the DAG folder",
    "make": ".ci/run runs make test and make demo EXIT=1",
    "pip": "make test installs the package",
    "python": "tests/test_command_line.py runs it against a fake Upflow",
}
NEEDS_VENDOR = "airflow connections test"
"""Begins a command that speaks to a vendor; tests/hooks runs `test_connection` against fakes."""
TRIGGER = "airflow dags trigger"
"""Begins a command that differs from that of the README in its DAG and Params only."""
FIRST = ["airflow db migrate", "airflow dags reserialize"]
"""What Airflow's own services do when they start."""


SETTINGS = {
    "settings": Organization,
    "additional_contacts settings": AdditionalContacts,
    "custom field settings": FieldSetting,
    "salesforce settings": SalesforceExport,
    "salesforce_import settings": SalesforceImport,
    "contacts of salesforce_import": ContactsImport,
    "write-back settings": WriteBack,
}


def _as_written(field):
    """Return how the tables write a default: nothing if there is none, `{}` for settings that declare nothing."""
    if field.is_required() or field.default is None:
        return ""
    return "`{}`" if isinstance(field.default, BaseModel) else f"`{field.default}`"


@pytest.mark.parametrize(("name", "model"), SETTINGS.items())
def test_the_settings_tables_have_every_setting_with_its_default(name, model):
    """What organizations.yaml may hold is all there."""
    fields = {field.alias or name: field for name, field in model.model_fields.items() if name != "name"}
    expected = {f"`{name}`": _as_written(field) for name, field in fields.items()}

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


@pytest.fixture
def airflow_environment(tmp_path):
    """Make a fresh Airflow home, and our DAG folder with the settings of the example."""
    home = tmp_path / "airflow"
    shutil.copytree(ROOT / "dags", home / "dags", ignore=shutil.ignore_patterns("__pycache__"))
    (home / "dags" / "organizations.yaml").write_text(example("yaml", SETTINGS_EXAMPLE), encoding="utf-8")
    return {
        **os.environ,
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(home / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }


def is_only_parsed(command):
    """Tell whether tests/docs/test_commands.py checks all that can be checked of a command here."""
    return NEEDS_VENDOR in command or (TRIGGER in command and command not in commands(README))


@pytest.mark.slow(seconds=45)
def test_every_command_runs(airflow_environment):
    """Each command of the README and docs/ works on a fresh Airflow, in their order, or is run elsewhere."""
    own = [each for each in commands() if shlex.split(each)[0] not in RUN_ELSEWHERE and not is_only_parsed(each)]
    ended = run_airflow([*FIRST, *own], airflow_environment)

    assert {shlex.split(command)[0] for command in own} == {"airflow"}
    assert {each.command: each.output + each.errors for each in ended if each.status} == {}
    assert [each.command for each in ended] == [*FIRST, *own]
    assert any(command.startswith("airflow backfill create") for command in commands())


def test_the_python_example_is_made_of_what_exists():
    """The code shown imports from places that exist."""
    imports = [line.strip() for line in example("python").splitlines() if "import" in line]

    assert imports
    for line in imports:
        exec(line, {})  # noqa: S102 - our own README
