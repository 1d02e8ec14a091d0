"""The report of one file: what became of its lines, and of the records that they are about."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from upflow_provider.errors import TooManyRejectedError
from upflow_provider.runs.report import Examples, counted
from upflow_provider.runs.sync_report import SyncReport
from upflow_provider.tables_to_upflow.customer_file.mapping.kinds import Kind


@dataclass(slots=True)
class FileReport:
    """
    Counts of one import of one file; ``read == accepted + rejected + blank``, always.

    Attributes:
        kind: What the file holds.
        name: Its name.
        sha256: SHA-256 of its bytes.
        read: Lines below the header.
        accepted: Lines that are in Upflow now (in a dry run, or if nothing is imported: that could be).
        rejected: Lines that are refused, by the check or by Upflow.
        blank: Lines without any cell.
        ignored: Columns that fill nothing.
        is_imported: Whether the import was begun; not if nothing may be imported because of bad lines.
        earlier: When the same file was imported before, ISO 8601; empty if it was not.
        error_file: Where the refused lines are; empty if nowhere.
        records: What became of the records.
        examples: Some of the refused lines, with their reasons.
    """

    kind: Kind
    name: str
    sha256: str
    read: int = 0
    accepted: int = 0
    rejected: int = 0
    blank: int = 0
    ignored: list[str] = field(default_factory=list)
    is_imported: bool = False
    earlier: str = ""
    error_file: str = ""
    records: SyncReport = field(default_factory=SyncReport)
    examples: Examples = field(default_factory=Examples)

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON: counts, names of columns, ids and reasons, never personal data."""
        own = {name: getattr(self, name) for name in self.__slots__ if name != "records"}
        return {**own, "examples": dict(self.examples), "records": self.records.as_dict()}

    @property
    def counts(self) -> dict[str, Any]:
        """What the import history keeps."""
        lines = {name: getattr(self, name) for name in ("read", "accepted", "rejected", "blank")}
        records = {name: getattr(self.records, name) for name in ("created", "updated", "unchanged")}
        return {**lines, **records, "errors": dict(self.examples)}

    def check(self, max_rejected: int) -> None:
        """
        Raise an error if too many lines are refused.

        Raises:
            TooManyRejectedError: More than *max_rejected* are; or some are, and nothing was imported.
        """
        if self.rejected and not self.is_imported:
            raise TooManyRejectedError(
                f"{self.share} refused, so that nothing was imported (on_error: nothing). "
                f"{self._remedy} {self.examples}"
            )
        if self.rejected > max_rejected:
            rest = "it was a dry run, and nothing was done" if self.records.dry_run else "all others are done"
            raise TooManyRejectedError(
                f"{self.share} refused ({max_rejected} allowed); {rest}. {self._remedy} {self.examples}"
            )

    @property
    def share(self) -> str:
        """How many of the lines are refused, for messages, such as ``2 of 3 lines are``."""
        return f"{self.rejected:,} of {counted(self.read, 'line')} {'is' if self.rejected == 1 else 'are'}"

    @property
    def _remedy(self) -> str:
        if self.records.dry_run or not self.is_imported:
            where = f"; {self.error_file} has them, each with its reason" if self.error_file else ""
            return f"Correct them in the file, and import it{where}."
        if self.error_file:
            return f"All refused lines are in {self.error_file}: correct them there, and import that file."
        return "Correct them, and import the file again."

    def __str__(self) -> str:
        lines = f"{counted(self.read, 'line')} = {self.accepted:,} accepted + {self.rejected:,} rejected"
        return f"{lines} + {self.blank:,} blank; {self.records if self.is_imported else 'nothing imported'}"
