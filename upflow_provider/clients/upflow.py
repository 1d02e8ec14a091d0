"""
Upflow's public API, one method a thing it does.

Facts: https://docs.upflow.io (integrating with the Upflow API) and https://developer.upflow.io.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal
from urllib.parse import quote

from upflow_provider.clients.upflow_http import UpflowHttp
from upflow_provider.errors import NotFoundError, ProtocolError
from upflow_provider.payloads import Collection, ContactPayload, Payload, ReconcilePayload

PAGE_SIZES = {"customers": 1000, "invoices": 500, "dunning_plans": 200}
"""Largest page of each list; 500 has been used with the others."""
PDF_COLLECTIONS = Literal["invoices", "credit_notes"]

Answer = dict[str, Any]
"""One record as Upflow answers it."""


def external(external_id: str) -> str:
    """Return the reference to a record by its external id; quoting is the client's business."""
    return f"external:{external_id}"


class UpflowClient(UpflowHttp):
    """
    The whole public API of one Upflow organization.

    A *ref* is a record's Upflow id, or ``external("cus_1")``. Errors are those of
    `UpflowHttp.request`.
    """

    def ping(self) -> None:
        """Ask once for one customer: proves host, path, key and secret."""
        self.request("GET", "/customers", params={"offset": 0, "limit": 1}, retry=False)

    def import_(
        self, collection: Collection, payload: Payload, *, before_send: Callable[[], None] | None = None
    ) -> Answer:
        """
        Create the record, or update it if its external id is known; return it as Upflow has it now.

        Args:
            collection: Where it belongs.
            payload: The record.
            before_send: Called right before each attempt.
        """
        return _record(self.request("POST", f"/{collection}", json=payload, before_send=before_send), collection)

    def get(self, collection: Collection, ref: str) -> Answer:
        """Return one record."""
        return _record(self.request("GET", f"/{collection}/{_quoted(ref)}"), collection)

    def delete(self, collection: Collection, ref: str) -> None:
        """Delete one record; Upflow deletes a customer only when it has no documents."""
        self.request("DELETE", f"/{collection}/{_quoted(ref)}")

    def list(self, collection: Collection, **filters: Any) -> Iterator[Answer]:  # noqa: ANN401 - Upflow's filters
        """Yield every record of a collection once, page by page."""
        return self._pages(f"/{collection}", PAGE_SIZES.get(collection, 500), filters)

    def update_customer(self, ref: str, changes: Mapping[str, Any]) -> Answer:
        """Change some fields of a customer and leave the others alone."""
        return _record(self.request("PUT", f"/customers/{_quoted(ref)}", json=dict(changes)), "customers")

    def create_contact(self, customer_ref: str, contact: ContactPayload) -> Answer:
        """Add a contact; without an external id it is not repeated when its answer is lost."""
        path = f"/customers/{_quoted(customer_ref)}/contacts"
        answer = self.request("POST", path, json=contact, repeatable="externalId" in contact)
        return _record(answer, "contacts")

    def list_contacts(self, customer_ref: str) -> Iterator[Answer]:
        """Yield the contacts of a customer."""
        return self._pages(f"/customers/{_quoted(customer_ref)}/contacts", 500, {})

    def get_contact(self, customer_ref: str, contact_ref: str) -> Answer:
        """Return one contact."""
        return _record(self.request("GET", _contact_path(customer_ref, contact_ref)), "contacts")

    def update_contact(self, customer_ref: str, contact_ref: str, contact: ContactPayload) -> Answer:
        """Replace the fields of a contact."""
        path = _contact_path(customer_ref, contact_ref)
        return _record(self.request("PUT", path, json=contact), "contacts")

    def delete_contact(self, customer_ref: str, contact_ref: str) -> None:
        """Delete one contact."""
        self.request("DELETE", _contact_path(customer_ref, contact_ref))

    def reconcile(self, payload: ReconcilePayload, *, before_send: Callable[[], None] | None = None) -> None:
        """Set, replace or (with four empty lists) undo one group of links."""
        self.request("POST", "/reconcile", json=payload, before_send=before_send)

    def upload_pdf(self, collection: PDF_COLLECTIONS, ref: str, data: bytes, *, as_multipart: bool = False) -> None:
        """Attach the PDF of an invoice or a credit note, as JSON (base64) or as a multipart file."""
        path = f"/{collection}/{_quoted(ref)}/pdf"
        if as_multipart:
            self.request("POST", path, files={"file": ("document.pdf", data, "application/pdf")})
        else:
            self.request("POST", path, json={"data": base64.b64encode(data).decode("ascii")})

    def create_custom_field(self, definition: Mapping[str, Any]) -> Answer:
        """Define a custom field; not repeated when its answer is lost."""
        answer = self._custom_fields("POST", json=dict(definition), repeatable=False)
        return _record(answer, "custom_fields")

    def list_custom_fields(self) -> Iterator[Answer]:
        """Yield the definitions of custom fields."""
        try:
            yield from self._pages("/custom_fields", 500, {})
        except NotFoundError:
            yield from self._pages("/custom_field", 500, {})

    def delete_custom_field(self, field_id: str) -> None:
        """Delete the definition of a custom field."""
        self._custom_fields("DELETE", f"/{_quoted(field_id)}")

    def portal_url(
        self, customer_ref: str, *, expires_in_s: int | None = None, frame_ancestors: str | None = None
    ) -> str:
        """
        Mint a link to a customer's portal. The link is a secret: whoever has it is let in.

        Args:
            customer_ref: The customer.
            expires_in_s: Seconds it is valid; Upflow's default is a day.
            frame_ancestors: Domains that may show the portal in a frame, separated by spaces.

        Raises:
            ProtocolError: The answer does not hold exactly one https URL.
        """
        body = {"expiresIn": expires_in_s, "frameAncestors": frame_ancestors}
        path = f"/customers/{_quoted(customer_ref)}/portal"
        answer = self.request(
            "POST",
            path,
            json={key: value for key, value in body.items() if value is not None},
            repeatable=False,
        )
        values = answer.values() if isinstance(answer, dict) else [answer]
        urls = [each for each in values if isinstance(each, str) and each.startswith("https://")]
        if len(urls) != 1:
            raise ProtocolError(f"POST {path}: the answer does not hold exactly one https URL")
        return urls[0]

    def account_managers(self, customer_ref: str) -> Any:  # noqa: ANN401 - the answer's shape is not documented
        """Return who is in charge of a customer, as Upflow answers it."""
        return self.request("GET", f"/customers/{_quoted(customer_ref)}/account-managers")

    def assign_account_managers(self, customer_ref: str, body: Mapping[str, Any]) -> None:
        """Put users in charge of a customer; the body's shape is not documented."""
        self.request("POST", f"/customers/{_quoted(customer_ref)}/account-managers", json=dict(body))

    def users(self) -> Sequence[Answer]:
        """Return the members of the organization."""
        return _array(self.request("GET", "/users"), "/users")

    def bank_accounts(self) -> Iterator[Answer]:
        """Yield the organization's bank accounts."""
        return self._pages("/bank_accounts", 500, {})

    def dunning_plans(self) -> Iterator[Answer]:
        """Yield the collection workflows."""
        return self._pages("/dunning_plans", PAGE_SIZES["dunning_plans"], {})

    def actions(self, **filters: Any) -> Iterator[Answer]:  # noqa: ANN401 - Upflow's filters
        """Yield reminders, tasks and replies."""
        return self._pages("/actions", 500, filters)

    def action(self, action_id: str) -> Answer:
        """Return one action."""
        return _record(self.request("GET", f"/actions/{_quoted(action_id)}"), "actions")

    def _custom_fields(self, method: str, below: str = "", **options: Any) -> Any:  # noqa: ANN401 - any JSON
        """Call the plural path of the reference, then the singular one of the guide."""
        try:
            return self.request(method, f"/custom_fields{below}", **options)
        except NotFoundError:
            return self.request(method, f"/custom_field{below}", **options)

    def _pages(self, path: str, size: int, filters: Mapping[str, Any]) -> Iterator[Answer]:
        seen: set[str] = set()
        offset = 0
        while True:
            envelope = self.request("GET", path, params={**filters, "offset": offset, "limit": size})
            records = _array(envelope, path)
            new = [each for each in records if each["id"] not in seen]
            seen.update(each["id"] for each in new)
            yield from new
            offset += len(records)
            total = envelope.get("total") if isinstance(envelope, dict) else None
            if len(records) < size or (total is not None and offset >= total):
                return
            if not new:
                raise ProtocolError(f"GET {path}: the page at offset {offset} repeats what came before")


def _quoted(ref: str) -> str:
    """Quote a reference for a path; the word ``external:`` stays as it is."""
    prefix, colon, rest = ref.partition(":")
    return f"external:{quote(rest, safe='')}" if colon and prefix == "external" else quote(ref, safe="")


def _contact_path(customer_ref: str, contact_ref: str) -> str:
    return f"/customers/{_quoted(customer_ref)}/contacts/{_quoted(contact_ref)}"


def _array(envelope: Any, path: str) -> list[Answer]:  # noqa: ANN401 - any JSON
    """Return the list of an answer: each endpoint names it differently, so it is the only one there is."""
    arrays = (
        [each for each in envelope.values() if isinstance(each, list)] if isinstance(envelope, dict) else [envelope]
    )
    if len(arrays) != 1 or not isinstance(arrays[0], list):
        raise ProtocolError(f"GET {path}: expected one list in the answer, found {len(arrays)}")
    return arrays[0]


def _record(answer: Any, collection: str) -> Answer:  # noqa: ANN401 - any JSON
    if not isinstance(answer, dict) or "id" not in answer:
        raise ProtocolError(f"{collection}: Upflow's answer is no record with an id")
    return answer
