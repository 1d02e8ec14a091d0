"""Listings of Stripe's records over real HTTP: each record once, whatever happens meanwhile."""

from datetime import timedelta

import pytest

from tests.clients.stripe.listings import END, END_S, START, START_S, fill, ids, query


def test_a_window_is_listed_newest_first_a_hundred_at_a_time(stripe_account, source):
    """250 records cost three requests."""
    fill(stripe_account, 250)

    pages = list(source.pages("invoices", start=START, end=END))

    assert [len(page.records) for page in pages] == [100, 100, 50]
    assert ids(pages) == [f"in_{each:04d}" for each in reversed(range(250))]
    assert len(stripe_account.requests) == 3
    assert {query(each)["limit"] for each in stripe_account.requests} == {"100"}


def test_the_start_belongs_to_the_window_and_the_end_does_not(stripe_account, source):
    """Adjoining windows share no record and lose none."""
    for second in (START_S - 1, START_S, END_S - 1, END_S):
        stripe_account.create_invoice(None, 100, id=f"in_{second}", created=second)

    assert ids(source.pages("invoices", start=START, end=END)) == [f"in_{END_S - 1}", f"in_{START_S}"]


def test_an_empty_window_has_no_pages(source):
    """There is nothing to do, and it takes one request to know."""
    assert list(source.pages("invoices", start=START, end=END)) == []


def test_what_is_expanded_is_there(stripe_account, source):
    """A customer's tax ids are left out unless they are asked for."""
    stripe_account.create_customer(created=START_S, tax_ids=[("eu_vat", "FR1")])

    (page,) = source.pages("customers", start=START, end=END, expand=["tax_ids"])

    assert page.records[0]["tax_ids"]["data"][0]["value"] == "FR1"
    assert query(stripe_account.requests[0])["expand[0]"] == "data.tax_ids"


def test_filters_are_sent(stripe_account, source):
    """A listing can be limited further, on every page."""
    fill(stripe_account, 120)
    for each in range(0, 120, 2):
        stripe_account.finalize_invoice(f"in_{each:04d}")

    pages = list(source.pages("invoices", start=START, end=END, filters={"status": "draft"}))

    assert ids(pages) == [f"in_{each:04d}" for each in range(119, 0, -2)]


def test_the_time_of_reading_is_before_the_request(stripe_account, connect):
    """A change made while Stripe answers must not count as read."""
    seen = []
    times = iter(START + timedelta(minutes=each) for each in range(9))

    def tick():
        seen.append(len(stripe_account.requests))
        return next(times)

    fill(stripe_account, 150)
    pages = list(connect(tick=tick).pages("invoices", start=START, end=END))

    assert seen == [0, 1]
    assert [page.read_at for page in pages] == [START, START + timedelta(minutes=1)]


def test_newer_records_created_meanwhile_change_nothing(stripe_account, source):
    """They come before the position of the listing."""
    fill(stripe_account, 250)

    listed = []
    for page in source.pages("invoices", start=START, end=END):
        listed += ids([page])
        stripe_account.create_invoice(None, 100, created=END_S - 1)

    assert listed == [f"in_{each:04d}" for each in reversed(range(250))]


@pytest.mark.parametrize(
    ("number", "per_second"), [(250, 1), (250, 7), (120, 120)], ids=["a-second-each", "seven", "all-in-one"]
)
def test_a_cursor_record_deleted_meanwhile_loses_and_repeats_nothing(stripe_account, source, number, per_second):
    """The listing goes on from the second that record was created in, without what was seen of it."""
    fill(stripe_account, number, per_second=per_second)

    listed = []
    for page in source.pages("invoices", start=START, end=END):
        listed += ids([page])
        stripe_account.delete_invoice(listed[-1])

    assert listed == [f"in_{each:04d}" for each in reversed(range(number))]


def test_other_records_deleted_meanwhile_are_just_gone(stripe_account, source):
    """What was deleted before it was listed is not listed; nothing else is missing."""
    fill(stripe_account, 250)

    listed = []
    for page in source.pages("invoices", start=START, end=END):
        listed += ids([page])
        if len(listed) == 100:
            for each in ("in_0149", "in_0100", "in_0000", "in_0200"):
                stripe_account.delete_invoice(each)

    assert listed == [f"in_{each:04d}" for each in reversed(range(250)) if each not in {149, 100, 0}]


@pytest.mark.parametrize("deleted", [False, True], ids=["cursor-there", "cursor-deleted"])
def test_resuming_from_each_cursor_gives_exactly_the_rest(stripe_account, source, deleted):
    """A page that is done is not listed again, and the next one is not left out."""
    fill(stripe_account, 350, per_second=30)
    pages = list(source.pages("invoices", start=START, end=END))

    for number, page in enumerate(pages):
        if deleted:
            stripe_account.delete_invoice(page.records[-1]["id"])
        rest = source.pages("invoices", start=START, end=END, cursor=page.cursor)

        assert ids(rest) == ids(pages[number + 1 :])
