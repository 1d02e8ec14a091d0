"""What Upflow itself refuses: exactly the lines that say it are refused, in Upflow's words."""

import pytest

from upflow_provider.tables_to_upflow.customer_file.refusals import PARTLY, SUPERSEDED
from upflow_provider.testing.upflow.behaviour import FieldRefusal

CONTACTS = "Customer ID,Contact email address,Phone number,Position,Main contact\n"


def refuse(files, collection, field, values, says="is invalid"):
    """Let Upflow refuse some values of a field."""
    refusal = FieldRefusal(collection=collection, field=field, says=says, values=values)
    files.upflow.behaviour.refused_fields = (*files.upflow.behaviour.refused_fields, refusal)


@pytest.fixture(autouse=True)
def customer(files):
    """Let Upflow have a customer."""
    return files.customer("C-1", name="Alder")


def test_the_old_main_contact_stays_if_upflow_refuses_the_new_one(files):
    """A customer without a main contact would get no reminders."""
    files.upflow.add_app_contact("C-1", email="old@example.com", isMain=True)
    refuse(files, "contacts", "phone", "bad")

    files.import_(f"{CONTACTS}C-1,new@example.com,bad,,1\n", "contacts")

    assert files.contacts("C-1")["old@example.com"]["isMain"]
    assert len(files.reasons()) == 1


def test_the_old_main_contact_stays_if_the_new_address_belongs_to_somebody_else(files):
    """Where Upflow wants addresses to be unique."""
    files.upflow.behaviour.unique_emails = True
    files.upflow.add_app_contact("C-1", email="old@example.com", isMain=True)
    files.customer("C-2", contacts=[{"email": "shared@example.com"}])

    files.import_(f"{CONTACTS}C-1,shared@example.com,,,1\n", "contacts")

    assert files.contacts("C-1")["old@example.com"]["isMain"]
    assert "is that of another customer's contact" in files.reasons()[0]


def test_a_refused_contact_refuses_its_own_lines_only(files):
    """The others about the same customer are accepted, for Upflow has them."""
    refuse(files, "contacts", "phone", "bad")

    report = files.import_(
        f"{CONTACTS}C-1,a@example.com,1,,\nC-1,B@example.com,bad,,\nC-1,b@example.com,,,\nC-1,c@example.com,3,,\n",
        "contacts",
    )

    assert set(files.contacts("C-1")) == {"a@example.com", "c@example.com"}
    assert (report.accepted, report.rejected) == (2, 2)
    assert set(report.examples) == {"line-3", "line-4"}


@pytest.mark.parametrize("key", ["C-1", "C-9"])
def test_a_custom_field_that_upflow_refuses_refuses_the_line(files, key):
    """In Upflow's words; the rest is there, whether the customer is new or not."""
    files.field("Tier", "TEXT")
    refuse(files, "customers", "customFields.value", "gold", "cannot be updated")

    report = files.import_(f"Customer name,Customer ID,Tier,VAT number\nAlder,{key},gold,FR1\n")

    assert (report.accepted, report.rejected) == (0, 1)
    assert "customFields.0.value: cannot be updated" in files.reasons()[0]
    assert PARTLY in files.reasons()[0]
    assert files.shown(key)["vatNumber"] == "FR1"


def test_lines_that_only_add_contacts_are_accepted_beside_a_refused_custom_field(files):
    """They say nothing of what is refused, and their contacts are there."""
    files.field("Tier", "TEXT")
    refuse(files, "customers", "customFields.value", "gold")

    report = files.import_(
        "Customer name,Customer ID,Tier,Contact email address\nAlder,C-1,gold,\n,C-1,,ann@example.com\n"
    )

    assert set(report.examples) == {"line-2"}
    assert "ann@example.com" in files.contacts("C-1")


def test_a_position_that_upflow_does_not_have_refuses_the_line(files):
    """Such as an English one where the organization's language is another; nothing of the contact is sent without."""
    files.upflow.store.organization.positions = {"PAYEUR"}

    report = files.import_(f"{CONTACTS}C-1,ann@example.com,,Payer,\nC-1,bob@example.com,,,\n", "contacts")

    assert set(files.contacts("C-1")) == {"bob@example.com"}
    assert (report.accepted, report.rejected) == (1, 1)
    assert "position: does not exist in the organization" in files.reasons()[0]


def test_a_position_is_cleared_by_what_upflow_takes(files):
    """It refuses the empty text, which is no position of the organization, and then gets null."""
    files.upflow.add_app_contact("C-1", email="ann@example.com", position="SALES")

    report = files.import_(f"{CONTACTS}C-1,ann@example.com,,,\n", "contacts", clear_empty=True)

    assert (files.contacts("C-1")["ann@example.com"]["position"], report.rejected) == (None, 0)


def test_a_position_that_upflow_does_not_clear_refuses_the_line(files):
    """Again each time, and nothing is called accepted."""
    files.upflow.add_app_contact("C-1", email="ann@example.com", position="SALES")
    refuse(files, "contacts", "position", "^None$")
    text = f"{CONTACTS}C-1,ann@example.com,,,\n"

    reports = [files.import_(text, "contacts", clear_empty=True) for _ in range(2)]

    assert [each.rejected for each in reports] == [1, 1]
    assert files.contacts("C-1")["ann@example.com"]["position"] == "SALES"


def test_a_customer_that_upflow_refuses_refuses_all_of_its_lines(files):
    """Its contacts are not sent, because there is nobody whose they are."""
    refuse(files, "customers", "vatNumber", "bad")

    report = files.import_(
        "Customer name,Customer ID,VAT number,Contact email address\nBirch,C-2,bad,\n,C-2,,ann@example.com\n"
    )

    assert (report.accepted, report.rejected) == (0, 2)


def test_lines_that_a_later_import_has_superseded_are_refused(files, monkeypatch):
    """They were not sent, so that they must not count as accepted."""
    files.import_("Customer name,Customer ID,VAT number\nAlder,C-1,FR1\n")
    stale = files.ledger.clock.tick()
    files.import_("Customer name,Customer ID,VAT number\nAlder,C-1,FR2\n")
    monkeypatch.setattr(files.ledger.clock, "tick", lambda: stale)

    report = files.import_("Customer name,Customer ID,VAT number\nAlder,C-1,FR3\n")

    assert (files.shown("C-1")["vatNumber"], report.accepted, report.rejected) == ("FR2", 0, 1)
    assert files.reasons() == [SUPERSEDED]
