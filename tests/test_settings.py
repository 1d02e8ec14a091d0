"""organizations.yaml: broken entries speak for themselves and leave the others alone."""

import re

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
          acme:
            time_zone: Mars/Olympus
            treads: 4
            threads: 9
        """,
    )

    assert entries[0] == Entry(Organization(time_zone="Europe/Paris", max_rejected=3))
    assert entries[1].organization.name == "acme"
    assert entries[1].problem == (
        "organizations.yaml, organization 'acme': line 5: time_zone: is not a time zone of the IANA database, such as "
        "Europe/Paris; line 6: treads: is unknown; did you mean 'threads'?; line 7: threads: must be at most 5, "
        "but is 9"
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
    for says in ("salesforce.match.upflow", "salesforce.fields.owes", "is none of outstanding", "api_reserve"):
        assert says in bad.problem
    assert "salesforce.fields.due" in bad.problem


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("organizations: [", "line 1: this is not YAML that can be read: expected the node", id="no-yaml"),
        pytest.param("organizations:\n\tdefault: {}", "line 2: .* a tab; indent with spaces", id="tab"),
        pytest.param("organizations: {}\n---\n{}", "line 2: .* two documents", id="documents"),
        pytest.param("organizations: \0", "special characters are not allowed", id="nul"),
        pytest.param(
            "organisations: {}", "line 1: 'organisations' is unknown; did you mean 'organizations'?", id="key"
        ),
        pytest.param("organizations: {default: {}}\nowner: me", "line 2: 'owner' is unknown", id="another-key"),
        pytest.param("organizations: {a: {}}\norganizations: {b: {}}", "lines 1 and 2: .* 2 times", id="twice"),
        pytest.param("organizations: {}", "line 1: no entry; expected 'organizations:'", id="no-entry"),
        pytest.param("organizations:", "line 1: no entry; expected 'organizations:'", id="nothing"),
        pytest.param("organizations: [default]", "line 1: a list", id="list-of-names"),
        pytest.param("organizations: {? [a] : {}}", "line 1: a name is needed", id="list-as-name"),
        pytest.param("", "line 1: it is empty; expected 'organizations:'", id="empty"),
        pytest.param("- default", "line 1: a list", id="list"),
        pytest.param("default", "line 1: text", id="text"),
    ],
)
def test_a_file_that_cannot_be_read_says_so_in_one_broken_entry(tmp_path, text, says):
    """There is always an entry, so that a DAG exists to show the problem."""
    (entry,) = read(tmp_path, text)

    assert entry.organization == Organization()
    assert re.search(says.replace("?", r"\?"), entry.problem)


def test_another_encoding_is_named(tmp_path):
    """Windows' editors may save in one."""
    (tmp_path / "organizations.yaml").write_bytes("organizations: {caf\u00e9: {}}".encode("latin-1"))

    assert read_organizations(tmp_path / "organizations.yaml")[0].problem.endswith("not UTF-8; save it as UTF-8")


def test_a_missing_file_says_so(tmp_path):
    """The reason of the operating system is named."""
    (entry,) = read_organizations(tmp_path / "organizations.yaml")

    assert entry.problem == "organizations.yaml cannot be read: No such file or directory"


@pytest.mark.parametrize("settings", ["5", "[1]", "text"])
def test_an_entry_that_is_no_mapping_is_broken(tmp_path, settings):
    """Settings must be a mapping."""
    (entry,) = read(tmp_path, f"organizations:\n  acme: {settings}\n")

    assert entry.problem == (
        "organizations.yaml, organization 'acme': line 2: expected settings, such as 'time_zone: Europe/Paris'"
    )


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("A/B & C", "A_B___C.broken"),
        ("acme.corp", "acme_corp.broken"),
        ("\u00e9t\u00e9", "_t_.broken"),
        ("a" * 41, "a" * 40 + ".broken"),
        ("", "unnamed.broken"),
    ],
)
def test_a_name_that_no_dag_id_can_hold_is_broken_but_still_recognisable(tmp_path, name, shown):
    """The DAG that shows the problem has an id as close to the name as can be."""
    (entry,) = read(tmp_path, f"organizations:\n  '{name}': {{}}\n")

    assert entry.organization.name == shown
    assert "line 2: name: takes letters, digits, _ and - only" in entry.problem


def test_dag_ids_of_other_organizations_end_in_their_name():
    """The default organization keeps the plain ids."""
    ids = [Organization(name=name).dag_id("stripe_to_upflow_sync") for name in ("default", "acme")]

    assert ids == ["stripe_to_upflow_sync", "stripe_to_upflow_sync.acme"]


ACME = "acme_corp: {upflow_conn_id: u, stripe_conn_id: s}"


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 1, 0)])
def test_a_broken_name_never_takes_the_place_of_another_organization(tmp_path, order):
    """Whatever the order: the healthy one keeps its DAGs; broken ones that an id holds alike say it together."""
    lines = [ACME, "'acme corp': {}", "'acme.corp': {}"]
    entries = read(tmp_path, "organizations:\n" + "".join(f"  {lines[each]}\n" for each in order))
    good, broken = sorted(entries, key=lambda entry: entry.organization.name)

    assert (good.organization.name, good.problem) == ("acme_corp", None)
    assert broken.organization.name == "acme_corp.broken"
    assert "'acme corp'" in broken.problem
    assert "'acme.corp'" in broken.problem
    assert good.peers == broken.peers == (good.organization,)


@pytest.mark.parametrize("name", ["null", "12", "true", "no", "1.5", "2026-01-01"])
def test_a_name_that_is_not_text_is_broken(tmp_path, name):
    """YAML reads it as something else; quotes help."""
    [entry] = read(tmp_path, f"organizations: {{{name}: {{}}}}")

    assert "line 1: its name is not text; put it into quotes" in entry.problem
    assert entry.organization.name.endswith(".broken")


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("{time_zone: UTC,\n    time_zone: Europe/Paris}", "lines 2 and 3: time_zone stands 2 times; keep one"),
        (
            "{salesforce: {match: {salesforce: X__c}, fields: {due: A__c,\n    due: B__c}}}",
            "lines 2 and 3: salesforce.fields.due",
        ),
        ("{currency_decimals: {ISK: 2, ISK: 0}}", "line 2: currency_decimals.ISK stands 2 times"),
        ("{threads: true}", "line 2: threads: must be a whole number, but is True"),
        ("{threads: '2'}", "line 2: threads: must be a whole number, but is '2'"),
        ("{threads: 6}", "line 2: threads: must be at most 5, but is 6"),
        ("{threads: 0}", "line 2: threads: must be at least 1, but is 0"),
        ("{max_rejected: 1.5}", "line 2: max_rejected: must be a whole number, but is 1.5"),
        ("{lag_s: soon}", "line 2: lag_s: must be a number, but is 'soon'"),
        ("{live: 'yes'}", "line 2: live: must be true or false, but is 'yes'"),
        ("{time_zone: 2026-01-01}", "line 2: time_zone: must be text"),
        ("{upflow_conn_id: ''}", "line 2: upflow_conn_id: is empty"),
        ("{links: inlin}", "line 2: links: must be 'inline' or 'reconcile', but is 'inlin'"),
        ("{currency_decimals: {isk: 2}}", "line 2: currency_decimals.isk: is not the code of a currency in capitals"),
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
        ("{salesforce: {match: {salesforce: X__c}, clear: X__c}}", "line 2: salesforce.clear: must be a list"),
        ("{salesforce: 5}", "line 2: salesforce: must be a mapping"),
        ("{time_zone: !!python/name:os.system ''}", "line 2: this is not YAML that can be read"),
        ("&a {salesforce: *a}", "line 2: salesforce"),
    ],
)
def test_what_is_not_understood_is_refused_with_its_line(tmp_path, entry, says):
    """Nothing is skipped, replaced or converted in silence."""
    (found,) = read(tmp_path, f"organizations:\n  default: {entry}\n")

    assert says in found.problem


def test_an_organization_that_stands_twice_is_refused_with_both_lines(tmp_path):
    """Which of the two is right is not known; the others go on."""
    twice, other = read(
        tmp_path, f"organizations:\n  default: {{}}\n  {ACME}\n  default: {{time_zone: Europe/Paris}}\n"
    )[::-1]

    assert (twice.organization.name, other.problem) == ("default", None)
    assert "organization 'default': it stands 2 times, in lines 2 and 4; keep one" in twice.problem


@pytest.mark.parametrize(
    ("setting", "other"), [("upflow_conn_id", "stripe_conn_id"), ("stripe_conn_id", "upflow_conn_id")]
)
def test_organizations_that_share_an_account_are_refused_and_others_go_on(tmp_path, setting, other):
    """Any of them may be the wrong one, so neither writes; both lines are named."""
    entries = read(
        tmp_path,
        f"organizations:\n  first: {{{setting}: same, {other}: one}}\n  second: {{{setting}: same, {other}: two}}\n"
        "  third: {}\n",
    )
    problems = {entry.organization.name: entry.problem for entry in entries}

    assert problems.pop("third") is None
    assert problems.keys() == {"first", "second"}
    for problem in problems.values():
        assert f"{setting}: 'first' (line 2) and 'second' (line 3) have the same, 'same'" in problem
