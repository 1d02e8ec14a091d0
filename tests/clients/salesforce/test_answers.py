"""Answers of Salesforce by themselves: what they mean, without a server."""

import json
from decimal import Decimal

import pytest
import requests

from upflow_provider.clients.salesforce.answers import Usage, content, problem, records, usage
from upflow_provider.clients.salesforce.refusals import Refusal
from upflow_provider.errors import (
    AuthenticationError,
    ConfigurationError,
    NotFoundError,
    ProtocolError,
    QuotaError,
    RefusedError,
    RetriableError,
)


def response(status=200, body=b"", **headers):
    """Return an answer as `requests` hands it over; what is no bytes is its JSON."""
    made = requests.Response()
    made.status_code = status
    made._content = body if isinstance(body, bytes) else json.dumps(body).encode()
    made.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return made


def csv(body, **headers):
    """Return an answer of the Bulk API."""
    return response(200, body.encode() if isinstance(body, str) else body, Content_Type="text/csv", **headers)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param("api-usage=18/5000", Usage(18, 5000), id="usual"),
        pytest.param("api-usage=25/5000; per-app-api-usage=17/250(appName=x)", Usage(25, 5000), id="app-after"),
        pytest.param("per-app-api-usage=17/250(appName=x); api-usage=25/5000", Usage(25, 5000), id="app-before"),
        pytest.param("per-app-api-usage=17/250(appName=x)", None, id="app-only"),
        pytest.param("api-usage=many", None, id="nonsense"),
        pytest.param("", None, id="empty"),
    ],
)
def test_the_daily_limit_is_that_of_the_whole_organization(told, expected):
    """Not that of one connected app, which may be told too."""
    assert usage(response(Sforce_Limit_Info=told)) == expected


def test_an_answer_that_does_not_tell_the_limit():
    """The login's, for instance."""
    assert usage(response()) is None


def test_numbers_are_exact():
    """A float would lose cents."""
    found = content(response(body=b'{"a": 1234567890123456.78, "b": 0.10, "c": 7, "d": null}'), "GET /x")

    assert found == {"a": Decimal("1234567890123456.78"), "b": Decimal("0.10"), "c": 7, "d": None}
    assert [type(each) for each in found.values()] == [Decimal, Decimal, int, type(None)]


@pytest.mark.parametrize("whole", ['{"id": "1", "name": "Ünal"}', '[{"id": "1"}]', ' {"a": [1.5]}'])
def test_json_that_was_cut_short_may_come_whole_the_next_time(whole):
    """Wherever it was cut, in the middle of a letter too; an empty answer has no content."""
    for length in range(len(whole) - len(whole.lstrip()) + 1, len(whole.encode())):
        with pytest.raises(RetriableError, match=r"^GET /x: 200: the answer was truncated$"):
            content(response(body=whole.encode()[:length]), "GET /x")
    assert content(response(204), "GET /x") is None


@pytest.mark.parametrize("body", [b"<html>Sign in</html>", b"OK", b" "])
def test_json_of_somebody_else_is_no_answer(body):
    """A proxy's login page, for instance; trying again would bring it again."""
    with pytest.raises(ProtocolError, match=r"^GET /x: 200: the answer is not JSON; check .*instance$"):
        content(response(body=body), "GET /x")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param('"Id","Name"\n"1","A"\n', [{"Id": "1", "Name": "A"}], id="one"),
        pytest.param('"Id"\n', [], id="header-only"),
        pytest.param("", [], id="empty"),
        pytest.param('"Id","Name"\n"1",""\n', [{"Id": "1", "Name": ""}], id="null"),
        pytest.param('Id,Name\n1,"a ""b"", c"\n', [{"Id": "1", "Name": 'a "b", c'}], id="quotes"),
        pytest.param('"Id","Name"\n"1","a\r\nb\nc\rd"\n', [{"Id": "1", "Name": "a\r\nb\nc\rd"}], id="line-ends"),
        pytest.param('"Id","Name"\n"1","a\u2028b\x0bc"\n', [{"Id": "1", "Name": "a\u2028b\x0bc"}], id="other-breaks"),
        pytest.param('"Id","Name"\r\n"1","Ünal"\r\n', [{"Id": "1", "Name": "Ünal"}], id="crlf"),
    ],
)
def test_records_of_a_file_are_as_they_are(body, expected):
    """Only the line ends between records separate them."""
    assert records(csv(body), "GET /x") == expected
    assert records(csv(body, Sforce_NumberOfRecords=str(len(expected))), "GET /x") == expected


def test_a_file_that_was_cut_short_is_noticed():
    """In the middle of a letter, a value or a record always; between records if the answer says how many there are."""
    whole = '"Id","Name"\n"1","Ünal"\n"2","Bär"\n'.encode()
    for length in range(1, len(whole) - 1):
        with pytest.raises(RetriableError, match=r"^GET /x: 200: the answer was truncated$"):
            records(csv(whole[:length], Sforce_NumberOfRecords="2"), "GET /x")
    for part in (b'"1","', b'"1","\xc3', b'"1",', b'"1"', b'"'):
        with pytest.raises(RetriableError, match="truncated"):
            records(csv(b'"Id","Name"\n' + part), "GET /x")


@pytest.mark.parametrize("kind", ["text/html", "application/json", ""])
def test_a_file_of_somebody_else_is_no_answer(kind):
    """A page that is no file must not be taken for one without records."""
    with pytest.raises(ProtocolError, match=r"^GET /x: 200: the answer is not CSV; check .*instance$"):
        records(response(body=b"<html>Sign in</html>", Content_Type=kind), "GET /x")


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (400, "INVALID_FIELD", RefusedError),
        (400, "UNABLE_TO_LOCK_ROW", RetriableError),
        (401, "INVALID_SESSION_ID", AuthenticationError),
        (403, "API_DISABLED_FOR_ORG", AuthenticationError),
        (403, "REQUEST_LIMIT_EXCEEDED", QuotaError),
        (404, "NOT_FOUND", NotFoundError),
        (409, "INVALIDJOBSTATE", RefusedError),
        (410, "GONE", ConfigurationError),
        (429, "TOO_MANY", RetriableError),
        (500, "UNKNOWN_EXCEPTION", RetriableError),
        (500, "REQUEST_LIMIT_EXCEEDED", QuotaError),
        (503, "SERVER_UNAVAILABLE", RetriableError),
        (302, "", ProtocolError),
    ],
)
def test_each_answer_is_an_error_by_the_reaction_it_asks_for(status, code, error):
    """The status decides, unless the code says more."""
    found = problem(response(status, [{"errorCode": code, "message": "Reason"}]), "GET /x", None)

    assert type(found) is error
    assert str(found).startswith(f"GET /x: {status}: {code or 'UNKNOWN_ERROR'}: Reason")


def test_a_retired_version_is_named_as_such():
    """The message says where the version is set."""
    assert "set a newer one in the connection" in str(problem(response(410), "GET /x", None))


@pytest.mark.parametrize(
    ("body", "says"),
    [
        pytest.param([], "", id="none"),
        pytest.param([{"errorCode": "A"}], ": A", id="code"),
        pytest.param([{"message": "bad"}], ": UNKNOWN_ERROR: bad", id="message"),
        pytest.param({"errorCode": "A", "message": "bad"}, ": A: bad", id="no-list"),
        pytest.param([{"errorCode": "A", "message": "bad", "fields": ["C", "D"]}], ": A (C, D): bad", id="fields"),
        pytest.param([{"errorCode": "A", "fields": None}], ": A", id="null"),
        pytest.param([{"errorCode": each} for each in "ABCDE"], ": A: B: C", id="several"),
        pytest.param(["A", 1, None], "", id="no-errors"),
        pytest.param(b"<html>Jane Roe</html>", "", id="html"),
        pytest.param(b"", "", id="empty"),
    ],
)
def test_reasons_are_few_and_never_the_whole_body(body, says):
    """Whatever answered; what is not in the form of the API's errors is not the API's."""
    found = problem(response(400, body), "GET /x", None)
    is_api = b"errorCode" in response(400, body).content

    assert str(found).partition(": Salesforce's API does not document")[0] == f"GET /x: 400{says}"
    assert type(found) is (RefusedError if is_api else ProtocolError)


def test_reasons_repeat_nothing_personal():
    """Neither what was sent, nor addresses."""
    message = "Jane Roe, jane@example.com of https://portal.example/?t=1 is no Account"
    found = problem(response(400, [{"errorCode": "A", "message": message}]), "PATCH /x", [{"Name__c": "jane roe"}])

    assert str(found) == "PATCH /x: 400: A: … of … is no Account"


def test_a_refusal_in_words():
    """Code, fields, reason; what is not known is left out."""
    assert str(Refusal("A")) == "A"
    assert str(Refusal("A", "b")) == "A: b"
    assert str(Refusal("A", "b", ("C", "D"))) == "A (C, D): b"
