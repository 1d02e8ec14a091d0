"""What Airflow reads about the provider: valid, complete, and shown without warnings."""

import importlib
import json
from pathlib import Path

import airflow
import jsonschema
import pytest

from tests.docs.airflow_commands import run_airflow
from upflow_provider.errors import ConfigurationError
from upflow_provider.get_provider_info import get_provider_info
from upflow_provider.hooks.connection_extra import StripeConnectionExtra, UpflowConnectionExtra
from upflow_provider.ledger.budget import slots_per_minute

INFO = get_provider_info()
SHOWN = {
    "list": ["upflow-provider"],
    "hooks": ["upflow_provider.hooks.upflow.UpflowHook", "StripeHook"],
    "get upflow-provider --full": ["upflow_provider.links.upflow"],
}
"""What commands about providers show of this one."""


def schema(name):
    """Return one of the schemas that ship with Airflow."""
    return json.loads((Path(airflow.__file__).parent / name).read_text(encoding="utf-8"))


def test_it_is_valid_at_run_time():
    """The schema that Airflow checks when it starts."""
    jsonschema.validate(INFO, schema("provider_info.schema.json"))


def test_connection_types_are_valid_by_the_strict_schema():
    """The schema of provider.yaml also checks the fields of forms."""
    strict = schema("provider.yaml.schema.json")
    only = {
        "$schema": strict["$schema"],
        "definitions": strict.get("definitions", {}),
        **strict["properties"]["connection-types"],
    }

    jsonschema.validate(INFO["connection-types"], only)


def dotted_names():
    """Return everything the provider info names by its path."""
    yield from (kind["hook-class-name"] for kind in INFO["connection-types"])
    yield from INFO["extra-links"]
    for part in ("hooks", "operators"):
        for entry in INFO[part]:
            yield from (f"{module}.__doc__" for module in entry["python-modules"])


@pytest.mark.parametrize("name", list(dotted_names()))
def test_everything_it_names_exists(name):
    """No dead reference."""
    module, attribute = name.rsplit(".", 1)

    assert getattr(importlib.import_module(module), attribute)


def test_hooks_agree_with_their_connection_types():
    """Type and name are said twice, to Airflow and by the class: the same."""
    for kind in INFO["connection-types"]:
        module, name = kind["hook-class-name"].rsplit(".", 1)
        hook = getattr(importlib.import_module(module), name)
        assert (hook.conn_type, hook.hook_name) == (kind["connection-type"], kind["hook-name"])


def test_defaults_of_the_form_are_those_of_the_hook():
    """What the form shows is what an empty field means."""
    for kind, extra in (("upflow", UpflowConnectionExtra()), ("stripe", StripeConnectionExtra())):
        fields = next(each for each in INFO["connection-types"] if each["connection-type"] == kind)["conn-fields"]
        shown = {name: field["schema"].get("default") for name, field in fields.items()}
        assert shown == {name: default for name, default in extra.model_dump().items() if name in shown}


def number_fields():
    """Yield the number fields of the forms: connection type, name and schema."""
    for kind in INFO["connection-types"]:
        for name, field in kind["conn-fields"].items():
            if "integer" in field["schema"]["type"] or "number" in field["schema"]["type"]:
                yield kind["connection-type"], name, field["schema"]


def is_accepted(kind, name, value):
    """Return whether a connection may have this value in its extra."""
    try:
        extra = {"upflow": UpflowConnectionExtra, "stripe": StripeConnectionExtra}[kind](**{name: value})
        if kind == "upflow":
            slots_per_minute(extra.requests_per_minute)
    except (ValueError, ConfigurationError):
        return False
    return True


@pytest.mark.parametrize(("kind", "name", "schema"), [pytest.param(*each, id=each[1]) for each in number_fields()])
def test_a_form_has_the_bounds_of_the_code(kind, name, schema):
    """What the form takes is accepted, and what it refuses is refused when it comes from the command line."""
    assert is_accepted(kind, name, schema["default"])
    if "minimum" in schema:
        assert is_accepted(kind, name, schema["minimum"])
        assert not is_accepted(kind, name, schema["minimum"] - 1)
    else:
        assert not is_accepted(kind, name, schema["exclusiveMinimum"])
    if "maximum" in schema:
        assert is_accepted(kind, name, schema["maximum"])
    assert is_accepted(kind, name, schema.get("maximum", 10**6) + 1) == ("maximum" not in schema)


def test_everything_a_form_asks_for_is_explained():
    """Each field of our own has a label and a line of help; the others have an example of what to enter."""
    for kind in INFO["connection-types"]:
        shown = kind["ui-field-behaviour"]
        assert all(field["label"] and field["description"] for field in kind["conn-fields"].values())
        assert shown["placeholders"].keys() <= shown["relabeling"].keys()
        assert not shown["relabeling"].keys() & set(shown["hidden-fields"])
        assert "host" in shown["placeholders"]


@pytest.mark.slow
def test_airflow_shows_the_provider_without_warnings():
    """As a user sees it after the installation."""
    ended = run_airflow([f"airflow providers {command} --output json" for command in SHOWN])

    for shown, texts in zip(ended, SHOWN.values(), strict=True):
        assert shown.status == 0, shown.errors
        assert [text for text in texts if text not in shown.output] == []
        assert "arn" not in "".join(line for line in shown.errors.splitlines() if "upflow" in line.lower())
