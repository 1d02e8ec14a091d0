"""Hosts whose clocks are wrong: what Python says the time is there."""

import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

FAKES = "upflow_provider.testing"
"""Fakes are other machines, with clocks of their own."""


@contextmanager
def host_at(now):
    """Let the package believe, until the block ends, that its host's clock shows what *now* returns."""

    class _AnyDatetime(type):
        def __instancecheck__(cls, value):
            return isinstance(value, datetime)

    class HostDatetime(datetime, metaclass=_AnyDatetime):
        @classmethod
        def now(cls, tz=None):
            return now().astimezone(tz)

    names = [each for each in sys.modules if each.startswith("upflow_provider") and not each.startswith(FAKES)]
    modules = [sys.modules[each] for each in names if getattr(sys.modules[each], "datetime", None) is datetime]
    for module in modules:
        module.datetime = HostDatetime
    try:
        yield
    finally:
        for module in modules:
            module.datetime = datetime


@contextmanager
def this_host_ahead(seconds):
    """Let the whole process live on a host whose clock is ahead; behind, if *seconds* are negative."""
    real = time.time
    time.time = lambda: real() + seconds
    try:
        with host_at(lambda: datetime.now(UTC) + timedelta(seconds=seconds)):
            yield
    finally:
        time.time = real
