"""What a payload cannot do without, but a source record may lack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from upflow_provider.errors import MappingError

if TYPE_CHECKING:
    from collections.abc import Mapping


def require(record: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401 - the field decides
    """
    Return a field of *record* that an import needs.

    What the vendor guarantees is read as ``record["x"]``: a `KeyError` there is a bug or a change
    of the API, and stops the sync. What a record may lack is read with this function, and sets
    that one record aside.

    Args:
        record: Source record as plain JSON, with its ``id``.
        path: Dotted path inside it, e.g. ``status_transitions.finalized_at``.

    Raises:
        MappingError: The field is absent or null, or something on the way to it is.
    """
    value: Any = record
    for name in path.split("."):
        value = value.get(name)
        if value is None:
            raise MappingError(record["id"], path)
    return value
