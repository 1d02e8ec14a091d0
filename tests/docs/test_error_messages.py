"""docs/error-messages.md has an entry for each message that can end a task, and no entry without a message."""

import re

import pytest

from tests.docs.messages import PACKAGE, VARIABLE, messages, strings, table_texts
from tests.docs.tables import ROOT

PAGE = (ROOT / "docs" / "error-messages.md").read_text(encoding="utf-8")
LINES = re.findall(r"^(?:### |Also: )(`.+`)$", PAGE, re.MULTILINE)
HEADINGS = [text for line in LINES for text in re.findall(r"`([^`]+)`", line)]
"""Parts of messages, of each entry one or several; headings with other words are not compared."""
PROBLEM_TABLES = (("clients/connection_errors.py", "PROBLEMS"), ("clients/stripe/errors.py", "KEY_PROBLEMS"))
"""Tables of the package whose texts become messages."""

PASSED_ON = {
    "__main__.py": "each problem of organizations.yaml is worded where the file is read",
    "clients/salesforce/answers.py": "Salesforce's own words about a call, which is retried",
    "clients/salesforce/bulk_jobs.py": "Salesforce's own words about a job, which is retried",
    "clients/salesforce/login_refusals.py": "Salesforce's own words, with a remedy from a table in that module",
    "clients/stripe/errors.py": "Stripe's own codes about a call",
    "clients/stripe/source.py": "the error of a call, raised again as another class",
    "clients/upflow/answers.py": "Upflow's own words about a call, which is retried",
    "clients/upflow/http.py": "the error of a call, raised again as one of its record",
    "delivery/custom_fields/definitions.py": "the error of a call, raised again as one that is retried",
    "hooks/base_urls.py": "the module's own constants, which are entries",
    "hooks/connection_error.py": "puts the connection's name before a message",
    "hooks/connection_extra.py": "names each option and what is wrong with it",
    "hooks/ledger_url.py": "what the database's driver says about an option",
    "hooks/stripe.py": "what Stripe says about each permission that is missing, worded where it is asked",
    "hooks/salesforce.py": "what is wrong with each field of the connection, each with what to write instead",
    "operators/preflight.py": "each problem of organizations.yaml is worded where the file is read",
    "operators/setup_check.py": "several messages in one",
    "runs/report.py": "the number of rejected records, worded by the callers",
    "upflow_to_salesforce/field_mapping.py": "several messages in one",
}
"""Modules that raise messages which other places word, and what those are."""


def is_in(heading, text):
    """Tell whether a text has a heading's words, in which `VARIABLE` stands for anything."""
    at = 0
    for part in heading.split(VARIABLE):
        if (at := text.find(part, at)) < 0:
            return False
        at += len(part)
    return True


WORDED = [each for each in messages() if not each.is_passed_on]


def without_entry(texts):
    """Return those texts that the page has no heading for."""
    return [text for text in texts if not any(is_in(heading, text) for heading in HEADINGS)]


def test_each_message_has_an_entry():
    """Somebody who searches the page for a message finds what to do: a constant part of each is a heading."""
    assert without_entry(f"{each.file}: {each.text}" for each in WORDED) == []


@pytest.mark.parametrize(("file", "name"), PROBLEM_TABLES)
def test_each_text_of_a_table_of_problems_has_an_entry(file, name):
    """As for messages that stand where they are raised."""
    assert without_entry(table_texts(file, name)) == []


def test_each_message_that_is_passed_on_is_accounted_for():
    """What is not worded where it is raised is worded by somebody; and the list of those has no module too many."""
    assert {each.file for each in messages() if each.is_passed_on} == set(PASSED_ON)


def test_no_entry_is_of_the_past():
    """Each still is a part of a message of the package."""
    assert [heading for heading in HEADINGS if not any(is_in(heading, text) for text in strings())] == []


def test_there_are_enough_messages():
    """The search finds messages of every part of the package."""
    assert len(WORDED) > 60
    assert {each.file.split("/")[0] for each in WORDED} >= {
        folder.name
        for folder in PACKAGE.iterdir()
        if folder.name in {"clients", "hooks", "ledger", "operators", "delivery", "runs"}
    }


def test_no_entry_stands_twice():
    """One message, one entry."""
    assert len(HEADINGS) == len(set(HEADINGS))
