"""Every command in README and docs/, also within sentences, is one that its program understands."""

import json
import re
import shlex

import pytest

from tests.docs.tables import ROOT, TEXT, commands, table
from upflow_provider import __main__ as command_line
from upflow_provider.hooks.ledger import ADD_COMMAND
from upflow_provider.operators.setup_check import HOW_TO_ADD
from upflow_provider.testing import __main__ as fakes

PROGRAMS = ("airflow ", "make ", "python -m ")
INLINE = re.findall(rf"`((?:{'|'.join(PROGRAMS)})[^`\n]+)`", TEXT)
"""Commands within sentences."""
VARIABLE = re.compile(r"^(?:[A-Z_]+=\S+ )+")
"""Variables of the environment before a command."""
EVERY = sorted({VARIABLE.sub("", command) for command in [*commands(), *INLINE]})
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PARSERS = {
    "upflow_provider": command_line._parser,
    "upflow_provider.testing": fakes._parser,
}
"""Parsers of our own programs, by module."""


def words_of(program):
    """Return the words of each command of a program, without the program."""
    found = [shlex.split(command.removeprefix(program)) for command in EVERY if command.startswith(program)]
    assert found
    return found


@pytest.fixture(scope="module")
def airflow_parser():
    """Return the parser of Airflow's own command."""
    from airflow.cli.cli_parser import get_parser  # noqa: PLC0415 - takes a second

    return get_parser()


def test_airflow_understands_each_of_its_commands(airflow_parser):
    """Each option exists in the Airflow that is installed."""
    for words in words_of("airflow "):
        airflow_parser.parse_args(words)


def test_the_button_of_the_ui_can_test_each_connection():
    """Each command stores a port, also those of the preflight's messages: Airflow 3.3.2 refuses a test without one."""
    added = [
        *words_of("airflow connections add "),
        *(shlex.split(each) for each in [*HOW_TO_ADD.values(), ADD_COMMAND]),
    ]

    assert len(added) > len(HOW_TO_ADD) + 4
    assert [words for words in added if "--conn-port" not in words] == []


def test_each_dag_that_is_triggered_has_the_params():
    """What `--conf` holds is in the table of Params, which is that of the code."""
    params = {}
    for dag, name, *_ in table("params"):
        params.setdefault(dag.strip("`") or list(params)[-1], set()).add(name.strip("`"))

    for dag, *options in words_of("airflow dags trigger "):
        conf = json.loads(options[options.index("--conf") + 1]) if options else {}
        assert conf.keys() <= params[dag], dag


def test_make_has_each_target():
    """Each is in the Makefile."""
    targets = {word for words in words_of("make ") for word in words if "=" not in word}

    assert targets
    assert {target for target in targets if not re.search(rf"^{target}:", MAKEFILE, re.MULTILINE)} == set()


def test_our_own_programs_understand_each_of_their_commands():
    """A module alone, as in `python -m upflow_provider`, is a name and not a command."""
    for module, *words in words_of("python -m "):
        parser = PARSERS[module]()
        if words and words != ["--help"]:
            parser.parse_args(words)


def test_files_that_commands_name_exist():
    """Docker's are files of the repository."""
    named = [word for command in EVERY for word in shlex.split(command) if word.startswith("docker/")]

    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []
