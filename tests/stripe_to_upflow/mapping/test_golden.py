"""Golden pairs: a whole Stripe record, and the whole outcome of its mapping."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from upflow_provider.stripe_to_upflow.mapping import customers, invoices
from upflow_provider.stripe_to_upflow.mapping.options import Options

GOLDEN = Path(__file__).parent / "golden"
MAPPINGS = {"customer": customers.to_upflow, "invoice": invoices.to_upflow}
OPTIONS = Options(parent_metadata_key="parent")


@pytest.mark.parametrize("name", sorted(path.name.split(".")[0] for path in GOLDEN.glob("*.stripe.json")))
def test_golden_pair(name):
    """The mapping makes of the record exactly what the pair says, and nothing else."""
    record = json.loads((GOLDEN / f"{name}.stripe.json").read_text(encoding="utf-8"))
    expected = json.loads((GOLDEN / f"{name}.upflow.json").read_text(encoding="utf-8"))

    mapped = MAPPINGS[record["object"]](record, OPTIONS)

    assert json.loads(json.dumps(asdict(mapped))) == expected
