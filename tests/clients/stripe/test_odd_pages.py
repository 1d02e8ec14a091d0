"""Lists with records whose ids or dates are odd go on to their end."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.clients.stripe.test_pages import END, Listing, in_window, pages, seconds
from upflow_provider.clients.stripe.pages import whole_seconds
from upflow_provider.errors import ProtocolError
from upflow_provider.records.page import NO_ID

ABSENT = object()
ODD_INSTANTS = st.sampled_from([ABSENT, None, "1767225600", {}, 1.5, True, 10**30, -1])
ODD_IDS = st.sampled_from([ABSENT, None, 7, "", "\ud83d", {"id": "in_1"}, " in_1"])


class OddListing(Listing):
    """A list of some records that are not as they should be, by their true ids."""

    def __init__(self, created, page_size):
        super().__init__(created, page_size)
        self.odd = {}

    def raw_request(self, *call, **params):
        """Answer as the SDK would."""
        answer = super().raw_request(*call, **params)
        shown = [{**each, **self.odd.get(each["id"], {})} for each in answer.data["data"]]
        shown = [{name: value for name, value in each.items() if value is not ABSENT} for each in shown]
        return SimpleNamespace(data={**answer.data, "data": shown}, headers={})


listings = st.builds(OddListing, st.lists(seconds, max_size=25), st.integers(1, 4))


@given(listing=listings, data=st.data())
def test_odd_dates_hide_and_repeat_no_record(listing, data):
    """Not even if the record at the position is deleted: the last date that can be read counts."""
    names = sorted(listing.records)
    listing.odd = {each: {"created": data.draw(ODD_INSTANTS)} for each in names if data.draw(st.booleans())}
    before, deleted, listed = in_window(listing), set(), []
    for page in pages(listing):
        listed += [record["id"] for record in page.records]
        if data.draw(st.booleans()):
            deleted.add(listed[-1])
            listing.records.pop(listed[-1], None)

    assert before - deleted <= set(listed)
    if not deleted:
        assert len(listed) == len(before)


@given(listing=st.builds(OddListing, st.lists(seconds, max_size=25), st.just(4)), data=st.data())
def test_each_record_without_a_usable_id_is_listed_once(listing, data):
    """Wherever on a page it stands, and so are all others."""
    order = sorted(in_window(listing), key=lambda each: (-listing.records[each], each))
    odd = {each: {"id": data.draw(ODD_IDS)} for each in order[data.draw(st.integers(0, 2)) :: 3]}
    listing.odd = odd
    listed = [record["id"] for page in pages(listing) for record in page.records]

    assert listed.count(NO_ID) == len(odd)
    assert sorted(each for each in listed if each != NO_ID) == sorted(in_window(listing) - odd.keys())


def test_a_page_without_any_usable_id_is_no_position():
    """Nobody can ask for what comes after it; the error says so instead of listing for ever."""
    listing = OddListing([whole_seconds(END) - 1] * 3, 2)
    listing.odd = {each: {"id": None} for each in listing.records}

    with pytest.raises(ProtocolError, match="has no usable ids"):
        list(pages(listing))
