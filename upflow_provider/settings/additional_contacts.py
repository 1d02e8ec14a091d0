"""``organizations.yaml``, part ``additional_contacts``: where a customer's further addresses are, and who uses them."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from upflow_provider.records.contacts import LOSSES_PER_DAY, ContactSource, ContactsWay
from upflow_provider.records.custom_fields import CustomField
from upflow_provider.stripe_to_upflow.custom_fields.settings import CLEAN, CustomerFieldSetting
from upflow_provider.stripe_to_upflow.mapping.contacts import addresses_field
from upflow_provider.stripe_to_upflow.mapping.custom_fields import Declaration


class Source(BaseModel):
    """
    One place of additional contacts.

    Attributes:
        metadata: Key of a customer's metadata in Stripe whose value contains e-mail addresses.
        field: Name of the custom field of customers in Upflow that they are written to.
        position: Name of the position of such contacts in Upflow, in the organization's language; null for none.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    metadata: str = Field(min_length=1, max_length=40)
    field: Annotated[str, CLEAN] = Field(min_length=1)
    position: Annotated[str | None, CLEAN] = Field(default=None, min_length=1)


DEFAULT_SOURCES = (
    Source(metadata="additional_emails_to", field="Additional emails to"),
    Source(metadata="additional_emails_cc", field="Additional emails cc"),
)
"""
Upflow's connector for Stripe Billing reads fields of these names (https://docs.upflow.io). Stripe's customers have none
of its own, so that they are taken for metadata, whose keys are set as they are usually written.
"""


def _once_each(sources: tuple[Source, ...] | None) -> tuple[Source, ...] | None:
    """Refuse two sources with the same metadata key or the same field of Upflow."""
    if sources is None:
        return None
    for name in ("metadata", "field"):
        uses = Counter(getattr(each, name).casefold() for each in sources)
        if shared := sorted({getattr(each, name) for each in sources if uses[getattr(each, name).casefold()] > 1}):
            raise ValueError(f"must name each {name} once; {', '.join(map(repr, shared))} is named more than once")
    return sources


class AdditionalContacts(BaseModel):
    """
    The additional contacts of customers.

    Attributes:
        way: ``fields``: the addresses are written to custom fields, of which Upflow makes contacts itself;
            ``contacts``: contacts are created, with positions.
        sources: Where the addresses are; null for `DEFAULT_SOURCES`.
        losses_per_day: How many customers may lose contacts within a day; those of the others stay as they are.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    way: ContactsWay = "fields"
    sources: Annotated[tuple[Source, ...] | None, AfterValidator(_once_each)] = Field(default=None, strict=False)
    losses_per_day: int = Field(default=LOSSES_PER_DAY, ge=0)

    @model_validator(mode="after")
    def _has_no_useless_positions(self) -> AdditionalContacts:
        if self.way == "fields" and any(each.position for each in self.sources or ()):
            raise ValueError(
                "position is for way: contacts only, because Upflow makes the contacts of fields; remove position"
            )
        return self

    @property
    def contact_sources(self) -> tuple[ContactSource, ...]:
        """The sources, as mappings use them."""
        sources = DEFAULT_SOURCES if self.sources is None else self.sources
        return tuple(ContactSource(each.metadata, each.field, each.position) for each in sources)

    @property
    def fields(self) -> tuple[AddressesField, ...]:
        """The custom fields that addresses are written to."""
        sources = self.contact_sources if self.way == "fields" else ()
        return tuple(AddressesField(metadata=each.metadata, field=each.field, sources=sources) for each in sources)


class AddressesField(CustomerFieldSetting):
    """
    A custom field of customers that addresses are written to.

    Attributes:
        sources: All sources of additional contacts.
    """

    sources: tuple[ContactSource, ...]

    def declaration(self, stream: str) -> Declaration:  # noqa: ARG002 - as every field
        """Return what is declared of customers."""
        name = self.field or ""
        return Declaration(CustomField(name), addresses_field(name, self.sources))


NO_CONTACTS = AdditionalContacts(sources=())
"""What holds without the setting."""


def in_short(value: object) -> object:
    """Return the settings that a way alone stands for."""
    return {"way": value} if isinstance(value, str) else value
