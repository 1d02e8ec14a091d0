"""Files of assignments: account managers and workflows."""

import pytest

HEADER = "External ID;Account manager;Workflow\n"


@pytest.fixture
def organization(files):
    """Give the test a customer, and the organization of the fake: users and workflows."""
    files.customer("C-1", name="Alder")
    return files.upflow.store.organization


def user_id(organization, email):
    """Return the id of a user."""
    return next(each["id"] for each in organization.users.values() if each["email"] == email)


def plan_id(organization, name):
    """Return the id of a workflow."""
    return next(each["id"] for each in organization.dunning_plans.values() if each["name"] == name)


def test_a_manager_and_a_workflow_are_assigned(files, organization):
    """By address and by name; details are not needed."""
    files.import_(f"{HEADER}C-1;martin@example.com;Key accounts\n", "assignments")

    changes = {
        "accountManagerId": user_id(organization, "martin@example.com"),
        "dunningPlanId": plan_id(organization, "Key accounts"),
    }
    assert files.writes() == [("PUT", "/customers/external:C-1", changes)]


def test_assignments_may_stand_in_the_file_of_customers(files, organization):
    """Added to the columns of the customers."""
    files.import_("Customer name,Customer ID,Workflow\nBirch,C-2,Default\n")

    assert files.shown("C-2")["dunningPlanId"] == plan_id(organization, "Default")


def test_a_manager_that_is_not_found(files, organization):
    """In the vendor's words, with the fix."""
    files.import_(f"{HEADER}C-1;nobody@example.com;\n", "assignments")

    found = "Account manager not found; check the email."
    assert files.reasons() == [f"Account manager: {found} Create a member associated with this email address"]


def test_a_manager_with_capital_letters(files, organization):
    """The page says that the address must not contain any."""
    files.import_(f"{HEADER}C-1;Martin@example.com;\n", "assignments")

    assert "must contain no capital letters" in files.reasons()[0]


def test_several_managers(files, organization):
    """Upflow's own import takes several, its API one; blanks and repeats do not count."""
    files.customer("C-2")

    files.import_(
        f"{HEADER}C-1;martin@example.com,dubois@example.com;\nC-2; martin@example.com , martin@example.com;\n",
        "assignments",
    )

    assert "Upflow's API can set only one" in files.reasons()[0]
    assert files.shown("C-2")["accountManagerId"] == user_id(organization, "martin@example.com")


@pytest.mark.parametrize("name", ["default", "Default ", "key accounts", "Nothing"])
def test_a_workflow_of_another_name(files, organization, name):
    """Case, symbols and blanks count; what was probably meant is named."""
    files.import_(f"{HEADER}C-1;;{name}\n", "assignments")

    (reason,) = files.reasons()
    assert reason.startswith("Workflow: there is no workflow of this name in Upflow")
    assert ("Upflow has" in reason) == (name != "Nothing")


def test_a_workflow_whose_name_ends_in_a_blank(files, organization):
    """It is compared exactly as it stands."""
    organization.dunning_plans["plan"] = {"id": "plan", "name": "Late "}

    files.import_(f"{HEADER}C-1;;Late \n", "assignments")

    assert files.shown("C-1")["dunningPlanId"] == "plan"


def test_an_assignment_needs_the_external_id(files, organization):
    """The column is required, and its customer must exist."""
    files.import_(f"{HEADER}C-9;;Default\n", "assignments")

    assert files.reasons() == ["Customer ID: there is no such customer in Upflow; import it first"]


def test_a_name_beside_the_id_must_be_that_of_the_customer(files, organization):
    """Otherwise somebody else would get the manager."""
    files.import_("External ID;Customer name;Workflow\nC-1;Birch;Default\n", "assignments")

    assert files.reasons() == ["Customer name: Upflow has another name for this Customer ID; correct one of them"]


def test_two_workflows_of_one_name(files):
    """Nobody knows which one is meant, and no customer is moved from one to the other."""
    for _ in range(2):
        new_id = files.upflow.store.new_id()
        files.upflow.store.organization.dunning_plans[new_id] = {"id": new_id, "name": "Silver"}
    files.customer("C-1", name="Alder")
    files.upflow.people.edit("customers", "C-1", dunningPlanId=new_id)

    files.import_("External ID,Workflow\nC-1,Silver\n", "assignments")

    assert files.reasons() == ["Workflow: several workflows in Upflow have this name; rename all but one"]
    assert files.writes() == []
