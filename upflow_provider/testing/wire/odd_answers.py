"""Answers of a fake that are not what the vendor documents: short lists, pages of HTML, and the like."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

Change = Callable[[Any], Any]
"""Changes the JSON of an answer."""


@dataclass(slots=True, eq=False)
class _Oddity:
    path: str
    change: Callable[[Response], Response]
    times: int | None
    after: int


class OddAnswers:
    """Changes answers that are successful otherwise; what is added first comes first."""

    def __init__(self) -> None:
        self._odd: list[_Oddity] = []

    def change(self, path: str, change: Change, *, times: int | None = 1) -> None:
        """
        Change the JSON of answers.

        Args:
            path: Regular expression searched for in path and query.
            change: Returns what is answered instead.
            times: How many answers are changed; None for all to come.
        """

        def changed(response: Response) -> Response:
            if not response.body:  # an answer without content, to a deletion
                return response
            body = json.dumps(change(json.loads(bytes(response.body))))
            return Response(body, response.status_code, media_type="application/json")

        self._odd.append(_Oddity(path, changed, times, 0))

    def replace(
        self,
        path: str,
        body: str,
        *,
        status: int = 200,
        media_type: str = "text/html",
        times: int | None = 1,
        after: int = 0,
    ) -> None:
        """
        Answer something else altogether.

        Args:
            path: As in `change`.
            body: What is answered.
            status: HTTP status.
            media_type: What the answer says that it is.
            times: As in `change`.
            after: How many such answers are as they are first.
        """
        self._odd.append(_Oddity(path, lambda _: Response(body, status, media_type=media_type), times, after))

    def clear(self) -> None:
        """Forget all of that."""
        self._odd.clear()

    def of(self, path: str, response: Response) -> Response:
        """Return the answer that is due instead of a successful one."""
        for each in self._odd:
            if each.times == 0 or not re.search(each.path, path):
                continue
            if each.after:
                each.after -= 1
                continue
            each.times = None if each.times is None else each.times - 1
            return each.change(response)
        return response
