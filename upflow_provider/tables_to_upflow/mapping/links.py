"""Links in a cell: how much of which documents a document settles. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from upflow_provider.records.text import is_id
from upflow_provider.tables_to_upflow.mapping.cells import CellError, text_in

FORMS = 'must be a mapping such as {"INV-1": 120.00}, or a list such as [{"externalId": "INV-1", "amount": 120.00}]'


def links_in(cell: object, amount: Callable[[object], int]) -> dict[str, int]:
    """
    Return the amounts in a cell by the external ids of documents, in Upflow's minor units.

    Args:
        cell: A mapping from ids to amounts, or a list of mappings with ``externalId`` and ``amount``.
        amount: Returns an amount in minor units; raises `CellError`.

    Raises:
        CellError: It is neither, names a document twice, or an amount is not above zero.
    """
    found: dict[str, int] = {}
    for external_id, value in _amounts(cell):
        if not is_id(external_id):
            raise CellError(f"holds what is no external id; it {FORMS}")
        if external_id in found:
            raise CellError("names a document twice")
        found[external_id] = amount(value)
        if found[external_id] <= 0:
            raise CellError("links an amount that is not above zero")
    return found


def _amounts(cell: object) -> list[tuple[str, Any]]:
    if isinstance(cell, Mapping):
        return [(text_in(key), value) for key, value in cell.items()]
    if isinstance(cell, list) and all(isinstance(each, tuple) and len(each) == 2 for each in cell):  # noqa: PLR2004 - a pair
        return [(text_in(key), value) for key, value in cell]  # a map of Parquet
    if not isinstance(cell, list) or not all(isinstance(each, dict) for each in cell):
        raise CellError(FORMS)
    return [(text_in(each.get("externalId", "")), each.get("amount")) for each in cell]
