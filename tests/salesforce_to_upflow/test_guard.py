"""An import that would take many contacts away stops before anything is written, and asks."""

import pytest

from upflow_provider.errors import ConfigurationError


@pytest.fixture
def unshared(world):
    """Let three customers have two contacts each, of which the connected user no longer sees one."""
    world.configure(contacts={"losses": 2})
    for number in range(3):
        account = world.customer(f"cus_{number}")
        world.contact(account, f"a{number}@example.com")
        world.org.unshared.add(world.contact(account, f"b{number}@example.com"))
    hidden = set(world.org.unshared)
    world.org.unshared.clear()
    world.run()
    world.org.unshared |= hidden
    return world


def held(world):
    """Return how many contacts there are."""
    return sum(len(world.contacts(f"cus_{number}")) for number in range(3))


def test_a_loss_of_sharing_removes_nothing(unshared):
    """The task fails, says what to check, and names customers by their ids."""
    with pytest.raises(
        ConfigurationError, match="3 customers would have fewer contacts than before, but 2 may"
    ) as error:
        unshared.run(full=True)

    assert "cus_0" in str(error.value)
    assert (unshared.writes(), held(unshared)) == ([], 9)


def test_somebody_may_confirm(unshared):
    """Then Salesforce is believed."""
    report = unshared.run(full=True, confirm=True)

    assert (report.losing, held(unshared)) == (3, 6)


def test_a_dry_run_says_it_and_goes_on(unshared):
    """So that the whole plan can be seen."""
    report = unshared.run(full=True, dry_run=True)

    assert (report.losing, report.records.updated, unshared.writes()) == (3, 3, [])


def test_when_access_is_back_all_is_as_before(unshared):
    """The failed run has left no trace."""
    with pytest.raises(ConfigurationError):
        unshared.run(full=True)
    unshared.org.unshared.clear()
    unshared.run(full=True)

    assert (unshared.writes(), held(unshared)) == ([], 9)


def test_a_few_losses_are_no_alarm(unshared):
    """As many as the setting says."""
    unshared.configure(contacts={"losses": 3})
    unshared.run()

    assert held(unshared) == 6


def test_accounts_that_are_no_longer_seen_take_nothing_away(world):
    """A customer without an Account keeps what it has."""
    account = world.customer()
    world.contact(account, "ann@example.com")
    world.run()
    world.org.unshared.add(account)

    report = world.run(full=True)

    assert (report.unmatched, world.writes()) == ({"no Account has its key": 1}, [])
    assert "ann@example.com" in world.contacts()
