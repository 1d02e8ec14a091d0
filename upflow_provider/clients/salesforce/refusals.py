"""
Why Salesforce refuses a record or a request, and whether the same write may succeed later.

Codes are those of https://developer.salesforce.com, SOAP API, core data types: StatusCode and ExceptionCode. Triggers
and flows wrap them: the code of a lock may be in the text of another error only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from upflow_provider.clients.redaction import redact

Kind = Literal["lasting", "passing", "unknown", "limit", "automation"]
"""
What a refusal is about: ``lasting`` ones stay until a human changes something, ``passing`` ones end by themselves, and
of ``unknown`` ones nobody knows. A ``limit`` is the transaction's: it was too large. ``automation`` is a trigger or
flow that failed; if no record of a transaction was written, one of them may be to blame for all.
"""
QUOTA = "REQUEST_LIMIT_EXCEEDED"
"""Code of a refusal that ends with time: too many requests in 24 hours, or more than 25 long ones at a time."""
DUPLICATES = "DUPLICATES_DETECTED"
"""Code of a record that a duplicate rule refuses."""
UNKNOWN = "UNKNOWN_ERROR"
"""Our code of a refusal without one."""
PASSING = frozenset(
    {
        "API_TEMPORARILY_UNAVAILABLE",
        "PROCESSING_HALTED",
        "QUERY_TIMEOUT",
        "REQUEST_RUNNING_TOO_LONG",
        "SERVER_UNAVAILABLE",
        "TOO_MANY_APEX_REQUESTS",
        "TRANSACTION_HALTED",
        "UNABLE_TO_LOCK_ROW",
        "UNKNOWN_EXCEPTION",
    }
)
"""Codes of errors that may pass within a run."""
OVERLOAD = frozenset({"APEX_LIMIT_EXCEEDED", "LIMIT_EXCEEDED", "REQUEST_RUNNING_TOO_LONG"})
"""Codes of whole requests that did too much at once."""
AUTOMATION = frozenset({"APEX_ERROR", "CANNOT_EXECUTE_FLOW_TRIGGER", "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"})
"""Codes of triggers and flows that failed."""
LASTING = frozenset(
    {
        DUPLICATES,
        "CIRCULAR_DEPENDENCY",
        "DUPLICATE_EXTERNAL_ID",
        "DUPLICATE_VALUE",
        "ENTITY_IS_DELETED",
        "ENTITY_IS_LOCKED",
        "EXCEEDED_ID_LIMIT",
        "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        "FIELD_FILTER_VALIDATION_EXCEPTION",
        "FIELD_INTEGRITY_EXCEPTION",
        "FIELD_NOT_UPDATABLE",
        "INACTIVE_OWNER_OR_USER",
        "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
        "INSUFFICIENT_ACCESS_OR_READONLY",
        "INVALID_CROSS_REFERENCE_KEY",
        "INVALID_CURRENCY_ISO",
        "INVALID_EMAIL_ADDRESS",
        "INVALID_FIELD",
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        "INVALID_ID_FIELD",
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        "INVALID_TYPE_ON_FIELD_IN_RECORD",
        "MALFORMED_ID",
        "MISSING_ARGUMENT",
        "NUMBER_OUTSIDE_VALID_RANGE",
        "REQUIRED_FIELD_MISSING",
        "STORAGE_LIMIT_EXCEEDED",
        "STRING_TOO_LONG",
    }
)
"""Codes of errors that stay until somebody changes the record, the field or a permission."""
PASSING_WORDS = re.compile(rf"\b(?:{'|'.join(sorted(PASSING))})\b|unable to obtain exclusive access", re.IGNORECASE)
"""Says within another error's text that it passes."""
LIMIT_WORDS = re.compile(
    r"System\.LimitException|\bToo many (?:SOQL|SOSL|DML|query|future|queueable|callouts)|\bCPU time limit exceeded"
    r"|\bheap size too large|\bLIMIT_EXCEEDED\b",
    re.IGNORECASE,
)
"""
Says that a transaction broke a governor limit (https://developer.salesforce.com, Apex Developer Guide, execution
governors and limits).
"""
CODE = re.compile(r"\w{1,80}")
FIELD_NAME = re.compile(r"\w[\w.]{0,99}")
REMEDIES = {
    DUPLICATES: "allow_duplicates lets Accounts pass rules that alert, but not rules that block",
}
"""What an administrator can do, where it is a setting of ours."""
ATTEMPTS_IF_UNKNOWN = 2
"""How many times a record is sent whose error nobody knows."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """
    Why Salesforce refused one record.

    Attributes:
        code: Salesforce's status code, e.g. ``FIELD_CUSTOM_VALIDATION_EXCEPTION``.
        reason: Salesforce's words, without the values that were sent.
        fields: API names of the fields that it concerns.
        kind: What it is about; see `Kind`.
    """

    code: str
    reason: str = ""
    fields: tuple[str, ...] = ()
    kind: Kind = field(default="lasting", compare=False)

    def may_pass(self, attempts: int) -> bool:
        """Return whether the same write may succeed within the run, after so many attempts."""
        return self.kind == "passing" or (self.kind == "unknown" and attempts < ATTEMPTS_IF_UNKNOWN)

    def __str__(self) -> str:
        about = f" ({', '.join(self.fields)})" if self.fields else ""
        return f"{self.code}{about}: {self.reason}" if self.reason else f"{self.code}{about}"


def refusal(error: Mapping[str, Any], sent: Any) -> Refusal:  # noqa: ANN401 - any JSON
    """
    Return the refusal that one error of an answer stands for.

    Args:
        error: ``{statusCode | errorCode, message, fields}``, or ``{error, error_description}`` of a login.
        sent: What was sent, as JSON; the reason does not repeat it.
    """
    code = error.get("statusCode") or error.get("errorCode") or error.get("error")
    text, fields = error.get("message") or error.get("error_description"), error.get("fields")
    return refused(str(code or ""), str(text or ""), fields if isinstance(fields, list) else [], sent)


def refused(code: str, text: str, fields: list[Any], sent: Any) -> Refusal:  # noqa: ANN401 - any JSON
    """Return a refusal by the parts of an error, whatever form they came in; arguments as in `refusal`."""
    known = code if CODE.fullmatch(code) else UNKNOWN
    words = "; ".join(filter(None, (redact(text, sent), REMEDIES.get(known))))
    names = tuple(each for each in fields if isinstance(each, str) and FIELD_NAME.fullmatch(each))
    return Refusal(known, words, names, kind_of(known, text))


def kind_of(code: str, text: str) -> Kind:
    """Return what a refusal is about. Pure; *text* is all that Salesforce says."""
    if code in PASSING:
        return "passing"
    if LIMIT_WORDS.search(text) or code in OVERLOAD:
        return "limit"
    if PASSING_WORDS.search(text):
        return "passing"
    if code in AUTOMATION:
        return "automation"
    return "lasting" if code in LASTING else "unknown"
