"""Whatever goes wrong: every Account ends right or explained, and none is ever made. Pairs are in `test_pairs`."""

import logging
import traceback
from datetime import timedelta

import pytest

from tests.upflow_to_salesforce.chaos.checks import check_error, finish, run_with, run_with_lasting
from tests.upflow_to_salesforce.chaos.modes import (
    AT_ANY_REQUEST,
    ENDS_RUNS,
    FIELDS,
    LASTING,
    ONE,
    OTHER,
    PATHS,
    READS,
    UNSEEN,
    WRITES,
    switch_on,
)
from tests.upflow_to_salesforce.chaos.people import PORTAL, SECRET
from upflow_provider.errors import RetriableError
from upflow_provider.testing.salesforce.modes.catalogue import MODES
from upflow_provider.upflow_to_salesforce.account_reader import AccountReader

BOTH_WAYS = pytest.mark.parametrize("path", PATHS)
EACH_MODE = pytest.mark.parametrize("mode", MODES)
AHEAD = timedelta(days=46)
"""From when on a link is renewed: 30 days, 15 of failures, and one between runs."""
UPFLOW = {
    "500": {"kind": "status", "status": 500},
    "429": {"kind": "status", "status": 429, "retry_after_s": 2},
    "reset before": {"kind": "reset_before"},
    "reset after": {"kind": "reset_after"},
    "reset during": {"kind": "reset_during"},
    "cut": {"kind": "truncated"},
}


@pytest.fixture(scope="module")
def unharmed(lasting_world):
    """Return what is seen of a run with which nothing goes wrong, by the way to write."""
    traces = {}
    for path, bulk_from in PATHS.items():
        lasting_world.begin(bulk_from)
        traces[path] = lasting_world.run().trace
    return traces


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
