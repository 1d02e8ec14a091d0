"""organizations.yaml, part `custom_fields`: what is wrong is named with its line, the reason and what was meant."""

import pytest

from tests.settings.reading import read
from upflow_provider.records.custom_fields import CustomField

GOOD = """
organizations:
  default:
    custom_fields:
      customers:
        - {metadata: tier, field: Tier, type: SELECT, allow_new_options: true}
        - {native: Tax exempt, field: Tax}
        - {metadata: all, max_fields: 5, except: [internal]}
      invoices:
        - {metadata: po, field: Tier}
"""


def test_a_field_is_declared_with_its_source(tmp_path):
    """A key of metadata or a native field, and what Upflow calls the field; the same name may be used elsewhere."""
    (entry,) = read(tmp_path, GOOD)
    fields = entry.organization.custom_fields
    tier, tax, every = fields.customers

    assert tier.declaration("customers") == (CustomField("Tier", "SELECT", allow_new_options=True), "tier")
    assert tax.declaration("customers").source.name == "Tax exempt"
    assert (every.is_every_key, every.max_fields, every.except_keys) == (True, 5, ("internal",))
    assert [each.name for each in fields.native_fields] == ["Tax exempt"]
    assert (fields.is_any, len(fields.of("invoices")), fields.of("refunds")) == (True, 1, ())


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        (
            "{native: Tax exmpt, field: T}",
            "native: is 'Tax exmpt', but must be a native field of customers in Stripe; did",
        ),
        ("{native: Tax exmpt, field: T}", "did you mean 'Tax exempt'?"),
        ("{metadata: a, field: A, type: STRING}", "type: is 'STRING', but must be 'TEXT', 'NUMBER', 'DATE', "),
        ("{metadata: a, field: A, allow_new_option: true}", "is unknown; did you mean 'allow_new_options'?"),
        ("{metadata: a}", "customers.0: field is missing: the name of the custom field in Upflow"),
        ("{field: A}", "customers.0: must have either metadata, with a key, or native"),
        ("{metadata: a, native: Sources, field: A}", "customers.0: must have either metadata, with a key, or native"),
        ("{metadata: all, field: A}", "customers.0: metadata: all makes text fields that are named like the keys"),
        ("{metadata: all, type: DATE}", "customers.0: metadata: all makes text fields that are named like the keys"),
        ('{metadata: a, field: "A "}', "field: is 'A ', but must have no blank at its beginning or end, and no line"),
        (r'{metadata: a, field: "A\tB"}', "must have no blank at its beginning or end, and no line break"),
        ("{metadata: a, field: A, except: [b]}", "customers.0: except is for metadata: all only"),
        ("{metadata: all, exept: [b]}", "exept: is unknown; did you mean 'except'?"),
        ("{metadata: a, field: A, max_fields: 3}", "customers.0: max_fields is for metadata: all only"),
        (f"{{metadata: {'k' * 41}, field: A}}", "must have at most 40 characters"),
        ("{metadata: a, field: A}\n        - {metadata: b, field: a}", "A, a: named more than once"),
        ("{metadata: all}\n        - {metadata: all}", "metadata: all: named more than once"),
        ("A", "customers.0: is 'A', but must be a mapping"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, entry, says):
    """With the line of the entry, not only that of the list."""
    text = f"organizations:\n  default:\n    custom_fields:\n      customers:\n        - {entry}\n"
    (found,) = read(tmp_path, text)

    assert says in found.problem
    assert "line 4" in found.problem or "line 5" in found.problem


def test_a_native_field_of_other_records_is_none_of_these(tmp_path):
    """Invoices have a description, and no sources."""
    text = "organizations: {default: {custom_fields: {invoices: [{native: Sources, field: A}]}}}"
    (found,) = read(tmp_path, text)

    assert "must be a native field of invoices in Stripe; known names: Description" in found.problem
