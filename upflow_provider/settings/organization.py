"""The settings of one Upflow organization."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from upflow_provider.records.money import is_currency
from upflow_provider.runs.suggestion import closest
from upflow_provider.salesforce_to_upflow.ownership_problems import conflicts
from upflow_provider.salesforce_to_upflow.settings import SalesforceImport
from upflow_provider.settings.additional_contacts import NO_CONTACTS, AdditionalContacts, in_short
from upflow_provider.stripe_to_upflow.custom_fields.settings import CustomFieldSettings
from upflow_provider.stripe_to_upflow.mapping.options import Options
from upflow_provider.stripe_to_upflow.pdfs.wanted import WantedPdfs
from upflow_provider.tables_to_upflow.customer_file.settings import CustomerFileSettings
from upflow_provider.upflow_to_salesforce.settings import SalesforceExport
from upflow_provider.upflow_to_stripe.settings import WriteBack

CONN_ID = re.compile(r"[\w#!()\-.:/\\]{1,250}", re.ASCII)
"""Ids that Airflow takes for connections."""
NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")
"""Names of organizations."""


def _dag_id_part(name: str) -> str:
    if not NAME.fullmatch(name):
        raise ValueError("must consist of at most 40 letters, digits, _ and -, because DAG ids end in it")
    return name


ZONE = re.compile(r"UTC|(?!(?:posix|right)/)[A-Za-z_]+(?:/[A-Za-z0-9_+-]+)+")
"""UTC, or area and place. Other names of the database, such as ``localtime``, may mean another zone on each host."""


def _known_zone(name: str) -> str:
    if ZONE.fullmatch(name) and _is_in_database(name):
        return name
    close = closest(name, (each for each in available_timezones() if "/" in each))
    hint = f"; did you mean {close!r}?" if close else ""
    raise ValueError(f"must be a time zone of the IANA database, such as Europe/Paris{hint}")


def _is_in_database(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _currency(code: str) -> str:
    if not re.fullmatch("[A-Z]{3}", code):
        raise ValueError("must be a currency code in capitals, such as ISK")
    if not is_currency(code):
        raise ValueError("must be a currency code of ISO 4217, such as ISK")
    return code


def _conn_id(conn_id: str) -> str:
    if not CONN_ID.fullmatch(conn_id):
        raise ValueError("must be the id of an Airflow connection, without spaces")
    return conn_id


ConnId = Annotated[str, AfterValidator(_conn_id)]
"""Id of an Airflow connection."""


def _one_use_each(export: SalesforceExport | None) -> SalesforceExport | None:
    """Refuse an export of nothing, or of two values to one field of Account, whatever its case."""
    if export is None:
        return None
    targets = [*export.fields.values(), *export.custom_fields.values(), *export.clear]
    if not targets:
        raise ValueError("maps nothing; name fields of Account in fields or custom_fields, or remove salesforce")
    uses = Counter(each.casefold() for each in (export.match.salesforce, *targets))
    shared = sorted({each for each in targets if uses[each.casefold()] > 1})
    if shared:
        raise ValueError(
            f"{', '.join(shared)}: named more than once in match, fields, custom_fields and clear; give each a field "
            "of its own"
        )
    return export


class Organization(BaseModel):
    """
    The settings of one Upflow organization.

    Attributes:
        name: Name in ``organizations.yaml`` and in the ledger. DAG ids of an organization other than ``default`` end
            in ``.<name>``.
        upflow_conn_id: Airflow connection of type ``upflow``.
        stripe_conn_id: Airflow connection of type ``stripe``.
        ledger_conn_id: Airflow connection of the ledger's database; if it does not exist, the
            ledger is a SQLite file in ``$AIRFLOW_HOME``.
        time_zone: IANA name. It decides on which calendar day an instant falls.
        parent_metadata_key: Key of a Stripe customer's metadata whose value is the id of the parent customer; null if
            customers have no parents.
        links: How payments, credit notes and refunds are linked to what they settle: ``inline`` in their import, or
            ``reconcile`` by another request for each. If one does not work, the other is used.
        currency_decimals: Decimals of Upflow's amounts by currency, if they differ from ISO 4217.
        delete_empty_customers: Whether a customer that is deleted in Stripe is deleted in Upflow if it has no
            documents; by default it stays.
        pdfs: Which PDFs are brought to Upflow after the money: ``none``, those of ``open`` invoices, or ``all`` of
            invoices and credit notes.
        live: Whether the incremental sync runs soon after a change in Stripe, and not only on its schedule.
        lag_s: Age in seconds from which Stripe's events are complete, because Stripe shows some late.
        threads: Requests that one task has in flight at a time, 1 to 5; live work has 2 at most. A task of history
            takes as many slots of the pool.
        max_rejected: Number of rejected records tolerated before a task fails at its end.
        custom_fields: Custom fields of Upflow that are filled from Stripe.
        additional_contacts: Where further addresses of customers are, and who makes contacts of them (in short
            ``fields`` or ``contacts``); null for none.
        salesforce: Settings of the export to Salesforce; null for no export.
        salesforce_import: Settings of the import from Salesforce; null for no import.
        write_back: Settings of the write-back of portal payments to Stripe; null for none.
        customer_file: What customer files may change, and how they are understood.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: Annotated[str, AfterValidator(_dag_id_part)] = "default"
    upflow_conn_id: ConnId = Field(default="upflow_default", min_length=1)
    stripe_conn_id: ConnId = Field(default="stripe_default", min_length=1)
    ledger_conn_id: ConnId = Field(default="upflow_ledger", min_length=1)
    time_zone: Annotated[str, AfterValidator(_known_zone)] = "UTC"
    parent_metadata_key: str | None = Field(default=None, min_length=1)
    links: Literal["inline", "reconcile"] = "inline"
    currency_decimals: dict[Annotated[str, AfterValidator(_currency)], Annotated[int, Field(ge=0, le=4)]] = {}
    delete_empty_customers: bool = False
    pdfs: WantedPdfs = "none"
    live: bool = False
    lag_s: float = Field(default=60.0, ge=0, le=3600)
    threads: int = Field(default=2, ge=1, le=5)
    max_rejected: int = Field(default=0, ge=0)
    custom_fields: CustomFieldSettings = CustomFieldSettings()
    additional_contacts: Annotated[AdditionalContacts | None, BeforeValidator(in_short)] = None
    salesforce: Annotated[SalesforceExport | None, AfterValidator(_one_use_each)] = None
    salesforce_import: SalesforceImport | None = None
    write_back: WriteBack | None = None
    customer_file: CustomerFileSettings = CustomerFileSettings()

    @property
    def sync_settings(self) -> dict[str, Any]:
        """The settings that a sync depends on, as JSON; if they change, a retry starts from the beginning."""
        return self.model_dump(
            mode="json", exclude={"pdfs", "salesforce", "salesforce_import", "write_back", "customer_file"}
        )

    @property
    def options(self) -> Options:
        """The options of this organization's mappings; which custom fields Upflow has is known to the ledger."""
        return Options(
            ZoneInfo(self.time_zone),
            self.parent_metadata_key,
            self.currency_decimals,
            self.delete_empty_customers,
            self.contacts.contact_sources,
            self.contacts.way,
        )

    @field_validator("additional_contacts")
    @classmethod
    def _fields_of_their_own(
        cls, contacts: AdditionalContacts | None, others: ValidationInfo
    ) -> AdditionalContacts | None:
        """Refuse a field for addresses that something else is written to."""
        declared: CustomFieldSettings | None = others.data.get("custom_fields")
        taken = {str(each.field).casefold() for each in (declared.customers if declared else ())}
        shared = [each.field for each in (contacts or NO_CONTACTS).fields if str(each.field).casefold() in taken]
        if shared:
            names = ", ".join(map(repr, shared))
            raise ValueError(f"must write to fields of their own; {names} is in custom_fields, too")
        return contacts

    @field_validator("salesforce_import")
    @classmethod
    def _is_the_only_source(cls, wanted: SalesforceImport | None, others: ValidationInfo) -> SalesforceImport | None:
        """Refuse an import that fills what something else fills, or writes back what the export has written."""
        if wanted is None or not {"custom_fields", "additional_contacts", "salesforce"} <= others.data.keys():
            return wanted
        declared: CustomFieldSettings = others.data["custom_fields"]
        contacts: AdditionalContacts = others.data["additional_contacts"] or NO_CONTACTS
        export: SalesforceExport | None = others.data["salesforce"]
        filled = {
            "custom_fields": [each.field for each in declared.customers if each.field],
            "additional_contacts": [each.field for each in contacts.contact_sources],
        }
        exported = [*export.fields.values(), *export.custom_fields.values(), *export.clear] if export else []
        match = export.match if export else None
        if problems := list(conflicts(wanted, filled=filled, exported=exported, export_match=match)):
            raise ValueError("; ".join(problems))
        return wanted

    @property
    def account_import(self) -> SalesforceImport | None:
        """The import from Salesforce, with the connection and the match of the export where it has none of its own."""
        own, export = self.salesforce_import, self.salesforce
        if own is None:
            return None
        conn_id = export.conn_id if export else "salesforce_default"
        match = export.match if export else None
        return own.model_copy(update={"conn_id": own.conn_id or conn_id, "match": own.match or match})

    @property
    def has_contacts_of_salesforce(self) -> bool:
        """Whether Salesforce owns the contacts, so that Stripe's come along with new customers only."""
        wanted = self.salesforce_import.contacts if self.salesforce_import else None
        return wanted is not None and wanted.owner == "salesforce"

    @property
    def declared_fields(self) -> CustomFieldSettings:
        """The custom fields that are filled, including those that hold the addresses of additional contacts."""
        customers = (*self.custom_fields.customers, *self.contacts.fields)
        return self.custom_fields.model_copy(update={"customers": customers})

    @property
    def contacts(self) -> AdditionalContacts:
        """The settings of additional contacts; without a source if there are none."""
        return self.additional_contacts or NO_CONTACTS

    def dag_id(self, name: str) -> str:
        """Return the id of this organization's DAG of that name."""
        return name if self.name == "default" else f"{name}.{self.name}"


@dataclass(frozen=True, slots=True)
class Entry:
    """
    One entry of the file, usable or not.

    Attributes:
        organization: Its settings; defaults if *problem* is set.
        problem: What is wrong and how to correct it; ``None`` if nothing is.
        peers: The usable organizations of the file, this one included.
    """

    organization: Organization
    problem: str | None = None
    peers: tuple[Organization, ...] = field(default=(), compare=False, repr=False)
