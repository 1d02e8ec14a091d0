"""Custom fields: definitions, and the values that customers and documents hold."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from upflow_provider.testing.upflow.behaviour import Behaviour
from upflow_provider.testing.upflow.records import contacts
from upflow_provider.testing.upflow.records.references import resolve
from upflow_provider.testing.upflow.records.refusal import RefusedError
from upflow_provider.testing.upflow.records.schemas import CustomFieldCreate, CustomFieldValue
from upflow_provider.testing.upflow.records.store import Record, Store

MAX_TEXT = 2_000
"""Longest text value (https://docs.upflow.io, customer import)."""


def _is_label(value: object) -> bool:
    return isinstance(value, dict) and value.keys() == {"label"} and isinstance(value["label"], str)


_TAKES: dict[str, Callable[[Any], bool]] = {
    "TEXT": lambda value: isinstance(value, str) and len(value) <= MAX_TEXT,
    "NUMBER": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "DATE": lambda value: isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value) is not None,
    "BOOLEAN": lambda value: isinstance(value, bool),
    "SELECT": _is_label,
    "MULTI_SELECT": lambda value: isinstance(value, list) and all(_is_label(each) for each in value),
}


ENTITIES = {"customers": "CUSTOMER", "invoices": "INVOICE", "payments": "PAYMENT", "credit_notes": "CREDIT_NOTE"}
"""What has custom fields, by collection."""
_SPELLINGS = {"dataType": {}, "type": {"name": "label", "entityType": "entity", "dataType": "type"}}
"""What properties of definitions are called; they are stored under the names on the left."""


def spelt(behaviour: Behaviour, body: Any) -> Any:  # noqa: ANN401 - JSON
    """
    Return the body of a definition with the names under which it is stored.

    Raises:
        RefusedError: It has a property in the spelling that does not exist here.
    """
    names = _SPELLINGS[behaviour.custom_field_spelling]
    if not isinstance(body, dict):
        return body
    if wrong := names.keys() & body.keys():
        raise RefusedError(f"{min(wrong)}: Extra inputs are not permitted")
    stored = {spelling: name for name, spelling in names.items()}
    return {stored.get(name, name): value for name, value in body.items()}


def shown(behaviour: Behaviour, definition: Record) -> dict[str, Any]:
    """Return a custom field as the API shows it; whether its options are in sight is not known."""
    names = _SPELLINGS[behaviour.custom_field_spelling]
    hidden = ("createdAt", "modifiedAt", "options")
    answer = {names.get(key, key): value for key, value in definition.items() if key not in hidden}
    if behaviour.custom_field_options == "hidden" or definition["dataType"] not in ("SELECT", "MULTI_SELECT"):
        return answer
    as_labels = behaviour.custom_field_options == "labels"
    return {**answer, "options": [each["label"] if as_labels else each for each in definition["options"]]}


def define(store: Store, body: CustomFieldCreate) -> Record:
    """
    Define a custom field.

    Raises:
        RefusedError: Its external id is taken.
    """
    if body.external_id is not None and store.by_external_id("custom_fields", body.external_id):
        raise RefusedError("externalId: is taken by another custom field")
    return store.put("custom_fields", {"externalId": None, **body.sent(), "options": []})


def remove(store: Store, definition: Record) -> None:
    """Delete a custom field, and its values everywhere."""
    store.remove("custom_fields", definition)
    for collection in ENTITIES:
        for record in store.table(collection).values():
            if held := record.get("customFields"):
                record["customFields"] = [value for value in held if value["id"] != definition["id"]]
    for customer in store.customers.values():
        customer["contacts"] = contacts.of_fields(store, customer)


def merged(
    store: Store, behaviour: Behaviour, collection: str, current: Sequence[Record], sent: Sequence[CustomFieldValue]
) -> list[Record]:
    """
    Return the values of a record of a collection after *sent*; those of other fields stay.

    Raises:
        RefusedError: A field does not exist, or does not take its value.
    """
    values = {value["id"]: value for value in current}
    for number, each in enumerate(sent):
        path = f"customFields.{number}"
        definition = resolve(store, behaviour, "custom_fields", each, path)
        if definition["entityType"] != ENTITIES[collection]:
            raise RefusedError(f"{path}: is no custom field of {collection}")
        if each.value is not None and not _TAKES[definition["dataType"]](each.value):
            raise RefusedError(f"{path}.value: is no value of a {definition['dataType']} field")
        values[definition["id"]] = {
            "id": definition["id"],
            "externalId": definition["externalId"],
            "value": each.value,
            "source": "USER_DEFINED",
        }
    return list(values.values())


def add_options(store: Store, values: Sequence[Record]) -> None:
    """Add labels that were not seen before to the options of their fields, as Upflow does."""
    for value in values:
        options = store.custom_fields[value["id"]]["options"]
        labels = value["value"] if isinstance(value["value"], list) else [value["value"]]
        for label in labels:
            if isinstance(label, dict) and label not in options:
                options.append(label)


def matches(customer: Record, field_id: str, wanted: str) -> bool:
    """Tell whether a customer holds a value, by its text or its label."""
    for held in customer["customFields"]:
        if held["id"] == field_id:
            values = held["value"] if isinstance(held["value"], list) else [held["value"]]
            return any(_text(value) == wanted for value in values)
    return False


def _text(value: object) -> str | None:
    if isinstance(value, dict):
        return str(value["label"])
    if isinstance(value, bool):
        return str(value).lower()
    return None if value is None else str(value)
