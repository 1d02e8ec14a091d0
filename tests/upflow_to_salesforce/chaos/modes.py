"""What each mode of the fake Salesforce may come to, and runs of the export with modes switched on."""

from tests.upflow_to_salesforce.chaos.people import KEY, PORTAL
from upflow_provider.errors import AuthenticationError, ConfigurationError, ProtocolError, QuotaError, RetriableError
from upflow_provider.testing.salesforce.modes.catalogue import MODES

PATHS = {"collections": 2_000, "bulk": 1}
WAIT_S, LATE_S = 0.06, 0.2
"""Seconds that the client waits for an answer where one is slow, and that it takes."""
READS = 3
"""Requests before the first that writes, where Accounts are not read by a job."""

FIELDS = {
    "restricted_picklist": "Tier__c",
    "too_long": "Segment__c",
    "number_out_of_range": "Outstanding__c",
    "read_only": "Overdue_Count__c",
    "hidden": "Since__c",
    "rich_text": "Segment__c",
    "another_user_edits": "Due__c",
    "unknown_column": "Regions__c",
}
"""Field that a mode is about."""
ENDS_RUNS = {
    "session_expires_always": (AuthenticationError, "INVALID_SESSION_ID"),
    "login_invalid_grant": (AuthenticationError, "invalid_grant"),
    "login_invalid_client": (AuthenticationError, "invalid_client"),
    "login_is_a_page": (ProtocolError, "no login"),
    "list_is_always_short": (RetriableError, r"got \d+ of \d+ records.*started 3 times"),
    "next_page_missing": (ProtocolError, "the answer has no valid nextRecordsUrl"),
    "records_are_null": (ProtocolError, "the answer has no valid records"),
    "error_of_login": (ProtocolError, "400: invalid_request: unsupported: Salesforce's API does not document"),
    "daily_limit_spent": (QuotaError, "REQUEST_LIMIT_EXCEEDED"),
    "version_retired": (ConfigurationError, "retired this API version"),
    "unavailable_always": (RetriableError, "503"),
    "read_only": (ConfigurationError, f"{FIELDS['read_only']}|{PORTAL}"),
    "hidden": (ConfigurationError, f"{FIELDS['hidden']}|{PORTAL}"),
    "query_job_fails": (RetriableError, "the job is Failed"),
}
"""Modes that a run may end with, and how."""
ROWS = ("lock_always", "validation_rule", "null_checkbox", "trigger_poisoned", "duplicate_alert")
"""Modes that refuse whatever is written to an Account."""
VALUES = (
    "restricted_picklist",
    "too_long",
    "number_out_of_range",
    "duplicate_value",
    "trigger_fails",
    "duplicate_rule",
)
"""Modes that refuse a value of an Account: that of a field of `FIELDS`, or any."""
LASTING = frozenset({*ROWS, *VALUES, "multi_currency"})
"""Modes about Accounts, which nobody but their owners ends."""
WRITES = ("slow", "reset_after_commit", "answer_cut")
"""Modes that hit requests that write, and no others."""
AT_ANY_REQUEST = (
    "reset_after_commit",
    "answer_cut",
    "session_expires_once",
    "daily_limit_spent",
    "reset_before_commit",
)
"""Modes that hit a request whatever it is for; others that do, differ from one of these in what they answer alone."""
UNSEEN = {
    *((mode, path) for mode in ("numeric_key", "results_shuffled", "picklist_labels") for path in PATHS),
    *((name, "collections") for name, mode in MODES.items() if mode.group == "job"),
}
"""Modes that make no difference, and where."""
ONE = ("right", "new", "to be cleared", "owing")
OTHER = ("new", "stale", "to be unchecked", "right, and nothing", "late", "with two Accounts")
"""Whose Accounts the first mode hits, and the second of a pair."""


def switch_on(world, modes, after=0, fields=FIELDS):
    """Switch modes on; those are given with the customers whose Accounts they hit."""
    for name, customers in modes.items():
        world.salesforce.modes.on(
            name,
            accounts=world.accounts(*customers),
            field=fields.get(name, ""),
            key=KEY,
            after=max(after - READS, 0) if name in WRITES else after,
            delay_s=LATE_S,
        )


def must_be_refused(world, modes, ran):
    """Return the Accounts that lasting modes keep from being right, as a run has found them."""
    matched = world.matched()
    refused = {account_id for account_id, name in matched.items() if name == "owing too much"}
    for mode, customers in modes.items():
        for account_id in set(world.accounts(*customers)) & matched.keys():
            right, wrong = world.right[matched[account_id]], ran.wrong.get(account_id, set())
            given = {name for name in wrong if right[name] is not None and FIELDS.get(mode) in {None, name}}
            foreign = mode == "multi_currency" and world.is_foreign(account_id, matched[account_id])
            if (mode in ROWS and wrong) or (mode in VALUES and given) or foreign:
                refused.add(account_id)
    return refused
