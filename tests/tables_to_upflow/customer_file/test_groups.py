"""Groups: the parents of customers."""

import pytest

HEADER = "Customer name,Customer ID,Parent name,Parent ID\n"


def parents(files):
    """Return the external id of each customer's parent."""
    names = [each["externalId"] for each in files.upflow.store.customers.values()]
    return {name: (files.shown(name)["parent"] or {}).get("externalId") for name in names}


def test_parents_come_first(files):
    """A child that stands before its parent in the file arrives after it."""
    files.import_(f"{HEADER}Child,A-1,Parent,Z-1\nParent,Z-1,,\n", threads=4)

    assert [body["externalId"] for _, _, body in files.writes()] == ["Z-1", "A-1"]
    assert parents(files) == {"Z-1": None, "A-1": "Z-1"}


def test_the_id_of_a_parent_is_enough(files):
    """Its name need not be there."""
    files.customer("P-1", name="Parent")

    files.import_("Customer name,Customer ID,Parent ID\nChild,C-1,P-1\n")

    assert parents(files)["C-1"] == "P-1"


def test_the_name_of_a_parent_is_enough_if_it_is_the_only_one(files):
    """In Upflow or in the file."""
    files.customer("P-1", name="Parent")

    files.import_("Customer name,Customer ID,Parent name\nChild,C-1,Parent\nOther,C-2,New\nNew,C-3,\n")

    assert parents(files) == {"P-1": None, "C-1": "P-1", "C-2": "C-3", "C-3": None}


def test_an_unknown_parent_is_refused(files):
    """By id or by name."""
    files.import_(f"{HEADER}Child,C-1,,P-9\nOther,C-2,Nobody,\n")

    assert files.reasons() == [
        "Parent ID: neither Upflow nor a good line of this file has this customer; add it, or correct its line",
        "Parent name: neither Upflow nor a good line of this file has a customer of this name; add it",
    ]


def test_a_parent_whose_id_and_name_disagree_is_refused(files):
    """One of them is wrong."""
    files.customer("P-1", name="Parent")

    files.import_(f"{HEADER}Child,C-1,Somebody,P-1\n")

    assert files.reasons() == ["Parent name: the customer of this Parent ID has another name; correct one of them"]


def test_lines_with_different_parents_are_refused(files):
    """By id or by name; an empty cell agrees with every other."""
    files.customer("P-1", name="One")
    files.customer("P-2", name="Two")

    files.import_(f"{HEADER}A,C-1,,P-1\nA,C-1,,P-2\nB,C-2,One,\nB,C-2,Two,\nC,C-3,One,\nC,C-3,,P-1\n")

    assert [each.split(":")[0] for each in files.reasons()] == ["Parent ID"] * 2 + ["Parent name"] * 2
    assert parents(files)["C-3"] == "P-1"


def test_a_chain_is_flattened_to_the_top_parent(files):
    """Upflow's hierarchy has one level; a parent that only Upflow knows counts."""
    files.customer("TOP", name="Top")
    files.customer("MID", name="Mid", parent={"externalId": "TOP"})

    files.import_(f"{HEADER}Low,C-1,Mid,MID\nLowest,C-2,Low,C-1\n")

    assert parents(files) == {"TOP": None, "MID": "TOP", "C-1": "TOP", "C-2": "TOP"}


def test_a_cycle_is_refused(files):
    """Nobody of it is imported, and others are."""
    files.import_(f"{HEADER}A,C-1,,C-2\nB,C-2,,C-1\nC,C-3,,\n")

    assert len(files.reasons()) == 2
    assert all("stands below itself" in each for each in files.reasons())
    assert list(parents(files)) == ["C-3"]


def test_a_child_of_a_refused_parent_is_refused(files):
    """Whether its line is bad by itself, or contradicts another one."""
    files.import_(
        f"{HEADER[:-1]},Account manager\nChild,C-1,,P-1,\nParent,P-1,,,nobody@example.com\n"
        "Other,C-2,,P-2,\nOne,P-2,,,\nTwo,P-2,,,\n"
    )

    assert "add it, or correct its line" in files.reasons()[0]
    assert files.reasons()[2] == "Parent ID: the parent is not in Upflow, and its line is refused"
    assert files.writes() == []


def test_a_parent_that_is_right_already_costs_no_write(files):
    """It is compared with what Upflow shows."""
    files.customer("P-1", name="Parent")
    files.customer("C-1", name="Child", parent={"externalId": "P-1"})

    report = files.import_(f"{HEADER}Child,C-1,Parent,P-1\n")

    assert (files.writes(), report.records.unchanged) == ([], 1)


@pytest.mark.parametrize("name", ["Parent", "Renamed"])
def test_a_parent_that_the_file_renames_has_both_names(files, name):
    """Whichever name a child gives."""
    files.customer("P-1", name="Parent")

    files.import_(f"{HEADER}Child,C-1,{name},P-1\nRenamed,P-1,,\n")

    assert parents(files)["C-1"] == "P-1"


def test_a_top_customer_that_gets_a_parent_needs_lines_for_its_children(files):
    """They would be two levels below the top, and Upflow has one."""
    files.customer("T", name="Top")
    files.customer("M-1", name="Mid", parent={"externalId": "T"})

    files.import_(f"{HEADER}Top,T,,NT\nNew top,NT,,\n")

    assert "others stand below this customer in Upflow (M-1)" in files.reasons()[0]
    assert parents(files) == {"T": None, "M-1": "T", "NT": None}


def test_a_top_customer_gets_a_parent_together_with_its_children(files):
    """With lines for them, whichever of both they name."""
    files.customer("T", name="Top")
    for child in ("M-1", "M-2", "M-3"):
        files.customer(child, name=child, parent={"externalId": "T"})

    report = files.import_(f"{HEADER}Top,T,,NT\nNew top,NT,,\nM-1,M-1,,NT\nM-2,M-2,,T\nM-3,M-3,,NT\n")

    assert parents(files) == {"T": "NT", "M-1": "NT", "M-2": "NT", "M-3": "NT", "NT": None}
    assert report.rejected == 0
    assert files.import_(f"{HEADER}Top,T,,NT\nNew top,NT,,\n").rejected == 0


def test_many_children_are_named_in_part(files):
    """The first five."""
    files.customer("T", name="Top")
    for child in range(7):
        files.customer(f"M-{child}", parent={"externalId": "T"})

    files.import_(f"{HEADER}Top,T,,NT\nNew top,NT,,\n")

    assert "(M-0, M-1, M-2, M-3, M-4 and 2 others)" in files.reasons()[0]
