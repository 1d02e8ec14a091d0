"""Fields that a payload requires and a source record may lack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from upflow_provider.errors import MappingError

if TYPE_CHECKING:
    from collections.abc import Mapping


def require(record: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401 - the field decides
    """
    Return a field of *record* that an import requires.

    A field that the vendor guarantees is read as ``record["x"]``; a `KeyError` then means a bug or a change of the
    API, and stops the sync. A field that a record may lack is read with this function; its error concerns only that
    record.

    Args:
        record: Source record as plain JSON, with its ``id``.
        path: Dotted path inside it, e.g. ``status_transitions.finalized_at``.

    Raises:
        MappingError: The field, or an object on the path to it, is absent or null.
    """
    value: Any = record
    for name in path.split("."):
        value = value.get(name)
        if value is None:
            raise MappingError(record["id"], path)
    return value
