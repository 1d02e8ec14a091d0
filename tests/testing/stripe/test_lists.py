"""The fake Stripe lists as Stripe does: newest first, page by page, with every filter or none."""

import pytest

from tests.testing.stripe.plain import stripe  # noqa: F401 - a fixture

# ruff: noqa: F811 - the fixture is a parameter of the tests


@pytest.fixture
def filled(stripe):
    """Give a fake with 105 drafts, three to a second from 1000 on."""
    for number in range(105):
        stripe.fake.create_invoice(None, 100, id=f"in_{number:03d}", created=1000 + number // 3)
    return stripe


@pytest.mark.parametrize(
    ("asked", "count"), [("", 10), ("?limit=1", 1), ("?limit=100", 100)], ids=["default", "least", "most"]
)
def test_a_page_holds_ten_unless_told(filled, asked, count):
    """The page is as long as asked for, at most 100, and says that there is more."""
    page = filled.get(f"/v1/invoices{asked}")

    assert (len(page["data"]), page["has_more"]) == (count, True)
    assert (page["object"], page["url"]) == ("list", "/v1/invoices")


@pytest.mark.parametrize("limit", ["0", "101", "-1", "ten", "", "1.5"])
def test_a_limit_that_is_none_is_refused(filled, limit):
    """A limit is a whole number from 1 to 100."""
    error = filled.refused(f"/v1/invoices?limit={limit}")

    assert (error["type"], error["param"]) == ("invalid_request_error", "limit")


@pytest.mark.parametrize("limit", [1, 2, 7, 35, 100])
def test_pages_give_everything_once_newest_first(filled, limit):
    """However long the pages: no loss, no repetition, not even among records of one second."""
    read = [
        each.id for each in filled.sdk.v1.invoices.list({"limit": limit, "created": {"gte": 1030}}).auto_paging_iter()
    ]

    assert read == [f"in_{number:03d}" for number in range(104, 89, -1)]


def test_the_last_page_says_that_there_is_no_more(filled):
    """A full last page is the last one all the same."""
    page = filled.get("/v1/invoices?limit=5&created[gte]=1033&starting_after=in_104")

    assert ([each["id"] for each in page["data"]], page["has_more"]) == (
        ["in_103", "in_102", "in_101", "in_100", "in_099"],
        False,
    )


@pytest.mark.parametrize("gone", ["in_050", "in_unknown"], ids=["deleted", "never there"])
def test_a_cursor_that_does_not_exist_is_refused(filled, gone):
    """Also that of a draft deleted since."""
    filled.fake.delete_invoice("in_050")
    with pytest.raises(filled.module.InvalidRequestError) as raised:
        filled.sdk.v1.invoices.list({"starting_after": gone})

    assert (raised.value.http_status, raised.value.code, raised.value.param) == (
        400,
        "resource_missing",
        "starting_after",
    )


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ("created=1002", {1002}),
        ("created[gt]=1002&created[lt]=1005", {1003, 1004}),
        ("created[gte]=1002&created[lt]=1004", {1002, 1003}),
        ("created[gte]=1002&created[lte]=1004", {1002, 1003, 1004}),
        ("created[gt]=1002&created[lte]=1004", {1003, 1004}),
        ("created[lt]=1001", {1000}),
        ("created[gt]=1033", {1034}),
        ("created[gte]=1003&created[gt]=1001&created[lt]=1005", {1003, 1004}),
        ("created[gte]=1005&created[lt]=1005", set()),
    ],
)
def test_every_bound_of_a_range_counts(filled, asked, seconds):
    """Bounds belong to the range or not, as their names say."""
    data = filled.get(f"/v1/invoices?limit=100&{asked}")["data"]

    assert {each["created"] for each in data} == seconds
    assert len(data) == 3 * len(seconds)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("status=draft", ["in_draft"]),
        ("status=open", ["in_due", "in_open"]),
        ("status=paid", ["in_paid"]),
        ("status=void", ["in_void"]),
        ("status=uncollectible", ["in_bad"]),
        ("status=open&collection_method=send_invoice", ["in_due"]),
        ("customer=cus_1", ["in_void", "in_due"]),
        ("customer=cus_1&status=void", ["in_void"]),
        ("customer=cus_9", []),
        ("subscription=sub_1", ["in_paid"]),
        ("subscription=sub_2", []),
        ("due_date=500", ["in_due"]),
        ("due_date[gte]=500&due_date[lt]=501", ["in_due"]),
        ("due_date[gt]=500", []),
        ("due_date[lte]=499", []),
        ("created[gte]=4&status=open", ["in_due"]),
    ],
)
def test_every_filter_of_invoices_counts(stripe, asked, found):
    """Each alone, and together."""
    fake = stripe.fake
    fake.create_customer(id="cus_1")
    parent = {"type": "subscription_details", "subscription_details": {"subscription": "sub_1"}}
    fake.create_invoice(None, 9, id="in_draft", created=1)
    fake.create_invoice(None, 9, id="in_paid", created=2, parent=parent)
    fake.create_invoice(None, 9, id="in_open", created=3)
    fake.create_invoice("cus_1", 9, id="in_due", created=4, collection_method="send_invoice", due_date=500)
    fake.create_invoice("cus_1", 9, id="in_void", created=5)
    fake.create_invoice(None, 9, id="in_bad", created=6)
    for each in ("in_paid", "in_open", "in_due", "in_void", "in_bad"):
        fake.finalize_invoice(each)
    fake.pay_invoice("in_paid")
    fake.void_invoice("in_void")
    fake.mark_uncollectible("in_bad")

    assert stripe.ids(f"/v1/invoices?{asked}") == found


def test_customers_are_found_by_their_address(stripe):
    """The filter is exact."""
    for email in ("a@example.com", "A@example.com", "a@example.com", None):
        stripe.fake.create_customer(email=email)

    assert {each.email for each in stripe.sdk.v1.customers.list({"email": "a@example.com"}).data} == {"a@example.com"}
    assert len(stripe.ids("/v1/customers?email=a@example.com")) == 2


@pytest.mark.parametrize(
    ("asked", "param"),
    [
        ("invoices?colour=red", "colour"),
        ("invoices?ending_before=in_001", "ending_before"),
        ("invoices?email=a@example.com", "email"),
        ("customers?status=open", "status"),
        ("customers?due_date[gte]=1", "due_date"),
        ("events?customer=cus_1", "customer"),
        ("invoices?created[after]=1", "created[after]"),
        ("invoices?created[gte][x]=1", "created[gte][x]"),
        ("invoices/in_001?limit=1", "limit"),
        ("invoices/in_001?created=1", "created"),
        ("account?limit=1", "limit"),
    ],
)
def test_an_unknown_parameter_is_refused(filled, asked, param):
    """Never ignored, neither on lists nor on single records."""
    error = filled.refused(f"/v1/{asked}")

    assert (error["code"], error["param"]) == ("parameter_unknown", param)


@pytest.mark.parametrize(
    ("asked", "param"),
    [
        ("status=settled", "status"),
        ("status=", "status"),
        ("status[]=open", "status"),
        ("customer[id]=cus_1", "customer"),
        ("collection_method=cash", "collection_method"),
        ("starting_after[]=in_001", "starting_after"),
        ("created=yesterday", "created"),
        ("created[gte]=2026-01-01", "created[gte]"),
        ("created[]=1", "created"),
        ("created=1&created[gte]=1", "created"),
        ("created[gte]=1&created[gte]=1", "created"),
        ("limit=5&limit=5", "limit"),
        ("expand=data.customer", "expand"),
        ("expand[]=data.customer&expand=data.customer", "expand"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused(filled, asked, param):
    """A filter is honoured or refused; it never quietly finds nothing."""
    assert filled.refused(f"/v1/invoices?{asked}")["param"] == param


def test_a_test_can_change_the_account_before_a_list_is_answered(filled):
    """What is deleted then is no longer a cursor."""
    filled.fake.on_list = lambda: filled.fake.delete_invoice("in_104") if "in_104" in filled.fake.store.invoices else 0

    assert filled.ids("/v1/invoices?limit=1") == ["in_103"]
