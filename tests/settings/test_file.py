"""organizations.yaml: a file that cannot be read, and broken entries, which leave the others alone."""

import re

import pytest

from tests.settings.reading import ACME, read
from upflow_provider.settings import Organization, read_organizations


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("organizations: [", "line 1: this is not YAML that can be read: expected the node", id="no-yaml"),
        pytest.param("organizations:\n\tdefault: {}", "line 2: .* a tab; indent with spaces", id="tab"),
        pytest.param("organizations: {}\n---\n{}", "line 2: .* two documents", id="documents"),
        pytest.param("organizations: \0", "line 1: a character that YAML does not allow", id="nul"),
        pytest.param(
            "organisations: {}", "line 1: 'organisations' is unknown; did you mean 'organizations'?", id="key"
        ),
        pytest.param("organizations: {default: {}}\nowner: me", "line 2: 'owner' is unknown", id="another-key"),
        pytest.param("organizations:\ndefault: {}", "line 2: .* with the entries indented below it", id="not-indented"),
        pytest.param("organizations: {default: {}", "line 1: .* a bracket or brace is not closed", id="no-brace"),
        pytest.param(
            'organizations:\n  a: {b: "c}\n\n',
            "a quote is not closed; its block begins in line 2",
            id="quote",
        ),
        pytest.param("organizations:\n  a:\n    b: 1\n   c: 2", "line 4: .* its indentation differs", id="indentation"),
        pytest.param("organizations: {a: @b}", "line 1: .* has to be in quotes", id="at-sign"),
        pytest.param("organizations: {a: *b}", "line 1: .* text that begins with . has to be in quotes", id="star"),
        pytest.param("organizations: {a: {}}\norganizations: {b: {}}", "lines 1 and 2: .* 2 times", id="twice"),
        pytest.param("organizations: {}", "line 1: no entry; expected 'organizations:'", id="no-entry"),
        pytest.param("organizations:", "line 1: no entry; expected 'organizations:'", id="nothing"),
        pytest.param("organizations: [default]", "line 1: a list", id="list-of-names"),
        pytest.param(
            "organizations: {? [a] : {}}", "line 1: a brace or bracket where a name is needed", id="list-as-name"
        ),
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
    for line, content in (
        (2, "organizations:\n  caf\u00e9: {}".encode("latin-1")),
        (1, "organizations:".encode("utf-16")),
    ):
        (tmp_path / "organizations.yaml").write_bytes(content)
        [entry] = read_organizations(tmp_path / "organizations.yaml")

        assert entry.problem == f"organizations.yaml, line {line}: this is not UTF-8; save the file as UTF-8"


def test_a_missing_file_says_so(tmp_path):
    """The reason of the operating system is named."""
    (entry,) = read_organizations(tmp_path / "organizations.yaml")

    assert entry.problem == "organizations.yaml cannot be read: No such file or directory"


@pytest.mark.parametrize(("settings", "kind"), [("5", "text"), ("[1]", "a list (-)"), ("time_zone:UTC", "text")])
def test_an_entry_that_is_no_mapping_is_broken(tmp_path, settings, kind):
    """Settings must be a mapping."""
    (entry,) = read(tmp_path, f"organizations:\n  acme: {settings}\n")

    assert entry.problem == (
        f"organizations.yaml, organization 'acme': line 2: {kind}; expected settings, such as 'time_zone: Europe/Paris'"
    )


@pytest.mark.parametrize("name", ["time_zone", "threads"])
def test_settings_without_an_organization_are_named_as_such(tmp_path, name):
    """The line with the organization's name is missing above them."""
    [entry] = read(tmp_path, f"organizations:\n  {name}: 2\n")

    assert "line 2: a setting, but no name of an organization above it" in entry.problem


def test_a_broken_entry_never_keeps_the_file_from_being_read(tmp_path):
    """Not even one that cannot be built from YAML: an error while a DAG file is parsed takes down all of its DAGs."""
    good, bad = read(tmp_path, f"organizations:\n  {ACME}\n  default: {{time_zone: {{{{ tz }}}}}}\n")

    assert (good.organization.name, good.problem) == ("acme_corp", None)
    assert "organization 'default'" in bad.problem
