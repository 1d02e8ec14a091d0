"""Lists of the fake Upflow: envelopes, pages, caps, order, filters."""

import pytest

KEYS = {
    "/customers": "customers",
    "/invoices": "invoices",
    "/credit_notes": "items",
    "/payments": "items",
    "/refunds": "items",
    "/dunning_plans": "items",
    "/actions": "items",
    "/custom_fields": "items",
    "/customers/external:cus_1/contacts": "items",
}
CAPS = {"/customers": 1000, "/dunning_plans": 200}


@pytest.fixture(autouse=True)
def _customer(api):
    """Let every test begin with a customer."""
    api.customer()


@pytest.mark.parametrize(("path", "key"), KEYS.items())
def test_envelopes(api, path, key):
    """Every list names its page, the total and its records under its own key."""
    page = api.done("GET", f"{path}?offset=3&limit=7")

    assert page == {"offset": 3, "limit": 7, "total": page["total"], key: []}


def test_list_keys(api):
    """The key of a list is a switch."""
    api.fake.behaviour.list_keys["refunds"] = "refunds"

    assert api.done("GET", "/refunds")["refunds"] == []


@pytest.mark.parametrize("path", KEYS)
@pytest.mark.parametrize(
    ("query", "field"),
    [
        pytest.param("limit=0", "limit", id="none"),
        pytest.param("limit=-1", "limit", id="negative"),
        pytest.param("limit=ten", "limit", id="word"),
        pytest.param("offset=-1", "offset", id="before-the-start"),
        pytest.param("offset=1.5", "offset", id="fraction"),
    ],
)
def test_refused_pages(api, path, query, field):
    """A page that cannot be is refused."""
    assert api.refused("GET", f"{path}?{query}").startswith(f"{field}: must be a number")


@pytest.mark.parametrize("path", KEYS)
def test_caps(api, path):
    """Every list has a largest page; more is refused."""
    cap = CAPS.get(path, 500)

    assert api.done("GET", f"{path}?limit={cap}")["limit"] == cap
    assert api.refused("GET", f"{path}?limit={cap + 1}") == f"limit: must be a number of at least 1 and at most {cap}"


def test_paging(api):
    """Pages follow each other without gap or overlap, in the order of creation, up to the total."""
    for number in range(5):
        api.invoice(f"in_{number}")

    pages = [api.done("GET", f"/invoices?offset={offset}&limit=2") for offset in (0, 2, 4, 6)]

    assert [[each["externalId"] for each in page["invoices"]] for page in pages] == [
        ["in_0", "in_1"],
        ["in_2", "in_3"],
        ["in_4"],
        [],
    ]
    assert {page["total"] for page in pages} == {5}


def test_updates_do_not_move_records(api):
    """A record keeps its place when it is imported again."""
    for name in ("in_1", "in_2", "in_1"):
        api.invoice(name, customId=f"F-{len(api.fake.requests)}")

    assert [each["externalId"] for each in api.done("GET", "/invoices")["invoices"]] == ["in_1", "in_2"]


def test_payments_come_newest_first(api):
    """Payments are listed by date, newest first."""
    for day in ("02", "03", "01"):
        api.payment(f"pay_{day}", validatedAt=f"2025-06-{day}")

    listed = api.done("GET", "/payments")["items"]

    assert [each["externalId"] for each in listed] == ["pay_03", "pay_02", "pay_01"]


def test_default_page(api):
    """Without a limit, a list has pages of a size of its own."""
    api.fake.behaviour.default_limit = 2
    for number in range(3):
        api.invoice(f"in_{number}")

    page = api.done("GET", "/invoices")

    assert (page["limit"], len(page["invoices"])) == (2, 2)


@pytest.mark.parametrize("with_contacts", [True, False])
def test_contacts_in_lists(api, with_contacts):
    """Whether lists of customers hold their contacts is a switch."""
    api.fake.behaviour.lists_with_contacts = with_contacts
    api.customer(contacts=[{"email": "a@example.com"}])

    listed = api.done("GET", "/customers")["customers"][0]

    assert ("contacts" in listed) is with_contacts
    assert len(api.done("GET", "/customers/external:cus_1")["contacts"]) == 1


@pytest.mark.parametrize(
    ("data_type", "value", "wanted", "found"),
    [
        pytest.param("TEXT", "gold", "gold", ["cus_1"], id="text"),
        pytest.param("TEXT", "gold", "Gold", [], id="case"),
        pytest.param("NUMBER", 7, "7", ["cus_1"], id="number"),
        pytest.param("BOOLEAN", True, "true", ["cus_1"], id="boolean"),
        pytest.param("SELECT", {"label": "One"}, "One", ["cus_1"], id="select"),
        pytest.param("MULTI_SELECT", [{"label": "One"}, {"label": "Two"}], "Two", ["cus_1"], id="multi-select"),
        pytest.param("TEXT", None, "None", [], id="nothing"),
    ],
)
def test_custom_field_filter(api, data_type, value, wanted, found):
    """Customers can be filtered by the value of a custom field."""
    field = api.done("POST", "/custom_fields", {"name": "Tier", "entityType": "CUSTOMER", "dataType": data_type})
    api.customer(customFields=[{"id": field["id"], "value": value}])
    api.customer("cus_2")

    page = api.done("GET", f"/customers?customFieldData_{field['id']}.eq={wanted}&limit=10")

    assert [each["externalId"] for each in page["customers"]] == found
    assert page["total"] == len(found)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        pytest.param("customFieldData_x.eq=1", "customFieldData_x.eq: names no custom field", id="no-field"),
        pytest.param("customFieldData_x=1", "customFieldData_x: unknown query parameter", id="no-operator"),
        pytest.param("customFieldData_x.gte=1", "customFieldData_x.gte: unknown query parameter", id="operator"),
        pytest.param("name=Acme", "name: unknown query parameter", id="name"),
    ],
)
def test_refused_filters(api, query, message):
    """A filter that would not work is refused."""
    assert api.refused("GET", f"/customers?{query}") == message


def test_custom_field_filter_is_for_customers(api):
    """No other list takes it."""
    field = api.done("POST", "/custom_fields", {"name": "Tier", "entityType": "CUSTOMER", "dataType": "TEXT"})

    assert api.refused("GET", f"/invoices?customFieldData_{field['id']}.eq=1").endswith("unknown query parameter")
