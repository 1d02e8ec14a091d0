"""Fields that a payload requires and a source record may lack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from upflow_provider.errors import MappingError
from upflow_provider.records.text import mapping_in

if TYPE_CHECKING:
    from collections.abc import Mapping


def require(record: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401 - the field decides
    """
    Return a field of *record* that an import requires.

    Every field may be absent, because vendors change their APIs; the error concerns only this record. A field that is
    not required is read with ``record.get("x")``.

    Args:
        record: Source record as plain JSON, with its ``id``.
        path: Dotted path inside it, e.g. ``status_transitions.finalized_at``.

    Raises:
        MappingError: The field, or an object on the path to it, is absent or null.
    """
    value: Any = record
    for name in path.split("."):
        value = mapping_in(value).get(name)
        if value is None:
            raise MappingError(record["id"], path)
    return value
