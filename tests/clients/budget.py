"""A request budget that does what the test says."""

import threading

from upflow_provider.clients.budget import Reservation


class ScriptedBudget:
    """
    Gives the scripted answers, then grants everything.

    It counts the reservations and how many were asked for at once, and keeps the pauses.
    """

    def __init__(self, *answers):
        self.answers, self.pauses = list(answers), []
        self.reserved = self.asking = self.peak = 0
        self._lock = threading.Lock()

    def reserve(self):
        """Give the next answer."""
        with self._lock:
            self.reserved += 1
            self.asking += 1
            self.peak = max(self.peak, self.asking)
        answer = self.answers.pop(0) if self.answers else Reservation(granted=True, wait_s=0.0)
        with self._lock:
            self.asking -= 1
        return answer

    def pause(self, seconds):
        """Keep the pause."""
        self.pauses.append(seconds)
