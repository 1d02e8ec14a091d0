"""What the ledger keeps about contacts: positions that Upflow lacks, and how many customers have lost contacts."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from upflow_provider.errors import RetriableError
from upflow_provider.ledger.findings import CONTACT_LOSSES, MISSING_POSITIONS, Finding, Findings

DAY = timedelta(days=1)
POSITION_RETENTION = timedelta(hours=20)
"""How long a position counts as missing: less than a day, after which contacts without it are tried again."""

CHANGES_MAX = 1_000
"""Tries to change a finding that other tasks change, too."""


class ContactFindings:
    """
    Findings about the contacts of one organization, which all tasks share; threads may share it, too.

    Args:
        findings: The organization's findings.
        now: Returns the present, aware, UTC.
    """

    def __init__(self, findings: Findings, now: Callable[[], datetime]) -> None:
        self._findings, self._now = findings, now

    def missing_positions(self) -> set[str]:
        """Return the positions that Upflow was found to lack within the last hours."""
        return set(self._positions(self._findings.get(MISSING_POSITIONS)))

    def keep_missing_position(self, position: str) -> None:
        """Keep that Upflow lacks a position."""
        self._change(
            MISSING_POSITIONS,
            lambda value: json.dumps({**self._positions(value), position: self._now().isoformat()}),
        )

    def may_lose(self, limit: int) -> bool:
        """
        Return whether one more customer may lose contacts, and count it if it may.

        Args:
            limit: How many customers may, within a day from the first of them on.
        """

        def one_more(value: str | None) -> str | None:
            losses = self._losses(value)
            return json.dumps({**losses, "customers": losses["customers"] + 1}) if losses["customers"] < limit else None

        return self._change(CONTACT_LOSSES, one_more)

    def _change(self, name: Finding, changed: Callable[[str | None], str | None]) -> bool:
        """Change a finding, unless *changed* returns ``None`` for its value; return whether it was changed."""
        for _ in range(CHANGES_MAX):
            before = self._findings.get(name)
            value = changed(before)
            if value is None:
                return False
            if self._findings.replace(name, before, value):
                return True
        raise RetriableError(f"the ledger's finding {name}: other tasks changed it {CHANGES_MAX} times in a row")

    def _positions(self, value: str | None) -> dict[str, str]:
        """Return the positions that are still known to be missing, with the instants at which they were missed."""
        found: dict[str, str] = json.loads(value or "{}")
        return {name: at for name, at in found.items() if self._age(at) < POSITION_RETENTION}

    def _losses(self, value: str | None) -> dict[str, Any]:
        losses: dict[str, Any] = json.loads(value or "{}")
        if losses and self._age(losses["since"]) < DAY:
            return losses
        return {"since": self._now().isoformat(), "customers": 0}

    def _age(self, instant: str) -> timedelta:
        return self._now() - datetime.fromisoformat(instant)
