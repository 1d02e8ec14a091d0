"""Content hashes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upflow_provider.records.content_hash import links_digest, parts_of, payload_hash
from upflow_provider.records.mapped import BalancingDocument, Link

PAYLOAD = {
    "externalId": "in_1",
    "customId": "F-1",
    "issuedAt": "2025-01-01",
    "dueDate": "2025-01-31",
    "currency": "EUR",
    "grossAmount": 12_000,
    "netAmount": 10_000,
    "customer": {"externalId": "cus_1"},
}
LINE = BalancingDocument("payments", "in_1:writeoff", 12_000, "2026-01-01", "Uncollectible in Stripe")


def test_hash_is_stable():
    """A ledger written by an earlier release still matches; a new form needs a new version."""
    assert payload_hash(PAYLOAD, ()) == "1:71d38115859f3818261b066d6f76f0e747af3f997d98499d7e921b5db4a31dae"
    payload = "71d38115859f3818261b066d6f76f0e747af3f997d98499d7e921b5db4a31dae"
    line = "9bc8087e73460cf980443e66bb4e100e36912c95973ce5d01df480f40fd57eaa"
    assert payload_hash(PAYLOAD, (LINE,)) == f"2:{payload}::{line}"


def test_hash_ignores_the_order_of_keys():
    """Two payloads with the same values are the same content."""
    assert payload_hash(dict(reversed(PAYLOAD.items())), ()) == payload_hash(PAYLOAD, ())


@pytest.mark.parametrize(
    ("payload", "lines"),
    [
        pytest.param(PAYLOAD | {"grossAmount": 12_001}, (), id="amount"),
        pytest.param(PAYLOAD | {"grossAmount": "12000"}, (), id="type"),
        pytest.param(PAYLOAD | {"customer": {"externalId": "cus_2"}}, (), id="nested"),
        pytest.param(PAYLOAD | {"state": "VOIDED"}, (), id="key-added"),
        pytest.param(PAYLOAD, (LINE,), id="line"),
    ],
)
def test_hash_tells_contents_apart(payload, lines):
    """Whatever changes what is sent changes the hash."""
    assert payload_hash(payload, lines) != payload_hash(PAYLOAD, ())


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(
            BalancingDocument("credit_notes", "in_1:writeoff", 12_000, LINE.date, LINE.reason), id="collection"
        ),
        pytest.param(BalancingDocument("payments", "in_1:void", 12_000, LINE.date, LINE.reason), id="external-id"),
        pytest.param(BalancingDocument("payments", "in_1:writeoff", 1, LINE.date, LINE.reason), id="amount"),
        pytest.param(BalancingDocument("payments", "in_1:writeoff", 12_000, "2026-01-02", LINE.reason), id="date"),
        pytest.param(BalancingDocument("payments", "in_1:writeoff", 12_000, LINE.date, "Forgiven"), id="reason"),
    ],
)
def test_hash_covers_every_part_of_a_line(line):
    """A balancing document that differs is sent again."""
    assert payload_hash(PAYLOAD, (line,)) != payload_hash(PAYLOAD, (LINE,))


@given(name=st.text(st.characters(codec=None)))
def test_hash_takes_any_text(name):
    """Whatever JSON can carry can be hashed, lone surrogates included."""
    assert len(payload_hash(PAYLOAD | {"name": name}, ())) == 66


def test_a_hash_has_parts():
    """What Upflow lists of payload and links can be compared with what was sent, whatever else was."""
    links = (Link("invoices", "in_1", 100), Link("invoices", "in_2", 200))
    whole = parts_of(payload_hash(PAYLOAD, (LINE,), links))

    assert whole.payload == parts_of(payload_hash(PAYLOAD)).payload
    assert whole.links == links_digest([("in_2", 200), ("in_1", 100)])
    assert parts_of(payload_hash(PAYLOAD, (LINE,))).links == links_digest([]) == ""
    assert parts_of(payload_hash(PAYLOAD)).links is None
    assert links_digest([("in_1", 100)]) != links_digest([("in_1", 101)])


def test_links_to_documents_without_an_external_id_have_a_digest():
    """People may link documents that were made in Upflow."""
    assert links_digest([(None, 1), ("in_1", 1)]) == links_digest([("in_1", 1), (None, 1)])


def test_custom_fields_have_a_part_of_their_own():
    """Lists that hide them still show whether the rest is as it was sent."""
    filled = {**PAYLOAD, "customFields": [{"id": "tier", "value": "Gold"}]}
    other = {**PAYLOAD, "customFields": [{"id": "tier", "value": "Tin"}]}
    parts = [parts_of(payload_hash(each)) for each in (PAYLOAD, filled, other)]

    assert len({each.payload for each in parts}) == 1
    assert [bool(each.custom_fields) for each in parts] == [False, True, True]
    assert parts[1].custom_fields != parts[2].custom_fields
    assert len({payload_hash(each) for each in (PAYLOAD, filled, other)}) == 3
