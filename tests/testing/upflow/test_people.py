"""What people do in the app of the fake Upflow, and lists that shift meanwhile."""

import pytest

from tests.testing.upflow.plain import payment
from upflow_provider.testing.upflow.records.refusal import RefusedError

LINK = {"linkedInvoices": [{"externalId": "in_1", "amountLinked": 1200}]}


@pytest.fixture(autouse=True)
def _filled(api):
    """Let every test begin with a customer whose invoice is paid."""
    api.customer(contacts=[{"email": "a@x.fr", "externalId": "c_1"}, {"email": "b@x.fr", "externalId": "c_2"}])
    api.invoice()
    api.payment(**LINK)


def outstanding(api):
    """Return what the API says is outstanding on the invoice."""
    return api.done("GET", "/invoices/external:in_1")["amountOutstanding"]


def test_a_document_is_deleted_with_its_links(api):
    """The invoice is outstanding again."""
    api.fake.people.delete("payments", "pay_1")

    assert (outstanding(api), api("GET", "/payments/external:pay_1").status_code) == (1200, 404)


def test_a_customer_is_deleted_with_all_documents(api):
    """The app does what the API refuses; an import of a document then names nothing."""
    api.customer("cus_2")
    api.invoice("in_2", "cus_2")
    api.fake.people.delete("customers", "cus_1")

    assert [each["externalId"] for each in api.fake.store.customers.values()] == ["cus_2"]
    assert [each["externalId"] for each in api.fake.store.invoices.values()] == ["in_2"]
    assert (len(api.fake.store.payments), api.fake.store.links.groups) == (0, {})
    assert api("POST", "/payments", payment()).status_code == 404


def test_links_are_undone(api):
    """Both documents stay."""
    api.fake.people.unlink("payments", "pay_1")

    assert (outstanding(api), api.done("GET", "/payments/external:pay_1")["amountLinked"]) == (1200, 0)


def test_an_amount_is_changed(api):
    """As people do, without a word to whoever imported it."""
    api.fake.people.edit("invoices", "in_1", grossAmount=1500)

    assert (outstanding(api), api.fake.requests[-1].method) == (300, "GET")


def test_a_contact_is_deleted(api):
    """The others stay."""
    api.fake.people.delete_contact("cus_1", "c_1")

    assert [each["email"] for each in api.done("GET", "/customers/external:cus_1")["contacts"]] == ["b@x.fr"]


def test_what_does_not_exist_cannot_be_changed(api):
    """A mistake in a test does not pass for something that was done."""
    for change in (api.fake.people.delete, api.fake.people.unlink, api.fake.people.edit):
        with pytest.raises(RefusedError, match="no such record"):
            change("invoices", "in_9")


def test_another_process_does_it_by_name(api):
    """As it opens a portal link; what is neither is refused."""
    api.fake.act("unlink", {"collection": "payments", "external_id": "pay_1"})
    assert outstanding(api) == 1200
    for what in ("_find", "import_", "__init__"):
        with pytest.raises(ValueError, match="use the API"):
            api.fake.act(what, {})
    with pytest.raises(ValueError, match="no such record"):
        api.fake.act("delete", {"collection": "payments", "external_id": "pay_9"})


def test_pages_shift_when_something_is_deleted_meanwhile(api):
    """There is no cursor: the record after the deleted one is on neither page."""
    for number in range(2, 5):
        api.invoice(f"in_{number}")
    api.fake.behaviour.largest_page = 2
    api.fake.on_page = lambda: api.fake.people.delete("invoices", "in_1")
    first = api.done("GET", "/invoices?offset=0&limit=500")
    api.fake.on_page = None
    second = api.done("GET", "/invoices?offset=2&limit=500")

    assert [each["externalId"] for page in (first, second) for each in page["invoices"]] == ["in_1", "in_2", "in_4"]
    assert (first["total"], second["total"]) == (4, 3)
