"""Customers of Stripe, and what may be changed of them."""

from __future__ import annotations

import json
import string
from pathlib import Path

from hypothesis import strategies as st

from upflow_provider.stripe_to_upflow.mapping.options import Options

GOLDEN = Path(__file__).parents[1] / "golden"
FULL = json.loads((GOLDEN / "customer_full.stripe.json").read_text(encoding="utf-8"))
ID = FULL["id"]
PARENTS = Options(parent_metadata_key="parent")
NOWHERE = {"address": "", "zipcode": "", "city": "", "state": "", "country": ""}


def tax_ids(*pairs):
    """Return expanded tax ids of the given types and values."""
    return {"tax_ids": {"object": "list", "data": [{"type": kind, "value": value} for kind, value in pairs]}}


text = st.one_of(st.none(), st.text(max_size=20))
records = st.fixed_dictionaries(
    {
        "name": text,
        "email": st.one_of(text, st.emails()),
        "phone": text,
        "address": st.one_of(
            st.none(),
            st.fixed_dictionaries(dict.fromkeys(["line1", "line2", "postal_code", "city", "state", "country"], text)),
        ),
        "metadata": st.fixed_dictionaries({}, optional={"parent": st.text(string.ascii_letters, max_size=9)}),
        "tax_ids": st.lists(st.sampled_from(["eu_vat", "us_ein", "nz_gst"])).map(
            lambda kinds: tax_ids(*((kind, "1") for kind in kinds))["tax_ids"]
        ),
    }
)
