"""The page on custom fields: its example is valid, and its table of native fields is that of the code."""

from tests.docs.tables import example, table
from upflow_provider.settings import read_organizations
from upflow_provider.stripe_to_upflow.mapping.native_fields import NATIVE_FIELDS


def test_the_example_is_valid(tmp_path):
    """It declares fields of all records that have some."""
    (tmp_path / "organizations.yaml").write_text(example("yaml", "docs/custom-fields.md"), encoding="utf-8")
    (entry,) = read_organizations(tmp_path / "organizations.yaml")

    assert entry.problem is None
    assert all(map(entry.organization.custom_fields.of, ("customers", "invoices", "payments")))


def test_the_table_has_a_row_for_each_native_field():
    """With its source, the permissions that it needs, and the events after which it is read again."""

    def quoted(names):
        return ", ".join(f"`{each}`" for each in names)

    assert table("native fields") == [
        [each.name, each.stream, each.source, quoted(each.reads), quoted(each.events)] for each in NATIVE_FIELDS
    ]
