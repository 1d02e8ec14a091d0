"""
Writes of the fake Salesforce that take JSON: single Accounts, and collections of at most 200.

See https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_composite_sobjects_collections.htm.
"""

from typing import Any

from starlette.responses import Response

from upflow_provider.testing.salesforce.answers import answer
from upflow_provider.testing.salesforce.org.ids import long_id
from upflow_provider.testing.salesforce.org.org import Org
from upflow_provider.testing.salesforce.org.refusal import RowRefusalError, SalesforceRefusalError, not_found
from upflow_provider.testing.salesforce.org.store import Account
from upflow_provider.testing.salesforce.org.values import Value, to_json
from upflow_provider.testing.salesforce.org.writer import Writer
from upflow_provider.testing.salesforce.request import Asked, Handler, account_row

MAX_RECORDS = 200
"""Records in one request, at most."""
INSERTS = (
    ("POST", "/composite/sobjects"),
    ("POST", "/composite/tree/Account"),
    ("PATCH", "/composite/sobjects/Account/{key}"),
    ("POST", "/sobjects/Account"),
    ("PATCH", "/sobjects/Account/{key}/{value}"),
)
"""Method and path of every way to make Accounts, upserts among them; the fake notes and refuses each."""
_ROLLED_BACK = RowRefusalError(
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "Record rolled back because not all records were valid and the request was using AllOrNone header",
)

Row = dict[str, Value]


class Collections:
    """
    Answers those requests.

    Args:
        org: The org.
    """

    def __init__(self, org: Org) -> None:
        self._org, self._writer = org, Writer(org)

    @property
    def routes(self) -> list[tuple[str, str, Handler]]:
        """Method, path and handler of each endpoint."""
        return [
            ("PATCH", "/composite/sobjects", self._update),
            ("GET", "/sobjects/Account/{id}", self._read_one),
            ("PATCH", "/sobjects/Account/{id}", self._update_one),
            *((method, path, self._refuse_insert) for method, path in INSERTS),
        ]

    def _refuse_insert(self, asked: Asked) -> Response:
        raise self._writer.refuse_insert(f"{asked.request.method} {asked.request.url.path}")

    def _update(self, asked: Asked) -> Response:
        """Write the records of a request, and answer in their order."""
        body = asked.json("records", "allOrNone")
        self._org.trouble.intervene()
        rows = self._rows(body.get("records"))
        self._org.automation.begin([_normal(row.get("Id")) or "" for row in rows], allow_save=_allows_save(asked))
        done: list[tuple[str, Account]] = []
        results = [self._result(row, done) for row in rows]
        if body.get("allOrNone") is True and not all(each["success"] for each in results):
            for account_id, before in reversed(done):
                self._org.undo(account_id, before)
            results = [_failed(_ROLLED_BACK) if each["success"] else each for each in results]
        return answer(results)

    def _rows(self, records: object) -> list[Row]:
        if not isinstance(records, list) or not records:
            raise SalesforceRefusalError(400, "JSON_PARSER_ERROR", "records must be a list that is not empty")
        if len(records) > MAX_RECORDS:
            message = f"record limit reached. cannot submit more than {MAX_RECORDS} records into this call"
            raise SalesforceRefusalError(400, "EXCEEDED_ID_LIMIT", message)
        visible = self._org.visible
        rows = [account_row(_of_account(each), visible) for each in records]
        seen = set()
        for row in rows:
            if (account_id := _normal(row.get("Id"))) in seen:
                message = f"Duplicate id specified: {account_id}"
                raise SalesforceRefusalError(400, "DUPLICATE_VALUE", message)
            if account_id is not None:
                seen.add(account_id)
                self._org.trouble.check_record(account_id)
        return rows

    def _result(self, row: Row, done: list[tuple[str, Account]]) -> dict[str, Any]:
        """Write one record, and note in *done* what the Account was before."""
        given_id = _normal(row.pop("Id", None))
        accounts = self._org.accounts
        before = dict(accounts[given_id]) if given_id is not None and given_id in accounts else {}
        try:
            account_id = self._writer.update(given_id, row)
        except RowRefusalError as error:
            return _failed(error, given_id if given_id in accounts else None)
        done.append((account_id, before))
        return {"id": account_id, "success": True, "errors": []}

    def _update_one(self, asked: Asked) -> Response:
        self._org.trouble.intervene()
        row = account_row(asked.json(), self._org.visible)
        if "Id" in row:
            raise SalesforceRefusalError(
                400, "INVALID_FIELD", "The Id field should not be specified in the sobject data."
            )
        account_id = _normal(asked.part("id")) or ""
        self._org.trouble.check_record(account_id)
        self._org.automation.begin([account_id], allow_save=_allows_save(asked))
        try:
            self._writer.update(asked.part("id"), row)
        except RowRefusalError as error:
            gone = error.code in {"ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY"}
            body = {"message": error.message, "errorCode": error.code, "fields": list(error.fields)}
            return answer([body], 404 if gone else 400)
        return Response(status_code=204)

    def _read_one(self, asked: Asked) -> Response:
        account_id = _normal(asked.part("id"))
        if account_id not in self._org.accounts:
            raise not_found()
        account = self._org.accounts[str(account_id)]
        if account["IsDeleted"]:
            raise SalesforceRefusalError(404, "ENTITY_IS_DELETED", "entity is deleted")
        fields = self._org.visible.values()
        shown = {each["name"]: to_json(each, account.get(each["name"])) for each in fields}
        return answer({"attributes": attributes(asked.version, str(account_id)), **shown})


def attributes(version: str, account_id: str, sobject: str = "Account") -> dict[str, str]:
    """Return what a JSON answer tells of an Account, or a record of another object, as such."""
    return {"type": sobject, "url": f"/services/data/{version}/sobjects/{sobject}/{account_id}"}


def _of_account(record: object) -> object:
    """Return a record without its ``attributes``, which must say that it is an Account."""
    if not isinstance(record, dict):
        return record
    described = record.get("attributes")
    kind = described.get("type") if isinstance(described, dict) else None
    if kind != "Account":
        message = f"sObject type '{kind}' is not supported." if kind else "sObject type missing from attributes"
        raise SalesforceRefusalError(400, "INVALID_TYPE", message)
    return {name: value for name, value in record.items() if name != "attributes"}


def _allows_save(asked: Asked) -> bool:
    """Tell whether a request overrules alerts of duplicate rules."""
    options = asked.request.headers.get("sforce-duplicate-rule-header", "")
    return "allowsave=true" in options.lower().replace(" ", "")


def _failed(error: RowRefusalError, account_id: str | None = None) -> dict[str, Any]:
    known = {} if account_id is None else {"id": account_id}
    return {**known, "success": False, "errors": [error.json]}


def _normal(given_id: object) -> str | None:
    """Return the long form of an Id; what is none stays as it is."""
    if given_id is None:
        return None
    try:
        return long_id(str(given_id))
    except ValueError:
        return str(given_id)
