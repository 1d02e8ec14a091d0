"""
Links between documents in Upflow: how much of an invoice or credit note each other document settles.

Upflow documents that an import accepts links with their amounts (https://docs.upflow.io), but not their format.
Two formats are likely: that of ``/reconcile`` and that of Upflow's answers. If neither works, documents are linked
by ``/reconcile`` after their import. The first document with links is therefore imported by one method after the
other until Upflow's answer shows its links, and the ledger keeps the method for this organization. If Upflow starts to
ignore the links of that method, the others are tried again. If Upflow refuses a document, the cause may be any other,
so the refusal is an error of that record.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, cast

from upflow_provider.delivery.stream import Answer, BeforeSend, Destination
from upflow_provider.errors import RefusedError
from upflow_provider.ledger.findings import Findings, link_method
from upflow_provider.records.mapped import Link
from upflow_provider.records.money import is_amount
from upflow_provider.records.payloads import COLLECTIONS, Collection, LinkPayload, Payload, ReconcilePayload
from upflow_provider.records.text import entries_in, is_id
from upflow_provider.shown_ids import shown_id

log = logging.getLogger(__name__)

Method = Literal["inline", "inline as answered", "reconcile"]
METHODS: dict[str, tuple[Method, ...]] = {
    "inline": ("inline", "inline as answered", "reconcile"),
    "reconcile": ("reconcile", "inline", "inline as answered"),
}
"""The methods of linking in the order in which they are tried, by the setting ``links``."""
LINK_FIELDS = (*(each.link_field for each in COLLECTIONS.values() if each.link_field), "linkedTransactions")
"""Fields of an answer that contain links; the payments of a refund are in ``linkedTransactions``."""
REQUEST_FIELDS = {"linkedTransactions": "linkedPayments"}
"""What an import calls such a field, where its name differs."""
SINGULARS = tuple(each.singular for each in COLLECTIONS.values() if each.group_field)
"""Fields of a link in an answer that contain the linked document."""


class LinkWriter:
    """
    Imports documents together with their links.

    Args:
        upflow: Where documents are imported.
        findings: Keeps the method that works.
        setting: The method to try first: ``inline`` or ``reconcile``.

    Attributes:
        requests: Requests made to ``/reconcile``.
    """

    def __init__(self, upflow: Destination, findings: Findings, setting: str = "inline") -> None:
        self._upflow, self._findings, self._setting = upflow, findings, setting
        self._finding = link_method(setting)
        self._method = cast("Method | None", findings.get(self._finding))
        self._lock = threading.Lock()
        self.requests = 0

    @property
    def method(self) -> Method | None:
        """The method that works; ``None`` before the first document with links."""
        return self._method

    def import_(
        self,
        collection: Collection,
        payload: Payload,
        links: Sequence[Link],
        *,
        before_send: BeforeSend,
        has_no_links: bool = False,
    ) -> Answer:
        """
        Import one document with all of its links, which replace those that it had before.

        Args:
            collection: Where it belongs.
            payload: The document.
            links: Its links; without any, those that it had before stay, because people may have made them.
            before_send: Called right before each attempt at a request; see `BeforeSend`.
            has_no_links: Whether they go all the same, because its source says that there are none.

        Returns:
            Upflow's answer; its amounts include the links, unless they were set by ``/reconcile``.

        Raises:
            UpflowSyncError: Raised by the client. Until a method has worked, the error is that of the first one.
        """
        if not links:
            answer = self._upflow.import_(collection, payload, before_send=before_send)
            return self._without_links(collection, payload, answer, before_send) if has_no_links else answer
        refusal, document = None, shown_id(payload["externalId"])
        for method in self._methods():
            try:
                answer = self._import_with(method, collection, payload, links, before_send)
            except RefusedError as error:
                if method == self._method:
                    raise
                refusal = refusal or error
                continue
            if method == "reconcile" or shows_links(answer, links):
                self._keep_method(method)
                return answer
            if shows_capped_links(answer, links):
                # The method works, and what it could not link has no room. The record waits for those in its way.
                self._keep_method(method)
                raise RefusedError(f"{document}: Upflow linked less than was sent", 400)
            log.warning("%s: Upflow's answer lacks the links (%s)", document, method)
        raise refusal or RefusedError(f"{document}: Upflow took the document, but none of its links", 400)

    def _without_links(
        self, collection: Collection, payload: Payload, answer: Answer, before_send: BeforeSend
    ) -> Answer:
        """Remove the links that an answer shows, by an import that lists none, or else by an empty group."""
        fields: dict[str, list[Any]] = {
            REQUEST_FIELDS.get(field, field): [] for field in LINK_FIELDS if answer.get(field)
        }
        if fields and self._method != "reconcile":
            try:
                answer = self._upflow.import_(
                    collection, cast("Payload", {**payload, **fields}), before_send=before_send
                )
            except RefusedError as error:
                log.info("%s: an import without links is refused: %s", shown_id(payload["externalId"]), error)
        if shown_links(answer):
            self._reconcile(group(collection, payload["externalId"], ()), before_send)
        return answer

    def undo(self, collection: Collection, external_id: str, *, before_send: BeforeSend) -> None:
        """Remove the links of a document that is about to be deleted, if they were set by ``/reconcile``."""
        if self._method != "reconcile":
            return
        try:
            self._reconcile(group(collection, external_id, ()), before_send)
        except RefusedError as error:
            log.info("%s: there were no links to undo: %s", shown_id(external_id), error)

    def _methods(self) -> Iterator[Method]:
        known = self._method  # another thread may find the method meanwhile
        if known:
            yield known
        yield from (method for method in METHODS[self._setting] if method != known)

    def _import_with(
        self, method: Method, collection: Collection, payload: Payload, links: Sequence[Link], before_send: BeforeSend
    ) -> Answer:
        if method != "reconcile":
            fields = inline(links, as_answered=method == "inline as answered")
            return self._upflow.import_(collection, cast("Payload", {**payload, **fields}), before_send=before_send)
        answer = self._upflow.import_(collection, payload, before_send=before_send)
        self._reconcile(group(collection, payload["externalId"], links), before_send)
        return answer

    def _reconcile(self, payload: ReconcilePayload, before_send: BeforeSend) -> None:
        self._upflow.reconcile(payload, before_send=before_send)
        with self._lock:
            self.requests += 1

    def _keep_method(self, method: Method) -> None:
        if method == self._method:
            return
        if method != METHODS[self._setting][0]:
            log.warning(
                "this organization's links are set by %r from now on; the methods tried before did not work", method
            )
        self._findings.keep(self._finding, method)
        self._method = method


def inline(links: Sequence[Link], *, as_answered: bool) -> dict[str, list[Any]]:
    """Return links as fields of an import, in the format of ``/reconcile`` or in that of answers."""
    fields: dict[str, list[Any]] = {}
    for collection, external_id, amount in links:
        reference = {"externalId": external_id}
        if as_answered:
            item: dict[str, Any] = {COLLECTIONS[collection].singular: reference, "linkedAmount": amount}
        else:
            item = {**reference, "amountLinked": amount}
        fields.setdefault(COLLECTIONS[collection].link_field, []).append(item)
    return fields


def group(collection: Collection, external_id: str, links: Sequence[Link]) -> ReconcilePayload:
    """Return the group of links of one document, under its external id; an empty group removes its links."""
    sides: dict[str, list[LinkPayload]] = {each.group_field: [] for each in COLLECTIONS.values() if each.group_field}
    linked = sum(link.amount for link in links)
    for name, document_id, amount in (Link(collection, external_id, linked), *links) if links else ():
        sides[COLLECTIONS[name].group_field].append({"externalId": document_id, "amountLinked": amount})
    return cast("ReconcilePayload", {"externalId": external_id, **sides})


def shows_links(answer: Mapping[str, Any], links: Sequence[Link]) -> bool:
    """Return whether an answer shows exactly these links."""
    return Counter(shown_links(answer)) == Counter((link.external_id, link.amount) for link in links)


def shows_capped_links(answer: Mapping[str, Any], links: Sequence[Link]) -> bool:
    """Return whether an answer shows a part of these links: some of them, or smaller amounts, and no other links."""
    wanted = {link.external_id: link.amount for link in links}
    shown = shown_links(answer)
    return bool(shown) and all(
        external_id in wanted and amount is not None and 0 < amount <= wanted[external_id]
        for external_id, amount in shown
    )


def shown_links(answer: Mapping[str, Any]) -> list[tuple[str | None, int | None]]:
    """
    Return the links in an answer: external id of the other document, and amount in Upflow's minor units.

    An id or amount that is absent, or cannot be one, is ``None``.
    """
    return [(_external_id(item), _amount(item)) for item in _items(answer)]


def outstandings(answer: Mapping[str, Any]) -> dict[str, int]:
    """Return the outstanding amounts of the invoices in an answer, in Upflow's minor units, by external id."""
    records = [answer, *(_document(item) for item in _items(answer))]
    return {
        record["externalId"]: record["amountOutstanding"]
        for record in records
        if is_id(record.get("externalId")) and is_amount(record.get("amountOutstanding"))
    }


def _items(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [item for field in LINK_FIELDS for item in entries_in(answer.get(field))]


def _document(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the linked document of an item, which contains it or is the document itself."""
    nested = [item[name] for name in (*SINGULARS, "transaction") if isinstance(item.get(name), dict)]
    return nested[0] if nested else item


def _external_id(item: Mapping[str, Any]) -> str | None:
    found = _document(item).get("externalId")
    return found if is_id(found) else None


def _amount(item: Mapping[str, Any]) -> int | None:
    found = item.get("linkedAmount", item.get("amountLinked"))
    return found if is_amount(found) else None
