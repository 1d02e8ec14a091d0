"""Content hashes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upflow_provider.records.content_hash import payload_hash
from upflow_provider.records.mapped import BalancingDocument

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
    assert payload_hash(PAYLOAD, (LINE,)) == "1:800c1f57069b9248885bfa12c501e7c5761d7140e1e164f85517fdf1839597d0"


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
