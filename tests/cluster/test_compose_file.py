"""``docker/``: what Docker Compose would refuse, or people would stumble over, without an engine to try it on."""

import json
import re
import shutil
import subprocess
from itertools import pairwise

import pytest
from airflow.cli.cli_parser import get_parser

from tests.cluster.compose_file import FOLDER, VARIABLE, read_services, read_variables
from upflow_provider.get_provider_info import get_provider_info
from upflow_provider.hooks.stripe import StripeHook
from upflow_provider.hooks.upflow import UpflowHook
from upflow_provider.settings import Organization

AIRFLOW = ("api-server", "scheduler", "dag-processor", "triggerer", "worker")
READ_BY_COMPOSE = {"COMPOSE_PROJECT_NAME", "COMPOSE_PROFILES"}
TEXT = (FOLDER / "compose.yaml").read_text(encoding="utf-8")
REQUIRED = {found["name"] for found in VARIABLE.finditer(TEXT) if found["kind"] == "?"}


@pytest.fixture(scope="module")
def services():
    """Return the services with the variables of the demo."""
    return read_services(read_variables("demo.env"))


@pytest.fixture
def connections(services):
    """Return the connections that the init step makes, by id."""
    return json.loads(services["init"]["environment"]["CONNECTIONS"])


def test_connections_can_be_tested_in_the_ui(connections):
    """Airflow 3.3.2 refuses to test a connection that is stored without a port: the UI asks for port 0."""
    assert {name: each["port"] for name, each in connections.items()} == {
        "upflow_default": 0,
        "stripe_default": 0,
        "upflow_ledger": 5432,
    }


def test_every_variable_is_documented_and_used():
    """``.env.example`` names what ``compose.yaml`` reads, no more and no less."""
    used = {found["name"] for found in VARIABLE.finditer(TEXT) if found["name"]}

    assert used == set(read_variables(".env.example")) - READ_BY_COMPOSE


def test_every_variable_is_explained():
    """A comment, or a variable that belongs together with it, stands right above each."""
    lines = (FOLDER / ".env.example").read_text(encoding="utf-8").splitlines()

    assert [line for above, line in pairwise(lines) if re.match(r"\w+=", line) and not above] == []


def test_no_secret_has_a_default():
    """What people must fill in is empty in the example, and `docker compose` insists on it."""
    example = read_variables(".env.example")
    secrets = {name for name in example if re.search("KEY|SECRET|PASSWORD", name)}

    assert secrets == REQUIRED
    assert {example[name] for name in secrets} == {""}


def test_the_demo_needs_nothing_filled_in():
    """``demo.env`` sets everything that is required, and nothing that is not read."""
    demo = read_variables("demo.env")

    assert set(demo) >= REQUIRED
    assert set(demo) <= set(read_variables(".env.example")) | READ_BY_COMPOSE


def test_an_unset_variable_is_not_overlooked():
    """A service that needs a secret cannot be read without it."""
    with pytest.raises(KeyError, match="FERNET_KEY: fill in"):
        read_services({})


def test_the_topology_is_complete(services):
    """All parts of Airflow, two workers, the databases, and the fakes in the demo only."""
    assert set(services) == {*AIRFLOW, "init", "postgres", "redis", "fakes"}
    assert services["worker"]["deploy"]["replicas"] == 2
    assert [name for name, service in services.items() if service.get("profiles") == ["demo"]] == ["fakes"]


def test_images_are_pinned_and_ours_is_one(services):
    """Nothing changes by itself; whatever is ours runs the one image that is built, and none is pulled."""
    images = {name: service["image"] for name, service in services.items()}
    ours = [name for name, image in images.items() if image == "upflow-provider:local"]

    assert set(ours) == {*AIRFLOW, "init", "fakes"}
    assert all("build" in services[name] for name in ours)
    assert {image for image in images.values() if not re.search(r":(local|\d+(\.\d+)*-\w+)$", image)} == set()


def test_everything_that_stays_has_a_health_check(services):
    """`docker compose ps` shows what is ill; the init step just ends."""
    assert {name for name, service in services.items() if "healthcheck" not in service} == {"init"}


def test_ports_are_open_on_this_machine_only(services):
    """Whoever wants Airflow on a network decides so, and on a login that fits."""
    ports = [port for service in services.values() for port in service.get("ports", [])]

    assert len(ports) == 2
    assert all(port.startswith("127.0.0.1:") for port in ports)


@pytest.mark.parametrize("name", AIRFLOW)
def test_components_are_commands_of_airflow(services, name):
    """Airflow knows the command, and every component has the same settings."""
    program, *arguments = services[name]["command"]

    assert program == "airflow"
    assert get_parser().parse_args(arguments).func
    assert services[name]["environment"] == services["scheduler"]["environment"]


def test_connections_are_those_the_settings_name(connections):
    """Ids are the defaults of ``organizations.yaml``, types are ours or Airflow's."""
    default = Organization()
    types = {kind["connection-type"] for kind in get_provider_info()["connection-types"]} | {"postgres"}

    assert set(connections) == {default.upflow_conn_id, default.stripe_conn_id, default.ledger_conn_id}
    assert {connection["conn_type"] for connection in connections.values()} == types
    assert connections["upflow_ledger"]["schema"] in (FOLDER / "ledger.sql").read_text(encoding="utf-8")


def test_the_first_runs_write_nothing():
    """As the README says: an installation begins in test mode, unless somebody decides otherwise; the demo writes."""
    upflow = {}
    for name, variables in (("default", dict.fromkeys(REQUIRED, "x")), ("demo", read_variables("demo.env"))):
        made = read_services(variables)["init"]["environment"]["CONNECTIONS"]
        upflow[name] = json.loads(made)["upflow_default"]

    assert read_variables(".env.example")["UPFLOW_TEST_MODE"] == "true"
    assert {name: each["extra"] for name, each in upflow.items()} == {
        "default": {"test_mode": True},
        "demo": {"test_mode": False},
    }


def test_the_permissions_of_the_stripe_key_are_those_of_the_documentation():
    """The comment above the key names each of them."""
    page = (FOLDER.parent / "docs" / "connections.md").read_text(encoding="utf-8")
    table = re.search(r"<!-- permissions -->(.*?)<!-- /permissions -->", page, re.DOTALL)[1]
    rows = re.findall(r"^\| ([A-Z].*?) \| `", table, re.MULTILINE)
    names = [name for row in rows for name in row.partition(",")[0].split(" and ")]
    example = (FOLDER / ".env.example").read_text(encoding="utf-8")
    comment = " ".join(
        re.search(r"# Stripe: a restricted key(.*?)\nSTRIPE_API_KEY", example, re.DOTALL)[1].split("\n# ")
    )

    assert len(names) == 11
    assert [name for name in names if name not in comment] == []


def test_hooks_accept_the_connections_of_the_demo(connections, monkeypatch, tmp_path):
    """Containers reach the fakes by plain HTTP, under a name of their own network."""
    connections |= {"upflow_ledger": {"conn_type": "sqlite", "host": str(tmp_path / "ledger.db")}}
    for conn_id, connection in connections.items():
        monkeypatch.setenv(f"AIRFLOW_CONN_{conn_id.upper()}", json.dumps(connection))
    upflow, stripe = UpflowHook(), StripeHook()

    assert upflow.client
    assert upflow.base_url == "http://fakes:9001/v1"
    assert not upflow.test_mode
    assert stripe.source
    assert {connections[name]["port"] for name in ("upflow_default", "stripe_default")} == {0}


def test_docker_compose_accepts_the_file():
    """Docker Compose itself finds nothing wrong, where there is one; it needs no engine for this."""
    docker = shutil.which("docker")
    if not docker or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("no Docker Compose on this machine")
    files = ["--file", FOLDER / "compose.yaml", "--env-file", FOLDER / "demo.env"]
    checked = subprocess.run([docker, "compose", *files, "config", "--quiet"], capture_output=True, check=False)

    assert (checked.returncode, checked.stderr) == (0, b"")


def test_the_image_is_built_from_what_is_there():
    """The base is pinned, the user is not root, and what is copied exists and is not ignored."""
    dockerfile = (FOLDER / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    ignore = (FOLDER / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    steps = [line.split() for line in dockerfile.splitlines() if re.match("[A-Z]+ ", line)]
    copied = {each for name, *words in steps if name == "COPY" and "--from=build" not in words for each in words[:-1]}

    assert {words[0] for name, *words in steps if name == "FROM"} == {"python:3.11-slim-bookworm"}
    assert [words for name, *words in steps if name == "USER"] == [["50000"]]
    assert {each for each in copied if not (FOLDER.parent / each).exists()} == set()
    assert {f"!{each}" for each in copied} == {line for line in ignore if line.startswith("!")}
