"""What the fake Stripe holds: objects by id, in the order of their creation."""

import bisect
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from upflow_provider.testing.stripe.billing.resources import RESOURCES
from upflow_provider.testing.stripe.objects.object import Object

Lazy = tuple[Callable[[int], Object], int]
"""What makes an object, and the number it makes it from."""


def at(obj: Object, path: str) -> Any:  # noqa: ANN401 - an attribute
    """Return an attribute by its dotted path; None where something on the way is missing."""
    value: Any = obj
    for name in path.split("."):
        value = None if value is None else value.get(name)
    return value


class Collection:
    """
    The objects of one resource; one that was seeded is made when it is first asked for.

    Args:
        indexes: Dotted paths of ids by which lists are filtered; looked up instead of searched for.
    """

    def __init__(self, *indexes: str) -> None:
        self._objects: dict[str, Object | Lazy] = {}
        self._order: list[tuple[int, str]] = []
        self._created: dict[str, int] = {}
        self._indexes: dict[str, dict[str, set[str]]] = {path: defaultdict(set) for path in indexes}
        self.gone: dict[str, Object] = {}

    def __len__(self) -> int:
        return len(self._objects)

    def __contains__(self, object_id: str) -> bool:
        return object_id in self._objects

    def __iter__(self) -> Iterator[Object]:
        return (self.shown(object_id) for _, object_id in self._order)

    def add(self, obj: Object) -> Object:
        """Add or replace an object; what it is indexed by never changes."""
        if obj["id"] not in self._objects:
            self._enter(obj["id"], obj["created"], {path: at(obj, path) for path in self._indexes})
        self._objects[obj["id"]] = obj
        return obj

    def add_lazily(self, object_id: str, created: int, make: Lazy, keys: Mapping[str, str] | None = None) -> None:
        """Add an object that is made when it is asked for, indexed by *keys*; cheapest in order of creation."""
        if object_id in self._objects:
            raise ValueError(f"{object_id} is there already")
        self._objects[object_id] = make
        self._enter(object_id, created, keys or {})

    def _enter(self, object_id: str, created: int, keys: Mapping[str, str | None]) -> None:
        bisect.insort(self._order, (created, object_id))
        self._created[object_id] = created
        for path, key in keys.items():
            if key is not None:
                self._indexes[path][key].add(object_id)

    def shown(self, object_id: str) -> Object:
        """Return an object to be shown; `KeyError` without it."""
        obj = self._objects[object_id]
        if isinstance(obj, tuple):
            make, number = obj
            return make(number)
        return obj

    def held(self, object_id: str) -> Object:
        """Return an object to be changed; `KeyError` without it."""
        obj = self._objects[object_id] = self.shown(object_id)
        return obj

    def remove(self, object_id: str, tombstone: Object) -> None:
        """Delete an object; what a retrieve shows of it afterwards is *tombstone*."""
        del self._objects[object_id]
        del self._order[bisect.bisect_left(self._order, (self._created.pop(object_id), object_id))]
        for by_key in self._indexes.values():
            for ids in by_key.values():
                ids.discard(object_id)
        self.gone[object_id] = tombstone

    def ids_where(self, path: str, key: str) -> list[str]:
        """Return the ids that an index has under a key, the oldest first."""
        return [object_id for _, object_id in self._among({path: key})]

    def where(self, path: str, key: str) -> list[Object]:
        """Return the objects that an index has under a key, to be changed, the oldest first."""
        return [self.held(each) for each in self.ids_where(path, key)]

    def newest_first(
        self, *, after: str | None, earliest: int, latest: int, equal: Mapping[str, str] | None = None
    ) -> Iterator[str]:
        """
        Yield ids, newest first.

        Args:
            after: Begin behind this one; `KeyError` when it does not exist.
            earliest: Nothing older is wanted.
            latest: Nothing newer is wanted.
            equal: What is wanted of attributes, by path; used as far as there are indexes.
        """
        order = self._among(equal or {})
        top = bisect.bisect_right(order, (latest, "~"))
        if after is not None:
            top = min(top, bisect.bisect_left(order, (self._created[after], after)))
        for index in range(top - 1, -1, -1):
            created, object_id = order[index]
            if created < earliest:
                return
            yield object_id

    def _among(self, equal: Mapping[str, str]) -> list[tuple[int, str]]:
        """Return those that can be wanted, oldest first."""
        for path in self._indexes.keys() & equal.keys():
            return sorted((self._created[each], each) for each in self._indexes[path].get(equal[path], ()))
        return self._order


class Store:
    """
    All objects by resource, and answers that may have to be repeated.

    The objects of each row of `RESOURCES` are an attribute with its name: ``store.invoices``.

    Attributes:
        balances: What Stripe owes (below zero) or is owed by a customer, by customer and currency.
        replays: By idempotency key, the request that was made with it, its answer (status and body), and when.
    """

    def __init__(self) -> None:
        self._collections = {name: Collection(*row.indexes) for name, row in RESOURCES.items()}
        self.balances: dict[tuple[str, str], int] = defaultdict(int)
        self.replays: dict[str, tuple[str, tuple[int, Object], int]] = {}

    def __getattr__(self, name: str) -> Collection:
        collections: dict[str, Collection] = vars(self).get("_collections", {})
        if name not in collections:
            raise AttributeError(f"no resource {name!r} is stored")
        return collections[name]

    def collection(self, resource: str) -> Collection:
        """Return the objects of a resource; `KeyError` for one that is not stored."""
        return self._collections[resource]
