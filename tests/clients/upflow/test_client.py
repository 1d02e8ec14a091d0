"""Every method of the Upflow client against the fake, over real HTTP."""

import re

import pytest

from tests.clients.upflow.calls import CUSTOMER
from tests.upflow_customers import add_customers
from upflow_provider.clients.upflow.client import external
from upflow_provider.clients.upflow.pages import one_list
from upflow_provider.errors import NotFoundError, ProtocolError
from upflow_provider.shown_ids import shown_id, shown_path

INVOICE = {
    "externalId": "in_1",
    "customId": "F-1",
    "issuedAt": "2026-01-01",
    "dueDate": "2026-01-31",
    "currency": "EUR",
    "grossAmount": 1200,
    "netAmount": 1000,
    "customer": {"externalId": "cus_1"},
}


def test_customers_are_imported_read_changed_and_deleted(client, fake_upflow):
    """The same external id is the same customer."""
    first = client.import_("customers", CUSTOMER)
    again = client.import_("customers", {**CUSTOMER, "name": "Birch"})
    client.update_customer(external("cus_1"), {"vatNumber": "FR1"})

    assert first["id"] == again["id"]
    shown = client.get("customers", first["id"])
    assert (shown["name"], shown["vatNumber"]) == ("Birch", "FR1")
    client.delete("customers", external("cus_1"))
    assert fake_upflow.store.customers == {}


@pytest.mark.parametrize("external_id", ["cus_1", "a/b", "with space", "50%", "ümlaut:1", "external:x", "?#&"])
def test_any_external_id_can_be_addressed(client, external_id):
    """Odd characters are quoted; the word ``external:`` is not."""
    client.import_("customers", {**CUSTOMER, "externalId": external_id})

    assert client.get("customers", external(external_id))["externalId"] == external_id


@pytest.mark.parametrize("ref", ["", ".", ".."])
def test_a_reference_to_nothing_never_becomes_a_path(client, fake_upflow, ref):
    """It would name the whole collection, or what lies above it."""
    with pytest.raises(ValueError, match="does not refer to a record"):
        client.delete("customers", ref)

    assert len(fake_upflow.requests) == 0


def test_contacts_have_their_own_calls(client):
    """Create, list, get, update, delete."""
    client.import_("customers", CUSTOMER)
    made = client.create_contact(external("cus_1"), {"email": "b@example.com", "externalId": "c_2"})
    client.update_contact(external("cus_1"), external("c_2"), {"email": "b2@example.com"})

    assert client.get_contact(external("cus_1"), made["id"])["email"] == "b2@example.com"
    assert len(list(client.list_contacts(external("cus_1")))) == 2
    client.delete_contact(external("cus_1"), external("c_2"))
    assert [each["externalId"] for each in client.list_contacts(external("cus_1"))] == ["c_1"]


def test_documents_are_imported_and_linked(client, fake_upflow):
    """Payments, credit notes and refunds; a group of links closes the invoice, an empty one opens it again."""
    client.import_("customers", CUSTOMER)
    client.import_("invoices", INVOICE)
    owner = {"currency": "EUR", "customer": {"externalId": "cus_1"}}
    client.import_("payments", {**owner, "externalId": "pi_1", "amount": 700, "validatedAt": "2026-01-05"})
    client.import_(
        "credit_notes", {**owner, "externalId": "cn_1", "customId": "C-1", "grossAmount": 500, "netAmount": 500}
    )
    client.import_("refunds", {**owner, "externalId": "re_1", "amount": 100, "validatedAt": "2026-01-06"})
    group = {
        "externalId": "g_1",
        "invoices": [{"externalId": "in_1", "amountLinked": 1200}],
        "payments": [{"externalId": "pi_1", "amountLinked": 700}],
        "creditNotes": [{"externalId": "cn_1", "amountLinked": 500}],
        "refunds": [],
    }
    client.reconcile(group)
    assert fake_upflow.answer("invoices", "in_1")["amountOutstanding"] == 0
    client.reconcile({"externalId": "g_1", "invoices": [], "payments": [], "creditNotes": [], "refunds": []})
    assert fake_upflow.answer("invoices", "in_1")["amountOutstanding"] == 1200
    assert client.get("refunds", external("re_1"))["amount"] == 100


@pytest.mark.parametrize("as_multipart", [False, True])
def test_pdfs_are_uploaded_both_ways(client, fake_upflow, as_multipart):
    """JSON with base64, or a multipart file: the same bytes arrive."""
    client.import_("customers", CUSTOMER)
    client.import_("invoices", INVOICE)
    client.upload_pdf("invoices", external("in_1"), b"%PDF-1.4 made up", as_multipart=as_multipart)

    assert b"%PDF-1.4 made up" in fake_upflow.store.pdfs.values()


@pytest.mark.parametrize("path", ["custom_fields", "custom_field"])
def test_custom_fields_are_found_under_either_spelling(client, fake_upflow, path):
    """The API reference names one path, the guide the other."""
    fake_upflow.behaviour.custom_fields_path = path
    made = client.create_custom_field({"name": "Tier", "entityType": "CUSTOMER", "dataType": "TEXT"})

    assert [each["id"] for each in client.list_custom_fields()] == [made["id"]]
    client.delete_custom_field(made["id"])
    assert list(client.list_custom_fields()) == []


def test_the_path_of_custom_fields_is_remembered(client, fake_upflow):
    """Only the first call tries both spellings; after it, a field that does not exist costs one request."""
    fake_upflow.behaviour.custom_fields_path = "custom_field"
    list(client.list_custom_fields())
    list(client.list_custom_fields())
    with pytest.raises(NotFoundError):
        client.delete_custom_field("unknown")

    assert [each.path.removeprefix("/v1/") for each in fake_upflow.requests] == [
        "custom_fields",
        "custom_field",
        "custom_field",
        "custom_field/unknown",
    ]


def test_a_custom_field_that_does_not_exist_says_nothing_about_the_path(client, fake_upflow):
    """Both spellings answer 404; the next call tries both again, and the error names the first one."""
    for _ in range(2):
        with pytest.raises(NotFoundError, match="DELETE /custom_fields/id-b23a6a8439: 404"):
            client.delete_custom_field("unknown")

    assert len(fake_upflow.requests) == 4


@pytest.mark.parametrize("key", ["url", "portalUrl"])
def test_the_portal_url_is_found_whatever_it_is_called(client, fake_upflow, key):
    """It is the only https URL of the answer."""
    fake_upflow.behaviour.portal_key = key
    client.import_("customers", CUSTOMER)
    url = client.portal_url(external("cus_1"), expires_in_s=5_184_000, frame_ancestors="a.example b.example")

    assert url.startswith("https://")
    assert fake_upflow.requests.matching("POST", "portal")[-1].json == {
        "expiresIn": 5_184_000,
        "frameAncestors": "a.example b.example",
    }


def test_the_organization_can_be_read(client, fake_upflow):
    """Users, workflows, bank accounts, actions, account managers."""
    client.import_("customers", CUSTOMER)
    organization = fake_upflow.store.organization

    assert len(client.users()) == len(organization.users)
    assert len(list(client.dunning_plans())) == len(organization.dunning_plans)
    assert len(list(client.bank_accounts())) == len(organization.bank_accounts)
    assert list(client.actions()) == []
    with pytest.raises(NotFoundError, match="GET /actions/id-b23a6a8439: 404"):
        client.action("unknown")
    client.assign_account_managers(external("cus_1"), {"users": [{"id": client.users()[0]["id"]}]})
    assert client.account_managers(external("cus_1"))


def test_lists_bring_every_record_once(client, fake_upflow):
    """Several pages, each record once, in the fewest requests."""
    names = add_customers(fake_upflow, 2005)

    listed = [each["externalId"] for each in client.list("customers")]
    assert sorted(listed) == sorted(names)
    assert len(list(fake_upflow.requests)) == 3


@pytest.mark.parametrize("answered", ["a\ud83d", "a\x00", None])
def test_an_id_that_cannot_be_stored_is_not_known(client, fake_upflow, answered):
    """The record was imported all the same; a list leaves it out, unless it is wanted."""
    client.import_("customers", CUSTOMER)
    fake_upflow.behaviour.answered_fields = {"customers": {"id": answered}}

    assert client.import_("customers", CUSTOMER)["id"] is None
    fake_upflow.behaviour.answered_fields = {"customers": {"customers": [{"id": answered}]}}
    assert list(client.list("customers")) == []
    assert list(client.list("customers", with_unnamed=True)) == [{"id": ""}]


@pytest.mark.parametrize("answered", [2**63, -(2**70), 12.5, True, "1200", None])
def test_an_outstanding_amount_that_is_no_amount_is_not_known(client, fake_upflow, answered):
    """Nothing is concluded from it."""
    client.import_("customers", CUSTOMER)
    fake_upflow.behaviour.answered_fields = {"customers": {"amountOutstanding": answered}}

    assert client.import_("customers", CUSTOMER)["amountOutstanding"] is None


@pytest.mark.parametrize("customer", ["marie@example.com", "Marie Dupont/Paris", "dupont"])
def test_a_customer_id_that_names_somebody_is_in_no_message(client, customer):
    """Its hash is, so that whoever knows the id finds it."""
    with pytest.raises(NotFoundError) as raised:
        client.update_contact(external(customer), external(f"{customer}:email"), {"email": "a@example.com"})
    with pytest.raises(ProtocolError) as unreadable:
        one_list({}, f"GET {shown_path('/customers/external:marie%40example.com/contacts')}")

    assert shown_id(customer) in str(raised.value)
    assert not {"marie", "Marie", "dupont", "Dupont"} & set(re.findall(r"\w+", f"{raised.value}{unreadable.value}"))
