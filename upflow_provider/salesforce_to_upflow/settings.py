"""``organizations.yaml``, part ``salesforce_import``: what comes from Salesforce to Upflow."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from upflow_provider.clients.salesforce.account_match import ApiName, Match
from upflow_provider.records.contacts import LOSSES_PER_DAY
from upflow_provider.records.custom_field_values import Kind
from upflow_provider.records.custom_fields import CustomField, comparable
from upflow_provider.salesforce_to_upflow.mapping.contacts import Choice, ContactRules
from upflow_provider.salesforce_to_upflow.mapping.ownership import Owner

ROLES = "Roles"
"""Stands for the roles of a related Contact, which are a field of AccountContactRelation."""
Treatment = Literal["keep", "skip"]


def _clean(name: str) -> str:
    if not comparable(name):
        raise ValueError("must be the name of a custom field of Upflow")
    return comparable(name)


class ContactChoice(BaseModel):
    """
    Which Contacts are chosen: those whose field has one of some values.

    Attributes:
        field: API name of a field of Contact; ``Roles`` for the roles of a related Contact.
        values: The values, whose case does not count; ``true`` for a checkbox.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    field: ApiName
    values: tuple[str, ...] = Field(default=("true",), min_length=1, strict=False)

    @property
    def choice(self) -> Choice:
        """The choice, as the mapping uses it."""
        return Choice(self.field, self.values)


class Positions(BaseModel):
    """
    Which positions contacts have in Upflow.

    Attributes:
        field: API name of the field of Contact that they are made of; ``Roles`` for the roles of a related Contact.
        names: Name of the position in Upflow, by value of the field, whose case does not count.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    field: ApiName = "Title"
    names: dict[str, Annotated[str, Field(min_length=1)]] = Field(min_length=1)


class ContactsImport(BaseModel):
    """
    Which contacts come from Salesforce, and who owns those of a customer.

    Attributes:
        owner: ``merged``: the contacts of Salesforce are added to those of Stripe, which has the main contact;
            ``salesforce``: they replace those of Stripe; ``stripe``: none come from Salesforce.
        related: Whether Contacts count that are related to an Account by AccountContactRelation only.
        where: Which Contacts are taken; null for all.
        main: ``oldest``, or which Contact is the main contact.
        positions: Which positions contacts have; null for none.
        opted_out: Whether Contacts that have opted out of e-mail are kept; that is about marketing.
        bounced: Whether Contacts are kept whose address has bounced in Salesforce.
        losses: How many customers may have fewer contacts than before in one run; more stop it before the first write.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    owner: Owner = "merged"
    related: bool = False
    where: ContactChoice | None = None
    main: Literal["oldest"] | ContactChoice = "oldest"
    positions: Positions | None = None
    opted_out: Treatment = "keep"
    bounced: Treatment = "keep"
    losses: int = Field(default=LOSSES_PER_DAY, ge=0)

    @model_validator(mode="after")
    def _has_roles_of_relations(self) -> ContactsImport:
        if ROLES in self.fields and not self.related:
            raise ValueError("Roles belong to related Contacts; add related: true")
        return self

    @property
    def fields(self) -> tuple[str, ...]:
        """API names of the fields that the rules need, ``Roles`` among them."""
        chosen = (self.where, None if self.main == "oldest" else self.main, self.positions)
        return tuple(dict.fromkeys(each.field for each in chosen if each))

    @property
    def rules(self) -> ContactRules:
        """The rules, as the mapping uses them."""
        positions = self.positions.names if self.positions else {}
        return ContactRules(
            where=self.where.choice if self.where else None,
            main=None if self.main == "oldest" else self.main.choice,
            position_field=self.positions.field if self.positions else "",
            positions={value.casefold(): name for value, name in positions.items()},
            skips_opted_out=self.opted_out == "skip",
            skips_bounced=self.bounced == "skip",
        )


class ImportedField(BaseModel):
    """
    One custom field of customers that Salesforce fills.

    Attributes:
        field: API name of the field of Account.
        upflow: Name of the custom field in Upflow; it is created if it is missing.
        type: What it holds, as Upflow calls it.
        allow_new_options: Whether a label that Upflow does not know is sent, which makes a new option of it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    field: ApiName
    upflow: Annotated[str, AfterValidator(_clean)]
    type: Kind = "TEXT"
    allow_new_options: bool = False

    @property
    def declared(self) -> CustomField:
        """The custom field, as it is compared with what Upflow defines."""
        return CustomField(self.upflow, self.type, self.allow_new_options)


class SalesforceImport(BaseModel):
    """
    What comes from Salesforce to the customers of Upflow.

    Attributes:
        conn_id: Airflow connection of type ``salesforce``; null for that of the export.
        match: How the Account of a customer is found; null for the export's.
        contacts: Which contacts come from Salesforce; null for none.
        account_owner: Whether the owner of the Account becomes the customer's account manager.
        custom_fields: Custom fields of customers that Salesforce fills.
        overlap_minutes: How far before the end of the last run changes are read again, because Salesforce shows those
            of long transactions late.
        full_days: After how many days everything is compared, and not only what has changed.
        api_reserve: Share of Salesforce's daily requests that is left to other programs, 0 to 1.
        max_rejected: How many customers may be rejected without the task failing at its end.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    conn_id: str | None = Field(default=None, min_length=1)
    match: Match | None = None
    contacts: ContactsImport | None = None
    account_owner: bool = False
    custom_fields: tuple[ImportedField, ...] = Field(default=(), strict=False)
    overlap_minutes: int = Field(default=10, ge=1, le=1440)
    full_days: int = Field(default=7, ge=1, le=30)
    api_reserve: float = Field(default=0.1, ge=0, lt=1)
    max_rejected: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _imports_something_once(self) -> SalesforceImport:
        if not (self.has_contacts or self.account_owner or self.custom_fields):
            raise ValueError("imports nothing; set contacts, account_owner or custom_fields, or remove it")
        uses = Counter(each.upflow.casefold() for each in self.custom_fields)
        if shared := sorted({each.upflow for each in self.custom_fields if uses[each.upflow.casefold()] > 1}):
            raise ValueError(f"custom_fields: {', '.join(map(repr, shared))} is filled twice; fill each field once")
        return self

    @property
    def has_contacts(self) -> bool:
        """Whether contacts come from Salesforce."""
        return self.contacts is not None and self.contacts.owner != "stripe"
