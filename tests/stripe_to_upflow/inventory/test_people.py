"""What people change or delete in Upflow is found by the next inventory and put right by the next run."""

from random import Random

import pytest

from tests.stripe_to_upflow.inventory.conftest import comparable
from tests.stripe_to_upflow.simulator.books import assert_books_agree
from upflow_provider.ledger import Outcome
from upflow_provider.records.contacts import contact_id
from upflow_provider.testing.upflow.records.refusal import RefusedError

DOCUMENTS = [
    ("payments", "pi_2"),
    ("payments", "pi_7"),
    *(("invoices", f"in_{number}") for number in (1, 2, 3, 4, 7)),
    ("credit_notes", "cn_6"),
    ("credit_notes", "cn_7"),
    ("refunds", "re_2"),
    ("payments", "in_3:writeoff"),
    ("payments", "in_5:oob"),
    ("refunds", "cn_7:balance"),
    ("credit_notes", "re_2:credit"),
]


def test_a_deleted_document_is_sent_again(world):
    """A payment that somebody has deleted leaves a paid invoice outstanding until then; nothing is lost for good."""
    before = comparable(world.bridge.upflow.snapshot())
    for collection, external_id in DOCUMENTS:
        world.people.delete(collection, external_id)
        writes = len(world.bridge.writes())
        report = world.inventory()

        assert list(report.examples["deleted"]) == [external_id.partition(":")[0]], external_id
        assert len(world.bridge.writes()) == writes
        assert not any(each.rejected for each in world.sync().values())
        world.assert_repaired(before)


EDITS = [
    ("customers", "cus_1", {"name": "Birch"}),
    ("customers", "cus_1", {"vatNumber": "FR1"}),
    ("customers", "cus_1", {"address": {"address": "x", "zipcode": "", "city": "", "state": "", "country": ""}}),
    ("invoices", "in_1", {"grossAmount": 1300}),
    ("invoices", "in_1", {"netAmount": 1}),
    ("invoices", "in_1", {"issuedAt": "2020-01-01"}),
    ("invoices", "in_3", {"dueDate": "2030-01-01"}),
    ("invoices", "in_4", {"customId": "X-1"}),
    ("payments", "pi_2", {"amount": 1300}),
    ("payments", "pi_2", {"validatedAt": "2020-01-01"}),
    ("payments", "pi_7", {"instrument": "CASH"}),
    ("payments", "in_3:writeoff", {"amount": 1300}),
    ("payments", "in_5:oob", {"validatedAt": "2020-01-01"}),
    ("credit_notes", "cn_6", {"netAmount": 1}),
    ("credit_notes", "cn_7", {"issuedAt": "2020-01-01"}),
    ("refunds", "cn_7:balance", {"amount": 1}),
    ("refunds", "re_2", {"amount": 1}),
]


def test_an_edit_is_undone(world):
    """Everything that was sent and that a list shows is compared; Stripe is right."""
    before = comparable(world.bridge.upflow.snapshot())
    for collection, external_id, fields in EDITS:
        world.people.edit(collection, external_id, **fields)
        report = world.inventory()

        assert list(report.examples["changed"]) == [external_id.partition(":")[0]], (external_id, fields)
        world.sync()
        world.assert_repaired(before)


@pytest.mark.parametrize("links", ["inline", "reconcile"])
def test_an_undone_link_is_set_again(world, links):
    """An invoice that is paid in Stripe is not chased for longer than a day."""
    world.bridge.links = links
    before = comparable(world.bridge.upflow.snapshot())
    for collection, external_id in DOCUMENTS:
        if collection == "invoices" or external_id in {"cn_7", "re_2:credit"}:
            continue  # nothing of theirs is a link of their own
        world.people.unlink(collection, external_id)
        report = world.inventory()

        assert list(report.examples["unlinked"]) == [external_id.partition(":")[0]], external_id
        world.sync()
        assert_books_agree(world.bridge)
        assert comparable(world.bridge.upflow.snapshot()) == before


def test_a_contact_comes_back(world):
    """It was deleted by hand, while Stripe has the address."""
    before = comparable(world.bridge.upflow.snapshot())
    world.people.delete_contact("cus_1", contact_id("cus_1"))
    report = world.inventory()

    assert list(report.examples["changed"]) == ["cus_1"]
    world.sync()
    world.assert_repaired(before)


def test_a_customer_comes_back_with_all_documents(world):
    """Nothing of it is tried in vain for ever: the customer is imported first, then what was deleted with it."""
    before = comparable(world.bridge.upflow.snapshot())
    world.people.delete("customers", "cus_1")
    report = world.inventory()

    assert report.counts["deleted"] == 13
    assert "cus_1" in report.examples["deleted"]
    world.sync()
    world.assert_repaired(before)


def test_what_a_person_deletes_while_it_goes_in_stripe_is_gone(world):
    """A credit note that is void, and was deleted in Upflow, ends as removed and is not asked for again."""
    world.people.delete("credit_notes", "cn_6")
    world.bridge.stripe.credits.void("cn_6")
    world.inventory()
    world.sync()
    assert world.state("credit_notes", "cn_6").outcome is Outcome.REMOVED
    assert_books_agree(world.bridge)
    assert not world.inventory().differs


def test_a_deleted_customer_that_stripe_has_no_longer_is_not_tried_for_ever(world):
    """It is skipped once; its open invoice brings it back as it describes it."""
    bridge = world.bridge
    bridge.customer("cus_2", created=int(world.clock.at.timestamp()))
    world.sync()
    bridge.stripe.delete_customer("cus_2")
    world.sync()
    world.people.delete("customers", "cus_2")
    assert world.inventory().counts["deleted"] == 1
    world.sync()
    state = world.state("customers", "cus_2")
    assert (state.outcome, state.next_attempt_at, state.upflow_id) == (Outcome.SKIPPED, None, None)
    assert not world.inventory().differs


def test_what_stripe_does_not_know_is_left_to_people(world):
    """A parent, a phone number, a contact or a document that people have added is theirs."""
    bridge = world.bridge
    bridge.customer("cus_2", email="b@example.com", created=int(world.clock.at.timestamp()))
    world.sync()
    parent = bridge.upflow.store.find("customers", "external:cus_1")["id"]
    contact = bridge.upflow.store.find("customers", "external:cus_2")["contacts"][0]
    world.people.edit("customers", "cus_2", parentId=parent, contacts=[{**contact, "phone": "+33"}])
    bridge.upflow.add_app_contact("cus_2", email="c@example.com")

    assert not world.inventory().differs


def test_a_new_amount_in_upflow_that_is_right_is_only_noted(world):
    """Somebody linked what another person had unlinked."""
    before = world.state("invoices", "in_2")
    world.people.unlink("payments", "pi_2")
    world.inventory()
    assert world.state("invoices", "in_2").observed == 1200
    world.sync()
    assert world.state("invoices", "in_2").observed == before.observed == 0


def random_action(world, random):
    """Let people do something, if it is still possible."""
    collection, external_id = random.choice(DOCUMENTS)
    kind = random.choice(["delete", "unlink", "edit", "customer", "contact"])
    try:
        if kind == "edit":
            world.people.edit(*(edit := random.choice(EDITS))[:2], **edit[2])
        elif kind == "customer" and random.random() < 0.3:
            world.people.delete("customers", "cus_1")
        elif kind == "contact":
            world.people.delete_contact("cus_1", contact_id("cus_1"))
        elif kind in {"delete", "unlink"}:
            getattr(world.people, kind)(collection, external_id)
    except RefusedError:
        pass  # it was deleted before


@pytest.mark.parametrize("links", ["inline", "reconcile"])
def test_whatever_people_do_is_put_right(world, links):
    """Many actions of every kind at once; one inventory and two runs later Upflow is as it was."""
    random = Random(links)
    world.bridge.links = links
    before = comparable(world.bridge.upflow.snapshot())
    for _ in range(10):
        for _ in range(random.randint(1, 8)):
            random_action(world, random)
        world.inventory()
        world.sync()
        world.sync()
        world.assert_repaired(before)


def test_an_undone_link_is_set_again_although_a_check_has_rejected_the_invoice(world):
    """An answer to an import showed the amount before the inventory did; to send the invoice again is not enough."""
    world.people.unlink("payments", "in_3:writeoff")
    world.bridge.ledger.balances.observe({"in_3": 1200}, "sync/seen")
    world.bridge.close(run="sync/seen")
    assert world.state("invoices", "in_3").outcome is Outcome.REJECTED

    assert list(world.inventory().examples["unlinked"]) == ["in_3"]
    assert not any(each.rejected for each in world.sync().values())
    assert_books_agree(world.bridge)
    assert world.state("invoices", "in_3").outcome is Outcome.IMPORTED
