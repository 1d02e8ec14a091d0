"""What kind of payment it is, by each signal and by what signals say together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upflow_provider.upflow_to_stripe.listing import settlements_of
from upflow_provider.upflow_to_stripe.payment_kinds import gateway_id, payment_kind
from upflow_provider.upflow_to_stripe.settings import WriteBack

SETTINGS = WriteBack(
    types={"ACCOUNT": "manual", "PORTAL": "portal"}, sources={"BANK": "cash_application", "APP": "portal"}
)
ONLINE = {"id": "1", "instrument": "CARD"}
OFFLINE = {"id": "1", "instrument": "WIRE_TRANSFER"}


@pytest.mark.parametrize(
    ("payment", "kind"),
    [
        pytest.param(ONLINE, "portal", id="online, without an external id"),
        pytest.param({**ONLINE, "instrument": "DIRECT_DEBIT"}, "portal", id="direct debit"),
        pytest.param({**ONLINE, "externalId": "pi_1"}, "imported", id="external id"),
        pytest.param({**ONLINE, "type": "PORTAL", "source": "APP"}, "portal", id="known type and source"),
        pytest.param({**ONLINE, "type": "ACCOUNT"}, "manual", id="type of other payments"),
        pytest.param({**ONLINE, "type": "NEW"}, "undecided", id="unknown type"),
        pytest.param({**ONLINE, "type": 7}, "undecided", id="odd type"),
        pytest.param({**ONLINE, "source": "NEW"}, "undecided", id="unknown source"),
        pytest.param({**ONLINE, "type": "ACCOUNT", "charge": "ch_123456"}, "undecided", id="contradiction"),
        pytest.param({**ONLINE, "gateway": {"id": "pi_123456"}}, "portal", id="gateway"),
        pytest.param({**ONLINE, "type": "PORTAL", "status": "succeeded"}, "portal", id="success"),
        pytest.param({**ONLINE, "gatewayStatus": "FAILED"}, "unsuccessful", id="failure"),
        pytest.param({**ONLINE, "type": "Ann Smith"}, "undecided", id="a text"),
        pytest.param(OFFLINE, "offline", id="offline"),
        pytest.param({"id": "1"}, "offline", id="no instrument"),
        pytest.param({**OFFLINE, "source": "BANK"}, "cash_application", id="bank match"),
        pytest.param({**OFFLINE, "type": "NEW"}, "offline", id="offline, of unknown type"),
        pytest.param({**OFFLINE, "source": "APP"}, "undecided", id="offline in the portal"),
    ],
)
def test_the_signals_decide_in_order(payment, kind):
    """What is unknown or contradictory is undecided; the evidence says by what."""
    found = payment_kind(payment, SETTINGS, is_known=False)

    assert found.name == kind
    assert found.evidence
    assert "Ann" not in found.evidence


def test_what_the_ledger_knows_was_imported():
    """Even if Upflow shows no external id."""
    assert payment_kind(ONLINE, SETTINGS, is_known=True).name == "imported"
    assert list(settlements_of(ONLINE, SETTINGS, is_known=True)) == []


@pytest.mark.parametrize(
    ("payment", "found"),
    [
        pytest.param({"reference": "pi_123456"}, "pi_123456", id="anywhere"),
        pytest.param({"gateway": {"charge": "ch_123456", "intent": "pi_123456"}}, "pi_123456", id="intent first"),
        pytest.param({"a": "pi_123456", "b": "pi_654321"}, None, id="two"),
        pytest.param({"memo": "see pi_123456."}, "pi_123456", id="within a text"),
        pytest.param({"memo": "see xpi_123456"}, None, id="within a word"),
        pytest.param({"gateway": {"payment": [{"id": "pi_123456"}]}}, "pi_123456", id="deep inside"),
        pytest.param({"linkedInvoices": [{"paidBy": "pi_123456"}]}, None, id="of an invoice"),
        pytest.param({"externalId": "pi_123456"}, None, id="external id"),
    ],
)
def test_the_gateways_id_is_found(payment, found):
    """If there is exactly one; in the fields of the setting, if that names some."""
    assert gateway_id(payment, SETTINGS) == found
    assert gateway_id(payment, WriteBack(gateway_fields=("other",))) is None


INVOICES = st.none() | st.fixed_dictionaries(
    {}, optional={"externalId": st.sampled_from(["in_1", "in_2", "", None, 3])}
)
AMOUNTS = st.integers(-5, 50) | st.none() | st.booleans() | st.text(max_size=2)
LINKS = st.lists(st.fixed_dictionaries({}, optional={"linkedAmount": AMOUNTS, "invoice": INVOICES}), max_size=5)
FIELDS = ("instrument", "validatedAt", "type", "currency", "source")
PAYMENTS = st.fixed_dictionaries(
    {"id": st.text(max_size=5), "linkedInvoices": st.none() | LINKS},
    optional={name: st.none() | st.text(max_size=12) for name in FIELDS},
)


@given(payment=PAYMENTS)
def test_only_what_is_linked_to_invoices_counts(payment):
    """Any list can be read: amounts of the same invoice are added up, and all others left out."""
    found = {each.invoice_id: each.linked for each in settlements_of(payment, SETTINGS, is_known=False)}
    wanted = {}
    for each in payment["linkedInvoices"] or ():
        name, amount = (each.get("invoice") or {}).get("externalId"), each.get("linkedAmount")
        if name in ("in_1", "in_2") and type(amount) is int and amount > 0:
            wanted[name] = wanted.get(name, 0) + amount

    assert found == wanted
