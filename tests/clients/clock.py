"""A clock for tests of waiting."""


class Clock:
    """A clock that only sleeping moves; it keeps the sleeps, in seconds."""

    def __init__(self):
        self.now, self.sleeps = 0.0, []

    def __call__(self):
        """Return the seconds since it was made."""
        return self.now

    def sleep(self, seconds):
        """Let time pass."""
        self.sleeps.append(seconds)
        self.now += seconds
