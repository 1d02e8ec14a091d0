"""organizations.yaml: settings that are wrong are named with line, value, reason and remedy."""

import pytest

from tests.settings.reading import read
from upflow_provider.clients.salesforce.account_match import Match
from upflow_provider.settings import Entry, Organization


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
          acme:
            time_zone: Mars/Olympus
            treads: 4
            threads: 9
        """,
    )

    assert entries[0] == Entry(Organization(time_zone="Europe/Paris", max_rejected=3))
    assert entries[1].organization.name == "acme"
    assert entries[1].problem == (
        "organizations.yaml, organization 'acme': line 5: time_zone: is 'Mars/Olympus', but must be a time zone of "
        "the IANA database, such as Europe/Paris; line 6: treads: is unknown; did you mean 'threads'?; line 7: "
        "threads: is 9, but must be at most 5"
    )


def test_what_goes_to_salesforce_is_checked_in_one_go(tmp_path):
    """Names of fields are those of the docs, API names are names; everything wrong is named."""
    (good, bad) = read(
        tmp_path,
        """
        organizations:
          default:
            salesforce: {match: {salesforce: Billing_Id__c}, fields: {due: Due__c}, custom_fields: {VIP: Vip__c}}
          acme:
            upflow_conn_id: upflow_acme
            salesforce:
              match: {upflow: name, salesforce: Id}
              fields: {owes: Due__c, due: "Due c"}
              api_reserve: 1.5
        """,
    )

    export = good.organization.salesforce
    assert (export.fields, export.custom_fields) == ({"due": "Due__c"}, {"VIP": "Vip__c"})
    assert (export.match, export.conn_id) == (Match(salesforce="Billing_Id__c"), "salesforce_default")
    for says in (
        "salesforce.match.upflow",
        "salesforce.fields.owes",
        "is 'owes', but must be a value that Upflow has; known names: average_payment_delay",
        "api_reserve",
    ):
        assert says in bad.problem
    assert "salesforce.fields.due" in bad.problem


def test_dag_ids_of_other_organizations_end_in_their_name():
    """The default organization keeps the plain ids."""
    ids = [Organization(name=name).dag_id("stripe_to_upflow_sync") for name in ("default", "acme")]

    assert ids == ["stripe_to_upflow_sync", "stripe_to_upflow_sync.acme"]


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("{time_zone: UTC,\n    time_zone: Europe/Paris}", "lines 2 and 3: time_zone appears 2 times; keep one"),
        (
            "{salesforce: {match: {salesforce: X__c}, fields: {due: A__c,\n    due: B__c}}}",
            "lines 2 and 3: salesforce.fields.due",
        ),
        ("{currency_decimals: {ISK: 2, ISK: 0}}", "line 2: currency_decimals.ISK appears 2 times"),
        ("{threads: true}", "line 2: threads: is true, but must be a whole number"),
        ("{threads: '2'}", "line 2: threads: is '2', but must be a whole number"),
        ("{threads: 6}", "line 2: threads: is 6, but must be at most 5"),
        ("{threads: 0}", "line 2: threads: is 0, but must be at least 1"),
        ("{max_rejected: 1.5}", "line 2: max_rejected: is 1.5, but must be a whole number"),
        ("{lag_s: soon}", "line 2: lag_s: is 'soon', but must be a number"),
        ("{live: 'yes'}", "line 2: live: is 'yes', but must be true or false"),
        ("{time_zone: 2026-01-01}", "line 2: time_zone: must be text"),
        ("{upflow_conn_id: ''}", "line 2: upflow_conn_id: is empty"),
        ("{links: inlin}", "line 2: links: is 'inlin', but must be 'inline' or 'reconcile'"),
        (
            "{currency_decimals: {isk: 2}}",
            "line 2: currency_decimals.isk: is 'isk', but must be a currency code in capitals",
        ),
        ("{currency_decimals: [ISK]}", "line 2: currency_decimals: must be a mapping"),
        ("{upflow_con_id: x}", "line 2: upflow_con_id: is unknown; did you mean 'upflow_conn_id'?"),
        ("{Live: true}", "line 2: Live: is unknown; did you mean 'live'?"),
        ("{name: other}", "line 2: name: is unknown; an entry's key is its name"),
        ("{1: 2}", "line 2: 1: "),
        (
            "{salesforce: {match: {salesforce: X__c}, bulkfrom: 3}}",
            "salesforce.bulkfrom: is unknown; did you mean 'bulk_from'?",
        ),
        (
            "{salesforce: {match: {salesforc: X__c}}}",
            "salesforce.match.salesforc: is unknown; did you mean 'salesforce'?",
        ),
        (
            "{salesforce: {match: {salesforce: X__c}, clear: X__c}}",
            "line 2: salesforce.clear: is 'X__c', but must be a list",
        ),
        ("{salesforce: 5}", "line 2: salesforce: is 5, but must be a mapping"),
        ("{time_zone: !!python/name:os.system ''}", "line 2: this is not YAML that can be read"),
        ("&a {salesforce: *a}", "line 2: salesforce"),
        ("{time_zone: {{ tz }}}", "line 2: a brace or bracket where a name is needed"),
        ("{time_zone: europe/paris}", "line 2: time_zone: is 'europe/paris', but must be a time zone"),
        ("{time_zone: europe/paris}", "did you mean 'Europe/Paris'?"),
        ("{time_zone: }", "line 2: time_zone: is null, but must be text"),
        ("{parent_metadata_key: 2026-99-01}", "line 2: a value reads as a date but is none"),
        ("{parent_metadata_key: !env KEY}", "a tag (!) is not allowed here"),
        (
            "{currency_decimals: {IKS: 0}}",
            "currency_decimals.IKS: is 'IKS', but must be a currency code of ISO 4217",
        ),
        (
            "{upflow_conn_id: ' acme'}",
            "upflow_conn_id: is ' acme', but must be the id of an Airflow connection, without",
        ),
        ("{salesforce: {match: {salesforce: Id}}}", "line 2: salesforce: maps nothing"),
        (
            "{salesforce: {match: {salesforce: Id}, fields: {due: A__c, overdue: a__c}}}",
            "A__c, a__c: named more than once",
        ),
        (
            "{salesforce: {match: {salesforce: K__c}, fields: {due: K__c}}}",
            "line 2: salesforce: K__c: named more than once",
        ),
        ("{salesforce: {match: {salesforce: Id}, fields: {due: K__c}, clear: [K__c]}}", "K__c: named more than once"),
        (
            "{salesforce: {match: {salesforce: Id}, clear: [K__c], bulk_from: true}}",
            "bulk_from: is true, but must be a whole",
        ),
        ("{salesforce: {match: {salesforce: Id}, fields: {ovredue: K__c}}}", "did you mean 'overdue'?"),
    ],
)
def test_what_is_not_understood_is_refused_with_its_line(tmp_path, entry, says):
    """Nothing is skipped, replaced or converted in silence."""
    (found,) = read(tmp_path, f"organizations:\n  default: {entry}\n")

    assert says in found.problem


def test_settings_may_be_shared_by_merge_keys(tmp_path):
    """YAML's own way of saying things once; what an entry says itself goes first, and nothing counts as repeated."""
    first, second, third = read(
        tmp_path,
        """
        organizations:
          default: &usual {time_zone: Europe/Paris, threads: 3}
          acme: &acme {<<: *usual, threads: 4, upflow_conn_id: u, stripe_conn_id: s}
          third: {<<: *acme, upflow_conn_id: u3, stripe_conn_id: s3}
        """,
    )

    assert [each.problem for each in (first, second, third)] == [None] * 3
    assert [each.organization.threads for each in (first, second, third)] == [3, 4, 4]
    assert third.organization.time_zone == "Europe/Paris"


@pytest.mark.parametrize(
    "zone", ["localtime", "posixrules", "Factory", "posix/Europe/Paris", "right/UTC", "EST5EDT", "../../etc/passwd", ""]
)
def test_a_zone_that_may_differ_from_host_to_host_is_refused(tmp_path, zone):
    """UTC, or area and place."""
    [entry] = read(tmp_path, f"organizations:\n  default:\n    time_zone: '{zone}'\n")

    assert "time_zone" in entry.problem
    assert "must be a time zone of the IANA database" in entry.problem


@pytest.mark.parametrize("zone", ["UTC", "Europe/Paris", "America/Argentina/Buenos_Aires", "Etc/GMT+1"])
def test_area_and_place_name_a_zone(tmp_path, zone):
    """On every host the same."""
    [entry] = read(tmp_path, f"organizations:\n  default:\n    time_zone: {zone}\n")

    assert (entry.problem, entry.organization.time_zone) == (None, zone)


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("max_rejected: 1:30", "max_rejected: '1:30' is 90 to YAML"),
        ("threads: 02", "threads: '02' is 2 to YAML"),
        ("threads: 0x2", "threads: '0x2' is 2 to YAML"),
        ("max_rejected: 1_000", "max_rejected: '1_000' is 1000 to YAML"),
        ("lag_s: 1:30.5", "lag_s: '1:30.5' is 90.5 to YAML"),
        ("currency_decimals: {ISK: 02}", "currency_decimals.ISK: '02' is 2 to YAML"),
    ],
)
def test_a_number_that_yaml_reads_otherwise_than_people_is_refused(tmp_path, setting, says):
    """With the value and what YAML makes of it."""
    [entry] = read(tmp_path, f"organizations:\n  default:\n    {setting}\n")

    assert f"line 3: {says}; write the number that you mean" in entry.problem


@pytest.mark.parametrize("setting", ["lag_s: 1e2", "lag_s: 90", "lag_s: 1.5", "max_rejected: 0", "threads: '2'"])
def test_a_plain_number_is_accepted(tmp_path, setting):
    """As it was."""
    [entry] = read(tmp_path, f"organizations:\n  default:\n    {setting}\n")

    assert "to YAML" not in (entry.problem or "")


@pytest.mark.parametrize(
    ("setting", "says", "lacks"),
    [
        ("write_back: {kinds: [Portal]}", "kinds", "at least"),
        ("write_back: {kinds: []}", "write_back.kinds: must have at least 1 of them", "Tuple"),
        ('parent_metadata_key: "\\uD83D"', "has half a character", "unicode string"),
    ],
)
def test_problems_are_in_our_words(tmp_path, setting, says, lacks):
    """And the consequence of another one is left out."""
    [entry] = read(tmp_path, f"organizations:\n  default:\n    {setting}\n")

    assert says in entry.problem
    assert lacks not in entry.problem
