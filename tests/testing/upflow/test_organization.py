"""What belongs to the organization in the fake Upflow: custom fields, users, workflows, actions and so on."""

import pytest

TIER = {"name": "Tier", "externalId": "tier", "entityType": "CUSTOMER", "dataType": "TEXT"}


def define(api, **fields):
    """Define a custom field of customers."""
    return api.done("POST", "/custom_fields", TIER | fields)


def value(api, sent):
    """Import a customer with a value of the field `tier`, and return the value it then has."""
    return api.customer(customFields=[{"externalId": "tier", "value": sent}])["customFields"][0]["value"]


def test_life_of_a_custom_field(api):
    """A custom field is defined, listed and deleted, and its values go with it."""
    created = api("POST", "/custom_fields", TIER)
    value(api, "gold")

    listed = api.done("GET", "/custom_fields")
    deleted = api("DELETE", f"/custom_fields/{created.json()['id']}")

    assert created.status_code == 201
    assert listed["items"] == [created.json()] == [{"id": created.json()["id"], **TIER}]
    assert deleted.status_code == 204
    assert api.done("GET", "/custom_fields")["total"] == 0
    assert api.done("GET", "/customers/external:cus_1")["customFields"] == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"name": ""}, "name: String should have", id="name"),
        pytest.param({"entityType": "CONTACT"}, "entityType: Input should be", id="entity"),
        pytest.param({"dataType": "LIST"}, "dataType: Input should be", id="type"),
        pytest.param({"options": []}, "options: Extra inputs", id="options"),
    ],
)
def test_refused_definitions(api, change, message):
    """A definition that cannot be is refused."""
    assert api.refused("POST", "/custom_fields", TIER | change).startswith(message)


def test_external_ids_of_custom_fields_are_unique(api):
    """Defining the same field again is refused: this is no import."""
    define(api)

    assert api.refused("POST", "/custom_fields", TIER) == "externalId: is taken by another custom field"


@pytest.mark.parametrize(("path", "other"), [("custom_fields", "custom_field"), ("custom_field", "custom_fields")])
def test_spelling_of_the_path(api, path, other):
    """Only one of the two spellings exists; which one is a switch."""
    api.fake.behaviour.custom_fields_path = path

    created = api("POST", f"/{path}", TIER)

    assert created.status_code == 201
    assert api.done("GET", f"/{path}")["total"] == 1
    assert [
        api("GET", f"/{other}").status_code,
        api("POST", f"/{other}", TIER).status_code,
        api("DELETE", f"/{other}/{created.json()['id']}").status_code,
    ] == [404, 404, 404]


@pytest.mark.parametrize(
    ("data_type", "taken", "refused"),
    [
        pytest.param("TEXT", "x" * 2000, "x" * 2001, id="text"),
        pytest.param("NUMBER", 1.5, True, id="number"),
        pytest.param("DATE", "2025-06-01", "2025-06-01T00:00:00Z", id="date"),
        pytest.param("BOOLEAN", False, 0, id="boolean"),
        pytest.param("SELECT", {"label": "One"}, "One", id="select"),
        pytest.param("MULTI_SELECT", [{"label": "One"}], {"label": "One"}, id="multi-select"),
    ],
)
def test_values(api, data_type, taken, refused):
    """A custom field takes values of its type, and null."""
    define(api, dataType=data_type)

    assert value(api, taken) == taken
    assert value(api, None) is None
    reason = api.refused(
        "POST",
        "/customers",
        {"externalId": "x", "name": "X", "customFields": [{"externalId": "tier", "value": refused}]},
    )
    assert reason == f"customFields.0.value: is no value of a {data_type} field"


def test_answers_show_values(api):
    """A value is shown with both ids of its field and its source; other fields keep theirs."""
    field = define(api)
    other = define(api, externalId="other")
    api.customer(customFields=[{"externalId": "tier", "value": "gold"}, {"externalId": "other", "value": "1"}])

    changed = api.done("PUT", "/customers/external:cus_1", {"customFields": [{"id": field["id"], "value": "tin"}]})

    assert changed["customFields"] == [
        {"id": field["id"], "externalId": "tier", "value": "tin", "source": "USER_DEFINED"},
        {"id": other["id"], "externalId": "other", "value": "1", "source": "USER_DEFINED"},
    ]


def test_a_new_label_makes_an_option(api):
    """Labels that were not seen before become options, with their case."""
    field = define(api, dataType="MULTI_SELECT")

    value(api, [{"label": "One"}, {"label": "one"}])
    value(api, [{"label": "One"}])

    assert api.fake.store.custom_fields[field["id"]]["options"] == [{"label": "One"}, {"label": "one"}]


def test_values_of_no_field(api):
    """A custom field cannot be made by an import, and must be one of customers."""
    define(api, entityType="INVOICE")
    body = {"externalId": "x", "name": "X"}

    missing = api("POST", "/customers", body | {"customFields": [{"externalId": "none", "value": "1"}]})
    reason = api.refused("POST", "/customers", body | {"customFields": [{"externalId": "tier", "value": "1"}]})

    assert missing.status_code == 404
    assert reason == "customFields.0: is no custom field of customers"


def test_users(api):
    """Members are listed at once, under their own key."""
    assert api.done("GET", "/users") == {"users": list(api.fake.store.organization.users.values())}


@pytest.mark.parametrize("collection", ["dunning_plans", "bank_accounts"])
def test_properties(api, collection):
    """Workflows and bank accounts are listed."""
    listed = api.done("GET", f"/{collection}")["items"]

    assert listed == list(getattr(api.fake.store.organization, collection).values())
    assert all(each["id"] for each in listed)


def test_actions(api):
    """Actions are listed and read one by one."""
    action = {"id": "a_1", "name": "Reminder", "type": "EMAIL", "state": "EXECUTED", "source": "WORKFLOW"}
    api.fake.store.organization.actions["a_1"] = action

    assert api.done("GET", "/actions")["items"] == [action]
    assert api.done("GET", "/actions/a_1") == action
    assert api("GET", "/actions/a_2").status_code == 404
