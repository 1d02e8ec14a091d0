"""organizations.yaml: broken entries speak for themselves and leave the others alone."""

import pytest

from upflow_provider.settings import Entry, Organization, read_organizations
from upflow_provider.upflow_to_salesforce.settings import Match


def read(tmp_path, text):
    """Read *text* as the file."""
    path = tmp_path / "organizations.yaml"
    path.write_text(text, encoding="utf-8")
    return read_organizations(path)


def test_an_empty_entry_means_the_defaults(tmp_path):
    """An organization may say nothing but its name."""
    entries = read(tmp_path, "organizations:\n  default:\n")

    assert entries == [Entry(Organization())]


def test_each_entry_is_validated_for_itself(tmp_path):
    """A typo in one organization does not take the others down."""
    entries = read(
        tmp_path,
        """
        organizations:
          default: {time_zone: Europe/Paris, max_rejected: 3}
          acme: {time_zone: Mars/Olympus, treads: 4, threads: 9}
        """,
    )

    assert entries[0] == Entry(Organization(time_zone="Europe/Paris", max_rejected=3))
    assert entries[1].organization.name == "acme"
    assert "organizations.yaml, organization 'acme'" in entries[1].problem
    assert "time_zone: is not a time zone of the IANA database" in entries[1].problem
    assert "treads: Extra inputs are not permitted" in entries[1].problem
    assert "threads: Input should be less than or equal to 5" in entries[1].problem


def test_what_goes_to_salesforce_is_checked_in_one_go(tmp_path):
    """Names of fields are those of the docs, API names are names; everything wrong is named."""
    (good, bad) = read(
        tmp_path,
        """
        organizations:
          default:
            salesforce: {match: {salesforce: Billing_Id__c}, fields: {due: Due__c}, custom_fields: {VIP: Vip__c}}
          acme:
            salesforce:
              match: {upflow: name, salesforce: Id}
              fields: {owes: Due__c, due: "Due c"}
              api_reserve: 1.5
        """,
    )

    export = good.organization.salesforce
    assert (export.fields, export.custom_fields) == ({"due": "Due__c"}, {"VIP": "Vip__c"})
    assert (export.match, export.conn_id) == (Match(salesforce="Billing_Id__c"), "salesforce_default")
    for says in ("salesforce.match.upflow", "salesforce.fields.owes", "is none of outstanding", "api_reserve"):
        assert says in bad.problem
    assert "salesforce.fields.due" in bad.problem


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("organizations: [", "line 1: this is not YAML", id="no-yaml"),
        pytest.param("organisations: {}", "expected 'organizations:'", id="other-key"),
        pytest.param("organizations: {}", "expected 'organizations:'", id="empty"),
        pytest.param("- default", "expected 'organizations:'", id="list"),
    ],
)
def test_a_file_that_cannot_be_read_says_so_in_one_broken_entry(tmp_path, text, says):
    """There is always an entry, so that a DAG exists to show the problem."""
    (entry,) = read(tmp_path, text)

    assert entry.organization == Organization()
    assert says in entry.problem


def test_a_missing_file_says_so(tmp_path):
    """The reason of the operating system is named."""
    (entry,) = read_organizations(tmp_path / "organizations.yaml")

    assert entry.problem == "organizations.yaml cannot be read: No such file or directory"


@pytest.mark.parametrize("settings", ["5", "[1]", "text"])
def test_an_entry_that_is_no_mapping_is_broken(tmp_path, settings):
    """Settings must be a mapping."""
    (entry,) = read(tmp_path, f"organizations:\n  acme: {settings}\n")

    assert entry.problem == (
        "organizations.yaml, organization 'acme': expected settings, such as 'time_zone: Europe/Paris'"
    )


def test_a_name_that_no_dag_id_can_hold_is_broken_but_still_recognisable(tmp_path):
    """The DAG that shows the problem has an id as close to the name as can be."""
    (entry,) = read(tmp_path, "organizations:\n  'A/B & C': {}\n")

    assert entry.organization.name == "A_B___C"
    assert "name: String should match pattern" in entry.problem


def test_dag_ids_of_other_organizations_end_in_their_name():
    """The default organization keeps the plain ids."""
    ids = [Organization(name=name).dag_id("stripe_to_upflow_sync") for name in ("default", "acme")]

    assert ids == ["stripe_to_upflow_sync", "stripe_to_upflow_sync.acme"]


def test_a_broken_name_never_takes_the_place_of_another_organization(tmp_path):
    """Two names that a DAG id holds alike: the healthy one keeps its DAGs, the broken one says what is wrong."""
    entries = read(tmp_path, "organizations: {a_b: {}, 'a b': {}}")

    assert [(entry.organization.name, entry.problem is None) for entry in entries] == [("a_b", True), ("a_b_2", False)]


@pytest.mark.parametrize("name", ["null", "12", "true"])
def test_a_name_that_is_not_text_is_broken(tmp_path, name):
    """YAML reads it as something else; quotes help."""
    [entry] = read(tmp_path, f"organizations: {{{name}: {{}}}}")

    assert "put it into quotes" in entry.problem
