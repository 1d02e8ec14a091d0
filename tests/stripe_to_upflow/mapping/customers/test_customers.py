"""Stripe customers become Upflow customers."""

from __future__ import annotations

import json
import string

import pytest
from hypothesis import given

from tests.stripe_to_upflow.mapping.customers.full_customers import FULL, GOLDEN, ID, NOWHERE, PARENTS, records, tax_ids
from upflow_provider.errors import MappingError
from upflow_provider.records.mapped import Need, Skip
from upflow_provider.stripe_to_upflow.mapping import customers
from upflow_provider.stripe_to_upflow.mapping.options import Options

OPEN = json.loads((GOLDEN / "invoice_open.stripe.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("change", "name"),
    [
        pytest.param({}, "Étoile SARL", id="name"),
        pytest.param({"name": " Étoile "}, "Étoile", id="trimmed"),
        pytest.param({"name": None}, "billing+fr@example.com", id="email-instead"),
        pytest.param({"name": "  "}, "billing+fr@example.com", id="blank"),
        pytest.param({"name": None, "email": None}, ID, id="id-instead"),
    ],
)
def test_name(change, name):
    """Upflow requires a name: Stripe's, else the e-mail address, else the id."""
    assert customers.to_upflow(FULL | change, Options()).payload["name"] == name


@pytest.mark.parametrize(
    ("change", "vat_number"),
    [
        pytest.param(tax_ids(("eu_vat", "FR1"), ("gb_vat", "GB1")), "FR1", id="first"),
        pytest.param(tax_ids(("us_ein", "12-3456789"), ("ch_vat", "CHE-1")), "CHE-1", id="no-income-tax"),
        pytest.param(tax_ids(("no_vat", "123MVA")), "123MVA", id="norway"),
        pytest.param(tax_ids(("in_gst", "12ABC")), "12ABC", id="gst"),
        pytest.param(tax_ids(("au_abn", "1")), "1", id="australia"),
        pytest.param(tax_ids(("ca_gst_hst", "2"), ("ca_qst", "3")), "2", id="canada"),
        pytest.param(tax_ids(("eu_vat", None), ("gb_vat", "GB1")), "GB1", id="value-withheld"),
        pytest.param(tax_ids(("us_ein", "12-3456789")), "", id="no-vat-number"),
        pytest.param(tax_ids(), "", id="no-tax-id"),
    ],
)
def test_vat_number(change, vat_number):
    """The first registration for VAT, GST or the like is the VAT number; other tax ids are not."""
    assert customers.to_upflow(FULL | change, Options()).payload["vatNumber"] == vat_number


def test_tax_ids_that_are_not_shown_change_nothing():
    """A listing that forgot to expand them must not wipe VAT numbers in silence."""
    mapped = customers.to_upflow({key: FULL[key] for key in FULL if key != "tax_ids"}, Options())

    assert "vatNumber" not in mapped.payload


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        pytest.param(None, NOWHERE, id="none"),
        pytest.param({"country": "FR"}, NOWHERE | {"country": "FR"}, id="country-only"),
        pytest.param({"line1": None, "line2": "Bât. B"}, NOWHERE | {"address": "Bât. B"}, id="line2-only"),
        pytest.param({"line1": "1 St", "line2": ""}, NOWHERE | {"address": "1 St"}, id="empty-second-line"),
        pytest.param(
            {"line1": "1", "line2": "2", "postal_code": "3", "city": "4", "state": "5", "country": "US"},
            {"address": "1, 2", "zipcode": "3", "city": "4", "state": "5", "country": "US"},
            id="complete",
        ),
    ],
)
def test_address_is_always_complete(address, expected):
    """Upflow wants every part of an address once there is one; what is missing is empty."""
    assert customers.to_upflow(FULL | {"address": address}, Options()).payload["address"] == expected


@pytest.mark.parametrize(
    "email",
    ["a@example.com", "o'neil+x_y.z-1@sub.example-1.co", "A1@EXAMPLE.COM"],
)
def test_email_is_the_main_contact(email):
    """Like Upflow's own connector, the customer's e-mail address is its one contact."""
    mapped = customers.to_upflow(FULL | {"email": email, "phone": None}, Options())

    assert mapped.payload["contacts"] == [{"externalId": f"{ID}:email", "email": email, "isMain": True}]
    assert mapped.notes == ()


@pytest.mark.parametrize(
    "email",
    [
        pytest.param("jürgen@example.com", id="accent"),
        pytest.param("a&b@example.com", id="ampersand"),
        pytest.param("a b@example.com", id="space"),
        pytest.param("a@b@example.com", id="two-at"),
        pytest.param("a@example", id="no-dot"),
        pytest.param("a@bücher.example", id="domain"),
        pytest.param("a..b@example.com", id="two-dots"),
        pytest.param("Ann <a&b@example.com>", id="display-name"),
        pytest.param("nobody", id="no-at"),
    ],
)
def test_email_that_upflow_refuses_costs_the_contact_only(email):
    """The customer arrives all the same; a note says what is missing, without the address itself."""
    mapped = customers.to_upflow(FULL | {"email": email}, Options())

    assert "contacts" not in mapped.payload
    assert mapped.notes == (f"{ID}: no contact, because Upflow does not accept such an email",)


@pytest.mark.parametrize("email", [None, "", " "])
def test_no_email_leaves_contacts_alone(email):
    """An empty list of contacts would remove those that Upflow has."""
    mapped = customers.to_upflow(FULL | {"email": email}, Options())

    assert "contacts" not in mapped.payload
    assert mapped.notes == ()


@pytest.mark.parametrize(
    ("options", "metadata", "parent"),
    [
        pytest.param(PARENTS, {"parent": "cus_G"}, "cus_G", id="given"),
        pytest.param(PARENTS, {"parent": " cus_G "}, "cus_G", id="trimmed"),
        pytest.param(PARENTS, {"parent": ""}, None, id="empty"),
        pytest.param(PARENTS, {"other": "cus_G"}, None, id="absent"),
        pytest.param(PARENTS, {}, None, id="no-metadata"),
        pytest.param(PARENTS, None, None, id="null-metadata"),
        pytest.param(Options(), {"parent": "cus_G"}, None, id="not-configured"),
    ],
)
def test_parent(options, metadata, parent):
    """The configured metadata key names the parent, which must be in Upflow first."""
    mapped = customers.to_upflow(FULL | {"metadata": metadata}, options)

    assert mapped.needs == ((Need("customers", parent),) if parent else ())
    assert mapped.payload.get("parent") == (parent and {"externalId": parent})


@pytest.mark.parametrize(
    ("parent", "problem"),
    [(ID, "names the customer itself"), ("Jane Doe <jane@example.com>", "is not the id of a customer")],
)
def test_a_parent_that_is_none_is_left_out(parent, problem):
    """The customer comes without it; the note names the metadata key and never what is in it."""
    mapped = customers.to_upflow(FULL | {"metadata": {"parent": parent}}, PARENTS)

    assert ("parent" in mapped.payload, mapped.needs) == (False, ())
    assert mapped.notes == (f"{ID}: no parent, because metadata.parent {problem}",)


@pytest.mark.parametrize("field", ["business_name", "individual_name"])
def test_a_business_name_is_a_name(field):
    """Before the e-mail address, and after the name."""
    assert customers.to_upflow(FULL | {"name": None, field: "Alder"}, Options()).payload["name"] == "Alder"
    assert customers.to_upflow(FULL | {"name": "Elm", field: "Alder"}, Options()).payload["name"] == "Elm"


def test_the_main_contact_has_the_name_before_its_address():
    """As people write it, such as ``Ann Lee <ann@example.com>``."""
    [contact] = customers.to_upflow(FULL | {"email": "Ann Lee <a@x.io>", "phone": None}, Options()).payload["contacts"]

    assert (contact["email"], contact["firstName"], contact["lastName"]) == ("a@x.io", "Ann", "Lee")


def test_of_two_addresses_the_first_is_the_main_contact():
    """What people put into one field; the note says that there are others, and not what they are."""
    mapped = customers.to_upflow(FULL | {"email": "no, a@x.io; b@x.io"}, Options())

    assert [each["email"] for each in mapped.payload["contacts"]] == ["a@x.io"]
    assert mapped.notes == (f"{ID}: the first address in email is the main contact; the others are left out",)


def test_deleted_customer_is_skipped():
    """Of a deleted customer Stripe keeps the id only."""
    deleted = {"id": ID, "object": "customer", "deleted": True}

    assert customers.to_upflow(deleted, Options()) == Skip("deleted in Stripe")


def test_snapshot_equals_the_customer_it_was_taken_of():
    """What an invoice recorded makes the same customer, as long as nothing changed since."""
    change = {"phone": None, "metadata": {}, "address": OPEN["customer_address"]}

    assert customers.from_invoice(OPEN, Options()) == customers.to_upflow(FULL | change, Options())


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param({"customer_name": None}, {"name": "billing+fr@example.com"}, id="email-instead"),
        pytest.param({"customer_name": None, "customer_email": None}, {"name": ID}, id="id-instead"),
        pytest.param({"customer_address": None}, {"address": NOWHERE}, id="no-address"),
        pytest.param({"customer_tax_ids": None}, {"vatNumber": ""}, id="no-tax-ids"),
        pytest.param({"customer": None, "customer_account": "acct_1"}, {"externalId": "acct_1"}, id="v2"),
    ],
)
def test_snapshot(change, expected):
    """A customer deleted in Stripe, or an account of Accounts v2, lives on in its invoices."""
    mapped = customers.from_invoice(OPEN | change, Options())

    assert mapped.payload | expected == mapped.payload
    assert mapped.customer == mapped.payload["externalId"]
    assert mapped.needs == ()


def test_snapshot_without_any_customer_is_rejected():
    """An invoice that names nobody cannot be anybody's."""
    with pytest.raises(MappingError, match=f"^{OPEN['id']}: customer is missing$"):
        customers.from_invoice(OPEN | {"customer": None}, Options())


@given(change=records)
def test_no_contact_that_upflow_would_refuse(change):
    """Every address that is sent has only the characters that Upflow documents."""
    allowed = set(string.ascii_letters + string.digits + "+_'.-@")

    for contact in customers.to_upflow(FULL | change, PARENTS).payload.get("contacts", ()):
        assert set(contact["email"]) <= allowed
        assert contact["email"].count("@") == 1
