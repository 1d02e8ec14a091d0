"""Answers by themselves: what they mean, without a server."""

from email.utils import formatdate

import pytest
import requests

from upflow_provider.clients.http_dates import retry_after_s
from upflow_provider.clients.upflow.answers import content, problem
from upflow_provider.errors import ProtocolError, RateLimitedError, RetriableError

NOW = formatdate(1_000_000_000, usegmt=True)


def response(status=200, text="", **headers):
    """Return an answer as `requests` hands it over."""
    made = requests.Response()
    made.status_code, made._content, made.encoding = status, text.encode(), "utf-8"
    made.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return made


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param("12", 12.0, id="seconds"),
        pytest.param("2.5", 2.5, id="fraction"),
        pytest.param(formatdate(1_000_000_030, usegmt=True), 30.0, id="date"),
        pytest.param("Sun, 09 Sep 2001 01:47:10 -0000", 30.0, id="date-without-zone"),
        pytest.param(formatdate(999_999_999, usegmt=True), 0.0, id="past"),
        pytest.param("-5", 0.0, id="negative"),
        pytest.param("inf", 0.0, id="infinite"),
        pytest.param("nan", 0.0, id="no-number"),
        pytest.param("soon", 0.0, id="nonsense"),
    ],
)
def test_the_pause_asked_for_is_understood(said, expected):
    """Seconds, or a date, which counts from the server's own clock."""
    error = problem(response(429, Retry_After=said, Date=NOW), "GET /x", None)

    assert isinstance(error, RateLimitedError)
    assert error.retry_after_s == expected


def test_without_a_date_of_its_own_our_clock_counts():
    """A proxy may drop it."""
    assert retry_after_s(response(429, Retry_After=formatdate(4_000_000_000, usegmt=True)).headers) > 1e9
    assert retry_after_s(response(429).headers) == 0.0


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", None), ("CREATED", "CREATED"), ('"CREATED"', "CREATED"), ("[]", []), ('{"id": "1"}', {"id": "1"})],
)
def test_content_is_json_or_one_word_or_nothing(text, expected):
    """``/reconcile`` answers with a word, uploads with nothing."""
    assert content(response(text=text), "GET /x") == expected


@pytest.mark.parametrize("whole", ['{"id": "1", "name": "A"}', '[{"id": "1"}]', '"CREATED"'])
def test_what_was_cut_short_may_come_whole_the_next_time(whole):
    """Wherever it was cut."""
    for length in range(1, len(whole)):
        with pytest.raises(RetriableError, match=r"^GET /x: 200: the answer was cut short$"):
            content(response(text=whole[:length]), "GET /x")


def test_a_page_of_a_proxy_may_pass():
    """It may be one that is shown during maintenance."""
    with pytest.raises(RetriableError, match=r"^GET /x: 200: the answer is a web page; .* host may be wrong$"):
        content(response(text="\n<html>Back soon</html>"), "GET /x")


def test_a_text_of_somebody_else_is_no_answer():
    """Upflow never answers in sentences."""
    with pytest.raises(ProtocolError, match="not JSON"):
        content(response(text="Sign in"), "GET /x")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param('{"message": "bad", "error": "Bad Request"}', ": bad", id="message"),
        pytest.param('{"error": "bad"}', ": bad", id="error"),
        pytest.param('{"message": ["one", "two"]}', ": one; two", id="several"),
        pytest.param('"bad"', ": bad", id="text-as-json"),
        pytest.param("bad", ": bad", id="text"),
        pytest.param('{"customer": {"name": "Jane"}}', "", id="neither"),
        pytest.param("", "", id="empty"),
    ],
)
def test_the_reason_is_short_and_never_the_whole_body(text, reason):
    """The shape of errors is not documented."""
    assert str(problem(response(400, text), "GET /x", None)) == f"GET /x: 400{reason}"
