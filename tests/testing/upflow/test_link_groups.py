"""The arithmetic of link groups in the fake Upflow, for any of them."""

from hypothesis import given
from hypothesis import strategies as st

from upflow_provider.testing.upflow.records.document_types import CREDITS, DEBITS
from upflow_provider.testing.upflow.records.links import Document, Links, Share, side

DOCUMENTS = [Document(collection, number) for collection in (*DEBITS, *CREDITS) for number in "12"]
SHARES = st.lists(st.builds(Share, st.sampled_from(DOCUMENTS), st.integers(1, 50)), max_size=6)
CHANGES = st.lists(st.tuples(st.sampled_from("abc"), SHARES), max_size=8)


def filled(changes):
    """Return links after some groups were set one after the other."""
    links = Links()
    for group, shares in changes:
        links.put(group, shares)
    return links


@given(CHANGES)
def test_the_last_group_of_a_name_counts(changes):
    """What is linked of a document is what the groups in force say, and nothing else."""
    links, in_force = filled(changes), dict(changes)

    for document in DOCUMENTS:
        expected = sum(s.amount for shares in in_force.values() for s in shares if s.document == document)
        assert links.linked(document) == expected
        for group, shares in in_force.items():
            of_group = sum(s.amount for s in shares if s.document == document)
            assert links.linked(document, without=group) == expected - of_group


@given(SHARES)
def test_matches_use_up_the_smaller_side(shares):
    """Debits and credits are matched as far as the smaller side goes, and never beyond a share."""
    links = filled([("a", shares)])

    matches = {match for document in DOCUMENTS for match in links.matches(document)}

    per_debit = [sum(m.amount for m in links.matches(document) if m.debit == document) for document in DOCUMENTS]
    assert sum(per_debit) == min(side(shares, DEBITS), side(shares, CREDITS))
    assert all(amount <= links.linked(document) for amount, document in zip(per_debit, DOCUMENTS, strict=True))
    assert all(m.debit.collection in DEBITS and m.credit.collection in CREDITS for m in matches)


@given(CHANGES, st.sampled_from(DOCUMENTS))
def test_dropping_a_document(changes, document):
    """A dropped document is linked to nothing, and groups without it stay as they were."""
    links = filled(changes)
    others = {g: s for g, s in links.groups.items() if document not in {share.document for share in s}}

    links.drop(document)

    assert links.groups == others
    assert links.linked(document) == 0
    assert links.matches(document) == []
