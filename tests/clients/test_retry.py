"""Retry: a decision without clock, sleep or dice, and one loop around it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upflow_provider.clients.retry import MAX_ATTEMPTS, MAX_TOTAL_S, PIECE_S, retry_delay, retrying
from upflow_provider.errors import (
    AuthenticationError,
    FatalError,
    NotFoundError,
    ProtocolError,
    RateLimitedError,
    ReadOnlyError,
    RefusedError,
    RetriableError,
)


@pytest.mark.parametrize(
    ("error", "attempt", "expected"),
    [
        pytest.param(RetriableError("503"), 1, 1.0, id="first"),
        pytest.param(RetriableError("503"), 2, 2.0, id="second"),
        pytest.param(RetriableError("503"), 5, 16.0, id="fifth"),
        pytest.param(RetriableError("503"), MAX_ATTEMPTS, None, id="attempts-used-up"),
        pytest.param(RateLimitedError("429"), 1, 1.0, id="429-untold"),
        pytest.param(RateLimitedError("429", 20.0), 1, 20.0, id="429-told"),
        pytest.param(RateLimitedError("429", 0.5), 3, 4.0, id="429-told-less-than-the-backoff"),
        pytest.param(RefusedError("400", 400), 1, None, id="400"),
        pytest.param(NotFoundError("404"), 1, None, id="404"),
        pytest.param(AuthenticationError("401"), 1, None, id="401"),
        pytest.param(ProtocolError("shape"), 1, None, id="protocol"),
        pytest.param(ReadOnlyError("dry"), 1, None, id="read-only"),
        pytest.param(FatalError("fatal"), 1, None, id="fatal"),
        pytest.param(ValueError("bug"), 1, None, id="anything-else"),
    ],
)
def test_only_what_may_pass_is_tried_again(error, attempt, expected):
    """Backoff doubles; 429 is the only 4xx that is repeated, and unknown errors are not."""
    assert retry_delay(error, attempt) == expected


@given(
    attempt=st.integers(1, 100),
    jitter=st.floats(0, 1),
    elapsed_s=st.floats(0, 10_000),
    retry_after_s=st.floats(0, 10_000),
)
def test_delays_are_bounded_and_never_earlier_than_asked(attempt, jitter, elapsed_s, retry_after_s):
    """No attempt starts after the total time, and none before the vendor's pause is over."""
    delay_s = retry_delay(RateLimitedError("429", retry_after_s), attempt, jitter=jitter, elapsed_s=elapsed_s)

    if delay_s is not None:
        assert attempt < MAX_ATTEMPTS
        assert delay_s >= max(retry_after_s, 2.0 ** (attempt - 1))
        assert elapsed_s + delay_s <= MAX_TOTAL_S


def fail_then(error, times):
    """Return a call that fails so many times, and the list of its attempts."""
    attempts = []

    def call():
        attempts.append(1)
        if len(attempts) <= times:
            raise error
        return "done"

    return call, attempts


def test_the_loop_sleeps_as_decided():
    """Three failures, three pauses, then the result."""
    slept = []
    call, attempts = fail_then(RetriableError("503"), 3)

    assert retrying(sleep=slept.append, dice=lambda: 0.0)(call) == "done"
    assert (slept, len(attempts)) == ([1.0, 2.0, 4.0], 4)


def test_the_loop_never_sleeps_long_in_one_piece():
    """A pause of two minutes is two of one minute."""
    slept = []
    call, _ = fail_then(RateLimitedError("429", 120.0), 1)

    retrying(sleep=slept.append, dice=lambda: 0.0)(call)

    assert slept == [PIECE_S] * 2


def test_the_loop_passes_arguments_on():
    """One loop serves many calls."""
    loop = retrying()

    assert loop(divmod, 7, 2) == (3, 1)
    assert loop(int, "ff", base=16) == 255


def test_the_loop_gives_up_with_our_error(clock):
    """Callers see what happened last, how often it was tried and for how long; never the loop's own exception."""
    call, attempts = fail_then(RateLimitedError("GET /x: 429", 10.0), 99)
    with pytest.raises(RateLimitedError) as raised:
        retrying(sleep=clock.sleep, clock=clock, dice=lambda: 0.0)(call)

    assert len(attempts) == MAX_ATTEMPTS
    assert str(raised.value) == "GET /x: 429 (attempts: 6, seconds: 56)"
    assert raised.value.retry_after_s == 10.0


def test_what_cannot_pass_is_raised_as_it_is():
    """At once, and with nothing added."""
    call, attempts = fail_then(RefusedError("GET /x: 400", 400), 99)
    with pytest.raises(RefusedError, match=r"^GET /x: 400$"):
        retrying(sleep=pytest.fail)(call)

    assert len(attempts) == 1


def test_the_loop_gives_up_when_the_time_is_over(clock):
    """The clock counts, not only the attempts."""
    call, attempts = fail_then(RateLimitedError("429", 140.0), 99)
    with pytest.raises(RateLimitedError):
        retrying(sleep=clock.sleep, clock=clock, dice=lambda: 0.0)(call)

    assert len(attempts) == 3


def test_the_time_is_that_of_one_call(clock):
    """A loop that has served for hours still gives each call its own time."""
    loop = retrying(sleep=clock.sleep, clock=clock, dice=lambda: 0.0)
    for _ in range(2):
        call, attempts = fail_then(RetriableError("503"), 2)
        loop(call)
        clock.sleep(2 * MAX_TOTAL_S)
        assert len(attempts) == 3


def test_dice_are_thrown_once_for_each_decision(clock):
    """The loop waits as long as was decided; a second throw could decide otherwise near the end of the time."""
    thrown = iter([0.0, 1.0, 0.5, 0.25, 0.0])
    call, _ = fail_then(RetriableError("503"), 4)
    retrying(sleep=clock.sleep, clock=clock, dice=lambda: next(thrown))(call)

    assert clock.sleeps == [1.0, 4.0, 6.0, 10.0]
    assert next(thrown) == 0.0


def test_each_new_attempt_is_announced(caplog):
    """Whoever watches the log of a task sees why it waits."""
    call, _ = fail_then(RetriableError("POST /x: 503"), 2)
    retrying(sleep=lambda _: None, dice=lambda: 0.0)(call)

    assert caplog.messages == ["POST /x: 503; trying again in 1.0 s", "POST /x: 503; trying again in 2.0 s"]
