"""The report of the task that looks after the definitions of custom fields."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from upflow_provider.errors import ConfigurationError


@dataclass(slots=True)
class FieldsReport:
    """
    What was done about custom fields.

    Attributes:
        dry_run: Whether nothing was written.
        declared: Number of declared fields.
        created: Fields that were created, or would be, each with its collection.
        problems: Why fields are not filled, each with its remedy.
        notes: Why no fields are made of keys that nobody has declared one by one; no problem.
        refused: Collections on which Upflow refuses values, each with the day since when; nobody here can change that.
        keys: Keys of metadata that a field may be made of, by stream.
    """

    dry_run: bool = False
    declared: int = 0
    created: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    keys: dict[str, list[str]] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON: counts, and names of fields and of keys."""
        return {
            "dry_run": self.dry_run,
            "declared": self.declared,
            "created": list(self.created),
            "problems": list(self.problems),
            "notes": list(self.notes),
            "refused": dict(self.refused),
            "keys": {stream: list(keys) for stream, keys in self.keys.items()},
        }

    def check(self) -> None:
        """
        Raise one error about all problems.

        Raises:
            ConfigurationError: Some fields are not filled; all others are.
        """
        if self.problems:
            raise ConfigurationError("not filled; everything else goes on:\n- " + "\n- ".join(self.problems))

    def __str__(self) -> str:
        verb = "would be created" if self.dry_run else "created"
        created = f"; {verb}: {', '.join(self.created)}" if self.created else ""
        refused = "".join(
            f"; not sent: those of {name}, which Upflow refuses since {day}" for name, day in self.refused.items()
        )
        notes = "".join(f"; {note}" for note in self.notes)
        return f"{self.declared} custom fields declared{created}{refused}{notes}"
