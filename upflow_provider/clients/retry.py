"""
The only layer that retries a call.

A pure function decides what to retry, and when; tenacity runs the loop.
"""

from __future__ import annotations

import logging
import math
import random
import time
from collections.abc import Callable
from typing import NoReturn, ParamSpec, Protocol, TypeVar, cast

from tenacity import RetryCallState, Retrying, retry_if_exception_type

from upflow_provider.errors import RateLimitedError, RetriableError

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 6
"""Attempts at one call, including the first; the pauses between them are at least 1, 2, 4, 8 and 16 s."""
MAX_TOTAL_S = 300.0
"""Seconds after the beginning of the first attempt beyond which no further one begins."""

PIECE_S = 60.0
"""Seconds that a thread sleeps in one piece."""

P = ParamSpec("P")
T = TypeVar("T")


class Loop(Protocol):
    """Runs a call until it succeeds or `retry_delay` gives up; threads may share it."""

    def __call__(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what *call* returns, or raise what it raised last; the time allowed begins with this call."""


def retry_delay(error: BaseException, attempt: int, *, jitter: float = 0.0, elapsed_s: float = 0.0) -> float | None:
    """
    Decide whether a failed call deserves another try, and when.

    Pure: does not sleep, read the clock or roll dice. The vendor advises exponential backoff after
    connection errors, 500 and 503, and no retry after a 4xx (https://docs.upflow.io, integrating with the
    Upflow API); a 429 is retried after the pause that it asks for.

    Args:
        error: What the attempt raised.
        attempt: Attempts made so far, counting from 1.
        jitter: Share of the backoff to add, 0.0 to 1.0.
        elapsed_s: Seconds since the first attempt began.

    Returns:
        Seconds to wait before the next attempt: 1, 2, 4, 8, 16, stretched by *jitter* and never less
        than the server's ``Retry-After``. ``None`` means to give up: the error is not retriable, or the
        attempts or the time are used up.
    """
    if not isinstance(error, RetriableError) or attempt >= MAX_ATTEMPTS:
        return None
    delay_s: float = 2.0 ** (attempt - 1) * (1.0 + jitter)
    if isinstance(error, RateLimitedError):
        delay_s = max(delay_s, error.retry_after_s)
    return delay_s if elapsed_s + delay_s <= MAX_TOTAL_S else None


def in_pieces(seconds: float, sleep: Callable[[float], None]) -> None:
    """Sleep *seconds* in pieces of at most `PIECE_S`, so that whoever wants to end the process waits no longer."""
    while seconds > PIECE_S:
        sleep(PIECE_S)
        seconds -= PIECE_S
    sleep(seconds)


def retrying(
    *,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
    dice: Callable[[], float] = random.random,
) -> Loop:
    """
    Return the loop that applies `retry_delay`.

    When the attempts or the time are used up, the error says how many attempts there were and how long
    they took.

    Args:
        sleep: Waits for a number of seconds.
        clock: Returns the seconds of a monotonic clock.
        dice: Returns a number from 0.0 to 1.0, for the jitter.
    """

    def run(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        started_s = clock()

        def delay_s(state: RetryCallState) -> float:
            elapsed_s = clock() - started_s
            decided = retry_delay(_error(state), state.attempt_number, jitter=dice(), elapsed_s=elapsed_s)
            return math.inf if decided is None else decided

        def give_up(state: RetryCallState) -> NoReturn:
            error = _error(state)
            error.args = (f"{error} (attempts: {state.attempt_number}, seconds: {clock() - started_s:.0f})",)
            raise error

        return Retrying(
            retry=retry_if_exception_type(RetriableError),  # anything else is raised as it is
            wait=delay_s,
            stop=lambda state: state.upcoming_sleep == math.inf,  # decided once, by `delay_s`
            before_sleep=_announce,
            retry_error_callback=give_up,
            sleep=lambda seconds: in_pieces(seconds, sleep),
        )(call, *args, **kwargs)

    return run


def _error(state: RetryCallState) -> BaseException:
    """Return what the last attempt raised; tenacity asks only about attempts that failed."""
    return cast("BaseException", state.outcome and state.outcome.exception())


def _announce(state: RetryCallState) -> None:
    log.warning("%s; trying again in %.1f s", _error(state), state.upcoming_sleep)
