"""The sum of every invoice: made up from its parts, it is taken apart into the same parts."""

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from upflow_provider.errors import MappingError
from upflow_provider.records.money import Units
from upflow_provider.stripe_to_upflow.mapping.invoice_sum import InvoiceSum

PARTS = st.lists(st.integers(0, 10**9), min_size=5, max_size=5)
EUR = Units("in_1", "eur", {})


def bill(total, *, credited=0, due=None, remaining=0, told=(), status="open", **fields):
    """Return a finalized invoice of Stripe's; *told* are the amounts of its paid invoice payments."""
    paid = [{"id": f"inpay_{n}", "status": "paid", "amount_paid": amount} for n, amount in enumerate(told)]
    return {
        "status": status,
        "total": total,
        "total_excluding_tax": total,
        "amount_due": total - credited if due is None else due,
        "amount_remaining": remaining,
        "pre_payment_credit_notes_amount": credited,
        "payments": {"data": [*paid, {"id": "inpay_open", "status": "open", "amount_paid": None}]},
        **fields,
    }


def amounts(sums):
    """Return what takes something off the gross amount."""
    return (sums.credited, sums.balance, sums.applied, sums.unexplained, sums.written_off, sums.voided)


@given(PARTS)
def test_an_invoice_is_taken_apart_into_what_it_was_made_of(parts):
    """Credit notes, the customer's balance, payments, what is paid out of band, and what remains."""
    credited, balance, applied, outside, remaining = parts
    due = applied + outside + remaining
    sums = InvoiceSum.from_invoice(
        bill(sum(parts), credited=credited, due=due, remaining=remaining, told=[applied // 3, applied - applied // 3]),
        EUR,
    )

    assert amounts(sums) == (credited, balance, applied, outside, 0, 0)
    assert (sums.gross, sums.net, sums.outstanding) == (sum(parts), sum(parts), remaining)
    assert sums.gross - sum(amounts(sums)) == sums.outstanding


@given(PARTS, st.integers(-(10**9), 10**9))
def test_old_debt_is_asked_for_with_the_invoice_it_was_added_to(parts, total):
    """It is part of gross and net; also where the invoice itself credits less than the debt."""
    credited, debt, applied, outside, remaining = parts
    due = applied + outside + remaining
    debt = due + credited - total  # whatever of the debt makes the amounts consistent
    assume(debt > 0)
    assume(not (total < 0 and due == 0))
    sums = InvoiceSum.from_invoice(bill(total, credited=credited, due=due, remaining=remaining, told=[applied]), EUR)

    assert (sums.gross, sums.net) == (total + debt, total + debt)
    assert amounts(sums) == (credited, 0, applied, outside, 0, 0)
    assert sums.gross - sum(amounts(sums)) == sums.outstanding == remaining
    assert sums.gross >= 0


@given(PARTS)
def test_an_uncollectible_invoice_shows_nothing(parts):
    """What remains is written off, and no more than that."""
    credited, balance, applied, outside, remaining = parts
    due = applied + outside + remaining
    sums = InvoiceSum.from_invoice(
        bill(
            sum(parts),
            credited=credited,
            due=due,
            remaining=remaining,
            told=[applied],
            status="uncollectible",
        ),
        EUR,
    )

    assert amounts(sums) == (credited, balance, applied, outside, remaining, 0)
    assert sums.gross - sum(amounts(sums)) == sums.outstanding == 0


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_payments_that_claim_more_than_was_due_settle_what_was_due(due, surplus):
    """Whether an invoice payment counts what was overpaid changes nothing."""
    sums = InvoiceSum.from_invoice(bill(due, told=[due + surplus]), EUR)

    assert amounts(sums) == (0, 0, due, 0, 0, 0)


@given(PARTS)
def test_what_is_said_of_an_invoice_adds_up(parts):
    """Whoever reads the sum in a message can check it, whatever became of the invoice."""
    credited, _, applied, outside, remaining = parts
    due = applied + outside + remaining
    for status in ("open", "paid", "uncollectible"):
        told = bill(sum(parts), credited=credited, due=due, remaining=remaining, told=[applied], status=status)
        assert adds_up(str(InvoiceSum.from_invoice(told, EUR)))


@pytest.mark.parametrize("fields", [{}, {"credited": 500}, {"due": 900}, {"due": 400, "credited": 500}])
def test_what_is_said_of_a_void_invoice_adds_up(fields):
    """Also of one that used credit, which is the customer's again."""
    told = bill(1200, **fields, remaining=fields.get("due", 1200 - fields.get("credited", 0)), status="void")

    assert adds_up(str(InvoiceSum.from_invoice(told, EUR)))


def adds_up(text):
    """Tell whether a sum in words is right: what stands left of the equals sign is what stands right of it."""
    left, right = text.split(" = ")
    gross, *less = (int(number) for number in re.findall(r"-?\d+", left.replace(" - ", " ")))
    return gross - sum(less) == int(right)


def test_a_part_that_is_no_whole_unit_is_rejected():
    """The error names the invoice and the currency; half a krona is rounded by nobody."""
    told = bill(1200, remaining=1200)
    told["payments"]["data"].append({"id": "inpay_9", "status": "paid", "amount_paid": 50})
    with pytest.raises(MappingError, match=r"^in_9: amount_paid is not a whole number of ISK units in Upflow"):
        InvoiceSum.from_invoice(told, Units("in_9", "isk", {}))


@pytest.mark.parametrize("taxes", [None, [], [{"amount": 100}, {"amount": 50}]])
def test_the_net_amount_is_the_total_without_taxes(taxes):
    """Where Stripe does not tell it; a debt has been taxed before."""
    told = bill(1000, due=1300, remaining=1300, total_excluding_tax=None, total_taxes=taxes)

    assert InvoiceSum.from_invoice(told, EUR).net == 1300 - (150 if taxes else 0)
