"""What the org's own programs and rules make of whole transactions of the fake Salesforce."""

from collections.abc import Callable, Sequence

from upflow_provider.testing.salesforce.org.ids import long_id
from upflow_provider.testing.salesforce.org.refusal import RowRefusalError

APEX = "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"
"""Code of every row that a trigger's exception refuses."""
TOO_MANY_QUERIES = (
    "AccountTrigger: execution of BeforeUpdate caused by: System.LimitException: Too many SOQL queries: 101 "
    "Trigger.AccountTrigger: line 7, column 1"
)
NULL_POINTER = (
    "AccountTrigger: execution of BeforeUpdate caused by: System.NullPointerException: Attempt to de-reference a null "
    "object Trigger.AccountTrigger: line 9, column 1"
)
LOCKED_INSIDE = (
    "AccountTrigger: execution of AfterUpdate caused by: System.DmlException: Update failed. First exception on row 0 "
    "with id 006000000000001AAA; first error: UNABLE_TO_LOCK_ROW, unable to obtain exclusive access to this record or "
    "1 records: 006000000000001AAA: [] Trigger.AccountTrigger: line 12, column 1"
)


class Automation:
    """
    Triggers and rules that refuse all rows of a transaction, or that a header of the request overrules.

    A transaction is a request to sObject Collections, or 200 rows of a Bulk job.
    """

    def __init__(self) -> None:
        self._rules: list[Callable[[Sequence[str]], RowRefusalError | None]] = []
        self._alerts: set[str] = set()
        self._error: RowRefusalError | None = None
        self._allow_save = False

    def limit(self, rows: int, message: str = TOO_MANY_QUERIES, code: str = APEX) -> None:
        """Let a trigger break a governor limit when a transaction has more than *rows*: every row is refused."""
        self._rules.append(lambda ids: RowRefusalError(code, message) if len(ids) > rows else None)

    def poison(self, account_id: str, message: str = NULL_POINTER, code: str = APEX) -> None:
        """Let a trigger fail because of one Account: every row of its transaction is refused."""
        poisoned = long_id(account_id)
        self._rules.append(lambda ids: RowRefusalError(code, message) if poisoned in ids else None)

    def alert(self, account_id: str) -> None:
        """Let a duplicate rule that alerts, but allows, find an Account: the request has to say ``allowSave=true``."""
        self._alerts.add(long_id(account_id))

    def clear(self) -> None:
        """Forget all of that."""
        self._rules.clear()
        self._alerts.clear()
        self._error = None

    def begin(self, account_ids: Sequence[str], *, allow_save: bool = False) -> None:
        """
        Begin a transaction.

        Args:
            account_ids: Ids of its Accounts, 18 characters.
            allow_save: Whether the request overrules alerts of duplicate rules.
        """
        self._error = next((error for rule in self._rules if (error := rule(account_ids))), None)
        self._allow_save = allow_save

    def check(self, account_id: str) -> None:
        """Raise the `RowRefusalError` that is due for an Account in this transaction, if one is."""
        if self._error:
            raise self._error
        if account_id in self._alerts and not self._allow_save:
            raise RowRefusalError("DUPLICATES_DETECTED", "Use one of these records?")
