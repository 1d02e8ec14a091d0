"""The fake Salesforce answers the queries that it understands, and refuses all others."""

import pytest

from tests.testing.salesforce.plain import DATA


@pytest.fixture
def three(org):
    """Make three Accounts, and return them by name."""
    add = org.fake.add_account
    return {
        "a": add(Name="a", Key__c="K1", Outstanding__c=10.5, Vip__c=True, Since__c="2026-01-31", Tags__c="b;a"),
        "b": add(Name="b", Key__c="k2", Outstanding__c=-3, Parent__c=add(Name="parent"), Since__c="2026-02-01"),
        "c": add(Name="it's c"),
    }


def test_records(org, three):
    """They have the fields in the order asked for, with JSON's types, by their own names."""
    text = "select id, Name, outstanding__c, Vip__c, Tags__c, Since__c, Portal__c from account where Name = 'A'"

    assert org.query(text) == {
        "totalSize": 1,
        "done": True,
        "records": [
            {
                "attributes": {"type": "Account", "url": f"{DATA}/sobjects/Account/{three['a']}"},
                "Id": three["a"],
                "Name": "a",
                "Outstanding__c": 10.5,
                "Vip__c": True,
                "Tags__c": "a;b",
                "Since__c": "2026-01-31",
                "Portal__c": None,
            }
        ],
    }


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        ("Key__c != null", "ab"),
        ("Key__c = NULL AND Name <> 'parent'", "c"),
        ("Key__c = 'k1'", "a"),
        ("Key__c IN ('K2', 'x')", "b"),
        ("Name = 'it\\'s c'", "c"),
        ("Name = '\\n'", ""),
        ("Outstanding__c = 10.50", "a"),
        ("Outstanding__c > -3", "a"),
        ("Outstanding__c >= -3", "ab"),
        ("Outstanding__c < null", ""),
        ("Outstanding__c != -3 AND Outstanding__c != null", "a"),
        ("Vip__c = true", "a"),
        ("Vip__c != true AND Key__c != null", "b"),
        ("Since__c <= 2026-01-31", "a"),
        ("IsDeleted = false AND Key__c != null", "ab"),
        ("IsDeleted = true", ""),
        ("Id = '{a}'", "a"),
        ("Id IN ('{a_short}', '{c}')", "ac"),
        ("Id > '{a}' AND Name != 'parent'", "bc"),
    ],
)
def test_conditions(org, three, condition, names):
    """Text is compared whatever its letters' case, Ids in either form."""
    condition = condition.format(**three, a_short=three["a"][:15])
    found = org.column(f"SELECT Id FROM Account WHERE {condition}")  # noqa: S608 - SOQL, which only reads

    assert set(found) == {three[name] for name in names}


def test_order_and_limit(org, three):
    """Nulls come first, or last when it is turned round."""
    text = "SELECT Name FROM Account WHERE Name != 'parent' ORDER BY Outstanding__c "

    assert org.column(text, "Name") == ["it's c", "b", "a"]
    assert org.column(text + "DESC", "Name") == ["a", "b", "it's c"]
    assert org.column(text + "ASC LIMIT 2", "Name") == ["it's c", "b"]


def test_counting(org, three):
    """Only the number is told."""
    assert org.query("SELECT COUNT() FROM Account WHERE Key__c != null") == {
        "totalSize": 2,
        "done": True,
        "records": [],
    }


def test_deleted_accounts(org, three):
    """They are found by queryAll only; merged ones name their master."""
    org.fake.delete_account(three["a"])
    org.fake.merge_accounts(three["c"], three["b"])
    text = "SELECT Id, IsDeleted, MasterRecordId FROM Account WHERE Key__c != null"
    found = org.get("/queryAll", params={"q": text})["records"]

    assert org.query(text)["totalSize"] == 0
    assert [(each["IsDeleted"], each["MasterRecordId"]) for each in found] == [(True, None), (True, three["c"])]


def test_pages(org):
    """Later ones tell what the records hold by then."""
    made = [org.fake.add_account(Name=f"{number}") for number in range(4_001)]
    first = org.query("SELECT Id, Name FROM Account")
    org.fake.edit_account(made[2_000], Name="new")
    second = org.get(first["nextRecordsUrl"])
    third = org.get(second["nextRecordsUrl"])
    pages = first, second, third

    assert [(len(each["records"]), each["totalSize"], each["done"]) for each in pages] == [
        (2_000, 4_001, False),
        (2_000, 4_001, False),
        (1, 4_001, True),
    ]
    assert [each["Id"] for page in pages for each in page["records"]] == made
    assert second["records"][0]["Name"] == "new"
    assert "nextRecordsUrl" not in third


@pytest.mark.parametrize(("header", "size"), [("batchSize=200", 200), ("batchSize=1", 200), ("batchSize=9999", 300)])
def test_the_size_of_pages(org, header, size):
    """Clients may ask for smaller ones, within limits."""
    org.fake.page_size = 300
    for _ in range(301):
        org.fake.add_account()

    assert len(org.query("SELECT Id FROM Account", headers={"Sforce-Query-Options": header})["records"]) == size


@pytest.mark.parametrize("cursor", ["01gHr0000000009IAA-2000", "01gHr0000000001IAA", "x-y"])
def test_unknown_pages(org, cursor):
    """They are refused."""
    org.query("SELECT Id FROM Account")

    assert org.refused("GET", f"/query/{cursor}")[0] == "INVALID_QUERY_LOCATOR"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "MALFORMED_QUERY"),
        ("SELECT FROM Account", "INVALID_FIELD"),
        ("SELECT Id Account", "MALFORMED_QUERY"),
        ("SELECT Id, id FROM Account", "MALFORMED_QUERY"),
        ("SELECT COUNT(Id) FROM Account", "MALFORMED_QUERY"),
        ("SELECT COUNT FROM Account", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account OR", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE Name LIKE 'a%'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE Name ( 'a'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE Name = a", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE Name =", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE Name = 'a", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE Name = 'a' OR Name = 'b'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE Name IN 'a'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE Name IN ('a'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account LIMIT x", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account; DROP", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead", "INVALID_TYPE"),
        ("SELECT Id, Nope__c FROM Account", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE Nope__c = 1", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE Portal__c != null", "INVALID_FIELD"),
        ("SELECT Id FROM Account ORDER BY Tags__c", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE Name = 5", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE Outstanding__c = '5'", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE Vip__c = 'true'", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE Id = 'x'", "INVALID_QUERY_FILTER_OPERATOR"),
    ],
)
def test_what_is_not_understood(org, text, code):
    """It is refused, not guessed at."""
    assert org.refused("GET", "/query", params={"q": text})[0] == code


def test_a_hidden_field(org):
    """It does not exist."""
    org.fake.hidden.add("Key__c")
    code, message = org.refused("GET", "/query", params={"q": "SELECT Key__c FROM Account"})

    assert code == "INVALID_FIELD"
    assert message.startswith("No such column 'Key__c' on entity 'Account'.")


def test_a_long_statement(org):
    """Bulk queries take long ones, but not any."""
    text = f"SELECT Id FROM Account WHERE Name = '{'x' * 100_000}'"  # noqa: S608 - SOQL, which only reads

    code, message = org.refused("POST", "/jobs/query", json={"operation": "query", "query": text})
    assert (code, "100000" in message) == ("MALFORMED_QUERY", True)
