"""Customers in the fake Upflow: imports, updates, contacts, portal."""

import pytest


def position(name):
    """Return a contact that holds a position."""
    return {"email": "a@example.com", "position": name}


def emails(customer):
    """Return the addresses of a customer's contacts."""
    return sorted(contact["email"] for contact in customer["contacts"])


def test_import_creates_then_updates(api):
    """The first import of an external id creates, the next ones update the same record."""
    body = {"externalId": "cus_1", "name": "Acme"}

    first = api("POST", "/customers", body)
    second = api("POST", "/customers", body | {"name": "Acme SA"})

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"]
    assert second.json()["name"] == "Acme SA"
    assert api.fake.store.writes == {("customers", "created"): 1, ("customers", "updated"): 1}


def test_identical_imports_are_counted(api):
    """An import that changes nothing is counted apart, contacts included."""
    body = {
        "contacts": [{"email": "a@example.com", "isMain": True}],
        "address": {"address": "", "city": "Lyon"},
    }

    first = api.customer(**body)
    second = api.customer(**body)

    assert first == second
    assert api.fake.store.writes == {("customers", "created"): 1, ("customers", "unchanged"): 1}


def test_answer_echoes_the_import(api):
    """The answer holds every import field, computed amounts and the page in the app."""
    user = next(iter(api.fake.store.organization.users))
    plan = next(iter(api.fake.store.organization.dunning_plans))
    bank = next(iter(api.fake.store.organization.bank_accounts))
    body = {
        "name": "Acme",
        "vatNumber": "FR123",
        "accountingRef": "411ACME",
        "accountManagerId": user,
        "dunningPlanId": plan,
        "address": {"address": "1 rue X", "zipcode": "69001", "city": "Lyon", "state": "", "country": "FR"},
        "paymentMethods": {
            "card": {"enabled": True},
            "wireTransfer": {"enabled": True, "bankAccount": {"id": bank}},
        },
    }

    answer = api.customer("cus_1", **body)

    assert answer.items() >= {"externalId": "cus_1", **body}.items()
    assert answer["directUrl"].endswith(f"/customers/{answer['id']}")
    assert answer.items() >= {"balance": 0, "amountDue": 0, "amountOverdue": 0, "parent": None}.items()
    assert api.done("GET", "/customers/external:cus_1") == answer


def test_fields_left_out_of_a_repeated_import(api):
    """Whether they are kept or lost is a switch; contacts are always left alone."""
    api.customer(vatNumber="FR123", contacts=[{"email": "a@example.com"}])

    kept = api.customer()
    api.fake.behaviour.omitted_on_import = "reset"
    reset = api.customer()

    assert (kept["vatNumber"], reset["vatNumber"]) == ("FR123", None)
    assert emails(kept) == emails(reset) == ["a@example.com"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"name": None}, "name: Input should be a valid string", id="null"),
        pytest.param({"name": ""}, "name: String should have at least 1 character", id="empty-name"),
        pytest.param({"vatNumber": False}, "vatNumber: Input should be a valid string", id="false"),
        pytest.param({"companyName": "X"}, "companyName: Extra inputs are not permitted", id="unknown"),
        pytest.param({"vat_number": "X"}, "vat_number: Extra inputs are not permitted", id="snake-case"),
        pytest.param({"address": {"city": "Lyon"}}, "address.address: Field required", id="address"),
        pytest.param({"address": {"address": "", "zip": ""}}, "address.zip: Extra", id="unknown-in-address"),
        pytest.param({"dunningPlanId": "x"}, "dunningPlanId: no such workflow", id="workflow"),
        pytest.param({"accountManagerId": "x"}, "accountManagerId: no such user", id="user"),
        pytest.param(
            {"paymentMethods": {"wireTransfer": {"bankAccounts": [{"id": "x"}]}}},
            "paymentMethods.wireTransfer: no such bank account",
            id="bank-account",
        ),
        pytest.param({"paymentMethods": {"paypal": {}}}, "paymentMethods.paypal: Extra", id="method"),
        pytest.param({"parent": {}}, "parent: Value error, needs id or externalId", id="empty-parent"),
        pytest.param({"parent": "cus_2"}, "parent: Input should be an object", id="bare-parent"),
        pytest.param({"contacts": [{"firstName": "A"}]}, "contacts.0.email: Field required", id="no-email"),
        pytest.param({"contacts": [{"email": "a b@x.fr"}]}, "contacts.0.email: Value error", id="space"),
        pytest.param({"contacts": [{"email": "é@x.fr"}]}, "contacts.0.email: Value error", id="accent"),
        pytest.param({"contacts": [{"email": "a@b@x.fr"}]}, "contacts.0.email: Value error", id="two-ats"),
        pytest.param({"contacts": [{"email": "a&b@x.fr"}]}, "contacts.0.email: Value error", id="ampersand"),
        pytest.param({"contacts": [{"email": "a@localhost"}]}, "contacts.0.email: Value error", id="no-dot"),
        pytest.param({"contacts": [position("CFO")]}, "contacts.0.position: does not exist", id="position"),
        pytest.param({"contacts": [position("") | {"id": "x"}]}, "contacts.0.position: does", id="blank"),
        pytest.param({"contacts": [{"email": "a@x.fr", "id": "x"}]}, "contacts.0.id: names no", id="contact-id"),
        pytest.param({"contacts": [{"email": "a@x.fr", "isMain": "true"}]}, "contacts.0.isMain", id="main"),
        pytest.param(
            {"contacts": [{"email": "a@x.fr", "externalId": "c"}, {"email": "b@x.fr", "externalId": "c"}]},
            "contacts: two of them have the same externalId",
            id="twice",
        ),
        pytest.param({"customFields": [{"id": "x"}]}, "customFields.0.value: Field required", id="no-value"),
        pytest.param({"balance": 0}, "balance: Extra inputs are not permitted", id="computed"),
    ],
)
def test_refused_imports(api, change, message):
    """What the API does not take is refused, names the field and changes nothing."""
    body = {"externalId": "cus_1", "name": "Acme"} | change

    reason = api.refused("POST", "/customers", body)

    assert reason.startswith(message)
    assert api.fake.store.customers == {}


@pytest.mark.parametrize("field", ["externalId", "name"])
def test_required_fields(api, field):
    """Name and external id are required on import."""
    body = {"externalId": "cus_1", "name": "Acme"}
    del body[field]

    assert api.refused("POST", "/customers", body) == f"{field}: Field required"


def test_id_in_an_import(api):
    """An id beside the external id must be that of the same record."""
    known = api.customer("cus_1")["id"]
    api.customer("cus_2")

    same = api.customer("cus_1", id=known, name="Acme SA")

    assert same["id"] == known
    assert api.refused("POST", "/customers", {"externalId": "cus_2", "name": "X", "id": known}).startswith(
        "externalId: is not that of the record"
    )
    assert api("POST", "/customers", {"externalId": "cus_1", "name": "X", "id": "none"}).status_code == 404


def test_parents(api):
    """A parent must exist, and nobody is their own ancestor."""
    parent = api.customer("parent")
    child = api.customer("child", parent={"externalId": "parent"})

    missing = api("POST", "/customers", {"externalId": "x", "name": "X", "parent": {"externalId": "none"}})
    circle = api.refused("POST", "/customers", {"externalId": "parent", "name": "X", "parent": {"id": child["id"]}})

    assert child["parent"] == {"id": parent["id"], "externalId": "parent"}
    assert (missing.status_code, missing.json()["message"]) == (404, "parent: names nothing in customers")
    assert circle == "parent: is this customer, or below it"


@pytest.mark.parametrize("status", [400, 404])
def test_status_of_missing_references(api, status):
    """Whether a reference to nothing is a 400 or a 404 is a switch."""
    api.fake.behaviour.missing_reference_status = status

    answer = api("POST", "/customers", {"externalId": "x", "name": "X", "parent": {"externalId": "none"}})

    assert answer.status_code == status


def test_reference_by_both_ids(api):
    """A reference with both ids must name one record."""
    parent, other = api.customer("parent"), api.customer("other")

    child = api.customer("child", parent={"id": parent["id"], "externalId": "parent"})
    wrong = {"externalId": "x", "name": "X", "parent": {"id": other["id"], "externalId": "parent"}}

    assert child["parent"]["externalId"] == "parent"
    assert api.refused("POST", "/customers", wrong) == "parent: id and externalId name different records"


def test_partial_update(api):
    """An update changes what is sent and nothing else; null takes a workflow away."""
    plan = next(iter(api.fake.store.organization.dunning_plans))
    api.customer(vatNumber="FR123", contacts=[{"email": "a@example.com"}])

    with_plan = api.done("PUT", "/customers/external:cus_1", {"dunningPlanId": plan})
    without = api.done("PUT", f"/customers/{with_plan['id']}", {"dunningPlanId": None, "name": "Acme SA"})

    assert with_plan["dunningPlanId"] == plan
    assert (without["dunningPlanId"], without["name"], without["vatNumber"]) == (None, "Acme SA", "FR123")
    assert emails(without) == ["a@example.com"]


@pytest.mark.parametrize("change", [{"externalId": "cus_2"}, {"id": "other"}, {"balance": 1}], ids=str)
def test_refused_updates(api, change):
    """Ids cannot be changed, and unknown fields are refused."""
    api.customer()

    reason = api.refused("PUT", "/customers/external:cus_1", change)

    assert reason.startswith(next(iter(change)))


def test_delete_only_empty_customers(api):
    """A customer with documents cannot be deleted; an empty one can, and its children lose their parent."""
    api.customer("cus_1", contacts=[{"email": "a@example.com"}])
    api.customer("child", parent={"externalId": "cus_1"})
    api.invoice()

    reason = api.refused("DELETE", "/customers/external:cus_1")
    api.done("DELETE", "/invoices/external:in_1")
    deleted = api("DELETE", "/customers/external:cus_1")

    assert reason == "customers: has 1 documents and cannot be deleted"
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert api("GET", "/customers/external:cus_1").status_code == 404
    assert api("DELETE", "/customers/external:cus_1").status_code == 404
    assert api.done("GET", "/customers/external:child")["parent"] is None


def test_delete_status(api):
    """Whether a deletion is answered 204 or 200 is a switch."""
    api.fake.behaviour.delete_status = 200
    api.customer()

    assert api("DELETE", "/customers/external:cus_1").status_code == 200


def test_import_statuses(api):
    """Which 2xx an import is answered with is a switch."""
    api.fake.behaviour.import_statuses = (200, 201)
    body = {"externalId": "cus_1", "name": "Acme"}

    assert [api("POST", "/customers", body).status_code for _ in range(2)] == [200, 201]


def test_contacts_are_a_full_list(api):
    """Contacts in an import are all there are: those left out are removed, `[]` removes every one."""
    api.customer(contacts=[{"email": "a@example.com"}, {"email": "b@example.com"}])

    left_alone = api.customer()
    one = api.customer(contacts=[{"email": "b@example.com", "firstName": "Bo"}])
    none = api.customer(contacts=[])

    assert emails(left_alone) == ["a@example.com", "b@example.com"]
    assert [(each["email"], each["firstName"]) for each in one["contacts"]] == [("b@example.com", "Bo")]
    assert none["contacts"] == []


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(lambda contact: {"id": contact["id"]}, id="id"),
        pytest.param(lambda _: {"externalId": "con_1"}, id="external-id"),
    ],
)
def test_contacts_are_recognised(api, key):
    """A contact keeps its id when it is sent again, even with another address."""
    before = api.customer(contacts=[{"externalId": "con_1", "email": "a@example.com"}])["contacts"][0]

    after = api.customer(contacts=[{"email": "new@example.com"} | key(before)])["contacts"]

    assert [(each["id"], each["email"]) for each in after] == [(before["id"], "new@example.com")]


@pytest.mark.parametrize(
    ("app_contacts", "left"),
    [
        pytest.param("kept", ["a@example.com", "app@example.com"], id="kept"),
        pytest.param("removed", ["a@example.com"], id="removed"),
    ],
)
def test_contacts_made_in_the_app(api, app_contacts, left):
    """Whether an import removes contacts that users made in the app is a switch."""
    api.fake.behaviour.app_contacts = app_contacts
    api.customer(contacts=[])
    api.fake.add_app_contact("cus_1", email="app@example.com")

    assert emails(api.customer(contacts=[{"email": "a@example.com"}])) == left


def test_one_main_contact(api):
    """A customer has one main contact; the latest update wins."""
    api.customer(contacts=[{"email": "a@example.com", "isMain": True}, {"email": "b@example.com", "isMain": True}])
    listed = api.done("GET", "/customers/external:cus_1/contacts")["items"]
    first = f"/customers/external:cus_1/contacts/{listed[0]['id']}"

    api.done("PUT", first, {"email": "a@example.com", "isMain": True})
    after = api.done("GET", "/customers/external:cus_1")["contacts"]

    assert [(each["email"], each["isMain"]) for each in listed] == [
        ("a@example.com", False),
        ("b@example.com", True),
    ]
    assert [(each["email"], each["isMain"]) for each in after] == [
        ("a@example.com", True),
        ("b@example.com", False),
    ]


def test_unique_emails(api):
    """Whether two customers may share an address is a switch."""
    shared = {"contacts": [{"email": "a@example.com"}]}
    api.customer("cus_1", **shared)
    api.customer("cus_2", **shared)

    api.fake.behaviour.unique_emails = True
    own = api.customer("cus_3", contacts=[{"email": "c@example.com"}])
    again = api.customer("cus_3", contacts=[{"email": "c@example.com"}])
    reason = api.refused("POST", "/customers", {"externalId": "cus_4", "name": "X"} | shared)

    assert own == again
    assert reason == "contacts.0.email: is that of another customer's contact"


def test_single_contacts(api):
    """Contacts can be created, read, changed and deleted one by one."""
    api.customer()
    path = "/customers/external:cus_1/contacts"

    created = api("POST", path, {"externalId": "con_1", "email": "a@example.com", "position": "PAYER"})
    changed = api.done("PUT", f"{path}/external:con_1", {"email": "a@example.com", "lastName": "Bo"})
    read = api.done("GET", f"{path}/{created.json()['id']}")
    deleted = api("DELETE", f"{path}/external:con_1")

    assert created.status_code == 201
    assert read == changed == created.json() | {"lastName": "Bo"}
    assert deleted.status_code == 204
    assert api.done("GET", path)["total"] == 0
    assert [api(method, f"{path}/external:con_1").status_code for method in ("GET", "DELETE")] == [404, 404]


def test_creating_a_known_contact_updates_it(api):
    """Contacts are upserted by external id like everything else, unless a switch says otherwise."""
    path = "/customers/external:cus_1/contacts"
    before = api.customer(contacts=[{"externalId": "con_1", "email": "a@example.com"}])["contacts"][0]

    after = api("POST", path, {"externalId": "con_1", "email": "b@example.com"})

    assert after.status_code == 200
    assert after.json() == before | {"email": "b@example.com"}
    assert api.done("GET", path)["total"] == 1


@pytest.mark.parametrize(
    ("method", "contact", "body", "field"),
    [
        pytest.param("POST", "", {"email": "b@example.com", "id": "x"}, "id", id="chosen-id"),
        pytest.param("POST", "", {"email": "b@example.com", "externalId": "con_1"}, "externalId", id="taken"),
        pytest.param("POST", "", {"firstName": "Bo"}, "email", id="no-email"),
        pytest.param("PUT", "/external:con_1", {"firstName": "Bo"}, "email", id="update-without-email"),
        pytest.param("PUT", "/external:con_1", {"email": "a@example.com", "id": "x"}, "id", id="other-id"),
        pytest.param("PUT", "/external:con_1", {"email": "a@example.com", "position": "CFO"}, "position", id="pos"),
    ],
)
def test_refused_contacts(api, method, contact, body, field):
    """A single contact is checked as one in an import."""
    api.fake.behaviour.known_contact = "refused"
    api.customer(contacts=[{"externalId": "con_1", "email": "a@example.com"}])

    reason = api.refused(method, f"/customers/external:cus_1/contacts{contact}", body)

    assert reason.startswith(f"{field}:")


def test_positions_depend_on_the_organization(api):
    """A French organization knows other positions."""
    api.fake.store.organization.positions = {"COMPTABILITÉ"}

    customer = api.customer(contacts=[{"email": "a@example.com", "position": "COMPTABILITÉ"}])

    assert customer["contacts"][0]["position"] == "COMPTABILITÉ"
    assert api.refused("POST", "/customers", {"externalId": "x", "name": "X", "contacts": [position("PAYER")]})


@pytest.mark.parametrize(
    ("body", "seconds", "ancestors"),
    [
        pytest.param(None, 86_400, None, id="defaults"),
        pytest.param({"expiresIn": 5_184_000}, 5_184_000, None, id="60-days"),
        pytest.param({"frameAncestors": "a.example b.example"}, 86_400, "a.example b.example", id="framed"),
    ],
)
def test_portal_url(api, body, seconds, ancestors):
    """Each request mints a new URL, valid as long as was asked for."""
    customer = api.customer()

    urls = [api.done("POST", "/customers/external:cus_1/portal", body)["url"] for _ in range(2)]

    link = api.fake.store.portal_links[0]
    assert urls[0] != urls[1]
    assert all(url.startswith("https://") for url in urls)
    assert (link["customerId"], link["url"], link["frameAncestors"]) == (customer["id"], urls[0], ancestors)
    assert (link["expiresAt"] - api.fake.store.now()).total_seconds() == seconds


@pytest.mark.parametrize("body", [{"expiresIn": 0}, {"expiresIn": "1"}, {"frameAncestors": ["a"]}, {"x": 1}], ids=str)
def test_refused_portal_requests(api, body):
    """The wishes for a portal URL are checked."""
    api.customer()

    assert api.refused("POST", "/customers/external:cus_1/portal", body).startswith(next(iter(body)))


def test_portal_key(api):
    """The key of the portal URL is a switch."""
    api.fake.behaviour.portal_key = "portalUrl"
    api.customer()

    assert list(api.done("POST", "/customers/external:cus_1/portal")) == ["portalUrl"]


def test_account_managers(api):
    """Users are put in charge of a customer, in a body of any shape, and listed."""
    users = list(api.fake.store.organization.users)
    path = "/customers/external:cus_1/account-managers"
    api.customer()

    assigned = api("POST", path, {"accountManagers": [{"id": user} for user in users]})
    listed = api.done("GET", path)

    assert assigned.status_code == 201
    assert [user["id"] for user in listed["items"]] == users
    assert api.refused("POST", path, {"accountManagers": [{"id": "nobody"}]}).startswith("body:")
    assert api.refused("POST", path, {"accountManagers": 1}).startswith("body:")


def test_customer_summary(api):
    """The endpoint exists; what it does is not on record."""
    api.customer()

    assert api("POST", "/customers/external:cus_1/customer_summary").status_code == 200
    assert api("POST", "/customers/external:cus_2/customer_summary").status_code == 404
