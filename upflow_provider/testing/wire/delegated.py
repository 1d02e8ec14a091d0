"""An attribute of a fake that lives in the fake's state."""

from operator import attrgetter
from typing import Any, Generic, TypeVar

ValueT = TypeVar("ValueT")


class Delegated(Generic[ValueT]):
    """
    An attribute that is read and set where another attribute points: ``url = Delegated[str]("state")``.

    Args:
        owner: Name of the attribute that holds the object with the attribute of the same name.
    """

    def __init__(self, owner: str) -> None:
        self._owner = attrgetter(owner)

    def __set_name__(self, _: type, name: str) -> None:
        self._name = name

    def __get__(self, fake: Any, _: type | None = None) -> ValueT:  # noqa: ANN401 - any fake
        value: ValueT = getattr(self._owner(fake), self._name)
        return value

    def __set__(self, fake: Any, value: ValueT) -> None:  # noqa: ANN401 - any fake
        setattr(self._owner(fake), self._name, value)
