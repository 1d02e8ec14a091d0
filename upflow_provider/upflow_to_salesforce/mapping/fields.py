"""
Fields of a Salesforce Account as its describe tells of them, and which of them may hold what of Upflow.

Describe: https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_sobject_describe.htm.
Which type takes which Upflow field is the table of Upflow's page on the export
(https://docs.upflow.io/en-us/integrations/salesforce/export-data).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

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

KINDS: Mapping[str, Kind] = {
    "outstanding": "amount",
    "overdue": "amount",
    "due": "amount",
    "overdue_count": "count",
    "due_count": "count",
    "average_payment_delay": "number",
    "rating": "text",
    "collection_status": "text",
    "payment_method": "text",
    "payment_method_status": "text",
    "details_url": "url",
    "portal_url": "portal_url",
}
"""The fields that every Upflow customer has, and their kinds. Custom fields are told by their definitions."""

ALLOWED: Mapping[Kind, tuple[str, ...]] = {
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
