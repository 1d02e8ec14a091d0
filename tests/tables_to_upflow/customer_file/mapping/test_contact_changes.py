"""What has to change so that Upflow has the contacts of a file."""

from hypothesis import given
from hypothesis import strategies as st

from upflow_provider.tables_to_upflow.customer_file.mapping.contacts import contact_changes, merged_contacts

EMAILS = st.sampled_from(["a@example.com", "A@example.com", "b@example.com", "c@example.com"])
TEXT = st.sampled_from(["", "x", "y"])
SAID = st.fixed_dictionaries(
    {"email": EMAILS}, optional={"firstName": TEXT, "phone": TEXT, "isMain": st.just(value=True)}
)
SHOWN = st.fixed_dictionaries({"email": EMAILS, "isMain": st.booleans(), "firstName": st.none() | TEXT})


def after(shown, changes):
    """Return the contacts of a customer after changes, as Upflow makes them: a new main contact is the only one."""
    contacts = {each["id"]: dict(each) for each in shown}
    for number, change in enumerate(changes):
        ref = change.ref or f"new-{number}"
        contacts[ref] = {"id": ref, "isMain": False, **contacts.get(ref, {}), **change.fields}
        if change.fields.get("isMain"):
            for other, each in contacts.items():
                each["isMain"] = other == ref
    return list(contacts.values())


@given(said=st.lists(SAID, max_size=6), shown=st.lists(SHOWN, max_size=4))
def test_a_second_import_finds_nothing_to_change(said, shown):
    """And none of the contacts is lost; a file that names a main contact leaves exactly one."""
    before = [{"id": f"u-{number}", **each} for number, each in enumerate(shown)]
    contacts, refused = merged_contacts(list(enumerate(said, 2)))
    if refused:
        return

    now = after(before, contact_changes("C-1", contacts, before))

    assert contact_changes("C-1", contacts, now) == []
    assert {each["id"] for each in before} <= {each["id"] for each in now}
    assert {each["email"].casefold() for each in said} <= {each["email"].casefold() for each in now}
    if any(each.get("isMain") for each in said):
        assert sum(each["isMain"] for each in now) == 1


@given(st.lists(SAID, max_size=8))
def test_lines_are_refused_only_in_pairs_that_contradict_each_other(said):
    """Each refused line names another one, which says something else about the same contact."""
    _, refused = merged_contacts(list(enumerate(said, 2)))

    assert len(refused) != 1
    for line, reason in refused.items():
        other = int(reason.split("line ")[1].split(" ")[0])
        one, two = said[line - 2], said[other - 2]
        assert one["email"].casefold() == two["email"].casefold()
        assert any(one.get(name) and two.get(name) and one[name] != two[name] for name in ("firstName", "phone"))
