"""Endpoints of what belongs to the organization: users, workflows, bank accounts, actions, custom fields."""

from functools import partial

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from upflow_provider.testing.upflow.endpoint import PAGING, Endpoint, Holder, checked, deleted, page, read
from upflow_provider.testing.upflow.records import custom_fields
from upflow_provider.testing.upflow.records.refusal import RefusedError
from upflow_provider.testing.upflow.records.schemas import AnyBody, CustomFieldCreate


async def list_users(fake: Holder, _: Request) -> Response:
    """List the members, all at once."""
    return JSONResponse({fake.behaviour.list_keys["users"]: list(fake.store.organization.users.values())})


async def list_property(collection: str, fake: Holder, request: Request) -> Response:
    """List something that the organization has and the API cannot make."""
    return page(fake, request, collection, getattr(fake.store.organization, collection).values(), dict)


async def get_action(fake: Holder, request: Request) -> Response:
    """Show one action."""
    action = fake.store.organization.actions.get(request.path_params["ref"])
    if action is None:
        raise RefusedError("actions: no such record", 404)
    return JSONResponse(action)


async def list_custom_fields(fake: Holder, request: Request) -> Response:
    """List the definitions of custom fields."""
    _check_spelling(fake, request)
    records = fake.store.custom_fields.values()
    return page(fake, request, "custom_fields", records, partial(custom_fields.shown, fake.behaviour))


async def create_custom_field(fake: Holder, request: Request) -> Response:
    """Define a custom field."""
    _check_spelling(fake, request)
    body = custom_fields.spelt(fake.behaviour, (await read(request, AnyBody)).root)
    definition = custom_fields.define(fake.store, checked(body, CustomFieldCreate))
    return JSONResponse(custom_fields.shown(fake.behaviour, definition), 201)


async def delete_custom_field(fake: Holder, request: Request) -> Response:
    """Delete a custom field and its values."""
    _check_spelling(fake, request)
    definition = fake.store.find("custom_fields", request.path_params["ref"])
    custom_fields.remove(fake.store, definition)
    return deleted(fake)


def _check_spelling(fake: Holder, request: Request) -> None:
    """Let only one of the two spellings exist that the vendor's pages print."""
    if request.url.path.split("/")[2] != fake.behaviour.custom_fields_path:
        raise RefusedError("no such endpoint", 404)


ENDPOINTS = (
    Endpoint("GET", "/users", list_users),
    Endpoint("GET", "/bank_accounts", partial(list_property, "bank_accounts"), PAGING),
    Endpoint("GET", "/dunning_plans", partial(list_property, "dunning_plans"), PAGING),
    Endpoint("GET", "/actions", partial(list_property, "actions"), PAGING),
    Endpoint("GET", "/actions/{ref}", get_action),
    *(
        endpoint
        for spelling in ("custom_fields", "custom_field")
        for endpoint in (
            Endpoint("GET", f"/{spelling}", list_custom_fields, PAGING),
            Endpoint("POST", f"/{spelling}", create_custom_field),
            Endpoint("DELETE", f"/{spelling}/{{ref}}", delete_custom_field),
        )
    ),
)
