"""Which customers lose contacts, and that those who wait keep theirs and get no others."""

import pytest

from upflow_provider.delivery.dependents.losses import is_loss
from upflow_provider.records.contacts import ContactSource
from upflow_provider.stripe_to_upflow.mapping.options import Options

MAIN, A, B, C, D = "contacts/cus_1:email", *(f"contacts/cus_1:email_{each}" for each in "abcd")


@pytest.mark.parametrize(
    ("before", "after", "loses"),
    [
        ([], [MAIN], False),
        ([MAIN], [MAIN, A], False),
        ([MAIN, A], [MAIN], True),
        ([MAIN], [], True),
        ([MAIN, A], [MAIN, B], True),
        ([MAIN, A, B], [MAIN, C, D, "contacts/cus_1:email_e"], True),
        ([MAIN, A, B], [MAIN, B, C], False),
        ([MAIN, A, B, C], [MAIN, B, D], True),
        ([A], [MAIN, A], False),
    ],
)
def test_who_loses_contacts(before, after, loses):
    """Who has fewer than before, or none of the additional ones; a reordered or added address is no loss."""
    assert is_loss("cus_1", before, after) is loses


def test_a_wrong_key_does_not_replace_the_contacts_of_many_customers(bridge):
    """As many as may have the new ones; the others keep theirs, and get no wrong ones beside them."""
    bridge.losses_per_day, bridge.threads = 1, 1
    bridge.options = Options(contact_sources=(ContactSource("to", "To"),), contacts_way="contacts")
    names = [f"cus_{number}" for number in range(3)]
    for name in names:
        metadata = {"to": f"right-{name}@x.io", "other": "wrong@x.io"}
        bridge.customer(name, email=f"{name}@x.io", metadata=metadata)
    bridge.sync("customers")
    bridge.options = Options(contact_sources=(ContactSource("other", "To"),), contacts_way="contacts")
    report = bridge.sync("customers")

    found = [sorted(each["email"] for each in bridge.imported("customers", name)["contacts"]) for name in names]
    assert sum("wrong@x.io" in each for each in found) == 1
    assert sum(f"right-{name}@x.io" in each for name, each in zip(names, found, strict=True)) == 2
    assert {len(each) for each in found} == {2}
    assert (report.noted, report.rejected) == (2, 0)
