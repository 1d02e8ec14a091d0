"""What Upflow's lists show of customers and invoices, and what is asked for besides."""

import pytest

from upflow_provider.errors import NotFoundError
from upflow_provider.tables_to_upflow.customer_file.checks.directory import CustomerDirectory, KnownInvoice


class Reader:
    """Shows customers and invoices, as a client of Upflow does, and notes what was asked for one by one."""

    def __init__(self, customers=(), invoices=(), whole=None):
        self.listed = {"customers": customers, "invoices": invoices}
        self.whole, self.asked = whole, []

    def list(self, collection):
        """Yield every record of a collection."""
        yield from self.listed[collection]

    def get(self, collection, ref):
        """Return one record."""
        self.asked.append(ref)
        if self.whole is None:
            raise NotFoundError(f"{collection}: no such record")
        return self.whole

    def list_contacts(self, customer_ref):
        """Yield the contacts of a customer."""
        self.asked.append(customer_ref)
        yield {"id": "1", "email": "ann@example.com"}


@pytest.fixture
def opened(request):
    """Return a function that reads the lists of a reader, and returns the directory."""

    def read(reader):
        directory = CustomerDirectory(reader)
        request.addfinalizer(lambda: directory.__exit__(None, None, None))
        directory.read_customers()
        directory.read_invoices()
        return directory

    return read


def test_an_address_that_lists_do_not_show_is_asked_for(opened):
    """So that the rest of a partial address is not lost; one that is shown is not asked for."""
    reader = Reader(
        [{"id": "u-1", "externalId": "C-1", "name": "A"}, {"id": "u-2", "externalId": "C-2", "address": None}],
        whole={"id": "u-1", "externalId": "C-1", "address": {"city": "Lyon"}},
    )
    directory = opened(reader)

    assert directory.whole_customer("C-1")["address"] == {"city": "Lyon"}
    assert directory.whole_customer("C-2")["address"] is None
    assert reader.asked == ["external:C-1"]


def test_a_customer_that_is_gone_since_it_was_listed(opened):
    """It is nothing that could be compared."""
    assert opened(Reader([{"id": "u-1", "externalId": "C-1"}])).whole_customer("C-1") is None


def test_contacts_that_lists_do_not_show_are_asked_for(opened):
    """Of a customer without external id by its id; an empty list is an answer."""
    reader = Reader([{"id": "u-1", "externalId": None}, {"id": "u-2", "externalId": "C-2", "contacts": []}])
    directory = opened(reader)

    assert [each["email"] for each in directory.contacts("u-1")] == ["ann@example.com"]
    assert directory.contacts("C-2") == []
    assert reader.asked == ["u-1"]


def test_references_to_customers(opened):
    """By external id, or by id of one that has none; one that Upflow lacks by external id, which it is to have."""
    directory = opened(Reader([{"id": "u-1", "externalId": None}, {"id": "u-2", "externalId": "C-2"}]))

    assert [directory.ref(key) for key in ("u-1", "C-2", "C-3")] == ["u-1", "external:C-2", None]
    assert directory.reference("u-1") == {"id": "u-1"}
    assert directory.reference("C-2") == {"externalId": "C-2"}
    assert directory.reference("C-3") == {"externalId": "C-3"}


def test_parents_are_known_by_either_id(opened):
    """As far as lists show one."""
    directory = opened(
        Reader(
            [
                {"id": "u-1", "externalId": None},
                {"id": "u-2", "externalId": "C-2", "parent": {"id": "u-1"}},
                {"id": "u-3", "externalId": "C-3", "parent": {"id": "u-2", "externalId": "C-2"}},
                {"id": "u-4", "externalId": "C-4", "parent": {"id": "u-9"}},
            ]
        )
    )

    assert [directory.parent(key) for key in ("u-1", "C-2", "C-3", "C-4", "C-5")] == ["", "u-1", "C-2", "", ""]


def test_invoices_are_known_by_number_and_by_external_id(opened):
    """Several of one number are ambiguous; the same one twice is not."""
    one = {"externalId": "I-1", "customId": "N-1", "customerId": "u-1", "currency": "EUR", "grossAmount": 100}
    same = {**one, "externalId": "I-2"}
    both = {**one, "externalId": "I-3", "customId": "I-3", "customerId": "u-9"}
    directory = opened(Reader([{"id": "u-1", "externalId": "C-1"}], [one, same, both]))

    assert directory.invoices("I-1") == [KnownInvoice("I-1", "C-1", "EUR", 100)]
    assert len(directory.invoices("N-1")) == 2
    assert directory.invoices("I-3") == [KnownInvoice("I-3", "", "EUR", 100)]
    assert directory.invoices("N-9") == []
