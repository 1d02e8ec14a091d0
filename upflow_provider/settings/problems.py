"""What is wrong with settings, in words: errors of Pydantic as people who write YAML or JSON understand them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, get_args

from upflow_provider.runs.suggestion import quoted, suggestion

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError
    from pydantic_core import ErrorDetails

Path = tuple[str, ...]
"""Where a setting is: its name, after those of the settings that contain it."""

IN_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "missing": "is missing",
        "string_type": "must be text; put it into quotes",
        "string_too_short": "is empty",
        "string_unicode": "has half a character, as it is left when text is cut within an emoji; write it again",
        "too_short": "must have at least {min_length} of them",
        "too_long": "must have at most {max_length} of them",
        "string_too_long": "must have at most {max_length} characters",
        "bool_type": "must be true or false",
        "bool_parsing": "must be true or false",
        "int_type": "must be a whole number",
        "int_parsing": "must be a whole number",
        "int_from_float": "must be a whole number",
        "float_type": "must be a number",
        "float_parsing": "must be a number",
        "finite_number": "must be a finite number",
        "list_type": "must be a list",
        "tuple_type": "must be a list",
        "dict_type": "must be a mapping, such as {{name: value}}",
        "model_type": "must be a mapping, such as {{name: value}}",
        "model_attributes_type": "must be a mapping, such as {{name: value}}",
        "path_type": "must be a path",
        "greater_than": "must be more than {gt}",
        "greater_than_equal": "must be at least {ge}",
        "less_than": "must be less than {lt}",
        "less_than_equal": "must be at most {le}",
        "literal_error": "must be {expected}",
    }
)
"""What Pydantic's types of errors mean, with what they are about."""
UNQUOTED = ("extra_forbidden", "missing", "string_too_short")
"""Types of errors that say it all."""


def problems(error: ValidationError, model: type[BaseModel], *, quote: bool) -> Iterator[tuple[Path, str]]:
    """
    Yield where each problem is, and what is wrong in words.

    Args:
        error: What Pydantic found.
        model: What was expected.
        quote: Whether text is quoted; not where it may be secret. Numbers and switches always are.
    """
    details = error.errors(include_url=False)
    for detail in details:
        if detail["type"] == "too_short" and any(_is_within(each, detail) for each in details):
            continue  # what is wrong with its items has made it shorter
        path = tuple(str(each) for each in detail["loc"] if each != "[key]")  # Pydantic's mark of a mapping's keys
        words, value = _in_words(detail, path, model), detail["input"]
        is_quoted = detail["type"] not in UNQUOTED and isinstance(value, (str if quote else int) | int | float | None)
        yield path, f"is {quoted(value)}, but {words}" if is_quoted else words


def _is_within(detail: ErrorDetails, outer: ErrorDetails) -> bool:
    depth = len(outer["loc"])
    return len(detail["loc"]) > depth and detail["loc"][:depth] == outer["loc"]


def _in_words(detail: ErrorDetails, path: Path, model: type[BaseModel]) -> str:
    if detail["type"] == "extra_forbidden":
        return f"is unknown; {suggestion(path[-1], _names(model, path[:-1]))}"
    words = IN_WORDS.get(detail["type"])
    return words.format(**detail.get("ctx", {})) if words else detail["msg"].removeprefix("Value error, ")


def _names(model: type[BaseModel], path: Sequence[str]) -> Sequence[str]:
    """Return the names of the settings within a setting."""
    for name in path:
        field = model.model_fields.get(name)
        models = list(_models(field.annotation)) if field else []
        if not models and not name.isdigit():  # the number of an item: its list has led to its model
            return ()
        model = models[0] if models else model
    return [field.alias or name for name, field in model.model_fields.items() if name != "name"]


def _models(annotation: Any) -> Iterator[Any]:  # noqa: ANN401 - any annotation
    """Yield the models that an annotation names, such as that of a list's items."""
    if hasattr(annotation, "model_fields"):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)
