"""Idempotency keys of the fake Stripe: a repeated request is answered as it was the first time."""

import copy
from collections.abc import Callable
from typing import Literal

from upflow_provider.testing.stripe.billing.account import Account
from upflow_provider.testing.stripe.billing.refusal import StripeRefusalError
from upflow_provider.testing.stripe.objects.object import Object

KEY_LIFE_S = 24 * 3_600
"""Seconds for which a key is kept; Stripe keeps it at least as long (https://docs.stripe.com/api/idempotent_requests)."""
REPLAYED = {"Idempotent-Replayed": "true"}

Answer = tuple[int, Object]
"""Status and body."""


class Replays:
    """
    Answers by key; refusals are kept as well, except those of parameters.

    Args:
        account: Whose requests; its clock says when a key is forgotten.

    Attributes:
        failures: How the next requests with a new key fail, with status 500 that is kept: ``before`` or ``after`` their
            work is done, or ``never``.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self.failures: list[Literal["never", "before", "after"]] = []

    def answer(self, key: str, asked: str, handle: Callable[[], Object]) -> tuple[Answer, dict[str, str]]:
        """
        Return the answer of a request, and its headers.

        Args:
            key: Its idempotency key.
            asked: Path and body.
            handle: Does what is asked.

        Raises:
            StripeRefusalError: The key was used for another request.
        """
        replays, now = self._account.store.replays, self._account.now()
        if key in replays and now - replays[key][2] >= KEY_LIFE_S:
            del replays[key]
        if key in replays:
            before, answer, _ = replays[key]
            if before != asked:
                message = "Keys for idempotent requests can only be used with the same parameters"
                raise StripeRefusalError(400, message, type="idempotency_error")
            return copy.deepcopy(answer), REPLAYED
        answer = self._done(handle)
        replays[key] = asked, copy.deepcopy(answer), now
        return answer, {}

    def _done(self, handle: Callable[[], Object]) -> Answer:
        failure = self.failures.pop(0) if self.failures else None
        error = StripeRefusalError(500, "An unknown error occurred", type="api_error")
        if failure == "before":
            return 500, error.body
        try:
            answer = 200, handle()
        except StripeRefusalError as refused:
            if refused.body["error"].get("code", "").startswith("parameter_"):
                raise  # parameters that are wrong are found before anything begins, and nothing is kept
            return refused.status, refused.body
        return (500, error.body) if failure == "after" else answer
