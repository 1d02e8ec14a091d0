"""
Fields that the fake Stripe leaves out of its answers, because Stripe's own types call them optional.

Which fields those are is read from the annotations of the installed SDK; a field that is left out is absent, not null.
"""

import random
import typing
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any
from zlib import crc32

from upflow_provider.testing.stripe.objects.object import Object

ALWAYS_THERE = frozenset({"id", "object", "deleted"})
"""What tells one object from another, which no answer lacks."""
SHAPES = 8
"""How many shapes the objects of a kind have when fields are left out at random."""


@cache
def optional_fields(kind: str) -> frozenset[str]:
    """
    Return the dotted paths of the fields of a kind of objects, such as ``invoice``, that may be absent.

    A kind that the SDK does not know has none.
    """
    import stripe  # noqa: TID251 - its types say what is optional

    declared = getattr(stripe, "".join(word.title() for word in kind.split("_")), None)
    return frozenset(_optional(declared, "")) if isinstance(declared, type) else frozenset()


def _optional(declared: type, path: str) -> Iterator[str]:
    """Yield the paths of what may be absent in a class of the SDK, and in those that are declared within it."""
    for name, annotation in getattr(declared, "__annotations__", {}).items():
        if name in ALWAYS_THERE:
            continue
        if type(None) in typing.get_args(annotation):
            yield f"{path}{name}"
        for inner in _classes(annotation):
            if inner.__qualname__.startswith(f"{declared.__qualname__}."):
                yield from _optional(inner, f"{path}{name}.")


def _classes(annotation: Any) -> Iterator[type]:  # noqa: ANN401 - an annotation
    """Yield the classes that an annotation names."""
    if isinstance(annotation, type) and not typing.get_args(annotation):
        yield annotation
    for part in typing.get_args(annotation):
        yield from _classes(part)


class OptionalFields:
    """Leaves optional fields out of what the fake answers, events included; what is stored keeps them."""

    def __init__(self) -> None:
        self.show_all()

    def show_all(self) -> None:
        """Leave nothing out."""
        self._chosen: dict[str, frozenset[str]] = {}
        self._share, self._seed, self._only_empty = 0.0, 0, False
        self._shapes: dict[tuple[str, int], frozenset[str]] = {}

    def leave_out(self, kind: str, *paths: str) -> None:
        """
        Leave fields out of every object of a kind, whatever they hold: ``leave_out("refund", "destination_details")``.

        Args:
            kind: As in the attribute ``object``.
            paths: Dotted paths; none for all fields that may be absent.

        Raises:
            ValueError: Stripe's types do not call a field optional.
        """
        known = optional_fields(kind)
        if wrong := set(paths) - known:
            raise ValueError(f"{', '.join(sorted(wrong))} of {kind} is not optional (optional: {sorted(known)})")
        self._chosen[kind] = self._chosen.get(kind, frozenset()) | (frozenset(paths) or known)

    def leave_out_at_random(self, share: float, *, seed: int = 0, only_empty: bool = False) -> None:
        """
        Leave out a share of all optional fields; the same object always lacks the same ones.

        Args:
            share: From 0.0 to 1.0, which is all of them.
            seed: Another number leaves out others.
            only_empty: Only where they hold nothing (null, or an empty list or object), so that nothing is lost.
        """
        self._share, self._seed, self._only_empty, self._shapes = share, seed, only_empty, {}

    def configure(self, wanted: Mapping[str, Iterable[str]]) -> None:
        """Leave out fields by kind, as another process asks for it; see `leave_out`."""
        self.show_all()
        for kind, paths in wanted.items():
            self.leave_out(kind, *paths)

    def shown(self, obj: Object) -> Object:
        """Return an object, or a list of objects, without what is left out."""
        if not self._chosen and not self._share:
            return obj
        cut: Object = self._cut(obj, frozenset(), frozenset(), "")
        return cut

    def _cut(self, value: Any, chosen: frozenset[str], lacking: frozenset[str], path: str) -> Any:  # noqa: ANN401 - JSON
        if isinstance(value, list):
            return [self._cut(each, chosen, lacking, path) for each in value]
        if not isinstance(value, dict):
            return value
        if "object" in value and isinstance(value["object"], str):
            chosen, lacking, path = self._chosen.get(value["object"], frozenset()), self._shape(value), ""
        return {
            name: self._cut(inside, chosen, lacking, f"{path}{name}.")
            for name, inside in value.items()
            if f"{path}{name}" not in chosen
            and (f"{path}{name}" not in lacking or (self._only_empty and inside not in (None, [], {})))
        }

    def _shape(self, obj: Object) -> frozenset[str]:
        """Return what an object lacks at random."""
        if not self._share:
            return frozenset()
        kind, number = obj["object"], crc32(str(obj.get("id")).encode()) % SHAPES
        if (kind, number) not in self._shapes:
            dice = random.Random(f"{self._seed} {kind} {number}")
            names = sorted(optional_fields(kind))
            self._shapes[kind, number] = frozenset(each for each in names if dice.random() < self._share)
        return self._shapes[kind, number]
