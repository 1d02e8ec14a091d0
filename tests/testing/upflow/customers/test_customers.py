"""Customers in the fake Upflow: imports, updates and deletions."""

import pytest

from tests.testing.upflow.plain import emails, position


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
