"""What can go wrong with Accounts, their fields and Bulk jobs, and what other people do; see `catalogue`."""

from upflow_provider.testing.salesforce.modes.mode import Mode, Target, mode
from upflow_provider.testing.salesforce.org.automation import APEX, LOCKED_INSIDE
from upflow_provider.testing.salesforce.org.fields import as_number, as_rich_text, picklist_field
from upflow_provider.testing.salesforce.org.org import Org

CURRENCY, OTHER_CURRENCY = "CurrencyIsoCode", "XTS"
"""The field of multi-currency orgs, and a currency that is nobody's own (ISO 4217's code for tests)."""


@mode("row", passing=True)
def lock_once(org: Org, target: Target) -> None:
    """Lock the Accounts at the first attempt to write them; the second one finds them free."""
    for each in target.accounts:
        org.trouble.lock(each)


@mode("row")
def lock_always(org: Org, target: Target) -> None:
    """Lock the Accounts at every attempt to write them."""
    for each in target.accounts:
        org.trouble.lock(each, times=None)


@mode("row")
def validation_rule(org: Org, target: Target) -> None:
    """Let the Accounts break a validation rule of the org."""
    for each in target.accounts:
        org.trouble.validation_rule(each)


def _refused(name: str, about: str, code: str, message: str) -> Mode:
    """Return a mode in which a field refuses the Accounts, with a message that may repeat the value."""

    def start(org: Org, target: Target) -> None:
        for each in target.accounts:
            org.trouble.refuse_value(each, code, message, field=target.field)

    return Mode(name, about, "row", passing=False, needs=frozenset(), start=start)


restricted_picklist = _refused(
    "restricted_picklist",
    "A value is not among those of a restricted picklist: that of the field, or of the first one written.",
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
    "{field}: bad value for restricted picklist field: {value}",
)
too_long = _refused(
    "too_long",
    "A value is too long: that of the field, or of the first one written. The error repeats the value.",
    "STRING_TOO_LONG",
    "{field}: data value too large: {value} (max length=255)",
)
number_out_of_range = _refused(
    "number_out_of_range",
    "A number has too many digits: that of the field, or of the first one written.",
    "NUMBER_OUTSIDE_VALID_RANGE",
    "{field}: value outside of valid range on numeric field: {value}",
)
duplicate_value = _refused(
    "duplicate_value",
    "Another record has the value already, in a field that is unique.",
    "DUPLICATE_VALUE",
    "duplicate value found: {field} duplicates value on record with id: 001000000000000",
)
trigger_fails = _refused(
    "trigger_fails",
    "The org's own program refuses the Accounts.",
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
    "AccountTrigger: execution of BeforeUpdate caused by: System.NullPointerException: {value}",
)
duplicate_rule = _refused(
    "duplicate_rule",
    "A duplicate rule of the org refuses the Accounts.",
    "DUPLICATES_DETECTED",
    "Use one of these records?",
)


@mode("row", passing=True)
def trigger_limit(org: Org, target: Target) -> None:
    """Let a trigger break a governor limit when more than some Accounts are written at once: all are refused."""
    org.automation.limit(target.at_once)


@mode("row")
def trigger_poisoned(org: Org, target: Target) -> None:
    """Let a trigger fail because of the Accounts: all that are written together with one are refused."""
    for each in target.accounts:
        org.automation.poison(each)


@mode("row", passing=True)
def lock_in_trigger(org: Org, target: Target) -> None:
    """Let a trigger find another record locked, once: the code of the lock is in the text of its error only."""
    for each in target.accounts:
        org.trouble.refuse_row(each, APEX, LOCKED_INSIDE, times=1)


@mode("row")
def duplicate_alert(org: Org, target: Target) -> None:
    """Let a duplicate rule alert, but allow: the Accounts are refused unless the request says ``allowSave=true``."""
    for each in target.accounts:
        org.automation.alert(each)


@mode("row")
def account_deleted(org: Org, target: Target) -> None:
    """Delete the Accounts as another user, after they were read and before they are written."""

    def delete() -> None:
        for each in target.accounts:
            org.delete_account(each)

    org.trouble.before_next_write(delete)


@mode("row")
def account_merged(org: Org, target: Target) -> None:
    """Merge the Accounts into another one as another user, after they were read and before they are written."""

    def merge() -> None:
        others = [each for each in org.accounts.alive() if each not in target.accounts]
        winner = others[0] if others else org.add_account(Name="Winner of a merge")
        for each in target.accounts:
            org.merge_accounts(winner, each)

    org.trouble.before_next_write(merge)


@mode("row", "key")
def duplicate_key(org: Org, target: Target) -> None:
    """Make one more Account with the same key, as another user, for each of them."""
    if org.fields[target.key]["unique"]:
        org.redefine({**org.fields[target.key], "unique": False})
    for each in target.accounts:
        org.add_account(Name="Twin", **{target.key: org.account(each).get(target.key)})


@mode("field", "field")
def read_only(org: Org, target: Target) -> None:
    """Let the user read the field, but not write it."""
    org.redefine({**org.fields[target.field], "updateable": False, "createable": False})


@mode("field", "field")
def hidden(org: Org, target: Target) -> None:
    """Hide the field by field-level security: for this user it does not exist."""
    org.hidden.add(target.field)


@mode("field", "key", passing=True)
def numeric_key(org: Org, target: Target) -> None:
    """Make the key a Number: 285 comes back as 285.0. Keys that are no numbers are lost."""
    org.redefine(as_number(org.fields[target.key]))


@mode("field", "field", passing=True)
def rich_text(org: Org, target: Target) -> None:
    """Make the field a Text Area (Rich): what is written comes back as HTML, escaped."""
    org.redefine(as_rich_text(org.fields[target.field]))


@mode("field", passing=True)
def picklist_labels(org: Org, _: Target) -> None:
    """Give the values of all picklists other labels; the values stay, and only they are read and written."""
    for each in [each for each in org.fields.values() if each["picklistValues"]]:
        values = [{**value, "label": f"{value['label']} (new)"} for value in each["picklistValues"]]
        org.redefine({**each, "picklistValues": values})


@mode("job", passing=True)
def job_fails(org: Org, target: Target) -> None:
    """Let the next Bulk job that writes fail after some rows; the others stay unprocessed."""
    org.trouble.fail_job(target.after)


@mode("job", passing=True)
def job_aborted(org: Org, target: Target) -> None:
    """Abort the next Bulk job that writes as an administrator, after some rows."""
    org.trouble.abort_job(target.after)


@mode("job")
def query_job_fails(org: Org, _: Target) -> None:
    """Let the next Bulk job that reads fail."""
    org.trouble.fail_job(kind="query")


@mode("job", passing=True)
def results_shuffled(org: Org, _: Target) -> None:
    """Give results of Bulk jobs in another order than that in which the rows were sent."""
    org.trouble.shuffled = True


@mode("world", "field")
def another_user_edits(org: Org, target: Target) -> None:
    """Empty the field of the Accounts as another user, after they were read and before they are written."""

    def edit() -> None:
        empty = False if org.fields[target.field]["type"] == "boolean" else None
        for each in target.accounts:
            org.edit_account(each, **{target.field: empty})

    org.trouble.before_next_write(edit)


@mode("world")
def multi_currency(org: Org, target: Target) -> None:
    """Give the org several currencies, and the Accounts another one than its own."""
    if CURRENCY not in org.fields:
        listed = (org.org_currency, OTHER_CURRENCY)
        org.add_field(picklist_field(CURRENCY, listed, length=3, byteLength=9, defaultedOnCreate=True))
        for each in org.accounts.alive():
            org.edit_account(each, **{CURRENCY: org.org_currency})
    for each in target.accounts:
        org.edit_account(each, **{CURRENCY: OTHER_CURRENCY})


MODES = (
    lock_once,
    lock_always,
    validation_rule,
    restricted_picklist,
    too_long,
    number_out_of_range,
    duplicate_value,
    trigger_fails,
    duplicate_rule,
    trigger_limit,
    trigger_poisoned,
    lock_in_trigger,
    duplicate_alert,
    account_deleted,
    account_merged,
    duplicate_key,
    read_only,
    hidden,
    numeric_key,
    rich_text,
    picklist_labels,
    job_fails,
    job_aborted,
    query_job_fails,
    results_shuffled,
    another_user_edits,
    multi_currency,
)
"""All of them."""
