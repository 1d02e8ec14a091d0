"""
Positions of contacts: each has to exist in Upflow, and the API does not list them.

So a refusal shows which are missing. The first customer with a position finds out, while others with it wait: a
position that is missing costs one request, however many customers have it. It is tried again after a day.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from upflow_provider.ledger.contacts import ContactFindings
from upflow_provider.records.accessories import UNKNOWN_POSITION
from upflow_provider.records.contacts import contacts_of, without_positions
from upflow_provider.records.mapped import Mapped
from upflow_provider.shown_ids import shown_id

NUMBERED = re.compile(r"contacts[.\[](\d+)\]?[.\[]?.{0,2}position", re.IGNORECASE)
"""How a refusal names the position of one of several contacts."""


class Positions:
    """
    The positions that contacts have; threads may share it.

    Args:
        findings: Keep those that Upflow lacks.
    """

    def __init__(self, findings: ContactFindings) -> None:
        self._findings, self._lock = findings, threading.Lock()
        self._first_uses: dict[str, threading.Event] = {}

    @contextmanager
    def first_use(self, mapped: Mapped) -> Iterator[None]:
        """Let one customer find out whether a position exists; others that have it wait until that is done."""
        own: list[threading.Event] = []
        try:
            for position in sorted(positions_of(mapped)):  # in one order, so that two never wait for each other
                with self._lock:
                    first = self._first_uses.get(position)
                    if first is None:
                        self._first_uses[position] = threading.Event()
                        own.append(self._first_uses[position])
                if first is not None:
                    first.wait()
            yield
        finally:
            for each in own:
                each.set()

    def without_missing(self, mapped: Mapped) -> Mapped:
        """Return a customer without positions that Upflow is known to lack, and with a note on that."""
        used = positions_of(mapped)
        missing = used & self._findings.missing_positions() if used else used
        return without(mapped, missing)

    def keep_missing(self, wanted: Mapped, sent: Mapped) -> None:
        """Keep which positions Upflow lacks, given what an import was to contain and what Upflow has taken."""
        if "contacts" in sent.payload and any(UNKNOWN_POSITION in note for note in sent.notes):
            for position in positions_of(wanted) - positions_of(sent):
                self._findings.keep_missing_position(position)


def positions_of(mapped: Mapped) -> set[str]:
    """Return the positions of the contacts in a payload."""
    return {each["position"] for each in contacts_of(mapped) if "position" in each}


def without(mapped: Mapped, missing: set[str]) -> Mapped:
    """Return a customer without some positions, and with a note on that; the same customer if there are none."""
    if not missing:
        return mapped
    note = f"{shown_id(mapped.customer)}: contacts.position is left out, {UNKNOWN_POSITION}"
    notes = mapped.notes if note in mapped.notes else (*mapped.notes, note)
    return replace(without_positions(mapped, missing), notes=notes)


def without_refused(mapped: Mapped, refusal: str) -> Mapped:
    """Return a customer without the position that a refusal is about; the same customer if it does not say which."""
    used = positions_of(mapped)
    if not used or "position" not in refusal.lower():
        return mapped
    if len(used) > 1:
        numbered, contacts = NUMBERED.search(refusal), contacts_of(mapped)
        number = int(numbered[1]) if numbered else len(contacts)
        used = {contacts[number].get("position", "")} & used if number < len(contacts) else set()
    return without(mapped, used)
