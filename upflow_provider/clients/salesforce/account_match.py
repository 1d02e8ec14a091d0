"""Settings that both flows of Salesforce have: how an Account is found for a customer, and names of fields."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

API_NAME = re.compile(r"[A-Za-z]\w{,99}", re.ASCII)
IDENTIFIER = re.compile(r"id|external_id|accounting_ref|custom_field:.+")


def _api_name(name: str) -> str:
    if not API_NAME.fullmatch(name):
        raise ValueError("must be the API name of a field, such as Outstanding__c")
    return name


def _identifier(name: str) -> str:
    if not IDENTIFIER.fullmatch(name):
        raise ValueError("must be id, external_id, accounting_ref, or custom_field: and a custom field")
    return name


ApiName = Annotated[str, AfterValidator(_api_name)]
"""API name of a field in Salesforce, such as ``Outstanding__c``."""


class Match(BaseModel):
    """
    How an Account is found for a customer: by an identifier that both have.

    Attributes:
        upflow: ``id``, ``external_id``, ``accounting_ref``, or ``custom_field:`` and a custom field's name, external
            id or id.
        salesforce: ``Id``, or the API name of a field of Account.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    upflow: Annotated[str, AfterValidator(_identifier)] = "external_id"
    salesforce: ApiName
