"""organizations.yaml, part `additional_contacts`: in short and in full, and what is wrong with it."""

import pytest

from tests.settings.reading import read
from upflow_provider.records.contacts import ContactSource
from upflow_provider.settings import Organization

DEFAULTS = (
    ContactSource("additional_emails_to", "Additional emails to"),
    ContactSource("additional_emails_cc", "Additional emails cc"),
)


def entry(tmp_path, setting):
    """Return the entry of an organization with the setting."""
    [found] = read(tmp_path, f"organizations:\n  default:\n    additional_contacts: {setting}\n")
    return found


@pytest.mark.parametrize(
    ("setting", "way", "sources"),
    [
        ("fields", "fields", DEFAULTS),
        ("contacts", "contacts", DEFAULTS),
        ("{}", "fields", DEFAULTS),
        ("", "fields", ()),
    ],
)
def test_the_ways_in_short(tmp_path, setting, way, sources):
    """Upflow's own names of fields, and metadata keys of these names; nothing without the setting."""
    options = entry(tmp_path, setting).organization.options

    assert (options.contacts_way, options.contact_sources) == (way, sources)
    assert Organization().options.contact_sources == ()


def test_the_setting_in_full(tmp_path):
    """Keys, fields and positions of one's own, and how many customers may lose contacts."""
    found = entry(
        tmp_path,
        "{way: contacts, losses_per_day: 7, sources: [{metadata: copy, field: Copies, position: Käufer},\n"
        "      {metadata: to, field: To}]}",
    ).organization

    assert found.options.contact_sources == (ContactSource("copy", "Copies", "Käufer"), ContactSource("to", "To"))
    assert found.contacts.losses_per_day == 7
    assert found.sync_settings["additional_contacts"]["way"] == "contacts"


def test_a_field_has_one_source(tmp_path):
    """Addresses are not written to a field that something else fills; as contacts, they need no field."""
    says = "is 'fields', but must write to fields of their own; 'Additional emails to' is in custom_fields, too"
    custom_fields = "    custom_fields: {customers: [{metadata: x, field: additional emails To}]}\n"
    [fields, contacts] = [
        read(tmp_path, f"organizations:\n  default:\n    additional_contacts: {way}\n{custom_fields}")[0]
        for way in ("fields", "contacts")
    ]

    assert says in fields.problem
    assert [each.field for each in contacts.organization.declared_fields.customers] == ["additional emails To"]
    declared = Organization(additional_contacts="fields").declared_fields
    assert [each.field for each in declared.customers] == ["Additional emails to", "Additional emails cc"]


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("field", "line 3: additional_contacts.way: is 'field', but must be 'fields' or 'contacts'"),
        ("[fields]", "line 3: additional_contacts: must be a mapping"),
        ("{losses: 5}", "line 3: additional_contacts.losses: is unknown"),
        ("{losses_per_day: -1}", "line 3: additional_contacts.losses_per_day: is -1, but must be at least 0"),
        (
            "{sources: [{metadata: to, field: A, position: Payer}]}",
            "additional_contacts: position is for way: contacts only, because Upflow makes the contacts of fields",
        ),
        ('{sources: [{metadata: to, field: "A "}]}', "field: is 'A ', but must have no blank at its beginning or end"),
        ("{sources: [{metadata: to}]}", "field: is missing"),
        (
            "{sources: [{metadata: to, field: A}, {metadata: TO, field: B}]}",
            "line 3: additional_contacts.sources: must name each metadata once; 'TO', 'to' is named more than once",
        ),
        (
            "{sources: [{metadata: to, field: A}, {metadata: cc, field: a}]}",
            "must name each field once; 'A', 'a' is named more than once",
        ),
    ],
)
def test_what_is_wrong_is_named(tmp_path, setting, says):
    """With its line and the remedy."""
    assert says in entry(tmp_path, setting).problem
