"""What the fake Stripe holds: objects by id, in the order of their creation."""

import bisect
from collections.abc import Callable, Iterator

from upflow_provider.testing.stripe_objects import Object

Lazy = tuple[Callable[[int], Object], int]
"""What makes an object, and the number it makes it from."""


class Collection:
    """The objects of one resource; one that was seeded is made when it is first asked for."""

    def __init__(self) -> None:
        self._objects: dict[str, Object | Lazy] = {}
        self._order: list[tuple[int, str]] = []
        self.gone: dict[str, Object] = {}

    def __len__(self) -> int:
        return len(self._objects)

    def __contains__(self, object_id: str) -> bool:
        return object_id in self._objects

    def __iter__(self) -> Iterator[Object]:
        return (self.shown(object_id) for _, object_id in self._order)

    def add(self, obj: Object) -> Object:
        """Add or replace an object."""
        if obj["id"] not in self._objects:
            bisect.insort(self._order, (obj["created"], obj["id"]))
        self._objects[obj["id"]] = obj
        return obj

    def add_lazily(self, object_id: str, created: int, make: Lazy) -> None:
        """Add an object that is made when it is asked for; cheapest in order of creation."""
        if object_id in self._objects:
            raise ValueError(f"{object_id} is there already")
        self._objects[object_id] = make
        bisect.insort(self._order, (created, object_id))

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
        obj = self.shown(object_id)
        del self._objects[object_id]
        del self._order[bisect.bisect_left(self._order, (obj["created"], object_id))]
        self.gone[object_id] = tombstone

    def newest_first(self, *, after: str | None, earliest: int, latest: int) -> Iterator[str]:
        """
        Yield ids, newest first.

        Args:
            after: Begin behind this one; `KeyError` when it does not exist.
            earliest: Nothing older is wanted.
            latest: Nothing newer is wanted.
        """
        top = bisect.bisect_right(self._order, (latest, "~"))
        if after is not None:
            top = min(top, bisect.bisect_left(self._order, (self.shown(after)["created"], after)))
        for index in range(top - 1, -1, -1):
            at, object_id = self._order[index]
            if at < earliest:
                return
            yield object_id


class Store:
    """
    All objects by resource, the events of their changes, and answers that may have to be repeated.

    Attributes:
        customers: Customers.
        invoices: Invoices.
        events: Events.
        replays: By idempotency key, the request that was made with it and its answer.
    """

    def __init__(self) -> None:
        self.customers = Collection()
        self.invoices = Collection()
        self.events = Collection()
        self.replays: dict[str, tuple[str, Object]] = {}

    def collection(self, resource: str) -> Collection:
        """Return the objects of a resource; `KeyError` for one that is not stored."""
        return {"customers": self.customers, "invoices": self.invoices, "events": self.events}[resource]
