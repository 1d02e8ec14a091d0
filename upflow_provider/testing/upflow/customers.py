"""Endpoints below ``/customers``."""

import secrets
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from upflow_provider.testing.upflow.endpoint import PAGING, Endpoint, Holder, deleted, page, read
from upflow_provider.testing.upflow.records import answers, contacts, custom_fields, imports
from upflow_provider.testing.upflow.records.refusal import RefusedError
from upflow_provider.testing.upflow.records.schemas import (
    AnyBody,
    ContactInput,
    CustomerImport,
    CustomerUpdate,
    InvoiceFields,
    InvoiceImport,
    PortalRequest,
)
from upflow_provider.testing.upflow.records.store import Record

_FILTER = r"customFieldData_(?P<field>[^.]+)\.eq"
_PORTAL_URL = "https://pay.upflow.io/portal"


async def import_customer(fake: Holder, request: Request) -> Response:
    """Create or update a customer."""
    body = await read(request, CustomerImport)
    customer, is_new = imports.import_customer(fake.store, fake.behaviour, body)
    created, updated = fake.behaviour.import_statuses
    return JSONResponse(answers.customer(fake.store, customer), created if is_new else updated)


async def list_customers(fake: Holder, request: Request) -> Response:
    """List customers, those with given values of custom fields if asked for."""
    found = list(fake.store.customers.values())
    for name, wanted in request.query_params.items():
        if name.startswith("customFieldData_"):
            field_id = name.removeprefix("customFieldData_").removesuffix(".eq")
            if field_id not in fake.store.custom_fields:
                raise RefusedError(f"{name}: names no custom field")
            found = [each for each in found if custom_fields.matches(each, field_id, wanted)]
    with_contacts = fake.behaviour.lists_with_contacts

    def show(customer: Record) -> dict[str, Any]:
        return answers.customer(fake.store, customer, with_contacts=with_contacts)

    return page(fake, request, "customers", found, show)


async def get_customer(fake: Holder, request: Request) -> Response:
    """Show one customer."""
    return JSONResponse(answers.customer(fake.store, _customer(fake, request)))


async def update_customer(fake: Holder, request: Request) -> Response:
    """Change a part of a customer."""
    customer = _customer(fake, request)
    body = await read(request, CustomerUpdate)
    changed = imports.update_customer(fake.store, fake.behaviour, customer, body)
    return JSONResponse(answers.customer(fake.store, changed))


async def delete_customer(fake: Holder, request: Request) -> Response:
    """Delete a customer without documents."""
    imports.delete_customer(fake.store, _customer(fake, request))
    return deleted(fake)


async def create_portal_url(fake: Holder, request: Request) -> Response:
    """Mint a portal URL; an empty body asks for the defaults."""
    customer = _customer(fake, request)
    wishes = await read(request, PortalRequest) if await request.body() else PortalRequest()
    link = {
        "customerId": customer["id"],
        "url": f"{_PORTAL_URL}?token={secrets.token_urlsafe(24)}",
        "expiresAt": fake.store.now() + timedelta(seconds=wishes.expires_in),
        "frameAncestors": wishes.frame_ancestors,
    }
    fake.store.portal_links.append(link)
    return JSONResponse({fake.behaviour.portal_key: link["url"]})


async def create_invoice(fake: Holder, request: Request) -> Response:
    """Create an invoice of a customer; unlike an import, it does not update."""
    customer = _customer(fake, request)
    body = await read(request, InvoiceFields)
    if fake.store.by_external_id("invoices", body.external_id):
        raise RefusedError("externalId: is taken by another invoice")
    whole = InvoiceImport.model_validate({**body.sent(), "customer": {"id": customer["id"]}})
    invoice, _ = imports.import_document(fake.store, fake.behaviour, "invoices", whole)
    return JSONResponse(answers.document(fake.store, "invoices", invoice), 201)


async def list_contacts(fake: Holder, request: Request) -> Response:
    """List the contacts of a customer."""
    return page(fake, request, "contacts", _customer(fake, request)["contacts"], answers.contact)


async def create_contact(fake: Holder, request: Request) -> Response:
    """Add a contact to a customer, or update the one with its external id."""
    customer = _customer(fake, request)
    body = await read(request, ContactInput)
    known = contacts.known(customer, body)
    if known and fake.behaviour.known_contact == "updated":
        return _changed_contact(fake, customer, known, body)
    held, contact = contacts.added(fake.store, fake.behaviour, customer, body)
    fake.store.put("customers", {**customer, "contacts": held})
    return JSONResponse(answers.contact(contact), 201)


async def get_contact(fake: Holder, request: Request) -> Response:
    """Show one contact."""
    return JSONResponse(answers.contact(_contact(fake, request)))


async def update_contact(fake: Holder, request: Request) -> Response:
    """Change one contact."""
    customer, contact = _customer(fake, request), _contact(fake, request)
    return _changed_contact(fake, customer, contact, await read(request, ContactInput))


async def delete_contact(fake: Holder, request: Request) -> Response:
    """Remove one contact."""
    customer, contact = _customer(fake, request), _contact(fake, request)
    left = [each for each in customer["contacts"] if each is not contact]
    fake.store.put("customers", {**customer, "contacts": left})
    return deleted(fake)


async def list_account_managers(fake: Holder, request: Request) -> Response:
    """List the users in charge of a customer; the vendor's answer is not on record."""
    users = fake.store.organization.users
    managers = [users[user_id] for user_id in _customer(fake, request).get("accountManagerIds", ())]
    return page(fake, request, "account_managers", managers, dict)


async def assign_account_managers(fake: Holder, request: Request) -> Response:
    """Put users in charge of a customer; its body is not on record: any JSON with their ids will do."""
    customer = _customer(fake, request)
    user_ids = _texts((await read(request, AnyBody)).root)
    for user_id in user_ids:
        if user_id not in fake.store.organization.users:
            raise RefusedError("body: holds something that is no user's id")
    fake.store.put("customers", {**customer, "accountManagerIds": user_ids})
    return JSONResponse({}, 201)


async def create_summary(fake: Holder, request: Request) -> Response:
    """Answer; what the vendor does here is not on record."""
    _customer(fake, request)
    return JSONResponse({})


def _customer(fake: Holder, request: Request) -> Record:
    return fake.store.find("customers", request.path_params["ref"])


def _contact(fake: Holder, request: Request) -> Record:
    return contacts.find(_customer(fake, request), request.path_params["contact"])


def _changed_contact(fake: Holder, customer: Record, contact: Record, body: ContactInput) -> Response:
    held = contacts.changed(fake.store, fake.behaviour, customer, contact, body)
    changed = fake.store.put("customers", {**customer, "contacts": held})
    return JSONResponse(answers.contact(contacts.find(changed, contact["id"])))


def _texts(value: object) -> list[str]:
    """Return every text within a JSON value, but for keys."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [text for each in value for text in _texts(each)]
    if not isinstance(value, str):
        raise RefusedError("body: holds something that is no user's id")
    return [value]


ENDPOINTS = (
    Endpoint("POST", "/customers", import_customer),
    Endpoint("GET", "/customers", list_customers, f"{PAGING}|{_FILTER}"),
    Endpoint("GET", "/customers/{ref}", get_customer),
    Endpoint("PUT", "/customers/{ref}", update_customer),
    Endpoint("DELETE", "/customers/{ref}", delete_customer),
    Endpoint("POST", "/customers/{ref}/portal", create_portal_url),
    Endpoint("POST", "/customers/{ref}/invoices", create_invoice),
    Endpoint("POST", "/customers/{ref}/contacts", create_contact),
    Endpoint("GET", "/customers/{ref}/contacts", list_contacts, PAGING),
    Endpoint("GET", "/customers/{ref}/contacts/{contact}", get_contact),
    Endpoint("PUT", "/customers/{ref}/contacts/{contact}", update_contact),
    Endpoint("DELETE", "/customers/{ref}/contacts/{contact}", delete_contact),
    Endpoint("GET", "/customers/{ref}/account-managers", list_account_managers, PAGING),
    Endpoint("POST", "/customers/{ref}/account-managers", assign_account_managers),
    Endpoint("POST", "/customers/{ref}/customer_summary", create_summary),
)
