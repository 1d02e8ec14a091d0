"""Files of customers: what arrives in Upflow, and what stays as it is."""


def test_a_new_customer_is_created_with_its_details(files):
    """With all columns of the page, by POST."""
    files.import_(
        "Customer name;Customer ID;Accounting code;VAT number;Address;Postal code;Town;State/Region;Country\n"
        "Alder;C-1;411ALD;FR123;1 rue A;01000;Bourg;Ain;France\n"
    )

    assert files.writes() == [
        (
            "POST",
            "/customers",
            {
                "externalId": "C-1",
                "name": "Alder",
                "vatNumber": "FR123",
                "accountingRef": "411ALD",
                "address": {
                    "address": "1 rue A",
                    "zipcode": "01000",
                    "city": "Bourg",
                    "state": "Ain",
                    "country": "France",
                },
            },
        )
    ]


def test_only_cells_that_differ_are_sent(files):
    """To a customer that exists, by PUT."""
    files.customer("C-1", name="Alder", vatNumber="FR1", accountingRef="A")

    report = files.import_("Customer name,Customer ID,VAT number,Accounting code\nAlder,C-1,FR2,A\n")

    assert files.writes() == [("PUT", "/customers/external:C-1", {"vatNumber": "FR2"})]
    assert (report.records.created, report.records.updated) == (0, 1)


def test_an_unchanged_line_costs_no_write(files):
    """It is compared with what Upflow shows."""
    files.customer("C-1", name="Alder", vatNumber="FR1")

    report = files.import_("Customer name,Customer ID,VAT number\nAlder,C-1,FR1\n")

    assert files.writes() == []
    assert report.records.unchanged == report.accepted == 1


def test_a_file_sets_again_what_somebody_has_changed_in_the_app(files):
    """The ledger does not remember what a file has sent, because Upflow itself is compared."""
    text = "Customer name,Customer ID,VAT number\nAlder,C-1,FR1\n"
    files.import_(text)
    files.upflow.people.edit("customers", "C-1", vatNumber="by hand")
    assert files.ledger.records("file:customers", ["C-1"])["C-1"].payload_hash is None

    files.import_(text)

    assert files.writes() == [("PUT", "/customers/external:C-1", {"vatNumber": "FR1"})]


def test_an_empty_optional_cell_keeps_what_is_there(files):
    """Nothing is sent about it."""
    files.customer("C-1", name="Alder", vatNumber="FR1")

    files.import_("Customer name,Customer ID,VAT number,Accounting code\nAlder,C-1,,X\n")

    assert files.writes() == [("PUT", "/customers/external:C-1", {"accountingRef": "X"})]


def test_an_empty_optional_cell_clears_if_that_is_wanted(files):
    """Details, the account manager and the workflow, custom fields, and the parent."""
    store = files.upflow.store
    user, plan = next(iter(store.organization.users)), next(iter(store.organization.dunning_plans))
    files.upflow.behaviour.null_parent = "clears"
    files.field("Region code", "TEXT")
    field_id = next(iter(store.custom_fields))
    files.customer("P-1")
    files.customer(
        "C-1",
        name="Alder",
        vatNumber="FR1",
        accountManagerId=user,
        dunningPlanId=plan,
        parent={"externalId": "P-1"},
        customFields=[{"id": field_id, "value": "x"}],
    )

    files.import_(
        "Customer name,Customer ID,VAT number,Account manager,Workflow,Region code,Parent ID\nAlder,C-1,,,,,\n",
        clear_empty=True,
    )

    shown = files.shown("C-1")
    assert (shown["vatNumber"], shown["accountManagerId"], shown["dunningPlanId"], shown["parent"]) == (
        "",
        None,
        None,
        None,
    )
    assert files.values("C-1") == {"Region code": None}


def test_a_partial_address_changes_its_cells_only(files):
    """Upflow takes the address as a whole, so that the rest of it is sent along."""
    address = {"address": "1 rue A", "zipcode": "01000", "city": "Bourg", "state": "", "country": "France"}
    files.customer("C-1", name="Alder", address=address)

    files.import_("Customer name,Customer ID,Town\nAlder,C-1,Lyon\n")

    assert files.writes() == [("PUT", "/customers/external:C-1", {"address": {**address, "city": "Lyon"}})]


def test_a_name_alone_is_enough_for_one_customer(files):
    """It is found by its name."""
    files.customer("C-1", name="Alder")

    files.import_("Customer name,VAT number\n Alder ,FR1\n")

    assert files.shown("C-1")["vatNumber"] == "FR1"


def test_a_customer_without_external_id_is_found_by_its_name(files):
    """It is addressed by its id in Upflow."""
    customer = files.customer("C-1", name="Alder")
    files.upflow.people.edit("customers", "C-1", externalId=None)

    files.import_("Customer name,VAT number\nAlder,FR1\n")

    assert files.writes() == [("PUT", f"/customers/{customer['id']}", {"vatNumber": "FR1"})]


def test_an_ambiguous_name_is_refused(files):
    """Nobody knows which of the customers is meant."""
    files.customer("C-1", name="Alder")
    files.customer("C-2", name="Alder")

    report = files.import_("Customer name,VAT number\nAlder,FR1\n")

    assert files.reasons() == ["Customer name: several customers have this name; add the ID"]
    assert (report.rejected, files.writes()) == (1, [])


def test_a_new_customer_needs_its_id(files):
    """The external id is what Upflow knows it by."""
    files.import_("Customer name,VAT number\nAlder,FR1\n")

    assert files.reasons() == [
        "Customer name: no customer in Upflow has this name; a new customer needs its Customer ID"
    ]


def test_a_new_customer_needs_its_name(files):
    """The name is required by Upflow; a line about a customer that exists can do without."""
    files.customer("C-1", name="Alder")

    files.import_("Customer name,Customer ID,VAT number\n,C-1,FR1\n,C-2,FR2\n")

    assert files.reasons() == ["Customer name: is required for a customer that is new to Upflow, and empty"]
    assert files.shown("C-1")["vatNumber"] == "FR1"


def test_a_line_must_name_its_customer(files):
    """By name or id."""
    files.import_("Customer name,Customer ID,VAT number\n,,FR1\n")

    assert files.reasons() == ["names no customer; fill Customer ID, or Customer name of one that Upflow has"]


def test_ids_stay_text(files):
    """Leading zeros and what looks like a number or a formula survive; blanks around an id do not count."""
    files.import_(
        "Customer name,Customer ID,Accounting code\n=cmd(),  00012 ,1 234,5\n".replace("1 234,5", '"1 234,5"')
    )

    shown = files.shown("00012")
    assert (shown["name"], shown["accountingRef"]) == ("=cmd()", "1 234,5")


def test_an_identical_line_counts_once(files):
    """Both lines are accepted."""
    report = files.import_("Customer name,Customer ID\nAlder,C-1\nAlder,C-1\n")

    assert len(files.writes()) == report.records.created == 1
    assert (report.read, report.accepted) == (2, 2)


def test_a_conflicting_repeat_is_refused(files):
    """All lines that contradict each other: nobody knows which one is right."""
    report = files.import_("Customer name,Customer ID,VAT number\nAlder,C-1,FR1\nAlder,C-1,FR2\nBirch,C-2,FR3\n")

    assert files.reasons() == [
        "VAT number: line 3 says something else; keep one",
        "VAT number: line 2 says something else; keep one",
    ]
    assert (report.rejected, report.accepted, len(files.writes())) == (2, 1, 1)


def test_an_id_that_cannot_be_one(files):
    """It has a line end within, or is longer than any."""
    files.import_(f'Customer name,Customer ID\nAlder,"C\n1"\nBirch,{"x" * 256}\n')

    assert files.reasons() == ["Customer ID: must be one line of at most 255 characters"] * 2


def test_one_bad_cell_refuses_its_whole_line(files):
    """Nothing of the line is imported; other lines are."""
    files.import_("Customer name,Customer ID,Account manager\nAlder,C-1,nobody@example.com\nBirch,C-2,\n")

    assert [body["externalId"] for _, _, body in files.writes()] == ["C-2"]


def test_what_upflow_refuses_is_a_refused_line(files):
    """With Upflow's words, in the report and in the error file."""
    refusal = {"collection": "customers", "field": "vatNumber", "says": "is no VAT number", "values": "bad"}
    files.upflow.configure({"behaviour": {"refused_fields": (refusal,)}})

    report = files.import_("Customer name,Customer ID,VAT number\nAlder,C-1,bad\nBirch,C-2,FR1\n")

    assert (report.accepted, report.rejected) == (1, 1)
    assert "is no VAT number" in files.reasons()[0]
