"""
The place of customers below others.

Upflow's hierarchy has one level (https://docs.upflow.io, groups and entities), so that whoever stands below somebody's
child is brought below the top parent, as Upflow's own connectors do.
"""

from __future__ import annotations

from collections.abc import Callable

DEPTH_MAX = 50
"""Steps up to the top parent; more are an error in the source."""


class CycleError(ValueError):
    """A customer stands, by way of others, below itself."""


def top_parent(customer: str, parent: str, parent_of: Callable[[str], str]) -> str:
    """
    Return the customer at the top, above another one.

    Args:
        customer: External id of the customer.
        parent: External id of the one above it.
        parent_of: Returns the external id above another one; empty if there is none, or if that is not known.

    Raises:
        CycleError: There is no top, because the way up comes back to where it was.
    """
    way = {customer}
    for _ in range(DEPTH_MAX):
        if parent in way:
            raise CycleError("stands below itself, by way of its parents; correct one of them")
        way.add(parent)
        above = parent_of(parent)
        if not above:
            return parent
        parent = above
    raise CycleError(f"stands below more than {DEPTH_MAX} others; correct its parents")
