"""Files of contacts."""

import pytest

HEADER = (
    "Customer name,Client ID (External ID),Contact email address,First name,Family name,Phone number,Position,"
    "Main contact\n"
)


@pytest.fixture(autouse=True)
def customer(files):
    """Let Upflow have a customer."""
    return files.customer("C-1", name="Alder")


def test_contacts_are_added(files):
    """With all columns of the page; several lines a customer."""
    report = files.import_(
        f"{HEADER}Alder,C-1,ann@example.com,Ann,Lee,+33 1,Accounting,1\nAlder,C-1,bob@example.com,,,,,\n", "contacts"
    )

    ann, bob = files.contacts("C-1")["ann@example.com"], files.contacts("C-1")["bob@example.com"]
    assert (ann["firstName"], ann["lastName"], ann["phone"], ann["position"]) == ("Ann", "Lee", "+33 1", "ACCOUNTING")
    assert (ann["isMain"], bob["isMain"]) == (True, False)
    assert (report.accepted, report.records.updated) == (2, 1)


def test_the_id_or_the_name_is_enough_on_further_lines(files):
    """As the page says."""
    files.import_(
        "Customer name,Customer ID,Contact email address\nAlder,,ann@example.com\n,C-1,bob@example.com\n", "contacts"
    )

    assert set(files.contacts("C-1")) == {"ann@example.com", "bob@example.com"}


def test_a_contact_is_recognised_by_its_address(files):
    """Whoever made it; the case of the address does not count, and other contacts stay."""
    files.upflow.add_app_contact("C-1", email="Ann@example.com", firstName="Ann", phone="1")
    files.upflow.add_app_contact("C-1", email="by.hand@example.com")

    files.import_(f"{HEADER}Alder,C-1,ann@example.com,,Lee,,,\n", "contacts")

    ann = files.contacts("C-1")["Ann@example.com"]
    assert (ann["firstName"], ann["lastName"], ann["phone"]) == ("Ann", "Lee", "1")
    assert len(files.contacts("C-1")) == 2
    assert [method for method, _, _ in files.writes()] == ["PUT"]


def test_contacts_that_are_right_cost_no_write(files):
    """The second import of a file sends nothing."""
    text = f"{HEADER}Alder,C-1,ann@example.com,Ann,Lee,,Sales,1\n"
    files.import_(text, "contacts")

    report = files.import_(text, "contacts")

    assert (files.writes(), report.records.unchanged) == ([], 1)


def test_contacts_are_compared_although_lists_do_not_show_them(files):
    """Then they are asked for, once for each customer of the file."""
    files.upflow.behaviour.lists_with_contacts = False
    text = f"{HEADER}Alder,C-1,ann@example.com,Ann,Lee,,Sales,1\n"
    files.import_(text, "contacts")

    report = files.import_(text, "contacts")

    assert (files.writes(), report.records.unchanged) == ([], 1)
    assert len(files.upflow.requests.matching("GET", "/contacts")) == 1


def test_the_latest_main_contact_wins(files):
    """The old one is unset; a later line without the flag changes nothing."""
    files.upflow.add_app_contact("C-1", email="old@example.com", isMain=True)

    files.import_(
        f"{HEADER}Alder,C-1,ann@example.com,,,,,1\nAlder,C-1,bob@example.com,,,,,1\nAlder,C-1,ann@example.com,,,,,\n",
        "contacts",
    )

    mains = {email for email, each in files.contacts("C-1").items() if each["isMain"]}
    assert mains == {"bob@example.com"}
    assert any(body == {"email": "old@example.com", "isMain": False} for _, _, body in files.writes())


def test_main_contact_is_1_or_empty(files):
    """As the page says."""
    files.import_(f"{HEADER}Alder,C-1,ann@example.com,,,,,yes\n", "contacts")

    assert files.reasons() == ["Main contact: must be 1, or empty"]


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("josé@example.com", "Upflow does not accept it: characters that Upflow does not accept"),
        ("ann", "Upflow does not accept it: not an e-mail address"),
        (
            "a@example.com b@example.com",
            "Upflow does not accept it: there is a blank in it; write one address a line",
        ),
        ("", "is required, and empty"),
    ],
)
def test_a_contact_needs_an_address_that_upflow_accepts(files, address, reason):
    """One that it would refuse is refused before."""
    files.import_(f"{HEADER}Alder,C-1,{address},Ann,,,,\n", "contacts")

    assert files.reasons() == [f"Contact email address: {reason}"]


@pytest.mark.parametrize("written", ["Purchaser", "PURCHASER", "purchaser"])
def test_the_usual_positions(files, written):
    """In any case."""
    files.import_(f"{HEADER}Alder,C-1,ann@example.com,,,,{written},\n", "contacts")

    assert files.contacts("C-1")["ann@example.com"]["position"] == "PURCHASER"


def test_positions_by_setting(files):
    """The default ones are called what the organization calls them; further ones are compared exactly."""
    files.upflow.store.organization.positions |= {"Acheteur", "CFO", "Other "}
    files.settings = {"positions": {"purchaser": "Acheteur", "further": ["CFO", "Other "]}}

    files.import_(
        f"{HEADER}Alder,C-1,a@example.com,,,,Purchaser,\nAlder,C-1,b@example.com,,,,CFO,\n"
        "Alder,C-1,c@example.com,,,,cfo,\nAlder,C-1,d@example.com,,,,Boss,\n"
        "Alder,C-1,e@example.com,,,,Other,\n",
        "contacts",
    )

    assert [each["position"] for each in files.contacts("C-1").values()] == ["Acheteur", "CFO", "Other "]
    assert files.reasons()[0] == "Position: is not a position of contacts; there is 'CFO', and case counts"
    assert "choose between Accounting, Sales, Purchaser, or Payer" in files.reasons()[1]


def test_lines_that_contradict_each_other_are_refused(files):
    """The same contact with two phone numbers."""
    files.import_(f"{HEADER}Alder,C-1,ann@example.com,,,1,,\nAlder,C-1,Ann@example.com,,,2,,\n", "contacts")

    assert files.reasons() == [
        "Phone number: line 3 says something else about this contact; keep one",
        "Phone number: line 2 says something else about this contact; keep one",
    ]
    assert files.writes() == []


def test_a_contact_that_upflow_refuses_keeps_no_other_one_out(files):
    """Its line is refused, with Upflow's words; the other contacts have arrived."""
    refusal = {"collection": "contacts", "field": "email", "says": "is blocked", "values": "bad@"}
    files.upflow.configure({"behaviour": {"refused_fields": (refusal,)}})

    report = files.import_(f"{HEADER}Alder,C-1,bad@example.com,,,,,\nAlder,C-1,ann@example.com,,,,,\n", "contacts")

    assert set(files.contacts("C-1")) == {"ann@example.com"}
    assert report.rejected == 1
    assert "is blocked" in files.reasons()[0]


def test_contacts_may_stand_in_the_file_of_customers(files):
    """Lines of a customer with several contacts are duplicated; ID or name is enough."""
    files.import_(
        "Customer name,Customer ID,VAT number,Contact email address,Main contact\n"
        "Birch,C-2,FR2,ann@example.com,1\nBirch,,,bob@example.com,\n,C-2,,cy@example.com,\n"
    )

    assert set(files.contacts("C-2")) == {"ann@example.com", "bob@example.com", "cy@example.com"}
    assert files.shown("C-2")["vatNumber"] == "FR2"


def test_contacts_of_stripe_survive_every_file(files):
    """They are no part of what a file says, so that no import removes them, however often."""
    files.customer("C-3", contacts=[{"externalId": "C-3:email", "email": "stripe@example.com", "isMain": True}])
    for number in (1, 2, 3):
        files.import_(f"Customer name,Customer ID,VAT number\nC-3,C-3,FR{number}\n")

    assert set(files.contacts("C-3")) == {"stripe@example.com"}


def test_an_empty_cell_clears_if_that_is_wanted(files):
    """Of a contact that exists."""
    files.upflow.add_app_contact("C-1", email="ann@example.com", firstName="Ann", phone="1")

    files.import_(
        "Customer ID,Contact email address,First name,Phone number\nC-1,ann@example.com,Ann,\n",
        "contacts",
        clear_empty=True,
    )

    assert files.contacts("C-1")["ann@example.com"]["phone"] == ""
