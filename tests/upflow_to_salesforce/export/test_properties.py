"""Whatever Upflow knows and Accounts hold: one run brings them in step, the second has nothing to do."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from upflow_provider.testing.salesforce.org.fields import long_text_field, rich_text_field

SETTINGS = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
SPECIAL = '\'",;=+-@\r\n\t\\<>&#/N A\u2028\x85é🧾"'
# Lone surrogates are no text; NUL and its like no vendor takes.
TEXT = st.text(st.one_of(st.sampled_from(SPECIAL), st.characters(exclude_categories=["Cs", "Cc"])), max_size=80)
REGIONS = ("North", "South", "West")
UPFLOW = {
    "Segment": TEXT,
    "Tier": st.sampled_from(["Gold", "Silver"]).map(lambda label: {"label": label}),
    "Regions": st.lists(st.sampled_from(REGIONS).map(lambda label: {"label": label}), max_size=4),
    "Since": st.dates().filter(lambda day: 1700 <= day.year <= 4000).map(str),
    "VIP": st.booleans(),
    "Score": st.one_of(st.integers(-(10**9), 10**9), st.decimals(-(10**6), 10**6, places=4).map(float)),
}
HELD = {
    # Ends of lines that differ only in how they are written are no difference: such a text is left as it is.
    "Long__c": TEXT.map(lambda text: text.replace("\r", "")),
    "Tier__c": st.sampled_from(["Gold", "Silver"]),
    "Regions__c": st.lists(st.sampled_from(REGIONS), unique=True).map(";".join),
    "Since__c": st.dates().filter(lambda day: 1700 <= day.year <= 4000).map(str),
    "Score__c": st.decimals(-(10**9), 10**9, places=3),
    "Outstanding__c": st.decimals(-(10**9), 10**9, places=3),
}
CUSTOMERS = st.lists(
    st.fixed_dictionaries(
        {
            "custom": st.fixed_dictionaries({name: st.none() | values for name, values in UPFLOW.items()}),
            "held": st.fixed_dictionaries({name: st.none() | values for name, values in HELD.items()}),
            "checked": st.booleans(),
            "owes": st.integers(0, 10**11),
        }
    ),
    min_size=1,
    max_size=3,
)


def expected(custom: Mapping, owes: int) -> tuple:
    """Return what the mapping says of a customer, worked out without any of our code."""
    text = (custom["Segment"] or "").replace("\r\n", "\n").replace("\r", "\n").strip() or None
    chosen = {each["label"] for each in custom["Regions"] or ()}
    score = custom["Score"]
    return (
        text,
        custom["Tier"] and custom["Tier"]["label"],
        ";".join(name for name in REGIONS if name in chosen) or None,
        custom["Since"],
        bool(custom["VIP"]),
        None if score is None else Decimal(repr(score)).quantize(Decimal("0.1"), ROUND_HALF_UP),
        Decimal(owes) / 100,
    )


@pytest.mark.parametrize("bulk_from", [2_000, 1], ids=["collections", "bulk"])
@SETTINGS
@given(customers=CUSTOMERS)
def test_accounts_hold_what_the_mapping_says(scene, bulk_from, customers):
    """Field by field; and then a second run sends nothing."""
    prepare(scene, bulk_from)
    accounts = [add(scene, number, each) for number, each in enumerate(customers)]
    report = scene.export()

    names = ("Long__c", "Tier__c", "Regions__c", "Since__c", "Vip__c", "Score__c", "Outstanding__c")
    for account, each in zip(accounts, customers, strict=True):
        assert scene.held(account, *names) == expected(each["custom"], each["owes"])
    assert (report.matched, report.rejected) == (len(customers), 0)

    scene.forget()
    again = scene.export()
    assert scene.salesforce.updates == []
    assert (again.unchanged, again.writes) == (len(customers), 0)


@SETTINGS
@given(text=TEXT, held=TEXT)
def test_rich_text_settles(scene, text, held):
    """Whatever stood there before and however Salesforce keeps it: a second run sends nothing."""
    prepare(scene, 2_000)
    scene.salesforce.add_field(rich_text_field("Rich__c"))
    scene.configure(custom_fields={"Segment": "Rich__c"})
    scene.person("cus_0", custom={"Segment": text})
    account = scene.salesforce.add_account(Billing_Id__c="cus_0")
    scene.salesforce.account(account)["Rich__c"] = held or None
    assert scene.export().rejected == 0

    scene.forget()
    scene.export()
    assert scene.salesforce.updates == []


def prepare(scene, bulk_from):
    """Begin anew: no customers, no Accounts."""
    scene.upflow.reset()
    scene.salesforce.reset()
    scene.salesforce.add_field(long_text_field("Long__c"))
    scene.define_custom_fields()
    custom = {**scene.settings.custom_fields, "Segment": "Long__c"}
    scene.configure(bulk_from=bulk_from, fields={"outstanding": "Outstanding__c"}, custom_fields=custom)


def add(scene, number, drawn):
    """Make a customer, and an Account that holds something else; return the Account."""
    name = f"cus_{number}"
    scene.person(name, custom=drawn["custom"])
    if drawn["owes"]:
        scene.invoice(name, drawn["owes"])
    return scene.salesforce.add_account(Billing_Id__c=name, Vip__c=drawn["checked"], **drawn["held"])
