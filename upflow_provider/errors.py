"""
Errors, grouped by how the caller should react.

    UpflowSyncError
    |-- RetriableError             try again later; the same call may succeed
    |   `-- UnservedError          ... or fail for one record only, see `upflow_provider.runs.outage`
    |       `-- RateLimitedError   ... but not before ``retry_after_s``
    |           `-- SharedLimitError   ... and nobody else's in the organization either
    |-- QuotaError                 stop; the next run continues where this one stopped
    |-- FatalError                 stop; a human must change something first
    |   |-- AuthenticationError    a key, secret or permission is wrong
    |   |   `-- ForbiddenError     ... or forbids a request about one record only
    |   |-- ConfigurationError     a connection, setting, pool or file is wrong
    |   |-- ReadOnlyError          a write was attempted in test mode or a dry run
    |   |-- ProtocolError          the answer is not what the vendor documents
    |   |-- UnfinishedError        a run cannot end before its tasks have done their work
    |   `-- TooManyRejectedError   the work is done, but records wait for a human
    |-- RecordError                set this record aside, count it, continue
    |   |-- MappingError           the source record lacks something
    |   |-- UnexpectedError        work on it raised what nobody expected: an odd record, or a bug
    |   |-- UnservedRecordError    the vendor does not serve requests about it, as far as known about it only
    |   `-- RefusedError           the destination refused it (a 4xx)
    |       `-- NotFoundError      ... because it does not exist (404)
    |-- RecordBusyError            another task has the record in flight; try it again later
    `-- NewerReadError             a newer read of the record was sent already; nothing is left to do

Messages name systems, methods, paths, ids and fields, never values: those may be
personal data or secrets, and messages end up in task logs.
"""

from __future__ import annotations

from upflow_provider.shown_ids import shown_id


class UpflowSyncError(Exception):
    """Base of every error this package raises on purpose."""


class RetriableError(UpflowSyncError):
    """The same call may succeed later: connection lost, time-out, 500, 503, a page of a proxy."""


class UnservedError(RetriableError):
    """A vendor did not serve a request: the answer was lost, says that it may pass, or is none of that vendor's."""


class RateLimitedError(UnservedError):
    """
    The vendor asks for a pause (429, or another status with ``Retry-After``).

    Attributes:
        retry_after_s: Seconds the vendor asked to wait; 0.0 when it did not say.
    """

    def __init__(self, message: str, retry_after_s: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s

    def __reduce__(self) -> tuple[type[RateLimitedError], tuple[str, float]]:
        return type(self), (str(self), self.retry_after_s)


class SharedLimitError(RateLimitedError):
    """The limit of a whole organization is reached (a 429 of Upflow's), which is no trouble of one record."""


class QuotaError(UpflowSyncError):
    """The vendor's daily allowance is used up, except for the share that is left to others; it renews with time."""


class FatalError(UpflowSyncError):
    """Nothing can continue until a human changes something; the message says what."""


class AuthenticationError(FatalError):
    """The vendor refused the credentials, or they lack a permission (401, 403)."""


class ForbiddenError(AuthenticationError):
    """Upflow forbids a request (403): the credentials lack a permission, or this record is out of their reach."""


class ConfigurationError(FatalError):
    """A connection, setting, pool or file is missing or wrong."""


class ReadOnlyError(FatalError):
    """A write was attempted although the connection is in test mode or the run is a dry run."""


class ProtocolError(FatalError):
    """An answer does not have the documented format; to continue would be a guess."""


class UnfinishedError(FatalError):
    """A run of the incremental sync cannot continue or end, because earlier tasks have not done their work."""


class TooManyRejectedError(FatalError):
    """The sync did all its work, but more records were rejected than allowed."""


class RecordError(UpflowSyncError):
    """One record cannot be imported; the others can."""


class MappingError(RecordError):
    """
    A source record lacks something the destination requires.

    Attributes:
        record_id: Id in the source system, e.g. ``in_1Nq...``; the message shows it by `shown_id`.
        field: Dotted path inside the record, e.g. ``customer.email``.
        problem: What is wrong with it, e.g. ``is missing``; never the value.
    """

    def __init__(self, record_id: str, field: str, problem: str = "is missing") -> None:
        super().__init__(f"{shown_id(record_id)}: {field} {problem}")
        self.record_id = record_id
        self.field = field
        self.problem = problem

    def __reduce__(self) -> tuple[type[MappingError], tuple[str, str, str]]:
        return type(self), (self.record_id, self.field, self.problem)


class UnexpectedError(RecordError):
    """Work on one record raised what nobody expected: the record is odd, or this package has a bug."""


class UnservedRecordError(RecordError):
    """A vendor does not serve the requests about one record; those that got no answer may still be done."""


class RefusedError(RecordError):
    """
    The destination refused one record, and would refuse it again (a 4xx).

    Attributes:
        status: HTTP status of the refusal.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status

    def __reduce__(self) -> tuple[type[RefusedError], tuple[str, int]]:
        return type(self), (str(self), self.status)


class NotFoundError(RefusedError):
    """The record does not exist at the vendor (404)."""

    def __init__(self, message: str, status: int = 404) -> None:
        super().__init__(message, status)


class RecordBusyError(UpflowSyncError):
    """Another task has this record in flight; try it again later."""


class NewerReadError(UpflowSyncError):
    """
    A newer read of this record was sent already; nothing is left to do.

    Attributes:
        has_begun: Whether some requests of the older read may have been sent before that was known.
    """

    def __init__(self, external_id: str, *, has_begun: bool = False) -> None:
        super().__init__(external_id)
        self.has_begun = has_begun
