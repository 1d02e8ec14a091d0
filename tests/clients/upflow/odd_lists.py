"""Upflow's lists with one field of some records changed into something odd, in memory."""

import json

from upflow_provider.clients.bounded_answers import read_json
from upflow_provider.clients.upflow.pages import one_record, records
from upflow_provider.errors import NotFoundError
from upflow_provider.records.payloads import COLLECTIONS

ABSENT = "absent"
VALUES = (
    *(ABSENT, None, "", [], {}, True, False, -1, 0, 7, 10**24, 10**30, 1.5, 1200.0, 1e24),
    *(
        "\ud83d",
        "a\x00b",
        "x" * 100_000,
        " blank ",
        "2026-13-45",
        ["x"],
        [None],
        [{}],
        [[]],
        {"id": None},
        {"id": ["x"]},
    ),
)
"""What fields become."""


def outcome(call):
    """Return what a call returns, or the name of the error that it raises."""
    try:
        return call()
    except Exception as error:  # noqa: BLE001 - a test compares it
        return type(error).__name__


class OddLists:
    """
    Upflow as a client shows it, but for some records.

    Args:
        client: Whose lists are kept; other calls go to it.
        is_victim: Returns whether a record is one of those that become odd, given as it is.

    Attributes:
        field: Name of the field that becomes odd, wherever in such a record it is.
        value: What it becomes.
    """

    def __init__(self, client, is_victim):
        self._client, self._is_victim = client, is_victim
        self.field = self.value = None
        self.lists = {name: list(client.list(name)) for name in COLLECTIONS}

    def __getattr__(self, name):
        """Return what the client has."""
        return getattr(self._client, name)

    def fields(self):
        """Return the names of all fields of the records."""
        return sorted({name for each in self.lists.values() for name in _names(each)})

    def list(self, collection, *, with_unnamed=False):
        """List the records of a collection, as the client would."""
        shown = [self._shown(each) for each in self.lists[collection]]
        answer = read_json(json.dumps({"total": len(shown), "items": shown}).encode())
        return records(lambda _: answer, f"GET /{collection}", 1000, with_unnamed=with_unnamed)

    def get(self, collection, ref):
        """Return one record, by the external id that it had."""
        for each in self.lists[collection]:
            if ref == f"external:{each.get('externalId')}":
                return one_record(read_json(json.dumps(self._shown(each)).encode()), "GET /x")
        raise NotFoundError("GET /x: 404")

    def _shown(self, record):
        return self._changed(record) if self._is_victim(record) else record

    def _changed(self, value):
        if isinstance(value, list):
            return [self._changed(each) for each in value]
        if not isinstance(value, dict):
            return value
        changed = {name: self._changed(each) for name, each in value.items() if name != self.field}
        return changed if self.field not in value or self.value == ABSENT else {**changed, self.field: self.value}


def _names(value):
    if isinstance(value, list):
        return {name for each in value for name in _names(each)}
    if not isinstance(value, dict):
        return set()
    return {*value, *(name for each in value.values() for name in _names(each))}
