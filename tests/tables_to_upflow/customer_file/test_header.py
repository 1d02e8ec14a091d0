"""The header of a file: columns by name, those that are missing, ignored, or forbidden."""

import pytest

from upflow_provider.errors import ConfigurationError


@pytest.mark.parametrize(
    "header",
    [
        "Customer name,Customer ID,Postal code",
        "NAME,external-id,ZIP",
        "customername,Client ID (External ID),zip code",
        " Client name ,  Client  ID,Postcode",
        "Name,CUSTOMER_ID,Postal Code",
    ],
)
def test_columns_are_known_by_their_names(files, header):
    """Case, blanks and punctuation do not count, and each has further names."""
    files.import_(f"{header}\nAlder,C-1,01000\n")

    assert files.shown("C-1")["address"]["zipcode"] == "01000"


@pytest.mark.parametrize(
    ("kind", "header", "missing"),
    [
        ("customers", "Customer ID,VAT number", "'Customer name'"),
        ("contacts", "Contact email address", "'Customer ID' or 'Customer name'"),
        ("contacts", "Customer name,Customer ID", "'Contact email address'"),
        ("assignments", "Customer name,Workflow", "'Customer ID'"),
        ("payments", "paymentReference,amount", "'paymentDate', 'currency'"),
    ],
)
def test_required_columns(files, kind, header, missing):
    """Those that the pages flag; nothing is read before."""
    with pytest.raises(ConfigurationError, match=f"must have the column {missing}"):
        files.import_(f"{header}\na,b\n", kind)


def test_columns_that_fill_nothing_are_ignored_and_named(files, caplog):
    """Columns of other kinds included."""
    report = files.import_("External ID,Town,Hobby,Workflow\n", "assignments")

    assert report.ignored == ["Town", "Hobby"]
    assert "columns that are ignored: 'Town', 'Hobby'" in caplog.text


def test_two_columns_of_one_meaning(files):
    """Nobody knows which one counts."""
    with pytest.raises(ConfigurationError, match="'ZIP', 'Postal code' both mean 'Postal code'"):
        files.import_("Customer name,ZIP,Postal code\n")


ALL = {"details": "Town", "contacts": "Contact email address", "managers": "Account manager", "workflows": "Workflow"}


@pytest.mark.parametrize(
    ("system", "allowed"),
    [
        ("native", {"managers", "workflows"}),
        ("api", {"details", "contacts", "managers", "workflows"}),
        ("salesforce_native", set()),
        ("salesforce_api", {"details"}),
    ],
)
@pytest.mark.parametrize("part", ALL)
def test_the_source_system_decides_what_may_change(files, system, allowed, part):
    """By the page's table: other columns are an error of the file, which names them and the reason."""
    files.settings = {"source_system": system}
    text = f"Customer name,{ALL[part]}\n"

    if part in allowed:
        assert files.import_(text).read == 0
    else:
        with pytest.raises(ConfigurationError, match=rf"'{ALL[part]}' cannot be imported: .*'{system}'"):
            files.import_(text)


def test_a_native_integration_keeps_names(files):
    """Where files may not change details, a name only helps to find its customer, and no customer is new."""
    files.customer("C-1", name="Alder")
    files.settings = {"source_system": "native"}

    files.import_("Customer name,Customer ID,Workflow\nRenamed,C-1,Default\nBirch,C-2,Default\nAlder,,Default\n")

    assert files.reasons() == [
        "Customer name: Upflow has another name for this Customer ID; correct one of them",
        "Customer ID: there is no such customer in Upflow; your integration has to bring it, because files may not",
    ]
    assert [set(body) for _, _, body in files.writes()] == [{"dunningPlanId"}]


def test_synced_custom_fields_are_an_error_of_the_file(files):
    """Those of the settings, and those that other systems fill."""
    for name in ("Synced", "Declared", "Free"):
        files.field(name, "TEXT")
    files.settings = {"synced_fields": ["Synced"]}

    with pytest.raises(ConfigurationError, match="'Synced', 'Declared' cannot be imported: synced custom fields"):
        files.import_("Customer name,Synced,Free,Declared\n", synced=frozenset({"Declared"}))


def test_a_custom_field_that_does_not_exist_is_ignored(files):
    """It must already exist in Upflow."""
    assert files.import_("Customer name,Customer ID,Segment\nAlder,C-1,x\n").ignored == ["Segment"]


def test_a_synced_field_that_upflow_does_not_have_is_told(files, caplog):
    """It protects nothing: most likely its name is mistyped."""
    files.field("Tier", "TEXT")
    files.settings = {"synced_fields": ["tier"]}

    files.import_("Customer name,Customer ID\nAlder,C-1\n")

    assert "Upflow has no custom field 'tier' of customers; did you mean 'Tier'?" in caplog.text


def test_messages_say_what_divides_the_header(files):
    """It may have been guessed wrong."""
    with pytest.raises(ConfigurationError, match="this one has 'Hobby', 'Town', divided at ','"):
        files.import_("Hobby,Town\n", "assignments")


@pytest.mark.parametrize("first", ["Ann Lee;Secret;Paris", "Ann Lee;Customer ID;Paris"])
def test_a_pasted_text_without_a_header_shows_nothing_of_its_first_line(files, caplog, first):
    """Not in the error, the log or the report: unknown columns are told by their numbers."""
    try:
        told = str(files.import_(f"{first}\nBob;C-1;Rome\n", "assignments", is_pasted=True).as_dict())
    except ConfigurationError as error:
        told = str(error)

    assert "column 1" in told
    assert not any(each in f"{told} {caplog.text}" for each in ("Ann", "Secret", "Paris"))
