"""How users get at the fakes: fixtures, imports, and the command that serves them."""

import os
import re
import shlex
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
import requests

from tests.docs.airflow_commands import run_airflow

MISSING = "import sys; sys.modules[{module!r}] = None; "


def python(*arguments):
    """Run a Python of its own and return what became of it."""
    command = [sys.executable, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_fixture_upflow(fake_upflow):
    """The fixture serves an empty fake Upflow that accepts its own credentials."""
    headers = {"X-Api-Key": fake_upflow.api_key, "X-Api-Secret": fake_upflow.api_secret}

    answer = requests.get(f"{fake_upflow.base_url}/customers", headers=headers, timeout=5)

    assert answer.json() == {"offset": 0, "limit": 50, "total": 0, "customers": []}


def test_fixture_stripe(fake_stripe):
    """The fixture serves an empty fake Stripe that accepts its own key."""
    headers = {"Authorization": f"Bearer {fake_stripe.api_key}"}

    answer = requests.get(f"{fake_stripe.url}/v1/customers", headers=headers, timeout=5)

    assert answer.json()["data"] == []


def test_the_plugin_is_light():
    """Pytest loads the plugin wherever the package is installed, so it must cost next to nothing."""
    heavy = [
        "airflow",
        "fastapi",
        "pandas",
        "pydantic",
        "requests",
        "sqlalchemy",
        "starlette",
        "stripe",
        "uvicorn",
    ]
    code = f"import sys, upflow_provider.testing.plugin; print([m for m in {heavy} if m in sys.modules])"

    assert python("-c", code).stdout == "[]\n"


@pytest.mark.parametrize("module", ["starlette", "uvicorn"])
def test_without_the_extra(module):
    """Without its dependencies, the first use of a fake says what to install."""
    code = MISSING.format(module=module) + "from upflow_provider.testing import FakeUpflow, serve"

    ended = python("-c", code)

    assert ended.returncode == 1
    assert f'the fakes need {module}: pip install "upflow-provider[testing]"' in ended.stderr


def test_the_command_without_the_extra():
    """The command says what to install, in one line."""
    code = "import runpy; runpy.run_module('upflow_provider.testing', run_name='__main__')"

    ended = python("-c", MISSING.format(module="starlette") + code)

    assert ended.returncode == 1
    assert ended.stderr == 'the fakes need starlette: pip install "upflow-provider[testing]"\n'


def test_a_missing_module_of_ours_is_not_blamed_on_the_extra():
    """Only the extra's own modules are explained by it."""
    code = MISSING.format(module="upflow_provider.testing.upflow.records.store")

    ended = python("-c", code + "from upflow_provider.testing import FakeUpflow")

    assert "upflow.records.store" in ended.stderr
    assert "pip install" not in ended.stderr


def test_unknown_names():
    """The package has no attributes but those it names."""
    from upflow_provider import testing  # noqa: PLC0415 - what is tested

    with pytest.raises(AttributeError, match="no attribute 'FakeNetSuite'"):
        _ = testing.FakeNetSuite


@pytest.fixture
def command():
    """Run the command that serves the fakes, and end it if the test did not."""
    arguments = ["--seed=3", "--customers=5", "--invoices=20", "--no-limits"]
    process = subprocess.Popen(
        [sys.executable, "-m", "upflow_provider.testing", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    yield process
    process.kill()
    process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_command(command, number):
    """It prints where the fakes are and what they accept, and ends in good order when told to."""
    upflow = re.fullmatch(r"Upflow +(\S+) +key (\S+) +secret (\S+)\n", command.stdout.readline())
    stripe = re.fullmatch(r"Stripe +(\S+) +key (\S+)\n", command.stdout.readline())
    salesforce = re.fullmatch(r"Salesforce +(\S+) +key (\S+) +secret (\S+) +CA (\S+)\n", command.stdout.readline())
    key = {"Authorization": f"Bearer {stripe[2]}"}
    customers = requests.get(f"{stripe[1]}/v1/customers", headers=key, timeout=5)
    invoices = requests.get(f"{stripe[1]}/v1/invoices?status=paid", headers=key, timeout=5).json()["data"]
    assert all(each["invoice_pdf"].startswith(stripe[1]) for each in invoices)
    users = requests.get(f"{upflow[1]}/users", headers={"X-Api-Key": upflow[2], "X-Api-Secret": upflow[3]}, timeout=5)

    login = {"grant_type": "client_credentials", "client_id": salesforce[2], "client_secret": salesforce[3]}
    token = requests.post(f"{salesforce[1]}/services/oauth2/token", data=login, verify=salesforce[4], timeout=5).json()
    accounts = requests.get(f"{salesforce[1]}/_fake/state", verify=salesforce[4], timeout=5).json()["accounts"]

    command.send_signal(number)
    rest = command.stdout.read().splitlines()
    command.wait(timeout=10)

    assert (command.returncode, command.stderr.read()) == (0, "")
    assert [line.split("=")[0].split(" --")[0] for line in rest if line][1:] == [
        "export REQUESTS_CA_BUNDLE",
        "airflow connections add upflow_default",
        "airflow connections add stripe_default",
        "airflow connections add salesforce_default",
    ]
    assert len(customers.json()["data"]) == 5
    assert users.ok
    assert token["instance_url"] == salesforce[1]
    assert accounts["count"] == 5
    assert not Path(salesforce[4]).exists()


@pytest.mark.slow
def test_what_the_command_prints_connects_airflow(command, tmp_path):
    """The printed lines are run as they are, and Airflow then tests each connection; all have the port of its UI."""
    lines = [command.stdout.readline().strip() for _ in range(9)]
    variable, _, bundle = next(line for line in lines if line.startswith("export ")).partition("=")
    own = {"AIRFLOW_HOME": str(tmp_path), "AIRFLOW__CORE__TEST_CONNECTION": "Enabled"}
    environment = {**os.environ, **own, "AIRFLOW__CORE__UNIT_TEST_MODE": "False", "REQUESTS_CA_BUNDLE": bundle}
    add = [line for line in lines if line.startswith("airflow ")]
    names = [shlex.split(each)[3] for each in add]

    tests = [f"airflow connections test {name}" for name in names]
    ended = run_airflow(["airflow db migrate", *add, *tests], environment)
    with closing(sqlite3.connect(tmp_path / "airflow.db")) as database:
        stored = dict(database.execute("SELECT conn_id, port FROM connection"))

    assert variable == "export REQUESTS_CA_BUNDLE"
    assert {each.command: each.output[-1500:] + each.errors[-1500:] for each in ended if each.status} == {}
    assert names == ["upflow_default", "stripe_default", "salesforce_default"]
    assert ["Connection success!" in each.output for each in ended[-3:]] == [True, True, True]
    assert [stored[name] for name in names] == [0, 0, 0]


def test_the_command_on_a_taken_port(fake_upflow):
    """A port that is taken is said in one line."""
    port = fake_upflow.url.rsplit(":", 1)[1]

    ended = python("-m", "upflow_provider.testing", f"--upflow-port={port}", "--customers=0", "--invoices=0")

    assert ended.returncode == 1
    assert re.fullmatch(r".*already in use.*\n", ended.stderr)
