"""Accessories: with how much less a refused record is tried again, and in which order."""

import pytest

from upflow_provider.records.accessories import (
    ADDRESS,
    CONTACT,
    DUE_DATE,
    NET_AMOUNT,
    PARENT,
    PHONE,
    UNKNOWN_POSITION,
    VAT_NUMBER,
    is_due_again,
    is_incomplete,
    lacks_position,
    reduced,
    without_needs,
)
from upflow_provider.records.mapped import Link, Mapped, Need

OF_CUSTOMERS = (PHONE, CONTACT, PARENT, VAT_NUMBER, ADDRESS)
CUSTOMER = Mapped(
    {
        "externalId": "cus_1",
        "name": "Alder",
        "vatNumber": "FR1",
        "address": {"address": "1 St", "zipcode": "", "city": "", "state": "", "country": "FR"},
        "parent": {"externalId": "cus_2"},
        "contacts": [{"email": "a@example.com", "externalId": "cus_1:email", "phone": "+33"}],
    },
    "cus_1",
    needs=(Need("customers", "cus_2"),),
    dependents=("contacts/cus_1:email", "parent/cus_2"),
)
BARE = {"externalId": "cus_1", "name": "Alder"}


def lacking(mapped):
    """Return what each further try lacks."""
    has_phone = any("phone" in each for each in mapped.payload.get("contacts", [{"phone": ""}]))
    return {*(CUSTOMER.payload.keys() - mapped.payload.keys()), *(() if has_phone else ("phone",))}


@pytest.mark.parametrize(
    ("refusal", "first"),
    [
        ("contacts.0.email: is already used", {"contacts"}),
        ("contacts.0.phone: is invalid", {"phone"}),
        ("vatNumber: is invalid", {"vatNumber"}),
        ("parent.externalId: not found", {"parent"}),
        ("address.country: is no country", {"address"}),
    ],
)
def test_what_a_refusal_names_is_left_out_first(refusal, first):
    """Then, at the latest, everything that is no must."""
    tries = list(reduced(CUSTOMER, OF_CUSTOMERS, refusal))

    assert lacking(tries[0]) == first
    assert tries[-1].payload == BARE
    assert len(tries) <= 4


def test_a_refusal_that_names_nothing_is_tried_without_each():
    """In the order of the row, and last without all: at most six more requests."""
    tries = list(reduced(CUSTOMER, OF_CUSTOMERS, "400 …"))

    assert [lacking(each) for each in tries[:-1]] == [{"phone"}, {"contacts"}, {"parent"}, {"vatNumber"}, {"address"}]
    assert tries[-1].payload == BARE


def test_what_is_left_out_is_noted_and_no_longer_needed():
    """The notes name ids and fields only; what was not imported is not known as imported."""
    last = list(reduced(CUSTOMER, OF_CUSTOMERS, "400"))[-1]
    first = next(reduced(CUSTOMER, OF_CUSTOMERS, "vatNumber: 400"))

    assert (last.needs, last.dependents) == ((), ())
    assert len(last.notes) == 5
    assert all(note.startswith("cus_1: ") for note in last.notes)
    assert (is_incomplete(last.notes[0]), is_due_again(last.notes)) == (False, True)
    assert (is_incomplete(first.notes[0]), is_due_again(first.notes)) == (True, False)
    assert not is_due_again([f"cus_1: contacts.position is left out, {UNKNOWN_POSITION}"])  # only after a day
    assert (lacks_position(None), lacks_position(f"a; b, {UNKNOWN_POSITION}")) == (False, True)
    assert not is_incomplete("cus_1: no contact, because Upflow does not accept such an email")


def test_a_record_without_accessories_is_not_tried_again():
    """What is empty cannot be to blame."""
    empty = Mapped({**BARE, "vatNumber": "", "address": dict.fromkeys(("address", "city"), "")}, "cus_1")

    assert list(reduced(empty, OF_CUSTOMERS, "vatNumber: 400")) == []


def test_a_document_with_links_is_tried_without_what_is_named_only():
    """It is most likely refused for their sake."""
    note = Mapped(
        {"externalId": "cn_1", "grossAmount": 5, "netAmount": 4}, "cus_1", links=(Link("invoices", "in_1", 5),)
    )

    assert list(reduced(note, (NET_AMOUNT,), "linkedInvoices.0: exceeds")) == []
    [again] = reduced(note, (NET_AMOUNT,), "netAmount: is invalid")
    assert again.payload["netAmount"] == 5


@pytest.mark.parametrize(("due", "expected"), [("2026-01-01", "2026-02-01"), ("2026-03-01", "2026-03-01")])
def test_a_due_date_is_raised_to_the_issue_date(due, expected):
    """A later one stays."""
    invoice = Mapped({"externalId": "in_1", "issuedAt": "2026-02-01", "dueDate": due}, "cus_1")

    assert DUE_DATE.left_out(invoice).payload["dueDate"] == expected
    assert (DUE_DATE.left_out(invoice) is invoice) == (due == expected)


def test_only_a_parent_needs_another_record():
    """Without it, the customer can be imported at once; an invoice needs its customer."""
    fewer = without_needs(CUSTOMER, OF_CUSTOMERS)

    assert (lacking(fewer), fewer.needs, fewer.dependents) == ({"parent"}, (), ("contacts/cus_1:email",))
    assert is_due_again(fewer.notes)
    assert (
        without_needs(Mapped({"externalId": "in_1"}, "cus_1", needs=(Need("customers", "cus_1"),)), (DUE_DATE,)) is None
    )
