"""The path of custom fields: Upflow's documentation names two."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from upflow_provider.errors import NotFoundError

PATHS = ("/custom_fields", "/custom_field")
"""The path of the API reference, then that of the integration guide."""

T = TypeVar("T")


class CustomFieldsPath:
    """
    The path of custom fields: both of `PATHS` until a request has shown which one exists, then that one.

    Threads may share it: each of them would find the same path, and it is stored at once.
    """

    def __init__(self) -> None:
        self._candidates: tuple[str, ...] = PATHS

    def call(self, request: Callable[[str], T]) -> T:
        """
        Make a request with the path that exists; try both as long as that is not known.

        Args:
            request: Makes the request; its argument is the path.

        Returns:
            What *request* returned.

        Raises:
            NotFoundError: The answer is 404 under every path, so that either the record or both paths do
                not exist. The error is that of the first path.
        """
        errors = []
        for path in self._candidates:
            try:
                answer = request(path)
            except NotFoundError as error:
                errors.append(error)
            else:
                self._candidates = (path,)
                return answer
        raise errors[0] from None
