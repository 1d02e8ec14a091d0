"""What an answer must look like, whatever its properties are called."""

import pytest

from upflow_provider.clients.upflow.pages import one_link, one_list, one_record, records
from upflow_provider.errors import ProtocolError

LINK = "https://portal.example/t/secret"


@pytest.mark.parametrize(
    "answer", [LINK, {"url": LINK}, {"portalUrl": LINK, "expiresIn": 86_400}, {"data": [{"href": LINK}], "kind": "x"}]
)
def test_the_link_is_found_wherever_it_stands(answer):
    """Its property has no documented name."""
    assert one_link(answer, "POST /portal") == LINK


@pytest.mark.parametrize("answer", [None, {}, {"url": "http://portal.example"}, {"a": LINK, "b": f"{LINK}2"}])
def test_no_link_or_several_is_an_error_that_shows_none(answer):
    """A wrong guess would hand out somebody else's link; a message would leak it."""
    with pytest.raises(ProtocolError, match="expected one https URL") as raised:
        one_link(answer, "POST /portal")

    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("answer", [None, "CREATED", [], {"name": "A"}])
def test_a_record_has_an_id(answer):
    """An answer without an id is not a record."""
    with pytest.raises(ProtocolError, match="GET /x: the answer is not a record"):
        one_record(answer, "GET /x")


def test_the_only_list_is_the_list():
    """An answer without an envelope is itself the list."""
    assert one_list([{"id": "1"}], "GET /x") == one_list({"total": 1, "things": [{"id": "1"}]}, "GET /x")


def listing(everything, size, *, told=True, cap=1000):
    """Return the records that a listing of *everything* brings, and the offsets it asked for."""
    offsets = []

    def read(offset):
        offsets.append(offset)
        page = [{"id": str(each)} for each in everything[offset : offset + min(size, cap)]]
        return {"items": page, **({"total": len(everything)} if told else {})}

    return [int(each["id"]) for each in records(read, "GET /x", size)], offsets


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 20, 25])
@pytest.mark.parametrize("told", [True, False])
def test_every_record_comes_once(count, told):
    """Whether or not the answers tell a total, and wherever the last page ends."""
    found, offsets = listing(list(range(count)), 10, told=told)

    assert found == list(range(count))
    assert offsets == list(range(0, max(count, 1) if told else count + 1, 10))


def test_a_page_cut_short_by_the_vendor_does_not_end_the_list():
    """The largest page of some lists is not documented: the total knows better."""
    found, offsets = listing(list(range(25)), 10, cap=4)

    assert found == list(range(25))
    assert offsets == [0, 4, 8, 12, 16, 20, 24]


def test_a_record_twice_on_one_page_comes_once():
    """Ids are unique, whatever the vendor's pages do."""
    assert listing([1, 1, 2], 10)[0] == [1, 2]


@pytest.mark.parametrize("page", [[], [{"id": "1"}]], ids=["empty", "repeated"])
def test_a_list_that_brings_nothing_new_before_its_total_is_an_error(page):
    """Otherwise the listing would never end, or end too soon."""
    with pytest.raises(ProtocolError, match=r"GET /x: nothing new at offset \d, total 5"):
        list(records(lambda _: {"items": page, "total": 5}, "GET /x", 1))


def test_pages_are_read_when_they_are_needed():
    """The caller neither waits for the last page nor holds all pages."""
    asked = []

    def read(offset):
        asked.append(offset)
        return {"items": [{"id": f"i{offset}"}], "total": 100}

    pages = records(read, "GET /x", 1)
    next(pages)

    assert asked == [0]


ODD = [{"id": None}, {"name": "A"}, {"id": ["x"]}, {"id": ""}, {"id": "x" * 300}, {"id": True}, "text", None, 7]


@pytest.mark.parametrize("odd", ODD, ids=lambda each: str(each)[:20])
@pytest.mark.parametrize("told", [True, False])
def test_a_record_without_a_usable_id_concerns_no_other(odd, told, caplog):
    """It is left out, with a line in the log, or yielded without an id if it is wanted; all others come."""
    page = {"items": [{"id": "a"}, odd, {"id": "b"}], **({"total": 3} if told else {})}
    found = [each["id"] for each in records(lambda _: page, "GET /x", 10)]
    wanted = [each["id"] for each in records(lambda _: page, "GET /x", 10, with_unnamed=True)]

    assert (found, sorted(wanted)) == (["a", "b"], ["", "a", "b"])
    assert "GET /x: 1 records of the list have no usable id and are left out" in caplog.text


def test_a_page_of_nothing_but_odd_records_does_not_end_the_list():
    """The vendor may allow one record a page; without a total, such a list would never end."""
    everything = [{"id": None}, {"id": "a"}, {"id": None}]

    def page(offset, **total):
        return {"items": everything[offset : offset + 1], **total}

    assert [each["id"] for each in records(lambda offset: page(offset, total=3), "GET /x", 10)] == ["a"]
    with pytest.raises(ProtocolError, match="nothing new at offset 0"):
        list(records(lambda _: {"items": [{"id": None}]}, "GET /x", 1))


def test_a_total_that_is_no_number_decides_nothing():
    """True is no number: the list ends with a short page."""
    pages = {0: [{"id": "a"}, {"id": "b"}], 2: [{"id": "c"}]}
    found = records(lambda offset: {"items": pages[offset], "total": True}, "GET /x", 2)

    assert [each["id"] for each in found] == ["a", "b", "c"]
