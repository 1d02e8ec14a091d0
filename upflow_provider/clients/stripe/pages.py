"""
The position in a listing of Stripe's records, so that each record is seen once even if the list changes.

Stripe lists the newest records first, and its pages are relative to an id: *what comes after this record*.
Records that are created meanwhile come before that position and change nothing. If the record at the
position is deleted, Stripe refuses its id. The listing then goes on from the second in which that record
was created, without the records of that second that were already seen.

A record whose id cannot be one is no position, and one whose ``created`` is no instant has no second; the listing goes
on by the others.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from upflow_provider.errors import ProtocolError
from upflow_provider.records.dates import first_instant
from upflow_provider.records.page import NO_ID, Record
from upflow_provider.records.text import is_id

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def identified(records: Sequence[Record], *, has_more: bool) -> list[Record]:
    """
    Return the records of a page, those without a usable id with `NO_ID`.

    If more come after the page, it ends with a usable id, because Stripe lists what comes after an id: the records
    behind that one are the first of the next page.
    """
    found = [record if is_id(record.get("id")) else {**record, "id": NO_ID} for record in records]
    while has_more and found and found[-1]["id"] == NO_ID:
        found.pop()
    return found


@dataclass(frozen=True, slots=True)
class Position:
    """
    How far a listing got.

    Attributes:
        after: Id of the last record seen; ``None`` before the first.
        second: When it was created, in Unix seconds, or the last record before it that says so; 0 if none does.
        seen: Ids of the records of that second that were seen.
        done: Whether nothing comes after it.
    """

    after: str | None = None
    second: int = 0
    seen: tuple[str, ...] = ()
    done: bool = False

    @classmethod
    def parse(cls, cursor: Mapping[str, Any] | None) -> Position:
        """Return the position that `cursor` returned as JSON; ``None`` means the beginning."""
        return cls() if cursor is None else cls(**{**cursor, "seen": tuple(cursor["seen"])})

    def cursor(self) -> dict[str, Any]:
        """Return the position as JSON."""
        return {**asdict(self), "seen": list(self.seen)}

    def unseen(self, records: list[Record]) -> list[Record]:
        """Return those of *records* that the listing has not seen yet."""
        return [record for record in records if record["id"] not in self.seen]

    def advanced(self, records: list[Record], *, has_more: bool) -> Position:
        """
        Return the position after the next records.

        Args:
            records: The next records of the listing, `identified`.
            has_more: Whether Stripe says that more come after them.

        Raises:
            ProtocolError: The listing does not move on, so that it would never end.
        """
        if has_more and self._stands_still(records):
            raise ProtocolError("Stripe's list does not advance: a page repeats records, is empty or has no usable ids")
        if not records:
            return Position(self.after, self.second, self.seen, done=True)
        instants = [first_instant(each.get("created")) for each in records]
        second = first_instant(*reversed(instants)) or self.second
        seen = [each["id"] for each, at in zip(records, instants, strict=True) if at in {second, None} and each["id"]]
        if second == self.second:
            seen = list(dict.fromkeys([*self.seen, *seen]))
        return Position(records[-1]["id"], second, tuple(seen), done=not has_more)

    def _stands_still(self, records: list[Record]) -> bool:
        """
        Tell whether records would not bring the listing any further.

        A page that begins with the position's second again repeats what was seen of it, and goes on behind that.
        """
        ids, seen = [record["id"] for record in records], {*self.seen, self.after}
        return not ids or (self.after in ids and (ids[0] not in seen or ids[-1] == self.after))

    def from_second(self, created: Mapping[str, int]) -> dict[str, int]:
        """Return the part of a range of times of creation that begins with the position's second, going back."""
        return {"gte": created["gte"], "lte": self.second} if self.second else dict(created)

    def covered_to(self) -> datetime:
        """Return when the last record seen was created, aware, UTC."""
        return EPOCH + self.second * SECOND


def whole_seconds(instant: datetime) -> int:
    """Return Unix seconds, rounded up: Stripe's clock has whole seconds, so both ends of a window stay exact."""
    return -((EPOCH - instant) // SECOND)
