"""Clocks that are wrong: those of the hosts, and that of the ledger's database."""

from datetime import timedelta

HOSTS = 3
STEPS_S = (-800, -500, -200, -30, -5, 5, 30, 200, 500, 800)
"""By how many seconds the clock of a host may be wrong, mostly."""
LEDGER_STEPS_S = (-90, -30, -5, 5, 30, 90)
"""By how many seconds that of the ledger may be wrong, mostly."""
GREAT_STEPS_S = (-90_000, -7_200, -2_000, 2_000, 7_200, 90_000)
"""By how many seconds that of a host may be wrong at times; no task works on such a host."""


class Clocks:
    """
    The clocks of all hosts and that of the ledger's database, each with an error of its own.

    Args:
        dice: Random numbers.
        truth: Returns the time of the world, which is also that of both vendors.

    Attributes:
        hosts: By how many seconds the clock of each host is ahead.
        ledger_s: By how many seconds the clock of the ledger's database is ahead.
    """

    def __init__(self, dice, truth):
        self._dice, self._truth = dice, truth
        self.hosts = [dice.choice([0, *STEPS_S]) for _ in range(HOSTS)]
        self.ledger_s = dice.choice([0, 0, -20, 20])

    def host_now(self, host):
        """Return the time on a host; on no host, it is the world's."""
        return self._truth() + timedelta(seconds=0 if host is None else self.hosts[host])

    def ledger_now(self):
        """Return the time of the ledger's database."""
        return self._truth() + timedelta(seconds=self.ledger_s)

    def step_host(self):
        """Let the clock of a host step, and say what happened."""
        host = self._dice.randrange(HOSTS)
        self.hosts[host] = self._dice.choice([0, 0, *STEPS_S] if self._dice.random() < 0.8 else GREAT_STEPS_S)
        return f"host {host} is {self.hosts[host]} s ahead"

    def step_ledger(self):
        """Let the clock of the ledger's database step, and say what happened."""
        self.ledger_s = self._dice.choice([0, 0, *LEDGER_STEPS_S] if self._dice.random() < 0.97 else [-7_200, 7_200])
        return f"the ledger's clock is {self.ledger_s} s ahead"

    def set_right(self):
        """Set all clocks right."""
        self.hosts, self.ledger_s = [0] * HOSTS, 0
