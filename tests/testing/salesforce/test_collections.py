"""The fake Salesforce writes Accounts that come in JSON, record by record."""

from decimal import Decimal

import pytest

from tests.testing.salesforce.plain import body


def test_updates(org):
    """Results come in the order of the request; the log tells what was written, in either form of the Id."""
    a, b = org.fake.add_account(Name="a"), org.fake.add_account(Name="b", Outstanding__c=5)
    results = org.update({"id": b, "Outstanding__c": None}, {"Id": a[:15], "Outstanding__c": 10.25, "Vip__c": True})

    assert results == [{"id": each, "success": True, "errors": []} for each in (b, a)]
    assert org.fake.updates == [
        (b, {"Outstanding__c": None}),
        (a, {"Outstanding__c": Decimal("10.25"), "Vip__c": True}),
    ]
    assert org.fake.account(a)["Outstanding__c"] == Decimal("10.25")
    assert org.fake.inserts == []


def test_some_fail(org):
    """The others are written, and the answer is 200 all the same."""
    good, gone, merged = (org.fake.add_account() for _ in range(3))
    org.fake.delete_account(gone)
    org.fake.merge_accounts(good, merged)
    results = org.update(
        {"id": gone, "Name": "x"},
        {"id": merged, "Name": "x"},
        {"id": good, "Name": "x"},
        {"id": "001000000000001", "Name": "x"},
        {"id": "003000000000001", "Name": "x"},
        {"Name": "x"},
    )

    assert [each["success"] for each in results] == [False, False, True, False, False, False]
    assert [each["errors"][0]["statusCode"] for each in results if not each["success"]] == [
        "ENTITY_IS_DELETED",
        "ENTITY_IS_DELETED",
        "INVALID_CROSS_REFERENCE_KEY",
        "MALFORMED_ID",
        "MISSING_ARGUMENT",
    ]
    assert [each.get("id") for each in results] == [gone, merged, good, None, None, None]
    assert org.fake.updates == [(good, {"Name": "x"})]


def test_errors_of_fields(org):
    """They name the field, and nothing of the record is written."""
    account = org.fake.add_account(Name="a")
    other = org.fake.add_account(Key__c="K")
    org.fake.fields["Note__c"]["updateable"] = False
    wanted = {
        "Key__c": ("k", "DUPLICATE_VALUE"),
        "Link__c": ("x" * 256, "STRING_TOO_LONG"),
        "Note__c": ("x", "INVALID_FIELD_FOR_INSERT_UPDATE"),
        "IsDeleted": (True, "INVALID_FIELD_FOR_INSERT_UPDATE"),
        "Name": (None, "REQUIRED_FIELD_MISSING"),
    }
    errors = {}
    for name, (value, _) in wanted.items():
        [result] = org.update({"id": account, "Description": "new", name: value})
        [errors[name]] = result["errors"]

    assert {name: error["statusCode"] for name, error in errors.items()} == {
        name: code for name, (_, code) in wanted.items()
    }
    assert all(error["fields"] == [name] for name, error in errors.items())
    assert errors["Key__c"]["message"].endswith(f"duplicates value on record with id: {other}")
    assert org.fake.account(account)["Description"] is None


def test_unique_values_are_free_again(org):
    """After a change or a deletion; an Account keeps its own."""
    a, b = org.fake.add_account(Key__c="1"), org.fake.add_account(Key__c="2")
    own = org.update({"id": a, "Key__c": "1"})
    org.update({"id": a, "Key__c": "3"})
    freed = org.update({"id": b, "Key__c": "1"})
    org.fake.delete_account(b)

    assert own[0]["success"]
    assert freed[0]["success"]
    assert org.update({"id": a, "Key__c": "1"})[0]["success"]


def test_all_or_none(org):
    """One failure undoes all others; without one all are written."""
    a, b = org.fake.add_account(Name="a", Key__c="1"), org.fake.add_account(Name="b")
    results = org.update({"id": a, "Key__c": "2"}, {"id": b, "Name": None}, allOrNone=True)
    undone = org.fake.account(a)["Key__c"], list(org.fake.updates)
    third = org.fake.add_account(Key__c="2")

    assert [each["errors"][0]["statusCode"] for each in results] == [
        "ALL_OR_NONE_OPERATION_ROLLED_BACK",
        "REQUIRED_FIELD_MISSING",
    ]
    assert undone == ("1", [])
    assert third in org.fake.accounts
    assert org.update({"id": b, "Name": "B"}, allOrNone=True)[0]["success"]


@pytest.mark.parametrize(
    ("records", "error"),
    [
        ([{"Nope__c": 1}], ("INVALID_FIELD", "No such column 'Nope__c' on sobject of type Account")),
        ([{"Vip__c": None}], ("JSON_PARSER_ERROR", "Cannot deserialize instance of boolean from VALUE_NULL")),
        ([{"Name": "b"}] * 200, ("EXCEEDED_ID_LIMIT", "record limit reached. cannot submit more than 200 records")),
        ([{"attributes": {"type": "Contact"}}], ("INVALID_TYPE", "sObject type 'Contact' is not supported.")),
        ([{"attributes": None}], ("INVALID_TYPE", "sObject type missing")),
        ([{"attributes": {}}], ("INVALID_TYPE", "sObject type missing")),
    ],
)
def test_one_record_that_refuses_all(org, records, error):
    """Nothing is written."""
    account = org.fake.add_account(Name="a")
    sent = body({"id": account, "Name": "b"}, *records)
    code, message = org.refused("PATCH", "/composite/sobjects", json=sent)

    assert code == error[0]
    assert message.startswith(error[1])
    assert org.fake.updates == []


def test_an_id_twice(org):
    """In either form, it refuses all."""
    account = org.fake.add_account()
    sent = body({"id": account, "Name": "a"}, {"id": account[:15], "Name": "b"}, {"Name": "c"}, {"Name": "d"})

    assert org.refused("PATCH", "/composite/sobjects", json=sent) == (
        "DUPLICATE_VALUE",
        f"Duplicate id specified: {account}",
    )


def test_200_records(org):
    """So many are taken."""
    accounts = [org.fake.add_account() for _ in range(200)]

    assert all(each["success"] for each in org.update(*({"id": each, "Name": "b"} for each in accounts)))


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        ({"json": []}, 400, "JSON_PARSER_ERROR"),
        ({"json": {"records": []}}, 400, "JSON_PARSER_ERROR"),
        ({"json": {"records": {}}}, 400, "JSON_PARSER_ERROR"),
        ({"json": {"records": ["x"]}}, 400, "JSON_PARSER_ERROR"),
        ({"json": {"records": [], "colour": "red"}}, 400, "JSON_PARSER_ERROR"),
        ({"data": "{", "headers": {"Content-Type": "application/json"}}, 400, "JSON_PARSER_ERROR"),
        ({"data": '{"records": NaN}', "headers": {"Content-Type": "application/json"}}, 400, "JSON_PARSER_ERROR"),
        ({"data": "{}", "headers": {"Content-Type": "text/plain"}}, 415, "UNSUPPORTED_MEDIA_TYPE"),
    ],
)
def test_other_bodies(org, sent, status, code):
    """They are refused."""
    assert org.refused("PATCH", "/composite/sobjects", status, **sent)[0] == code


def test_hidden_fields_are_unknown(org):
    """A field that the user cannot see is refused like one that does not exist."""
    account = org.fake.add_account()
    org.fake.hidden.add("Note__c")

    assert org.refused("PATCH", "/composite/sobjects", json=body({"id": account, "Note__c": "x"}))[0] == "INVALID_FIELD"


def test_a_user_who_may_not_edit(org):
    """Every record is refused."""
    account = org.fake.add_account()
    org.fake.updateable = False

    assert org.update({"id": account, "Name": "x"})[0]["errors"][0]["statusCode"] == "INSUFFICIENT_ACCESS_OR_READONLY"


def test_trouble_with_single_accounts(org):
    """Locks pass, rules stay; whoever is not concerned is written."""
    locked, stuck, ruled, free = (org.fake.add_account() for _ in range(4))
    org.fake.trouble.lock(locked[:15], times=2)
    org.fake.trouble.lock(stuck, times=None)
    org.fake.trouble.validation_rule(ruled, "No", "Name")
    attempts = [org.update(*({"id": each, "Name": "x"} for each in (locked, stuck, ruled, free))) for _ in range(3)]
    codes = [[each["errors"][0]["statusCode"] if each["errors"] else None for each in attempt] for attempt in attempts]

    always = ["UNABLE_TO_LOCK_ROW", "FIELD_CUSTOM_VALIDATION_EXCEPTION", None]
    assert codes == [["UNABLE_TO_LOCK_ROW", *always]] * 2 + [[None, *always]]
    assert attempts[0][2]["errors"] == [
        {"statusCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "message": "No", "fields": ["Name"]}
    ]


def test_another_user_in_between(org):
    """Acts after the request has arrived, and before it is carried out."""
    account = org.fake.add_account()
    org.fake.trouble.before_write = lambda: org.fake.delete_account(account)

    assert org.update({"id": account, "Name": "x"})[0]["errors"][0]["statusCode"] == "ENTITY_IS_DELETED"


@pytest.mark.parametrize(
    ("method", "path", "sent"),
    [
        ("POST", "/composite/sobjects", body({"Name": "a"})),
        ("POST", "/composite/tree/Account", body({"Name": "a"})),
        ("PATCH", "/composite/sobjects/Account/Key__c", body({"Key__c": "1", "Name": "a"})),
        ("POST", "/sobjects/Account", {"Name": "a"}),
        ("PATCH", "/sobjects/Account/Key__c/1", {"Name": "a"}),
        ("POST", "/jobs/ingest", {"object": "Account", "operation": "insert"}),
        ("POST", "/jobs/ingest", {"object": "Account", "operation": "upsert", "externalIdFieldName": "Key__c"}),
    ],
)
def test_attempts_to_make_accounts(org, method, path, sent):
    """Each is refused and noted, upserts of an Account that exists too."""
    account = org.fake.add_account(Key__c="1", Name="old")
    code, _ = org.refused(method, path, 403, json=sent)

    assert code == "INSUFFICIENT_ACCESS_OR_READONLY"
    assert [each.partition(" ")[0] for each in org.fake.inserts] == [method]
    assert (org.fake.writes, org.fake.updates, len(org.fake.accounts)) == (1, [], 1)
    assert org.fake.account(account)["Name"] == "old"


def test_single_accounts(org):
    """They are read and changed by Id; those that are gone are not found."""
    account, gone = org.fake.add_account(Name="a", Outstanding__c=1.5), org.fake.add_account()
    org.fake.delete_account(gone)
    path = "/sobjects/Account"
    changed = org("PATCH", f"{path}/{account}", json={"Name": "b"})
    read = org.get(f"{path}/{account[:15]}")

    assert (changed.status_code, changed.content) == (204, b"")
    assert (read["Id"], read["Name"], read["Outstanding__c"], read["Vip__c"]) == (account, "b", 1.5, False)
    assert org.refused("GET", f"{path}/{gone}", 404)[0] == "ENTITY_IS_DELETED"
    assert org.refused("GET", f"{path}/001000000000009", 404)[0] == "NOT_FOUND"
    assert org.refused("GET", f"{path}/nobody", 404)[0] == "NOT_FOUND"
    assert org.refused("PATCH", f"{path}/{gone}", 404, json={"Name": "b"})[0] == "ENTITY_IS_DELETED"
    assert org.refused("PATCH", f"{path}/{account}", json={"Name": None})[0] == "REQUIRED_FIELD_MISSING"
    assert org.refused("PATCH", f"{path}/{account}", json={"Id": account})[0] == "INVALID_FIELD"
