"""organizations.yaml: names of organizations, and organizations that stand twice or share an account."""

import re

import pytest

from tests.settings.reading import ACME, read


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
    assert re.search(r"line 2: name: is '.*', but must consist of at most 40 letters, digits, _ and -", entry.problem)


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

    assert "to YAML, not text; put it into quotes" in entry.problem
    assert "datetime" not in entry.problem
    assert entry.organization.name.endswith(".broken")


def test_an_organization_that_stands_twice_is_refused_with_both_lines(tmp_path):
    """Which of the two is right is not known; the others go on."""
    twice, other = read(
        tmp_path, f"organizations:\n  default: {{}}\n  {ACME}\n  default: {{time_zone: Europe/Paris}}\n"
    )[::-1]

    assert (twice.organization.name, other.problem) == ("default", None)
    assert "organization 'default': it appears 2 times, in lines 2 and 4; keep one" in twice.problem


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
