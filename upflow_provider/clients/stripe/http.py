"""Requests to Stripe: paced, retried and checked; a failure becomes an error that says how to react."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Any

from upflow_provider.clients.pace import Pace
from upflow_provider.clients.retry import retrying
from upflow_provider.clients.stripe import answers, errors
from upflow_provider.clients.stripe.clock import StripeClock
from upflow_provider.clients.stripe.page_sizes import PAGE_SIZE, PageSizes, next_size
from upflow_provider.errors import RateLimitedError
from upflow_provider.shown_ids import shown_path

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import stripe

    from upflow_provider.records.page import Record
    from upflow_provider.runs.host_clock import HostClock

DEFAULT_PAUSE_S = 1.0
"""Seconds that all threads pause after a 429 that does not say how long; Stripe's limits are per second."""


class StripeHttp:
    """
    Sends read requests to Stripe; threads may share it.

    Args:
        sdk: Stripe's own client, as `open_sdk` returns it.
        requests_per_second: Pace of this process; Stripe allows 25 a second per endpoint.
        sleep: Waits for a number of seconds.
        clock: Returns the seconds of a monotonic clock.
        host: This host's clock, to be compared with Stripe's first answer; ``None`` to compare nothing.
        dice: Returns a number from 0.0 to 1.0, for the jitter of retries.

    Attributes:
        stripe_clock: Stripe's time, as its answers show it.
    """

    def __init__(
        self,
        sdk: stripe.StripeClient,
        *,
        requests_per_second: float = 20.0,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        host: HostClock | None = None,
        dice: Callable[[], float] = random.random,
    ) -> None:
        self.stripe_clock = StripeClock(monotonic=clock, host=host)
        self._sdk, self._page_sizes = sdk, PageSizes()
        self._pace = Pace(requests_per_second, clock=clock, sleep=sleep)
        self._retry = retrying(sleep=sleep, clock=clock, dice=dice)

    def record(self, path: str, params: Mapping[str, Any]) -> Record:
        """
        Read one record.

        Raises:
            RetriableError: Every attempt failed.
            AuthenticationError, ConfigurationError: Key, permission or host is wrong.
            NotFoundError, RefusedError: Stripe refuses this request, and would refuse it again.
        """
        answer = self._retry(self._attempt, path, params, answers.one_object)
        self.stripe_clock.compare_host()
        return answer

    def page(self, path: str, params: Mapping[str, Any], *, at_most: int = PAGE_SIZE) -> Record:
        """
        Read one page of a list; it is smaller if larger ones do not arrive whole, which is remembered.

        Args:
            path: Path of the list.
            params: Filters and position, without ``limit``.
            at_most: Records that are wanted.

        Raises:
            RetriableError, AuthenticationError, ConfigurationError, NotFoundError, RefusedError: As for `record`.
        """
        call, failures = f"GET {shown_path(path)}", 0
        size = wanted = min(at_most, self._page_sizes.of(call))

        def attempt() -> Record:
            nonlocal size, failures
            try:
                return self._attempt(path, {**params, "limit": size}, answers.one_list)
            except errors.CutAnswerError:
                failures += 1
                size = next_size(size, failures)
                raise

        answer = self._retry(attempt)
        if size < wanted:
            self._page_sizes.remember(call, size)
        self.stripe_clock.compare_host()
        return answer

    def look(self, path: str, params: Mapping[str, Any]) -> None:
        """
        Read the first record of a list, once, without retries.

        Raises:
            CutAnswerError: The answer is not Stripe's.
            stripe.StripeError: Raised by the SDK.
        """
        self._send(path, {**params, "limit": 1}, answers.one_list)

    def _attempt(self, path: str, params: Mapping[str, Any], check: Callable[[Any, str], Record]) -> Record:
        import stripe

        try:
            return self._send(path, params, check)
        except stripe.StripeError as error:
            problem = errors.problem(error, f"GET {shown_path(path)}")
        # Raised out here, so that no error of the SDK, which carries whole answers, is its context.
        if isinstance(problem, RateLimitedError):
            self._pace.pause(problem.retry_after_s or DEFAULT_PAUSE_S)
        raise problem

    def _send(self, path: str, params: Mapping[str, Any], check: Callable[[Any, str], Record]) -> Record:
        self._pace.wait()
        response = self._sdk.raw_request("get", path, **params)
        answer = check(response.data, f"GET {shown_path(path)}")
        self.stripe_clock.observe(response.headers, f"GET {shown_path(path)}")
        return answer
