"""Switches of operators: booleans, or what templates make of them."""

import ast
from pathlib import Path

import pytest

import upflow_provider.operators
from upflow_provider.errors import ConfigurationError
from upflow_provider.runs.switches import is_on


@pytest.mark.parametrize(("given", "on"), [(True, True), (False, False), ("True", True), ("False", False)])
@pytest.mark.parametrize("case", [str, str.lower])
def test_a_switch_is_on_or_off(given, on, case):
    """A text means what it says."""
    assert is_on("approve", case(given) if isinstance(given, str) else given) is on


@pytest.mark.parametrize("odd", ["", "no", "TRUE", "None", "0", None, 0, 1, [], "{{ params.approve }}"])
def test_nothing_else_is_a_switch(odd):
    """The message names the parameter."""
    with pytest.raises(ConfigurationError, match=r"^approve is neither true nor false"):
        is_on("approve", odd)


def switches():
    """Yield file and name of every templated boolean of an operator."""
    for file in sorted(Path(upflow_provider.operators.__path__[0]).rglob("*.py")):
        for made in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(made, ast.ClassDef):
                fields = [
                    value
                    for each in made.body
                    if isinstance(each, ast.AnnAssign) and getattr(each.target, "id", "") == "template_fields"
                    for value in ast.literal_eval(each.value)
                ]
                for method in (each for each in made.body if isinstance(each, ast.FunctionDef)):
                    for each in [*method.args.args, *method.args.kwonlyargs]:
                        if each.arg in fields and getattr(each.annotation, "id", "") == "bool":
                            yield file, each.arg


@pytest.mark.parametrize(("file", "name"), [pytest.param(*each, id=f"{each[0].stem} {each[1]}") for each in switches()])
def test_every_templated_boolean_is_read_by_the_same_rule(file, name):
    """None is taken for true because it is a text."""
    read = [
        each
        for each in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(each, ast.Attribute) and each.attr == name and isinstance(each.ctx, ast.Load)
        if getattr(each.value, "id", "") == "self"
    ]

    assert file.read_text("utf-8").count(f'is_on("{name}", self.{name})') == len(read) > 0
