"""Listings of Stripe's: every record once, whatever happens meanwhile."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upflow_provider.clients.stripe.pages import Position, whole_seconds
from upflow_provider.clients.stripe.source import StripeSource
from upflow_provider.errors import ProtocolError

START = datetime(2025, 1, 1, tzinfo=UTC)
END = START + timedelta(seconds=10)


class Listing:
    """A tiny account: lists as Stripe does, newest first, ids in any order within a second."""

    def __init__(self, created, page_size):
        self.records = {f"in_{number}": second for number, second in enumerate(created)}
        self.page_size = page_size
        self.calls = 0

    def raw_request(self, *_call, created, starting_after=None, **_others):
        """Answer as the SDK would."""
        import stripe

        self.calls += 1
        low, high = created["gte"], created.get("lt", created.get("lte", 0) + 1)
        order = sorted(self.records, key=lambda each: (-self.records[each], each))
        if starting_after is not None:
            if starting_after not in self.records:
                error = {"error": {"code": "resource_missing", "param": "starting_after"}}
                raise stripe.InvalidRequestError("gone", "starting_after", "resource_missing", "", 400, error)
            order = order[order.index(starting_after) + 1 :]
        found = [each for each in order if low <= self.records[each] < high]
        records = [{"id": each, "created": self.records[each]} for each in found[: self.page_size]]
        return SimpleNamespace(
            data={"object": "list", "data": records, "has_more": len(found) > len(records)}, headers={}
        )


def pages(listing, cursor=None):
    """List the window without waiting."""
    source = StripeSource(listing, requests_per_second=1e9, sleep=lambda _: None, tick=lambda: START)
    return source.pages("invoices", start=START, end=END, cursor=cursor)


seconds = st.integers(whole_seconds(START) - 2, whole_seconds(END) + 2)
accounts = st.builds(Listing, st.lists(seconds, max_size=25), st.integers(1, 4))


def in_window(listing):
    """Return the ids that belong to the window."""
    return {each for each, second in listing.records.items() if START.timestamp() <= second < END.timestamp()}


@given(listing=accounts)
def test_every_record_of_the_window_once(listing):
    """A page boundary may fall anywhere, also within a second."""
    listed = [record["id"] for page in pages(listing) for record in page.records]

    assert len(listed) == len(set(listed))
    assert set(listed) == in_window(listing)


@given(listing=accounts, data=st.data())
def test_every_record_once_though_the_list_changes(listing, data):
    """Records that are deleted meanwhile (even at the cursor) or created neither hide nor repeat others."""
    before, deleted, listed = in_window(listing), set(), []
    for page in pages(listing):
        listed += [record["id"] for record in page.records]
        if listing.records:
            gone = data.draw(st.sets(st.sampled_from(sorted(listing.records)), max_size=3))
            gone |= {listed[-1]} if data.draw(st.booleans()) else set()
            for each in gone & listing.records.keys():
                del listing.records[each]
                deleted.add(each)
        if data.draw(st.booleans()):
            listing.records[f"in_new{len(listed)}"] = whole_seconds(END) - 1

    assert len(listed) == len(set(listed))
    assert before - deleted <= set(listed)


@given(listing=accounts, data=st.data())
def test_a_cursor_gives_exactly_the_rest(listing, data):
    """A worker that takes over from a dead one knows only the JSON of the cursor."""
    whole = list(pages(listing))
    for number, page in enumerate(whole):
        if page.records[-1]["id"] in listing.records and data.draw(st.booleans()):
            del listing.records[page.records[-1]["id"]]
        cursor = json.loads(json.dumps(page.cursor))

        expected = [record for each in whole[number + 1 :] for record in each.records]
        assert [record for each in pages(listing, cursor) for record in each.records] == [
            record for record in expected if record["id"] in listing.records
        ]


def test_the_last_cursor_asks_for_nothing():
    """A listing that is done stays done."""
    listing = Listing([whole_seconds(START)], 4)
    (page,) = pages(listing)
    listing.calls = 0

    assert list(pages(listing, page.cursor)) == []
    assert listing.calls == 0


def test_a_cursor_stays_small():
    """It holds the ids of one second, not of all that was listed."""
    listing = Listing([whole_seconds(START) + number // 3 for number in range(30)], 4)

    assert max(len(json.dumps(page.cursor)) for page in pages(listing)) < 120


def test_covered_to_is_when_the_last_record_was_created():
    """Progress can be told in time, because listings go back in time."""
    listing = Listing([whole_seconds(START) + each for each in (1, 2, 3, 4)], 2)

    assert [page.covered_to for page in pages(listing)] == [
        START + timedelta(seconds=3),
        START + timedelta(seconds=1),
    ]


@pytest.mark.parametrize(
    ("ids", "after"),
    [
        pytest.param([], None, id="more-of-nothing"),
        pytest.param(["in_1"], "in_1", id="same-record-again"),
        pytest.param(["in_3", "in_2", "in_1"], "in_1", id="same-page-again"),
        pytest.param(["in_3", "in_1", "in_0"], "in_1", id="from-before-the-position"),
    ],
)
def test_a_listing_that_stands_still_is_stopped(ids, after):
    """A listing that would never end is an error."""
    with pytest.raises(ProtocolError, match="does not advance"):
        Position(after, 5, ("in_2",)).advanced([{"id": each, "created": 5} for each in ids], has_more=True)


def test_a_page_that_begins_with_the_second_again_moves_on():
    """What was seen of that second comes once more, and then what was not."""
    records = [{"id": each, "created": 5} for each in ("in_2", "in_1", "in_0")]

    assert Position("in_1", 5, ("in_2", "in_1")).advanced(records, has_more=True).after == "in_0"


def test_a_record_without_a_time_does_not_stop_a_listing():
    """The position keeps the time of the record before it; without any, it is found from the beginning again."""
    created = {"gte": 1, "lt": 9}
    first = Position().advanced([{"id": "in_9"}], has_more=True)
    second = first.advanced([{"id": "in_8", "created": 5}, {"id": "in_7"}], has_more=True)

    assert (first.after, first.from_second(created)) == ("in_9", created)
    assert (second.after, second.seen, second.from_second(created)) == ("in_7", ("in_8", "in_7"), {"gte": 1, "lte": 5})


@pytest.mark.parametrize(
    ("instant", "second"),
    [
        pytest.param(datetime(1970, 1, 1, 0, 0, 7, tzinfo=UTC), 7, id="whole"),
        pytest.param(datetime(1970, 1, 1, 0, 0, 7, 1, tzinfo=UTC), 8, id="up"),
        pytest.param(datetime(1969, 12, 31, 23, 59, 58, 500_000, tzinfo=UTC), -1, id="before-1970"),
        pytest.param(datetime.fromisoformat("2025-01-01T01:00:00+01:00"), 1_735_689_600, id="other-zone"),
    ],
)
def test_whole_seconds(instant, second):
    """Both ends of a window are rounded up, so that two adjoining windows share no record."""
    assert whole_seconds(instant) == second
