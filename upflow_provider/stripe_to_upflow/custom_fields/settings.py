"""``organizations.yaml``, part ``custom_fields``: custom fields of Upflow that are filled from Stripe."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from upflow_provider.records.custom_field_values import Kind
from upflow_provider.records.custom_fields import CustomField
from upflow_provider.records.text import cleaned
from upflow_provider.runs.suggestion import suggestion
from upflow_provider.stripe_to_upflow.mapping.custom_fields import Declaration
from upflow_provider.stripe_to_upflow.mapping.native_fields import NativeField, native_fields

EVERY_KEY = "all"
"""Value of ``metadata`` that stands for every key there is."""
KEY_LENGTH_MAX = 40
"""Characters of the longest key of Stripe's metadata (https://docs.stripe.com/metadata)."""
MAX_FIELDS = 20
"""How many fields ``metadata: all`` makes of the records of a stream, unless ``max_fields`` says otherwise."""


def _clean(name: str | None) -> str | None:
    """Refuse a name that Upflow shows in another form, so that it would be created again and again."""
    if name is not None and cleaned(name) != name:
        raise ValueError("must have no blank at its beginning or end, and no line break or other control character")
    return name


CLEAN = AfterValidator(_clean)
"""A check of a name in Upflow."""


class FieldSetting(BaseModel):
    """
    One custom field of Upflow, and what fills it; or, with ``metadata: all``, a text field for every key.

    Attributes:
        metadata: Key of the record's metadata in Stripe; ``all`` for every key that a dry run has seen.
        native: Name of a native field, as the page on custom fields lists them.
        field: Name of the custom field in Upflow.
        type: What the field holds, as Upflow calls it.
        allow_new_options: Whether a label that Upflow does not know is sent, which makes a new option of it.
        max_fields: With ``metadata: all``, how many fields there may be.
        except_keys: With ``metadata: all``, keys of which no field is made; called ``except`` in the file.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    metadata: str | None = Field(default=None, min_length=1, max_length=KEY_LENGTH_MAX)
    native: str | None = Field(default=None, min_length=1)
    field: Annotated[str | None, CLEAN] = Field(default=None, min_length=1)
    type: Kind = "TEXT"
    allow_new_options: bool = False
    max_fields: int | None = Field(default=None, ge=1, le=500)
    except_keys: tuple[str, ...] = Field(default=(), alias="except", strict=False)

    @model_validator(mode="after")
    def _is_complete(self) -> FieldSetting:
        if (self.metadata is None) == (self.native is None):
            raise ValueError("must have either metadata, with a key, or native, with the name of a native field")
        if not self.is_every_key and self.max_fields is not None:
            raise ValueError("max_fields is for metadata: all only")
        if not self.is_every_key and self.except_keys:
            raise ValueError("except is for metadata: all only")
        if self.is_every_key and (self.field or self.type != "TEXT" or self.allow_new_options):
            raise ValueError(
                "metadata: all makes text fields that are named like the keys: remove all but max_fields and except"
            )
        if not self.is_every_key and not self.field:
            raise ValueError("field is missing: the name of the custom field in Upflow")
        return self

    @property
    def is_every_key(self) -> bool:
        """Whether it stands for every key of metadata."""
        return self.metadata == EVERY_KEY

    def declaration(self, stream: str) -> Declaration:
        """Return what is declared of a stream, unless it stands for every key."""
        field = CustomField(self.field or "", self.type, self.allow_new_options)
        return Declaration(field, native_fields(stream)[self.native] if self.native else self.metadata or "")


def _native_of(stream: str) -> AfterValidator:
    """Return a check that a name is that of a native field of a stream."""

    def check(name: str | None) -> str | None:
        known = native_fields(stream)
        if name is not None and name not in known:
            raise ValueError(f"must be a native field of {stream} in Stripe; {suggestion(name, known)}")
        return name

    return AfterValidator(check)


S = TypeVar("S", bound=FieldSetting)


class CustomerFieldSetting(FieldSetting):
    """A custom field of customers."""

    native: Annotated[str | None, _native_of("customers")] = None


class InvoiceFieldSetting(FieldSetting):
    """A custom field of invoices."""

    native: Annotated[str | None, _native_of("invoices")] = None


class PaymentFieldSetting(FieldSetting):
    """A custom field of payments."""

    native: Annotated[str | None, _native_of("payments")] = None


def _one_use_each(settings: tuple[S, ...]) -> tuple[S, ...]:
    """Refuse two entries about one field of Upflow, whatever its case, and two about every key."""
    names = [f"metadata: {EVERY_KEY}" if each.is_every_key else each.field or "" for each in settings]
    uses = Counter(name.casefold() for name in names)
    shared = sorted({name for name in names if uses[name.casefold()] > 1})
    if shared:
        raise ValueError(f"{', '.join(shared)}: named more than once; keep one entry for each field")
    return settings


class CustomFieldSettings(BaseModel):
    """
    The custom fields that are filled from Stripe; Upflow has them for these records.

    Attributes:
        customers: Those of customers.
        invoices: Those of invoices.
        payments: Those of payments.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    customers: Annotated[tuple[CustomerFieldSetting, ...], AfterValidator(_one_use_each)] = Field(
        default=(), strict=False
    )
    invoices: Annotated[tuple[InvoiceFieldSetting, ...], AfterValidator(_one_use_each)] = Field(
        default=(), strict=False
    )
    payments: Annotated[tuple[PaymentFieldSetting, ...], AfterValidator(_one_use_each)] = Field(
        default=(), strict=False
    )

    @property
    def is_any(self) -> bool:
        """Whether any is declared."""
        return any(map(self.of, CustomFieldSettings.model_fields))

    @property
    def native_fields(self) -> list[NativeField]:
        """The native fields that fill one of them."""
        declared = [
            each.declaration(stream)
            for stream in CustomFieldSettings.model_fields
            for each in self.of(stream)
            if each.native
        ]
        return [each.source for each in declared if isinstance(each.source, NativeField)]

    def of(self, stream: str) -> tuple[FieldSetting, ...]:
        """Return the settings of a stream; none for one whose records have no custom fields."""
        found: tuple[FieldSetting, ...] = getattr(self, stream) if stream in CustomFieldSettings.model_fields else ()
        return found
