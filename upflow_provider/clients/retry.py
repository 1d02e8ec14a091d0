"""
The one layer that retries a call.

What to retry, and when, is decided by a pure function; tenacity runs the loop.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from tenacity import RetryCallState, Retrying

from upflow_provider.errors import RateLimitedError, RetriableError

MAX_ATTEMPTS = 6
"""Tries of one call, the first included: 1 + 2 + 4 + 8 + 16 s and more between them."""
MAX_TOTAL_S = 300.0
"""Seconds after the first try beyond which none is started."""


def retry_delay(error: BaseException, attempt: int, *, jitter: float = 0.0, elapsed_s: float = 0.0) -> float | None:
    """
    Decide whether a failed call deserves another try, and when.

    Pure: does not sleep, read the clock or roll dice. The vendor's advice is exponential backoff for
    connection errors, 500 and 503, and never a retry of a 4xx (https://docs.upflow.io, integrating
    with the Upflow API); 429 is retried after the pause it asks for.

    Args:
        error: What the attempt raised.
        attempt: Attempts made so far, counting from 1.
        jitter: Share of the backoff to add, 0.0 to 1.0.
        elapsed_s: Seconds since the first attempt began.

    Returns:
        Seconds to wait before the next attempt: 1, 2, 4, 8, 16, stretched by *jitter* and never less
        than the server's ``Retry-After``. ``None`` means give up: the error is not retriable, or
        the attempts or the time are used up.
    """
    if not isinstance(error, RetriableError) or attempt >= MAX_ATTEMPTS:
        return None
    delay_s: float = 2.0 ** (attempt - 1) * (1.0 + jitter)
    if isinstance(error, RateLimitedError):
        delay_s = max(delay_s, error.retry_after_s)
    return delay_s if elapsed_s + delay_s <= MAX_TOTAL_S else None


def retrying(
    *,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
    dice: Callable[[], float] = random.random,
) -> Retrying:
    """
    Return the loop of one call, which applies `retry_delay`; tenacity sleeps, we decide.

    Args:
        sleep: Waits that many seconds.
        clock: Seconds of a monotonic clock; the time allowed for all attempts begins now.
        dice: A number from 0.0 to 1.0, for the jitter.
    """
    started_s = clock()

    def delay_s(state: RetryCallState) -> float | None:
        error = state.outcome.exception() if state.outcome else None
        if error is None:
            return None
        return retry_delay(error, state.attempt_number, jitter=dice(), elapsed_s=clock() - started_s)

    return Retrying(
        retry=lambda state: delay_s(state) is not None,
        wait=lambda state: delay_s(state) or 0.0,
        sleep=sleep,
        reraise=True,  # callers see our error, never tenacity's RetryError
    )
