"""``organizations.yaml``, part ``salesforce``: what goes from Upflow to Salesforce."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from upflow_provider.clients.salesforce.account_match import ApiName, Match
from upflow_provider.runs.suggestion import suggestion
from upflow_provider.upflow_to_salesforce.mapping.fields import BY_NAME


def _exportable(name: str) -> str:
    if name not in BY_NAME:
        raise ValueError(f"must be a value that Upflow has; {suggestion(name, BY_NAME)}")
    return name


class SalesforceExport(BaseModel):
    """
    What goes from Upflow to the Accounts of Salesforce.

    Attributes:
        conn_id: Airflow connection of type ``salesforce``.
        match: How the Account of a customer is found.
        fields: API name of the field of Account, by the name of the Upflow field.
        custom_fields: API name of the field of Account, by an Upflow custom field's name, external id or id.
        clear: Fields of Account that used to be mapped and whose values are to be cleared.
        other_currencies: Whether amounts also go to Accounts whose currency is not the customer's.
        bulk_from: Number of changed Accounts from which Bulk API 2.0 is used instead of sObject Collections.
        collection_size: Number of Accounts in one request to sObject Collections; it is halved where triggers or flows
            of the org fail for many at once.
        allow_duplicates: Whether Accounts are written although a duplicate rule of the org raises an alert; rules that
            block refuse them all the same.
        api_reserve: Share of Salesforce's daily requests that is left to other programs, 0 to 1.
        link_margin_days: Days on which renewals of portal links may fail before a link has less than 30 days left.
        max_rejected: How many Accounts may be rejected without the task failing at its end.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    conn_id: str = Field(default="salesforce_default", min_length=1)
    match: Match
    fields: dict[Annotated[str, AfterValidator(_exportable)], ApiName] = {}
    custom_fields: dict[str, ApiName] = {}
    clear: tuple[ApiName, ...] = Field(default=(), strict=False)
    other_currencies: bool = False
    bulk_from: int = Field(default=2000, ge=1)
    collection_size: int = Field(default=200, ge=1, le=200)
    allow_duplicates: bool = False
    api_reserve: float = Field(default=0.1, ge=0, lt=1)
    link_margin_days: int = Field(default=15, ge=0, le=300)
    max_rejected: int = Field(default=0, ge=0)
