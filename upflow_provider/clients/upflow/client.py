"""
The client of Upflow's public API, with one method for each operation.

Facts: https://docs.upflow.io (integrating with the Upflow API) and https://developer.upflow.io.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal
from urllib.parse import quote

from upflow_provider.clients.upflow.custom_fields_path import CustomFieldsPath
from upflow_provider.clients.upflow.http import UpflowHttp
from upflow_provider.clients.upflow.pages import Answer, one_link, one_list, one_record, records
from upflow_provider.errors import NotFoundError
from upflow_provider.records.payloads import Collection, ContactPayload, CustomerChanges, Payload, ReconcilePayload
from upflow_provider.shown_ids import shown_path

PAGE_SIZE_MAX = 500
"""Records on the largest page of invoices and of payments; it is not documented for other lists."""
PAGE_SIZES_MAX = {"/customers": 1000, "/dunning_plans": 200}
"""Records on the largest page of a list, where that is not `PAGE_SIZE_MAX`."""

PdfCollection = Literal["invoices", "credit_notes"]
"""Collections whose documents may have a PDF."""


def external(external_id: str) -> str:
    """Return the reference to a record by its external id; the client quotes it."""
    return f"external:{external_id}"


BeforeSend = Callable[[bool], object]
"""Called right before each attempt, with whether an earlier one got no answer and may still arrive."""


class UpflowClient:
    """
    The whole public API of one Upflow organization.

    A *ref* is a record's Upflow id, or ``external("cus_1")``. Errors are those of `UpflowHttp.request`.

    When an answer is lost, nobody knows whether the request was done. Most calls are then repeated,
    because doing them twice is the same as doing them once: imports create or update by external id;
    updates, links, PDFs and account managers replace what was there; a record that is gone already counts
    as deleted; a portal link that nobody has seen opens nothing. Calls that would create a second record are
    not repeated: contacts without an external id, and definitions of custom fields.

    Args:
        http: Sends the requests.
    """

    def __init__(self, http: UpflowHttp) -> None:
        self._http = http
        self._custom_fields = CustomFieldsPath()

    def ping(self) -> None:
        """Ask once for one customer, which proves host, path, key and secret."""
        answer = self._http.request("GET", "/customers", params={"offset": 0, "limit": 1}, retry=False)
        one_list(answer, "GET /customers")

    def import_(self, collection: Collection, payload: Payload, *, before_send: BeforeSend | None = None) -> Answer:
        """
        Create the record, or update it if its external id is known; return it as Upflow has it now.

        Args:
            collection: Where it belongs.
            payload: The record.
            before_send: Called right before each attempt, with whether an earlier one may still arrive.
        """
        return self._record("POST", f"/{collection}", json=payload, before_send=before_send)

    def get(self, collection: Collection, ref: str) -> Answer:
        """Return one record."""
        return self._record("GET", f"/{collection}/{_quoted(ref)}")

    def delete(self, collection: Collection, ref: str, *, before_send: BeforeSend | None = None) -> None:
        """Delete one record; Upflow deletes a customer only if it has no documents. *before_send* as for an import."""
        self._delete(f"/{collection}/{_quoted(ref)}", before_send)

    def list(self, collection: Collection, *, with_unnamed: bool = False, **filters: Any) -> Iterator[Answer]:  # noqa: ANN401 - Upflow's filters
        """Yield every record of a collection once, page by page; those without a usable id as `records` says."""
        return self._list(f"/{collection}", with_unnamed=with_unnamed, **filters)

    def update_customer(self, ref: str, changes: CustomerChanges, *, before_send: BeforeSend | None = None) -> Answer:
        """Change some fields of a customer and leave the others alone. *before_send* as for an import."""
        return self._record("PUT", f"/customers/{_quoted(ref)}", json=changes, before_send=before_send)

    def create_contact(
        self, customer_ref: str, contact: ContactPayload, *, before_send: BeforeSend | None = None
    ) -> Answer:
        """
        Add a contact; without an external id it is not repeated when its answer is lost.

        *before_send* as for an import.
        """
        path = f"/customers/{_quoted(customer_ref)}/contacts"
        return self._record("POST", path, json=contact, repeatable="externalId" in contact, before_send=before_send)

    def list_contacts(self, customer_ref: str) -> Iterator[Answer]:
        """Yield the contacts of a customer."""
        return self._list(f"/customers/{_quoted(customer_ref)}/contacts")

    def get_contact(self, customer_ref: str, contact_ref: str) -> Answer:
        """Return one contact."""
        return self._record("GET", _contact_path(customer_ref, contact_ref))

    def update_contact(
        self, customer_ref: str, contact_ref: str, contact: ContactPayload, *, before_send: BeforeSend | None = None
    ) -> Answer:
        """Change the fields of a contact. *before_send* as for an import."""
        return self._record("PUT", _contact_path(customer_ref, contact_ref), json=contact, before_send=before_send)

    def delete_contact(self, customer_ref: str, contact_ref: str, *, before_send: BeforeSend | None = None) -> None:
        """Delete one contact. *before_send* as for an import."""
        self._delete(_contact_path(customer_ref, contact_ref), before_send)

    def reconcile(self, payload: ReconcilePayload, *, before_send: BeforeSend | None = None) -> None:
        """Set or replace one group of links; four empty lists undo it."""
        self._http.request("POST", "/reconcile", json=payload, before_send=before_send)

    def upload_pdf(
        self,
        collection: PdfCollection,
        ref: str,
        data: bytes,
        *,
        as_multipart: bool = False,
        before_send: BeforeSend | None = None,
    ) -> None:
        """Attach a document's PDF, as JSON (base64) or as a multipart file. *before_send* as for an import."""
        body: dict[str, Any] = {"json": {"data": base64.b64encode(data).decode("ascii")}}
        if as_multipart:
            body = {"files": {"file": ("document.pdf", data, "application/pdf")}}
        self._http.request("POST", f"/{collection}/{_quoted(ref)}/pdf", before_send=before_send, **body)

    def create_custom_field(self, definition: Mapping[str, Any]) -> Answer:
        """Define a custom field; not repeated when its answer is lost. Its properties are not documented."""
        return self._custom_fields.call(
            lambda path: self._record("POST", path, json=dict(definition), repeatable=False)
        )

    def list_custom_fields(self) -> Iterator[Answer]:
        """Yield the definitions of custom fields."""

        def page(offset: int) -> Any:  # noqa: ANN401 - any JSON
            return self._custom_fields.call(lambda path: self._page(path, offset, PAGE_SIZE_MAX, {}))

        return records(page, "GET /custom_fields", PAGE_SIZE_MAX)

    def delete_custom_field(self, field_id: str) -> None:
        """Delete the definition of a custom field."""
        self._custom_fields.call(lambda path: self._delete(f"{path}/{_quoted(field_id)}"))

    def portal_url(
        self,
        customer_ref: str,
        expires_in_s: int | None = None,
        frame_ancestors: str | None = None,
        *,
        before_send: BeforeSend | None = None,
    ) -> str:
        """
        Make a link to a customer's portal. The link is a secret: anyone who has it can open the portal.

        Args:
            customer_ref: The customer.
            expires_in_s: Seconds that it is valid; Upflow's default is a day.
            frame_ancestors: Domains that may show the portal in a frame, separated by spaces.
            before_send: As for an import.

        Raises:
            ProtocolError: The answer does not hold exactly one https URL.
        """
        options = {"expiresIn": expires_in_s, "frameAncestors": frame_ancestors}
        path = f"/customers/{_quoted(customer_ref)}/portal"
        given = {name: value for name, value in options.items() if value is not None}
        answer = self._http.request("POST", path, json=given, before_send=before_send)
        return one_link(answer, f"POST {shown_path(path)}")

    def account_managers(self, customer_ref: str) -> Any:  # noqa: ANN401 - the answer's shape is not documented
        """Return who is in charge of a customer, as Upflow answers it."""
        return self._http.request("GET", f"/customers/{_quoted(customer_ref)}/account-managers")

    def assign_account_managers(self, customer_ref: str, body: Mapping[str, Any]) -> None:
        """Put users in charge of a customer; the body's shape is not documented."""
        self._http.request("POST", f"/customers/{_quoted(customer_ref)}/account-managers", json=dict(body))

    def users(self) -> Sequence[Answer]:
        """Return the members of the organization."""
        return one_list(self._http.request("GET", "/users"), "GET /users")

    def bank_accounts(self) -> Iterator[Answer]:
        """Yield the organization's bank accounts."""
        return self._list("/bank_accounts")

    def dunning_plans(self) -> Iterator[Answer]:
        """Yield the collection workflows."""
        return self._list("/dunning_plans")

    def actions(self, **filters: Any) -> Iterator[Answer]:  # noqa: ANN401 - Upflow's filters
        """Yield reminders, tasks and replies."""
        return self._list("/actions", **filters)

    def action(self, action_id: str) -> Answer:
        """Return one action."""
        return self._record("GET", f"/actions/{_quoted(action_id)}")

    def _record(self, method: str, path: str, **options: Any) -> Answer:  # noqa: ANN401 - those of `UpflowHttp.request`
        answer: Answer = self._http.request(method, path, shape=one_record, **options)
        return answer

    def _delete(self, path: str, before_send: BeforeSend | None = None) -> None:
        """Delete; a record that a repeated request does not find was deleted before its answer was lost."""
        attempts: list[str] = []

        def count_attempt(may_arrive_late: bool) -> None:  # noqa: FBT001 - as `BeforeSend`
            if before_send:
                before_send(may_arrive_late)
            attempts.append(path)

        try:
            self._http.request("DELETE", path, before_send=count_attempt)
        except NotFoundError:
            if len(attempts) == 1:
                raise

    def _list(self, path: str, *, with_unnamed: bool = False, **filters: Any) -> Iterator[Answer]:  # noqa: ANN401 - Upflow's filters
        size, what = PAGE_SIZES_MAX.get(path, PAGE_SIZE_MAX), f"GET {shown_path(path)}"
        return records(lambda offset: self._page(path, offset, size, filters), what, size, with_unnamed=with_unnamed)

    def _page(self, path: str, offset: int, size: int, filters: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any JSON
        return self._http.request("GET", path, params={**filters, "offset": offset, "limit": size})


def _quoted(ref: str) -> str:
    """Quote a reference for a path; the word ``external:`` stays as it is."""
    if ref in {"", ".", ".."}:
        raise ValueError(f"{ref!r} does not refer to a record")  # but to a path above it
    prefix, colon, rest = ref.partition(":")
    return f"external:{quote(rest, safe='')}" if colon and prefix == "external" else quote(ref, safe="")


def _contact_path(customer_ref: str, contact_ref: str) -> str:
    return f"/customers/{_quoted(customer_ref)}/contacts/{_quoted(contact_ref)}"
