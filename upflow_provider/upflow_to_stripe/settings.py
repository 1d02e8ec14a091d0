"""``organizations.yaml``, part ``write_back``: which payments go from Upflow to Stripe, and how."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Kind = Literal["portal", "cash_application", "csv", "manual", "offline"]
"""
Kinds of payments that Upflow has and that were not imported: made in the portal; matched with a bank transaction; from
a CSV file; made by hand; or not made online, without a word on where they come from.
"""


class WriteBack(BaseModel):
    """
    Which payments are written back to Stripe, and how.

    Attributes:
        kinds: Kinds of payments that are written.
        partial: What becomes of a payment that settles a part of an invoice, or several invoices: ``report`` it to
            Stripe as a payment record for each invoice, which counts as billing volume and is not available in all
            countries, or ``refuse`` it, so that it is listed as an error.
        settle_days: Days that a direct debit is left to fail before it is written.
        display_name: Name of the payment method of payment records, as Stripe shows it.
        max_rejected: How many payments may be in error without the task failing at its end.
        instruments: Upflow's instruments of payments that are made online.
        types: Kind of payment by Upflow's ``type``.
        sources: Kind of payment by Upflow's ``source``.
        statuses: What Upflow's ``status`` or ``gatewayStatus`` says if a payment succeeded, in any case of letters.
        gateway_fields: Fields in which Upflow shows the id of the payment at Stripe as its gateway, at any depth; empty
            for any.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    kinds: Annotated[tuple[Kind, ...], Field(strict=False, min_length=1)] = ("portal",)
    partial: Literal["report", "refuse"] = "refuse"
    settle_days: int = Field(default=7, ge=0, le=90)
    display_name: str = Field(default="Upflow portal", min_length=1, max_length=100)
    max_rejected: int = Field(default=0, ge=0)
    instruments: Annotated[tuple[str, ...], Field(strict=False)] = ("CARD", "DIRECT_DEBIT")
    types: dict[str, Kind] = {"ACCOUNT": "manual"}
    sources: dict[str, Kind] = {}
    statuses: Annotated[tuple[str, ...], Field(strict=False)] = ("SUCCEEDED",)
    gateway_fields: Annotated[tuple[str, ...], Field(strict=False)] = ()
