"""``organizations.yaml``, part ``customer_file``: what customer files may change, and how they are understood."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from upflow_provider.tables_to_upflow.customer_file.mapping.positions import PositionNames
from upflow_provider.tables_to_upflow.customer_file.mapping.source_systems import SourceSystem

Name = Annotated[str, Field(min_length=1)]
Names = Annotated[tuple[Name, ...], Field(strict=False)]


class Positions(BaseModel):
    """
    The names that the positions of contacts have in the organization, whose language decides.

    Attributes:
        accounting: Name of the default position *Accounting* (or *Accountant*).
        sales: Name of the default position *Sales*.
        purchaser: Name of the default position *Purchaser*.
        payer: Name of the default position *Payer*.
        further: Names of other positions, exactly as Upflow has them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    accounting: Name = "ACCOUNTING"
    sales: Name = "SALES"
    purchaser: Name = "PURCHASER"
    payer: Name = "PAYER"
    further: Names = ()

    @property
    def names(self) -> PositionNames:
        """The positions, as lines are checked against them."""
        return PositionNames(self.accounting, self.sales, self.purchaser, self.payer, self.further)


class CustomerFileSettings(BaseModel):
    """
    How customer files are imported.

    Attributes:
        source_system: Where the organization's customers come from, which decides what files may change.
        clear_empty: Whether an empty optional cell clears what Upflow has, instead of keeping it.
        positions: Names of the positions of contacts.
        synced_fields: Names of custom fields that another system fills, in addition to those of ``custom_fields``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    source_system: SourceSystem = "api"
    clear_empty: bool = False
    positions: Positions = Positions()
    synced_fields: Names = ()
