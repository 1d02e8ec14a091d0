"""Customers with ids of their owner's choice are customers, whatever these look like; others are not Stripe's."""

import pytest

from upflow_provider.errors import ConfigurationError
from upflow_provider.stripe_to_upflow.inventory import inventory, missing

LIKE_DOCUMENTS = ("ch_zurich", "in_house7", "re_seller1", "cus_9:vip", "in_1:writeoff", "in_1:x", "pi_2:42")
CHOSEN = ("user_0", "9b2f7c1e-0d4a-4a55-8a53-3c6e4cfb8e11", "ann@example.com", *LIKE_DOCUMENTS)


def bill(bridge, ids):
    """Have customers in Stripe, each with an invoice; return the bridge."""
    for number, chosen in enumerate(ids):
        bridge.customer(chosen, email=f"e{number}@example.com")
        bridge.invoice(f"in_c{number}", chosen)
    return bridge


@pytest.fixture
def chosen(world):
    """Return a synced world with customers of chosen ids."""
    bill(world.bridge, CHOSEN)
    world.sync()
    world.bridge.sync_all()
    world.inventory()
    world.bridge.upflow.requests.clear()
    world.bridge.stripe.requests.clear()
    return world


def test_customers_that_nobody_touched_cost_no_request(chosen):
    """They are in the list of customers, and therefore there: Upflow is asked for none of them, nor is Stripe."""
    report = chosen.inventory()

    assert not report.differs
    assert report.listed["customers"] == 1 + len(CHOSEN)
    assert len(chosen.bridge.upflow.requests) == 5
    assert len(chosen.bridge.stripe.requests) == 0


def test_many_of_them_are_not_missing(world, monkeypatch):
    """Nothing is said about another organization, and an edit of anything else is noticed."""
    monkeypatch.setattr(inventory, "REPAIRS_MIN", 3)
    monkeypatch.setattr(inventory, "REPAIRS_MAX", 3)
    bill(world.bridge, [f"user_{number}" for number in range(9)])
    world.bridge.sync_all()
    assert not world.inventory().differs
    world.people.edit("invoices", "in_c3", grossAmount=5000)

    assert list(world.inventory().examples["changed"]) == ["in_c3"]


@pytest.mark.parametrize("number", range(len(CHOSEN)))
def test_what_people_change_is_noticed(chosen, number):
    """A name of the customer, the due date of its invoice, and the deletion of both."""
    customer, invoice = CHOSEN[number], f"in_c{number}"
    before = chosen.bridge.imported("invoices", invoice)["dueDate"]
    chosen.people.edit("customers", customer, name="Edited")
    chosen.people.edit("invoices", invoice, dueDate=chosen.clock.at)
    assert chosen.inventory().counts["changed"] == 2
    chosen.sync()
    assert chosen.bridge.imported("customers", customer)["name"] == "Alder"
    assert chosen.bridge.imported("invoices", invoice)["dueDate"] == before

    chosen.people.delete("customers", customer)
    assert chosen.inventory().counts["deleted"] == 2
    chosen.sync()
    assert chosen.bridge.imported("invoices", invoice)["amountOutstanding"] == 1200


def test_an_id_like_that_of_a_document_is_a_customers(chosen):
    """Nothing is adopted as a document, nothing belongs to one, and the watermark stays."""
    before = chosen.bridge.ledger.watermark()
    for _ in range(3):
        assert not chosen.inventory().differs
    writes = len(chosen.bridge.writes())
    chosen.sync()

    assert chosen.bridge.ledger.watermark() > before
    for stream in ("invoices", "payments", "refunds"):
        assert chosen.bridge.ledger.records(stream, LIKE_DOCUMENTS) == {}
    assert len(chosen.bridge.writes()) == writes
    for name in CHOSEN:
        assert chosen.bridge.imported("customers", name)["externalId"] == name


def test_a_customer_beside_a_document_of_its_name_is_not_deleted(chosen):
    """``in_1:writeoff`` is a customer; that invoice is paid, written off and sent again."""
    for change in (chosen.bridge.stripe.mark_uncollectible, chosen.bridge.stripe.pay_invoice):
        change("in_1")
        chosen.sync()
        chosen.people.edit("invoices", "in_1", name="Edited")
        chosen.inventory()
        chosen.sync()

    for name in ("in_1:writeoff", "in_1:x"):
        assert chosen.bridge.imported("customers", name)["externalId"] == name
    assert not [path for method, path in chosen.bridge.writes() if method == "DELETE" and "/customers/" in path]


def test_a_list_that_lacks_much_of_what_exists_is_no_emptied_organization(world, monkeypatch):
    """Upflow says of each that it exists: nothing is sent, and beyond a bound the cause is named."""
    monkeypatch.setattr(inventory, "REPAIRS_MIN", 2)
    monkeypatch.setattr(inventory, "REPAIRS_MAX", 2)
    real = type(world.bridge.client()).list
    monkeypatch.setattr(
        type(world.bridge.client()), "list", lambda *a, **k: iter(()) if a[1] == "invoices" else real(*a, **k)
    )
    assert not world.inventory().differs
    monkeypatch.setattr(missing, "UNLISTED_MAX", 3)
    with pytest.raises(ConfigurationError, match="more than 3 records that Upflow has are not in its lists"):
        world.inventory()


def test_many_that_are_gone_are_named_without_addresses(world, monkeypatch):
    """An id may be an e-mail address: the message, which reaches logs and Airflow, shows short hashes."""
    monkeypatch.setattr(inventory, "REPAIRS_MIN", 2)
    monkeypatch.setattr(inventory, "REPAIRS_MAX", 2)
    names = [f"zebulon.quagmire{number}@planted-mail.example" for number in range(9)]
    bill(world.bridge, names)
    world.bridge.sync_all()
    for name in names:
        world.people.delete("customers", name)
    with pytest.raises(ConfigurationError, match=r"such as id-[0-9a-f]{10}, id-") as raised:
        world.inventory()

    assert "planted-mail" not in str(raised.value)
