"""What has to change so that Upflow has the contacts of a customer, and what a refused contact is tried without."""

import pytest

from upflow_provider.delivery.dependents.contact_changes import ContactChanges, contact_changes, with_less

MAIN = {"externalId": "cus_1:email", "email": "m@x.io", "isMain": True}
ADDED = {"externalId": "cus_1:email_a", "email": "a@x.io"}
NOTHING = ContactChanges([], [], [], [], [])


@pytest.mark.parametrize(
    ("shown", "changes"),
    [
        ([MAIN, {**ADDED, "isMain": False, "phone": "+33", "position": "PAYER"}], NOTHING),
        ([MAIN, {**ADDED, "email": "A@x.io"}], NOTHING),
        ([], NOTHING._replace(new=[MAIN, ADDED])),
        ([{**MAIN, "isMain": False}, ADDED], NOTHING._replace(changed=[MAIN])),
        ([{**MAIN, "email": "o@x.io"}, ADDED], NOTHING._replace(changed=[MAIN], readdressed=["cus_1:email"])),
        (
            [MAIN, ADDED, {"externalId": "cus_1:email_b", "email": "b@x.io"}],
            NOTHING._replace(removed=["cus_1:email_b"]),
        ),
        ([MAIN, {"externalId": None, "email": "A@X.io"}], NOTHING._replace(duplicate=[ADDED])),
        ([ADDED, {"externalId": "theirs", "email": "m@x.io"}], NOTHING._replace(new=[MAIN])),
        (
            [ADDED, {"externalId": "theirs", "email": "M@x.io", "isMain": True}, {"email": "m@x.io"}],
            NOTHING._replace(duplicate=[MAIN]),
        ),
        ([MAIN, ADDED, {"externalId": None, "email": "a@x.io"}, {"email": "z@x.io"}], NOTHING),
    ],
)
def test_what_has_to_change(shown, changes):
    """Only contacts of ours, and of those only what was sent; one address makes one additional contact."""
    assert contact_changes("cus_1", [MAIN, ADDED], shown) == changes


@pytest.mark.parametrize(
    ("refusal", "order"),
    [
        ("position: does not exist", [["position"], ["position", "phone"], ["position", "phone", "firstName"]]),
        ("phone: is invalid", [["phone"], ["phone", "position"], ["phone", "position", "firstName"]]),
        ("400", [["position"], ["position", "phone"], ["position", "phone", "firstName"]]),
    ],
)
def test_a_refused_contact_is_tried_with_less(refusal, order):
    """Without what the refusal names first; the address is what a contact is."""
    contact = {**ADDED, "position": "PAYER", "phone": "+33", "firstName": "Ann"}
    tries = list(with_less(contact, refusal))

    assert [lacking for _, lacking in tries] == order
    assert tries[-1][0] == ADDED
    assert list(with_less(ADDED, refusal)) == []
