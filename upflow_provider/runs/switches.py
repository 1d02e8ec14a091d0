"""Switches of operators, which templates may turn into texts."""

from __future__ import annotations

from upflow_provider.errors import ConfigurationError

MEANINGS = {"True": True, "true": True, "False": False, "false": False}
"""What a template renders if its DAG does not render native objects."""


def is_on(name: str, given: object) -> bool:
    """
    Return whether a switch is on.

    The text ``False`` counts as off. Python would take it for true, and write what nobody has approved.

    :param name: the parameter, as the operator calls it
    :param given: a boolean, or one as a template renders it
    :raises ConfigurationError: it is anything else
    """
    if isinstance(given, bool):
        return given
    if isinstance(given, str) and given in MEANINGS:
        return MEANINGS[given]
    raise ConfigurationError(
        f"{name} is neither true nor false. Pass a boolean, or a template that renders True or False"
    )
