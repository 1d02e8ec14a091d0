"""Errors that could have been made in the client of Stripe, planted one at a time: its own tests must catch each."""

from tests.mutants.errors import PlantedError


def _planted(file, right, wrong, harm, *tests):
    return PlantedError(f"clients/{file}", right, wrong, harm, tuple(f"../clients/{test}" for test in tests))


CLIENT_ERRORS = (
    _planted(
        "stripe/page_sizes.py",
        "size if failures < 2 else max(size // SHRINKING, 1)",
        "size",
        "a listing whose large pages are always cut off is never read",
        "stripe/test_cut_answers.py::test_what_never_arrives_ends_with_the_path",
    ),
    _planted(
        "stripe/http.py",
        "if size < wanted:",
        "if size < 0:",
        "every page of such a listing is asked for three times",
        "stripe/test_cut_answers.py",
    ),
    _planted(
        "stripe/http.py",
        "except errors.CutAnswerError:",
        "except errors.RetriableError:",
        "after an outage of a minute, the rest of a run asks for records one by one",
        "stripe/test_cut_answers.py",
    ),
    _planted(
        "stripe/answers.py",
        "not all(isinstance(record, dict) for record in",
        "any(record is answer for record in",
        "a list of something else counts as a list of records, and what it should have had is lost",
        "stripe/test_cut_answers.py",
    ),
    _planted(
        "stripe/answers.py",
        'if not _is_object(answer) or answer["object"] == "list":',
        "if not _is_object(answer):",
        "a list counts as the record that was asked for",
        "stripe/test_cut_answers.py",
    ),
    _planted(
        "pace.py",
        "seconds = min(seconds, MAX_PAUSE_S)",
        "seconds = float(seconds)",
        "a proxy that asks for an hour stops all threads of a task for an hour, and one that asks for ever, for ever",
        "test_pace.py",
    ),
    _planted(
        "retry.py",
        "while seconds > PIECE_S:",
        "while seconds > math.inf:",
        "a task that waits cannot be ended for five minutes",
        "test_pace.py",
    ),
    _planted(
        "http_dates.py",
        "return max(0.0, seconds) if math.isfinite(seconds) else 0.0",
        "return max(0.0, seconds)",
        "a task ends with an OverflowError because of a header",
        "stripe/test_errors.py",
    ),
    _planted(
        "stripe/errors.py",
        "if isinstance(code, str) and code in PASSING_CODES:",
        "if isinstance(code, str) and not code:",
        "one locked record holds back every thread as if a limit were exceeded",
        "stripe/test_errors.py",
    ),
    _planted(
        "stripe/source.py",
        'raise RefusedError(f"{error}; looked up by',
        'raise type(error)(f"{error}; looked up by',
        "a record counts as deleted in Stripe because something else could not be found by it",
        "stripe/test_source_errors.py",
    ),
    _planted(
        "stripe/pages.py",
        'return {"gte": created["gte"], "lte": self.second} if self.second else dict(created)',
        'return {"gte": created["gte"], "lte": self.second - 1} if self.second else dict(created)',
        "records of the same second are lost when the record at a position is deleted",
        "stripe/test_source_errors.py::test_a_position_that_stripe_no_longer_keeps_is_found_again",
    ),
    _planted(
        "stripe/sdk.py",
        "self.auth = KeyAuth()",
        "self.auth = None",
        "a password that ~/.netrc has for every host is sent to Stripe instead of its key",
        "stripe/test_sdk.py",
    ),
)
