"""Whatever goes wrong, alone or in matches: every Account ends right or explained, and none is ever made."""

import logging
import re
import traceback
from datetime import timedelta

import pytest

from tests.upflow_to_salesforce.chaos.world import AHEAD, KEY, PORTAL, SECRET, World
from upflow_provider.clients.salesforce import http
from upflow_provider.errors import AuthenticationError, ConfigurationError, QuotaError, RetriableError
from upflow_provider.testing.salesforce.modes.catalogue import MODES
from upflow_provider.upflow_to_salesforce.account_reader import AccountReader

PATHS = {"collections": 2_000, "bulk": 1}
BOTH_WAYS = pytest.mark.parametrize("path", PATHS)
EACH_MODE = pytest.mark.parametrize("mode", MODES)
WAIT_S, LATE_S = 0.06, 0.2
"""Seconds that the client waits for an answer where one is slow, and that it takes."""
READS = 3
"""Requests before the first that writes, where Accounts are not read by a job."""

FIELDS = {
    "restricted_picklist": "Tier__c",
    "too_long": "Segment__c",
    "number_out_of_range": "Outstanding__c",
    "read_only": "Overdue_Count__c",
    "hidden": "Since__c",
    "rich_text": "Segment__c",
    "another_user_edits": "Due__c",
    "unknown_column": "Regions__c",
}
"""Field that a mode is about."""
ENDS_RUNS = {
    "session_expires_always": (AuthenticationError, "INVALID_SESSION_ID"),
    "login_invalid_grant": (AuthenticationError, "invalid_grant"),
    "login_invalid_client": (AuthenticationError, "invalid_client"),
    "daily_limit_spent": (QuotaError, "REQUEST_LIMIT_EXCEEDED"),
    "version_retired": (ConfigurationError, "retired this API version"),
    "unavailable_always": (RetriableError, "503"),
    "read_only": (ConfigurationError, f"{FIELDS['read_only']}|{PORTAL}"),
    "hidden": (ConfigurationError, f"{FIELDS['hidden']}|{PORTAL}"),
    "query_job_fails": (RetriableError, "the job is Failed"),
}
"""Modes that a run may end with, and how."""
ROWS = ("lock_always", "validation_rule", "null_checkbox")
"""Modes that refuse whatever is written to an Account."""
VALUES = (
    "restricted_picklist",
    "too_long",
    "number_out_of_range",
    "duplicate_value",
    "trigger_fails",
    "duplicate_rule",
)
"""Modes that refuse a value of an Account: that of a field of `FIELDS`, or any."""
LASTING = frozenset({*ROWS, *VALUES, "multi_currency"})
"""Modes about Accounts, which nobody but their owners ends."""
WRITES = ("slow", "reset_after_commit", "answer_cut")
"""Modes that hit requests that write, and no others."""
AT_ANY_REQUEST = (
    "reset_after_commit",
    "answer_cut",
    "session_expires_once",
    "daily_limit_spent",
    "reset_before_commit",
)
"""Modes that hit a request whatever it is for; others that do, differ from one of these in what they answer alone."""
UNSEEN = {
    *((mode, path) for mode in ("numeric_key", "results_shuffled") for path in PATHS),
    *((name, "collections") for name, mode in MODES.items() if mode.group == "job"),
}
"""Modes that make no difference, and where."""
UPFLOW = {
    "500": {"kind": "status", "status": 500},
    "429": {"kind": "status", "status": 429, "retry_after_s": 2},
    "reset before": {"kind": "reset_before"},
    "reset after": {"kind": "reset_after"},
    "reset during": {"kind": "reset_during"},
    "cut": {"kind": "truncated"},
}
ONE = ("right", "new", "to be cleared", "owing")
OTHER = ("new", "stale", "to be unchecked", "right, and nothing", "late", "with two Accounts")
"""Whose Accounts the first mode hits, and the second of a pair."""


@pytest.fixture(scope="module")
def lasting_world(lasting_scene):
    """Have customers of every kind."""
    return World(lasting_scene)


@pytest.fixture(scope="module")
def unharmed(lasting_world):
    """Return what is seen of a run with which nothing goes wrong, by the way to write."""
    traces = {}
    for path, bulk_from in PATHS.items():
        lasting_world.begin(bulk_from)
        traces[path] = lasting_world.run().trace
    return traces


@pytest.fixture
def world(lasting_world):
    """Have customers of every kind, and nothing exported yet."""
    lasting_world.begin()
    return lasting_world


@pytest.fixture
def impatient(monkeypatch):
    """Return what lets the client wait no longer than it has to where answers are slow."""

    def wait_for(*modes):
        monkeypatch.setattr(http, "TIMEOUT_S", (10, WAIT_S if "slow" in modes else 10))

    return wait_for


def switch_on(world, modes, after=0, fields=FIELDS):
    """Switch modes on; those are given with the customers whose Accounts they hit."""
    for name, customers in modes.items():
        world.salesforce.modes.on(
            name,
            accounts=world.accounts(*customers),
            field=fields.get(name, ""),
            key=KEY,
            after=max(after - READS, 0) if name in WRITES else after,
            delay_s=LATE_S,
        )


def must_be_refused(world, modes, ran):
    """Return the Accounts that lasting modes keep from being right, as a run has found them."""
    matched = world.matched()
    refused = {account_id for account_id, name in matched.items() if name == "owing too much"}
    for mode, customers in modes.items():
        for account_id in set(world.accounts(*customers)) & matched.keys():
            right, wrong = world.right[matched[account_id]], ran.wrong.get(account_id, set())
            given = {name for name in wrong if right[name] is not None and FIELDS.get(mode) in {None, name}}
            foreign = mode == "multi_currency" and world.is_foreign(account_id, matched[account_id])
            if (mode in ROWS and wrong) or (mode in VALUES and given) or foreign:
                refused.add(account_id)
    return refused


def check_error(modes, error):
    """Check that a run ended with an error that says which of the modes it was."""
    allowed = [ENDS_RUNS[name] for name in modes if name in ENDS_RUNS]
    assert any(type(error) is kind and re.search(says, str(error)) for kind, says in allowed), repr(error)


def run_with(world, modes, after):
    """Run with modes, and check that all was done that they let through; return what it has come to."""
    switch_on(world, modes, after)
    ran = world.run()
    if ran.error:
        check_error(modes, ran.error)
    elif all(MODES[name].passing for name in modes):
        assert world.all_wrong().keys() == world.refused().keys() == set(world.accounts("owing too much"))
    world.salesforce.modes.off()
    return ran


def run_with_lasting(world, modes):
    """Run with those modes that last: Accounts are right but for those that they hit, and these are refused."""
    lasting = {name: customers for name, customers in modes.items() if name in LASTING}
    switch_on(world, lasting)
    ran = world.run()
    assert ran.error is None
    assert world.all_wrong().keys() == world.refused().keys() == must_be_refused(world, lasting, ran)
    world.salesforce.modes.off()


def finish(world):
    """Let humans do what they have to, and run once more: all Accounts are right, and no other was written."""
    world.mend()
    last = world.run()
    assert last.error is None
    assert (world.all_wrong(), world.refused()) == ({}, {})
    assert world.written() == last.wrong.keys()


@BOTH_WAYS
@EACH_MODE
def test_each_mode_alone(world, unharmed, impatient, path, mode, caplog, monkeypatch):
    """It ends the run with an error that says why, or Accounts are right or refused; without it, all are right."""
    if mode == "query_job_fails" and path == "bulk":
        monkeypatch.setitem(AccountReader.__init__.__kwdefaults__, "query_job_from", 1)
    impatient(mode)
    world.begin(PATHS[path])
    first = run_with(world, {mode: ONE}, READS)
    run_with_lasting(world, {mode: ONE})
    finish(world)
    idle = world.run().report

    assert (idle.updated, idle.writes, world.written()) == (0, 0, set())
    assert (first.error is not None) == (mode in ENDS_RUNS and (mode, path) not in UNSEEN)
    assert (first.trace == unharmed[path]) == ((mode, path) in UNSEEN)
    assert SECRET not in caplog.text


@BOTH_WAYS
@pytest.mark.parametrize("mode", AT_ANY_REQUEST)
def test_wherever_a_run_is_hit(world, unharmed, path, mode):
    """At its first request, its last or any other: what is left to do is done by the next run."""
    requests = len(unharmed[path][0])
    for after in range(READS if mode in WRITES else 0, requests + 1):
        world.begin(PATHS[path])
        first = run_with(world, {mode: ONE}, after)
        finish(world)
        if first.trace == unharmed[path]:
            break
    assert READS < after <= requests
    assert first.trace == unharmed[path]


@EACH_MODE
def test_each_pair_of_modes(world, impatient, mode):
    """As alone; some Accounts are hit by both, and the two ways to write take turns."""
    names = list(MODES)
    for turn, other in enumerate(names[names.index(mode) + 1 :], names.index(mode)):
        path, modes = list(PATHS)[turn % 2], {mode: ONE, other: OTHER}
        impatient(*modes)
        world.begin(PATHS[path])
        try:
            run_with(world, modes, READS + turn % 3)
            if LASTING & modes.keys():
                run_with_lasting(world, modes)
            else:
                finish(world)
        except AssertionError as error:
            raise AssertionError(f"{mode} and {other}, {path}: {error}") from error


@pytest.mark.parametrize("times", [2, None], ids=["twice", "always"])
@pytest.mark.parametrize("fault", UPFLOW)
def test_upflow_fails(world, fault, times):
    """Customers are read again, or nothing is written at all: half of what Upflow knows is not exported."""
    for after in (0, 1):
        world.begin()
        world.scene.upflow.faults.add(**UPFLOW[fault], times=times, after=after)
        ran = world.run()
        world.scene.upflow.faults.clear()

        assert isinstance(ran.error, RetriableError) == (times is None)
        assert (world.written() == set()) == (times is None)
        finish(world)


@EACH_MODE
def test_portal_links_in_each_mode(world, impatient, mode, caplog):
    """What is known of links is true, whatever happens, and the next run makes up for it; no link is in any log."""
    caplog.set_level(logging.DEBUG)
    impatient(mode)
    fields = dict.fromkeys(FIELDS, PORTAL)
    switch_on(world, {"validation_rule": OTHER})
    told = [world.renew()]
    world.salesforce.modes.off()
    world.scene.move_to(world.scene.now() + timedelta(days=40))

    switch_on(world, {mode: ONE}, READS, fields)
    told.append(world.renew())
    if mode in ENDS_RUNS and (mode, "collections") not in UNSEEN:
        check_error({mode}, told[-1].error)
    elif MODES[mode].passing:
        assert world.unlinked(AHEAD) == set()
    if mode in LASTING:
        hit = set(world.accounts(*ONE)) & world.unlinked(AHEAD) if mode != "multi_currency" else set()
        told.append(world.renew())
        assert world.refused("portal_links").keys() == hit
    reasons = str(world.refused("portal_links"))
    world.salesforce.modes.off()
    world.mend()
    told.append(world.renew())

    assert (told[-1].error, world.unlinked(AHEAD), world.refused("portal_links")) == (None, set(), {})
    assert world.renew().report.minted == 0
    said = [line for ran in told if ran.error for line in traceback.format_exception(ran.error)]
    said += [str(ran.report.as_dict()) for ran in told if ran.report]
    assert not [secret for secret in world.secrets() if secret in "".join((caplog.text, reasons, *said))]
