"""The positions of contacts. Pure."""

from __future__ import annotations

from typing import NamedTuple

from upflow_provider.tables_to_upflow.mapping.cells import CellError


class PositionNames(NamedTuple):
    """
    The names that the positions of contacts have in an organization.

    Attributes:
        accounting: That of the default position *Accounting*.
        sales: That of *Sales*.
        purchaser: That of *Purchaser*.
        payer: That of *Payer*.
        further: Names of other positions.
    """

    accounting: str = "ACCOUNTING"
    sales: str = "SALES"
    purchaser: str = "PURCHASER"
    payer: str = "PAYER"
    further: tuple[str, ...] = ()

    def of(self, written: str) -> str:
        """
        Return the name of a position in Upflow, given as people write it.

        Raises:
            CellError: There is no such position.
        """
        further = {each.strip(): each for each in self.further}  # what is written has no outer blanks, names may have
        if written in further:
            return further[written]
        usual = {
            "accounting": self.accounting,
            "accountant": self.accounting,
            "sales": self.sales,
            "purchaser": self.purchaser,
            "payer": self.payer,
        }
        names = usual | {each.strip().casefold(): each for each in self[:4]}
        if written.casefold() in names:
            return names[written.casefold()]
        near = next((each for each in further if each.casefold() == written.casefold()), None)
        if near:
            raise CellError(f"is not a position of contacts; there is {near!r}, and case counts")
        raise CellError(
            "is not a position of contacts; choose between Accounting, Sales, Purchaser, or Payer, or name yours in "
            "customer_file.positions of organizations.yaml"
        )


DEFAULT_POSITIONS = PositionNames()
"""The names in an organization whose language is English."""
