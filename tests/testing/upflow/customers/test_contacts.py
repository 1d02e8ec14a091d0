"""Contacts of customers in the fake Upflow: full lists in imports, and single ones."""

import pytest

from tests.testing.upflow.plain import emails, position


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
    """A French organization knows other positions; null clears one, and an empty text is none."""
    api.fake.store.organization.positions = {"COMPTABILITÉ"}

    customer = api.customer(contacts=[{"email": "a@example.com", "position": "COMPTABILITÉ"}])

    assert customer["contacts"][0]["position"] == "COMPTABILITÉ"
    assert api.refused("POST", "/customers", {"externalId": "x", "name": "X", "contacts": [position("PAYER")]})
    cleared = {"email": "a@example.com", "position": None}
    assert (
        api.done("PUT", f"/customers/external:cus_1/contacts/{customer['contacts'][0]['id']}", cleared)["position"]
        is None
    )
