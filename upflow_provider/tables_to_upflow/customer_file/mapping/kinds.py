"""
The kinds of files and their columns. Pure.

Titles and flags are those of Upflow's pages on the customer file, on the contact file and on the payment file
(https://docs.upflow.io).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal, NamedTuple

Kind = Literal["customers", "contacts", "assignments", "payments"]
"""What a file holds."""


class Part(StrEnum):
    """The parts of Upflow's page that columns belong to; the values are the words of messages."""

    IDENTITY = "customers by name and ID"
    DETAILS = "details"
    CONTACTS = "contacts"
    ASSIGNMENT = "account managers and workflows"
    FIELDS = "custom fields"
    PAYMENTS = "payments"


class FileColumn(NamedTuple):
    """
    A column that files may have.

    Attributes:
        name: Name of what it fills.
        title: What Upflow's page calls it.
        part: The part of the page that it belongs to.
        aliases: Other names that people give it.
    """

    name: str
    title: str
    part: Part
    aliases: tuple[str, ...] = ()


EXTERNAL_ID = FileColumn(
    "externalId", "Customer ID", Part.IDENTITY, ("External ID", "Client ID", "Client ID (External ID)", "ID")
)
NAME = FileColumn("name", "Customer name", Part.IDENTITY, ("Name", "Client name", "Company name", "Customer"))
PARENT_NAME = FileColumn("parentName", "Parent name", Part.DETAILS, ("Parent customer name", "Parent"))
PARENT_ID = FileColumn(
    "parentId", "Parent ID", Part.DETAILS, ("Parent customer ID", "Parent external ID", "Parent ID (External ID)")
)
MANAGER = FileColumn(
    "accountManager",
    "Account manager",
    Part.ASSIGNMENT,
    ("Account managers", "Account manager email", "Account manager email address", "Assigned user", "Assigned users"),
)
WORKFLOW = FileColumn("workflow", "Workflow", Part.ASSIGNMENT, ("Assigned workflow", "Workflow name"))
EMAIL = FileColumn(
    "email", "Contact email address", Part.CONTACTS, ("Contact email", "Email", "Email address", "E-mail address")
)
POSITION = FileColumn("position", "Position", Part.CONTACTS, ("Contact position",))
MAIN = FileColumn("isMain", "Main contact", Part.CONTACTS, ("Is main contact", "Main"))

COLUMNS = (
    NAME,
    EXTERNAL_ID,
    FileColumn("accountingRef", "Accounting code", Part.DETAILS, ("Accounting reference", "Accounting ref")),
    FileColumn("vatNumber", "VAT number", Part.DETAILS, ("VAT", "VAT ID", "Tax number")),
    FileColumn("address", "Address", Part.DETAILS, ("Street", "Street address")),
    FileColumn("zipcode", "Postal code", Part.DETAILS, ("ZIP", "ZIP code", "Postcode")),
    FileColumn("city", "Town", Part.DETAILS, ("City",)),
    FileColumn("state", "State/Region", Part.DETAILS, ("State", "Region")),
    FileColumn("country", "Country", Part.DETAILS),
    PARENT_NAME,
    PARENT_ID,
    MANAGER,
    WORKFLOW,
    EMAIL,
    FileColumn("firstName", "First name", Part.CONTACTS, ("Contact first name",)),
    FileColumn("lastName", "Family name", Part.CONTACTS, ("Last name", "Surname", "Contact last name")),
    FileColumn("phone", "Phone number", Part.CONTACTS, ("Phone", "Contact phone number")),
    POSITION,
    MAIN,
    FileColumn("paymentReference", "paymentReference", Part.PAYMENTS, ("Reference", "Payment ID")),
    FileColumn("paymentDate", "paymentDate", Part.PAYMENTS, ("Date",)),
    FileColumn("amount", "amount", Part.PAYMENTS),
    FileColumn("currency", "currency", Part.PAYMENTS),
    FileColumn("invoiceReference", "invoiceReference", Part.PAYMENTS, ("Invoice", "Invoice number")),
    FileColumn("paymentMethod", "paymentMethod", Part.PAYMENTS, ("Method",)),
)
"""Every column of every kind, in the order of the pages."""

ADDRESS = ("address", "zipcode", "city", "state", "country")
"""The cells that make up an address."""
TEXTS = ("vatNumber", "accountingRef")
"""Details that are texts of their own."""
CONTACT_TEXTS = ("firstName", "lastName", "phone", "position")
"""What a contact has beside its address."""

PARTS: Mapping[Kind, frozenset[Part]] = {
    "customers": frozenset({Part.IDENTITY, Part.DETAILS, Part.CONTACTS, Part.ASSIGNMENT, Part.FIELDS}),
    "contacts": frozenset({Part.IDENTITY, Part.CONTACTS}),
    "assignments": frozenset({Part.IDENTITY, Part.ASSIGNMENT}),
    "payments": frozenset({Part.IDENTITY, Part.PAYMENTS}),
}
"""The parts that a kind of file has; columns of others are ignored."""

REQUIRED: Mapping[Kind, tuple[tuple[str, ...], ...]] = {
    "customers": (("name",),),
    "contacts": (("externalId", "name"), ("email",)),
    "assignments": (("externalId",),),
    "payments": (("paymentReference",), ("paymentDate",), ("amount",), ("currency",)),
}
"""The columns that a kind of file must have, each with those that do as well."""

TITLES = {each.name: each.title for each in COLUMNS}
"""What Upflow's pages call each column, by its name."""
