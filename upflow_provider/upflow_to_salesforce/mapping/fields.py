"""
What Upflow knows of a customer, field by field, and which fields of Account may hold it.

`FIELDS` is the one table of the fields that every customer has; a new field is a new row. Custom fields are each
organization's own: Upflow's definitions say what they hold. Which type of Salesforce takes which field is the table of
Upflow's page on the export (https://docs.upflow.io/en-us/integrations/salesforce/export-data).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "amount",
    "count",
    "number",
    "text",
    "url",
    "portal_url",
    "TEXT",
    "SELECT",
    "MULTI_SELECT",
    "DATE",
    "BOOLEAN",
    "NUMBER",
]
"""What an Upflow field holds; in capitals the types of custom fields, as Upflow spells them."""

FigureSource = Literal["upflow_invoices", "stripe_customers", "stripe_charges"]
"""What a daily figure is computed from."""

ALLOWED_TYPES: Mapping[Kind, tuple[str, ...]] = {
    "amount": ("Currency",),
    "count": ("Number",),
    "number": ("Number",),
    "text": ("Text",),
    "url": ("Text Area (Long)", "Text Area (Rich)", "URL"),
    "portal_url": ("Text Area (Long)", "Text Area (Rich)"),
    "TEXT": ("Text", "Text Area (Long)", "Text Area (Rich)"),
    "SELECT": ("Picklist",),
    "MULTI_SELECT": ("Multi-picklist",),
    "DATE": ("Date",),
    "BOOLEAN": ("Checkbox",),
    "NUMBER": ("Number",),
}
"""Salesforce's types that may hold each kind, as `SalesforceField.label` names them."""


@dataclass(frozen=True, slots=True)
class UpflowField:
    """
    One field that every customer of Upflow has.

    Attributes:
        name: Its name in the setting ``salesforce.fields``.
        kind: What it holds.
        label: What it is called in Salesforce, after the word Upflow.
        properties: Properties of Upflow's answer that may hold it; the first one that is there is read. The API tells
            no `figure_source` field and no collection status today: their properties are guesses at what they would be
            called. The portal link has none, because it is asked for separately.
        min_length: Least length of a Salesforce field, in characters: of the longest documented word, or of links as
            long as they are assumed to get; 0 where any length does. Upflow allows no URL field for a portal link, so
            that link may be longer than 255 characters.
        figure_source: What it is computed from once a day, because Upflow's API does not return it; ``None`` for all
            other fields.
    """

    name: str
    kind: Kind
    label: str
    properties: tuple[str, ...] = ()
    min_length: int = 0
    figure_source: FigureSource | None = None


FIELDS: tuple[UpflowField, ...] = (
    UpflowField("outstanding", "amount", "outstanding amount", ("balance",)),
    UpflowField("overdue", "amount", "overdue amount", ("amountOverdue",)),
    UpflowField("due", "amount", "due amount", ("amountDue",)),
    UpflowField("overdue_count", "count", "overdue invoices", ("countInvoicesOverdue",)),
    UpflowField("due_count", "count", "due invoices", ("countInvoicesDue",)),
    UpflowField(
        "average_payment_delay",
        "number",
        "average payment delay in days",
        ("averagePaymentDelay",),
        figure_source="upflow_invoices",
    ),
    UpflowField("rating", "text", "rating", ("rating",), min_length=1, figure_source="upflow_invoices"),
    UpflowField("collection_status", "text", "collection status", ("collectionStatus",), min_length=6),
    UpflowField(
        "payment_method",
        "text",
        "saved payment method",
        ("savedPaymentMethod", "savedPaymentMethodType"),
        figure_source="stripe_customers",
    ),
    UpflowField(
        "payment_method_status",
        "text",
        "saved payment method status",
        ("savedPaymentMethodStatus",),
        min_length=9,
        figure_source="stripe_charges",
    ),
    UpflowField("details_url", "url", "customer page", ("directUrl",), min_length=120),
    UpflowField("portal_url", "portal_url", "customer portal", min_length=1_000),
)
"""The fields that every customer has."""

BY_NAME: Mapping[str, UpflowField] = {each.name: each for each in FIELDS}
"""`FIELDS` by their names."""

KINDS: Mapping[str, Kind] = {each.name: each.kind for each in FIELDS}
"""Kinds of `FIELDS` by their names."""
