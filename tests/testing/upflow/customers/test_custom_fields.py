"""Custom fields of the fake Upflow: what is not known of them is a switch, and values are checked by type."""

import pytest

DEFINITION = {"name": "Tier", "entityType": "INVOICE", "dataType": "SELECT"}
OTHER = {"label": "Tier", "entity": "INVOICE", "type": "SELECT"}
INVOICE = {
    "externalId": "in_1",
    "customId": "F-1",
    "issuedAt": "2025-06-01",
    "dueDate": "2025-07-01",
    "currency": "EUR",
    "grossAmount": 1200,
    "netAmount": 1000,
    "customer": {"externalId": "cus_1"},
}


def test_definitions_have_one_of_two_spellings(api, upflow):
    """The other one is refused, in a body that has all of it or a part."""
    assert "label: Extra inputs" in api.refused("POST", "/custom_fields", {**DEFINITION, "label": "x"})
    upflow.behaviour.custom_field_spelling = "type"
    for body in (DEFINITION, {**OTHER, "name": "x"}):
        assert "Extra inputs" in api.refused("POST", "/custom_fields", body)
    made = api("POST", "/custom_fields", OTHER).json()

    assert OTHER.items() <= made.items()
    assert OTHER.items() <= api("GET", "/custom_fields").json()["items"][0].items()


@pytest.mark.parametrize(("shown", "options"), [("hidden", None), ("labels", ["One"]), ("objects", [{"label": "One"}])])
def test_options_may_be_in_sight(api, upflow, shown, options):
    """Those of selects only."""
    upflow.behaviour.custom_field_options = shown
    field = api("POST", "/custom_fields", DEFINITION).json()
    text = api("POST", "/custom_fields", {**DEFINITION, "dataType": "TEXT"}).json()
    upflow.store.custom_fields[field["id"]]["options"].append({"label": "One"})
    listed = {each["id"]: each for each in api("GET", "/custom_fields").json()["items"]}

    assert listed[field["id"]].get("options") == options
    assert "options" not in listed[text["id"]]


@pytest.mark.parametrize(
    ("behaviour", "status", "held"), [("kept", 201, ["One"]), ("ignored", 201, None), ("refused", 400, None)]
)
def test_documents_may_have_custom_fields(api, upflow, behaviour, status, held):
    """Of their own, in the form that their types ask for; a deleted field takes its values with it."""
    upflow.behaviour.document_custom_fields = behaviour
    api("POST", "/customers", {"externalId": "cus_1", "name": "Alder"})
    field = api("POST", "/custom_fields", DEFINITION).json()["id"]
    own = api("POST", "/custom_fields", {**DEFINITION, "entityType": "CUSTOMER"}).json()["id"]
    values = [{"id": field, "value": {"label": "One"}}]
    answer = api("POST", "/invoices", {**INVOICE, "customFields": values})

    assert answer.status_code == status
    shown = answer.json().get("customFields")
    assert (shown and [each["value"]["label"] for each in shown]) == held
    if behaviour == "kept":
        assert "no custom field of invoices" in api.refused(
            "POST", "/invoices", {**INVOICE, "customFields": [{"id": own, "value": None}]}
        )
        wrong = {**INVOICE, "customFields": [{"id": field, "value": "One"}]}
        assert "no value of a SELECT field" in api.refused("POST", "/invoices", wrong)
        api("DELETE", f"/custom_fields/{field}")
        assert api("GET", "/invoices/external:in_1").json()["customFields"] == []
