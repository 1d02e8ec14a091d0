"""What the check of all rows of a table has found."""

from __future__ import annotations

from dataclasses import dataclass, field

from upflow_provider.runs.report import Examples, check_rejected, counted


@dataclass(slots=True)
class Check:
    """
    What the check of all rows has found.

    Attributes:
        rows: Rows read.
        records: Records that they are about.
        unusable: Rows with problems.
        unnamed: Those of them without a usable external id.
        conflicting: Rows that differ from an earlier one about the same record.
        noted: Rows with cells that are left out.
        notes: Some of those, with the reasons.
        examples: Some rows with problems, with the reasons.
    """

    rows: int = 0
    records: int = 0
    unusable: int = 0
    unnamed: int = 0
    conflicting: int = 0
    noted: int = 0
    notes: Examples = field(default_factory=Examples)
    examples: Examples = field(default_factory=Examples)

    def require_all(self) -> None:
        """
        Require that every row is usable.

        Raises:
            TooManyRejectedError: Some are not.
        """
        check_rejected(
            self.unusable,
            0,
            problem=f"of {counted(self.rows, 'row')} are unusable",
            remedy="Nothing was imported, because on_error is 'nothing'.",
            examples=self.examples,
        )
