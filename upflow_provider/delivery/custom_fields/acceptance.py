"""
Which collections of Upflow take the values of custom fields.

That customers do is documented (https://docs.upflow.io, integrating with the Upflow API); that invoices and payments do
is not. What Upflow does with them is seen in its answers, said once for each organization, and kept in the ledger.
Everything else about the records goes on in any case.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast

from upflow_provider.ledger.findings import Findings, custom_field_values
from upflow_provider.records.accessories import (
    CUSTOM_FIELDS,
    EMPTY_FIELDS,
    PRESUMED,
    UNAVAILABLE,
    UNPROVEN,
    without_empty_fields,
)
from upflow_provider.records.mapped import Mapped
from upflow_provider.records.payloads import COLLECTIONS, Collection, Payload

log = logging.getLogger(__name__)

REFUSALS_MIN = 3
"""Records that Upflow takes without custom fields only, one after the other, until the collection counts as unable."""
REFUSED_FOR = timedelta(days=30)
"""How long a collection counts as unable to take custom fields; then some records try again."""
EMPTY = "records without a value"
"""Stands for empty values of any collection, as if they were one: Upflow may refuse ``null``."""
REMEDY = "set them in Upflow in another way, or remove them from custom_fields in organizations.yaml"


@dataclass(frozen=True, slots=True)
class Acceptance:
    """
    What is known of one collection.

    Attributes:
        is_shown: Whether Upflow's answers show values that were sent; ``None`` if that is not known.
        refused_at: When Upflow refused them, UTC; ``None`` if it did not.
        refusals: Records in a row that it took without them only, as long as nothing is concluded from that.
    """

    is_shown: bool | None = None
    refused_at: datetime | None = None
    refusals: int = 0

    @classmethod
    def of(cls, collection: str, findings: Findings) -> Acceptance:
        """Return what the ledger knows of a collection, or of `EMPTY` values."""
        known = json.loads(findings.get(custom_field_values(collection)) or "{}")
        refused_at = known.get("refused_at")
        at = datetime.fromisoformat(refused_at) if refused_at else None
        return cls(known.get("is_shown"), at, known.get("refusals", 0))

    @property
    def is_proven(self) -> bool:
        """Whether Upflow has taken values, shown or not: whatever it refuses is one record's trouble."""
        return self.is_shown is not None and self.refused_at is None

    def is_refused(self, now: datetime) -> bool:
        """Return whether the collection counts as unable to take custom fields."""
        return self.refused_at is not None and now - self.refused_at < REFUSED_FOR


class AcceptanceWatch:
    """
    Watches what Upflow does with custom fields that are sent; safe to use from several threads.

    Args:
        findings: Keep what turns out.
        now: Returns the present by the ledger's clock, aware, UTC.
    """

    def __init__(self, findings: Findings, now: Callable[[], datetime]) -> None:
        self._findings, self._now = findings, now
        self._known: dict[str, Acceptance] = {}

    def sendable(self, collection: Collection, mapped: Mapped) -> Mapped:
        """Return a record as it is sent: without custom fields that its collection refuses, or without empty ones."""
        if self._acceptance(collection).is_refused(self._now()):
            return CUSTOM_FIELDS.left_out(mapped)
        return EMPTY_FIELDS.left_out(mapped) if self._acceptance(EMPTY).is_refused(self._now()) else mapped

    def note(self, collection: Collection, wanted: Mapped, sent: Mapped, answer: Mapping[str, Any]) -> None:
        """
        Note what Upflow has done with the custom fields of a record.

        Args:
            collection: Where the record belongs.
            wanted: What was sent first.
            sent: What Upflow has taken.
            answer: Its answer.
        """
        self._note_empty(collection, wanted, sent)
        if "customFields" in sent.payload:
            self._count(collection, is_refused=False)
            if values := sent_values(sent):
                self._note_accepted(collection, values, answer)
        elif "customFields" in wanted.payload:
            # Those of customers are documented: the cause is one record's value, or a definition that is gone.
            is_proven = COLLECTIONS[collection].owns_documents or self._acceptance(collection).is_proven
            if not is_proven and not any(UNAVAILABLE in note for note in sent.notes):
                self._count(collection, is_refused=True)

    def as_known(self, collection: Collection, sent: Mapped) -> Mapped:
        """Return a record as `note` leaves it: whether a document is sent again is a matter of its content."""
        if COLLECTIONS[collection].owns_documents:
            return sent
        notes = (
            note.replace(PRESUMED, UNPROVEN) if CUSTOM_FIELDS.is_noted(note) or EMPTY_FIELDS.is_noted(note) else note
            for note in sent.notes
        )
        return replace(sent, notes=tuple(notes))

    def as_stored(self, collection: Collection, wanted: Mapped, sent: Mapped) -> Mapped:
        """
        Return a record as the ledger compares it.

        As long as it is not known that a collection takes custom fields, one that went without them has none: it is
        sent again if they are mapped the next time, and is not if the collection is known to refuse them by then.
        """
        is_without = "customFields" in wanted.payload and "customFields" not in sent.payload
        if not is_without or COLLECTIONS[collection].owns_documents or self._acceptance(collection).is_proven:
            return wanted
        return replace(wanted, payload=cast("Payload", CUSTOM_FIELDS.without({**wanted.payload})))

    def _note_empty(self, collection: Collection, wanted: Mapped, sent: Mapped) -> None:
        """Note whether Upflow takes empty values; if customers go without any, it has refused the empty ones."""
        is_alone = "customFields" not in sent.payload and not COLLECTIONS[collection].owns_documents
        if is_alone or without_empty_fields(wanted) == wanted or any(UNAVAILABLE in note for note in sent.notes):
            return
        self._count(EMPTY, is_refused=without_empty_fields(sent) == sent)

    def _count(self, collection: str, *, is_refused: bool) -> None:
        """Count a refusal, across runs, and conclude that the collection refuses values after some in a row."""
        known = self._acceptance(collection)
        if is_refused and known.refusals + 1 >= REFUSALS_MIN:
            self._note_refused(collection)
        elif is_refused or known.refusals:
            self._keep(collection, replace(known, refusals=known.refusals + 1 if is_refused else 0))

    def _note_accepted(self, collection: Collection, values: set[str], answer: Mapping[str, Any]) -> None:
        listed = answer.get("customFields")
        held = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
        shown = {each.get(key) for each in held for key in ("id", "externalId") if each.get("value") is not None}
        acceptance = Acceptance(is_shown=bool(values & shown))
        if acceptance == self._acceptance(collection):
            return
        self._keep(collection, acceptance)
        if not acceptance.is_shown:
            log.warning("Upflow did not take custom fields on %s, or does not show them: %s", collection, REMEDY)

    def _note_refused(self, collection: str) -> None:
        self._keep(collection, Acceptance(is_shown=False, refused_at=self._now()))
        log.warning(
            "Upflow refuses custom fields on %s; they are not sent for %d days: %s",
            collection,
            REFUSED_FOR.days,
            REMEDY,
        )

    def _acceptance(self, collection: str) -> Acceptance:
        if collection not in self._known:
            self._known[collection] = Acceptance.of(collection, self._findings)
        return self._known[collection]

    def _keep(self, collection: str, acceptance: Acceptance) -> None:
        self._known[collection] = acceptance
        refused_at = acceptance.refused_at and acceptance.refused_at.isoformat()
        content = {"is_shown": acceptance.is_shown, "refused_at": refused_at, "refusals": acceptance.refusals}
        self._findings.keep(custom_field_values(collection), json.dumps(content))


def sent_values(mapped: Mapped) -> set[str]:
    """Return the ids of the custom fields that have a value in a payload; null is none."""
    values = cast("Sequence[Mapping[str, Any]]", mapped.payload.get("customFields", ()))
    return {each.get("id") or each.get("externalId", "") for each in values if each["value"] is not None}
