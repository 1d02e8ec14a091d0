"""A record of a table becomes what Upflow is to have. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

from upflow_provider.records.mapped import Link, Mapped, Need
from upflow_provider.shown_ids import shown_id

if TYPE_CHECKING:
    from upflow_provider.records.page import Record
    from upflow_provider.records.payloads import Collection, Payload

ADDRESS = ("address", "zipcode", "city", "state", "country")
TEXTS = ("vatNumber", "accountingRef")
LINKS: Mapping[str, Collection] = {
    "linkedInvoices": "invoices",
    "linkedPayments": "payments",
    "linkedCreditNotes": "credit_notes",
}
"""Collections that fields with links refer to."""


DEPENDENT_FIELDS = {"contacts", "parent"}
"""Fields with the dependents of a customer; what a table has no column for stays."""


def stream_name(source: str, collection: Collection) -> str:
    """Return the name in the ledger of a source's records of one collection, such as ``erp:invoices``."""
    return f"{source}:{collection}"


def mapping_of(collection: Collection, source: str) -> Callable[[Record], Mapped]:
    """
    Return the mapping of a source's records of one collection.

    Args:
        collection: What is imported.
        source: Name of the source.
    """
    payload = _customer if collection == "customers" else _document

    def to_upflow(record: Record) -> Mapped:
        values: Mapping[str, Any] = record["values"]
        customer = values["externalId"] if collection == "customers" else values["customer"]
        notes = (f"{shown_id(values['externalId'])}: {note}" for note in record.get("notes", ()))
        links = tuple(_links(values))
        return Mapped(
            payload(values),
            customer,
            needs=tuple(_needs(collection, source, values, links)),
            links=links,
            notes=tuple(notes),
            dependents=_dependents(values) if collection == "customers" else (),
            has_no_links=not links and any(name in values for name in LINKS),
            keeps=tuple(sorted(DEPENDENT_FIELDS - values.keys())) if collection == "customers" else (),
            exists=record.get("exists"),
        )

    return to_upflow


def _customer(values: Mapping[str, Any]) -> Payload:
    """Return a customer; what its table has no column for stays as it is, but an address is always a whole one."""
    payload = {"externalId": values["externalId"], "name": values["name"]}
    payload |= {name: values[name] or "" for name in TEXTS if name in values}
    if any(name in values for name in ADDRESS):
        payload["address"] = {name: values.get(name) or "" for name in ADDRESS}
    if values.get("parent"):
        payload["parent"] = {"externalId": values["parent"]}
    given = {"accountManagerId": "accountManager", "dunningPlanId": "workflow", "customFields": "customFields"}
    payload |= {name: values[own] for name, own in given.items() if values.get(own)}
    if values.get("contacts"):
        payload["contacts"] = values["contacts"]
    return cast("Payload", payload)


def _document(values: Mapping[str, Any]) -> Payload:
    apart = {"customer", *LINKS}
    payload = {name: value for name, value in values.items() if name not in apart and value is not None}
    if "name" in values:
        payload["name"] = values["name"] or ""
    if "grossAmount" in payload:
        payload.setdefault("netAmount", payload["grossAmount"])
    payload["customer"] = {"externalId": values["customer"]}
    return cast("Payload", payload)


def _links(values: Mapping[str, Any]) -> list[Link]:
    return [
        Link(collection, external_id, amount)
        for name, collection in LINKS.items()
        for external_id, amount in (values.get(name) or {}).items()
    ]


def _needs(collection: Collection, source: str, values: Mapping[str, Any], links: tuple[Link, ...]) -> list[Need]:
    """Return what must be in Upflow first: the customer or its parent, and what the record is linked to."""
    first = values.get("parent" if collection == "customers" else "customer")
    own = [Need(stream_name(source, "customers"), first)] if first else []
    return [*own, *(Need(stream_name(source, each.collection), each.external_id) for each in links)]


def _dependents(values: Mapping[str, Any]) -> tuple[str, ...]:
    contacts = (f"contacts/{each['externalId']}" for each in values.get("contacts") or ())
    return (*contacts, *((f"parent/{values['parent']}",) if values.get("parent") else ()))
