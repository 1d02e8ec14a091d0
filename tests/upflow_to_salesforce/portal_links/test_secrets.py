"""A portal link is a secret: it is in memory from its minting to its push, and nowhere else."""

import json
import logging
import traceback
from datetime import UTC, datetime
from html import escape
from pathlib import Path

import pytest
import sqlalchemy as sa

from upflow_provider.errors import AuthenticationError, RetriableError
from upflow_provider.testing.salesforce.org.fields import long_text_field, rich_text_field
from upflow_provider.testing.salesforce.org.refusal import RowRefusalError, SalesforceRefusalError
from upflow_provider.testing.upflow import customers
from upflow_provider.upflow_to_salesforce.link_minting import MintedLink

TOKEN = "7hhs-Zk3y"
URL = f"https://pay.upflow.io/portal?lang=fr&next=?token={TOKEN}"
ECHOES = {
    "plain": URL,
    "escaped": escape(URL),
    "html": f'<a href="{escape(URL)}">{escape(URL)}</a>',
    "json": json.dumps(URL),
    "capitals": f"Portal: {URL.upper()}!",
}
ECHO = pytest.mark.parametrize("echo", ECHOES.values(), ids=ECHOES)
FIELDS = pytest.mark.parametrize("field", [long_text_field, rich_text_field], ids=["long", "rich"])


@pytest.fixture
def scene(scene, monkeypatch):
    """Export links that are known beforehand, so that Salesforce can repeat them anywhere."""
    monkeypatch.setattr(customers, "_PORTAL_URL", URL.partition("?token=")[0])
    monkeypatch.setattr(customers.secrets, "token_urlsafe", lambda _: TOKEN)
    scene.configure(fields={"portal_url": "Portal__c"})
    return scene


def told(scene, caplog, *more):
    """Return all that was logged, is kept in the ledger, or is given here."""
    engine, metadata = scene.ledger.accounts._engine, sa.MetaData()
    metadata.reflect(engine)
    with engine.connect() as connection:
        rows = [repr(row) for table in metadata.tables.values() for row in connection.execute(sa.select(table))]
    raw = Path(engine.url.database).read_bytes().decode("latin-1")  # what was deleted may still be in it
    logged = [record.getMessage() + repr(record.__dict__) for record in caplog.records]
    assert rows
    assert logged
    return "\n".join([raw, *rows, *logged, *map(str, more)])


def failed(scene):
    """Renew links, and return the error with all that it was raised from."""
    with pytest.raises((AuthenticationError, RetriableError)) as caught:
        scene.renew_links()
    return "".join(traceback.format_exception(caught.value)) + repr(caught.value) + repr(caught.value.__dict__)


@FIELDS
def test_links_are_in_no_log_no_report_and_no_table(scene, field, caplog):
    """After a run that renews them, one that has nothing to do, and a dry one."""
    scene.salesforce.add_field(field("Portal__c"))
    account = scene.customer("cus_1")
    with caplog.at_level(logging.DEBUG):
        reports = [scene.renew_links(), scene.renew_links(), scene.renew_links(dry_run=True)]

    assert TOKEN in scene.held(account, "Portal__c")[0]
    assert TOKEN not in told(
        scene, caplog, *reports, *(json.dumps(each.as_dict()) for each in reports), *map(repr, reports)
    )


@FIELDS
@ECHO
def test_a_row_s_refusal_that_repeats_the_link_is_kept_without_it(scene, field, echo, caplog):
    """A validation rule may show what it refuses; the rest of its words are kept."""
    scene.salesforce.add_field(field("Portal__c"))
    account = scene.customer("cus_1")
    words = f"Not on hold: {echo} is no good"
    scene.salesforce.trouble.refuse_value(account, "FIELD_CUSTOM_VALIDATION_EXCEPTION", words)
    with caplog.at_level(logging.DEBUG):
        report = scene.renew_links()

    kept = scene.ledger.accounts.refused("portal_links")[account].reason
    assert kept.startswith("Not on hold: ")
    text = told(scene, caplog, report, json.dumps(report.as_dict())).casefold()
    assert TOKEN.casefold() not in text


@FIELDS
@ECHO
def test_a_whole_request_s_refusal_that_repeats_the_link_is_kept_without_it(scene, field, echo, caplog):
    """As of one row."""
    scene.salesforce.add_field(field("Portal__c"))
    scene.customer("cus_1")
    account = scene.customer("cus_2")
    scene.renew_links()
    scene.salesforce.edit_account(account, Portal__c=None)
    error = SalesforceRefusalError(400, "JSON_PARSER_ERROR", f"Cannot read {echo}")
    scene.salesforce.trouble.before_next_write(
        lambda: scene.salesforce.trouble.refuse_request_with(account, error, RowRefusalError("X", echo))
    )
    with caplog.at_level(logging.DEBUG):
        report = scene.renew_links()

    assert report.rejected == 1
    assert report.examples["rejected"][account].startswith("HTTP_400: ")
    assert TOKEN.casefold() not in told(scene, caplog, report, json.dumps(report.as_dict())).casefold()


@FIELDS
@ECHO
def test_an_error_that_repeats_the_link_is_raised_without_it(scene, field, echo, caplog):
    """Its words end up in the task's log, with all that it was raised from."""
    scene.salesforce.add_field(field("Portal__c"))
    scene.customer("cus_1")
    scene.salesforce.trouble.refuse_requests(403, "NO_ACCESS", f"Must not write {echo}", path="/composite", after=1)
    with caplog.at_level(logging.DEBUG):
        error = failed(scene)

    assert "Must not write" in error
    assert len(scene.upflow.store.portal_links) == 1
    assert TOKEN.casefold() not in told(scene, caplog, error).casefold()


@pytest.mark.parametrize("kind", ["reset_before", "reset_during", "truncated"])
def test_a_lost_connection_tells_no_link(scene, kind, caplog):
    """Neither what was sent, nor the half of an answer; the link that was lost is minted again."""
    for name in ("cus_1", "cus_2"):
        scene.customer(name)
    scene.upflow.faults.add(kind, path=f"/customers/{scene.known_as('cus_1')}/portal")
    scene.salesforce.faults.add("reset_before", method="PATCH", times=None, after=1)
    with caplog.at_level(logging.DEBUG):
        error = failed(scene)

    assert len(scene.upflow.store.portal_links) >= 2
    assert TOKEN not in told(scene, caplog, error)


def test_a_link_is_not_shown_with_what_holds_it():
    """For whatever prints the variables of a function."""
    assert URL not in repr(MintedLink(URL, datetime(2026, 3, 1, tzinfo=UTC)))
