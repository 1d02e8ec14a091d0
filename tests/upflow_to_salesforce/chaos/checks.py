"""Runs of the export with modes of the fake Salesforce switched on, and what must be true of them."""

import re

from tests.upflow_to_salesforce.chaos.modes import ENDS_RUNS, LASTING, must_be_refused, switch_on
from upflow_provider.testing.salesforce.modes.catalogue import MODES


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
