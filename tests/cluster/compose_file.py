"""The files in ``docker/`` as Docker Compose understands them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parents[2] / "docker"
VARIABLE = re.compile(r"\$(?:\$|\{(?P<name>\w+)(?::(?P<kind>[-?])(?P<text>[^}]*))?\})")
"""``$$``, ``${NAME}``, ``${NAME:-default}`` and ``${NAME:?message}``."""


def read_services(variables: Mapping[str, str]) -> dict[str, Any]:
    """Return the services of ``compose.yaml`` with its variables replaced."""
    document = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))
    services: dict[str, Any] = _replaced(document["services"], variables)
    return services


def read_variables(name: str) -> dict[str, str]:
    """Return what an environment file in ``docker/`` sets."""
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def _replaced(value: Any, variables: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _replaced(each, variables) for key, each in value.items()}
    if isinstance(value, list):
        return [_replaced(each, variables) for each in value]
    if isinstance(value, str):
        return VARIABLE.sub(lambda found: _value(found, variables), value)
    return value


def _value(found: re.Match[str], variables: Mapping[str, str]) -> str:
    if found[0] == "$$":
        return "$"
    if given := variables.get(found["name"]):
        return given
    if found["kind"] == "?":
        raise KeyError(f"{found['name']}: {found['text']}")
    return found["text"] or ""
