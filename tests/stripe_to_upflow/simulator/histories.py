"""Random histories of invoices, told to a fake Stripe step by step."""

from dataclasses import dataclass, field

from hypothesis import strategies as st

from tests.stripe_to_upflow.simulator.troubles.oddities import Oddities
from upflow_provider.testing.stripe.billing.refusal import StripeRefusalError

UNITS = {"eur": 1, "usd": 1, "jpy": 1, "kwd": 10, "isk": 100, "ugx": 100, "huf": 1, "mga": 1}
"""What Stripe's amounts are multiples of, by currency."""
JANUARY = 1_768_435_200

MOVES = st.tuples(
    st.sampled_from(
        [
            *["pay", "pay", "pay", "credit", "invoice"],
            "pay all",
            "pay two",
            "overpay",
            "report",
            "charge",
            "out of band",
            "unapply",
            "credit",
            "void credit note",
            *["refund", "end refund", "dispute", "close dispute"],
            "void",
            "give up",
            "change balance",
            "label",
            "invoice",
        ]
    ),
    st.integers(0, 99),
    st.integers(0, 99),
)
"""What happens, and two numbers that say how much and to which."""


@dataclass
class History:
    """
    The life of one customer's invoices.

    Attributes:
        currency: That of most of its invoices.
        first: Size of the first invoice.
        moves: What happens.
        overpaid: Which shape overpayments take.
        minimum: Least amount that can be charged.
    """

    currency: str
    first: int
    moves: list[tuple[str, int, int]]
    overpaid: str = "capped"
    minimum: int = 0


HISTORIES = st.builds(
    History,
    currency=st.sampled_from(sorted(UNITS)),
    first=st.integers(1, 99),
    moves=st.lists(MOVES, min_size=3, max_size=8),
    overpaid=st.sampled_from(["capped", "counted"]),
    minimum=st.sampled_from([0, 30]),
)


@dataclass
class Teller:
    """Tells one history to a fake Stripe; what Stripe would refuse does not happen."""

    stripe: object
    number: int
    history: History
    oddities: Oddities = field(default_factory=Oddities)
    refunds: list[str] = field(default_factory=list)
    disputes: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    payments: list[tuple[str, str]] = field(default_factory=list)
    records: list[tuple[str, str, int]] = field(default_factory=list)
    invoices: list[str] = field(default_factory=list)

    @property
    def customer(self):
        """Id of the customer."""
        return self.oddities.customer_id(self.number)

    def begin(self):
        """Create the customer and its first invoice."""
        self.stripe.create_customer(id=self.customer, name=self.customer, created=JANUARY)
        self._invoice(self.history.first, 1)

    def step(self, index):
        """Let the next thing happen, if there is one."""
        if index >= len(self.history.moves):
            return
        kind, size, which = self.history.moves[index]
        self.stripe.payments.overpaid = self.history.overpaid
        self.stripe.minimum_charge = self.history.minimum
        try:
            getattr(self, f"_{kind.replace(' ', '_')}")(size, which)
        except StripeRefusalError:
            return

    def _bill(self, which, *statuses):
        """Return an invoice, one of some statuses if there is such."""
        bills = [self.stripe.store.invoices.shown(each) for each in self.invoices]
        fitting = [bill for bill in bills if not statuses or bill["status"] in statuses] or bills
        return fitting[which % len(fitting)]

    def _payable(self, which):
        return self._bill(which, "open", "uncollectible")

    def _part(self, bill, size, of="amount_remaining"):
        """Return a part of an amount, a multiple of the currency's unit, at least one."""
        unit = UNITS[bill["currency"]]
        return max(bill[of] // unit * (size + 1) // 100, 1) * unit

    def _invoice(self, size, which):
        currency = self.history.currency if which % 5 != 4 else sorted(UNITS)[which % len(UNITS)]
        total = {5: 0, 6: -size - 1, 4: size % 30 + 1}.get(which % 7, (size + 1) * 37) * UNITS[currency]
        method = "charge_automatically" if size % 2 else "send_invoice"
        tax = total // 6 // UNITS[currency] * UNITS[currency] if total > 0 else 0
        invoice_id = f"in_{self.number}x{len(self.invoices)}"
        self.stripe.create_invoice(
            self.customer, total, id=invoice_id, created=JANUARY, currency=currency, collection_method=method, tax=tax
        )
        self.stripe.finalize_invoice(invoice_id)
        self.invoices.append(invoice_id)

    def _pay(self, size, which):
        bill = self._payable(which)
        amount = self._part(bill, size)
        intent = self.stripe.payments.pay({bill["id"]: amount}, authorized=self.oddities.authorized(amount, size))
        self.payments.append((intent["id"], bill["id"]))

    def _pay_all(self, _, which):
        self._pay(99, which)

    def _pay_two(self, size, which):
        bills = {each["id"]: each for each in (self._payable(which), self._payable(which + 1))}
        if len({each["currency"] for each in bills.values()}) > 1:
            return
        amounts = {bill_id: self._part(bill, size) for bill_id, bill in bills.items()}
        intent = self.stripe.payments.pay(amounts, payment_id=f"pi_{self.number}x{self.stripe.number()}")
        self.payments.extend((intent["id"], bill_id) for bill_id in bills)

    def _overpay(self, size, which):
        bill = self._payable(which)
        surplus = (size + 1) * UNITS[bill["currency"]]
        amount = {bill["id"]: bill["amount_remaining"]}
        payment_id = f"pi_{self.number}x{self.stripe.number()}" if size % 2 else None
        intent = self.stripe.payments.pay(amount, surplus=surplus, payment_id=payment_id)
        self.payments.append((intent["id"], bill["id"]))

    def _report(self, size, which):
        bill = self._payable(which)
        record = self.stripe.payments.report({bill["id"]: self._part(bill, size)})
        self.payments.append((record["id"], bill["id"]))
        self.records.append((record["id"], bill["id"], record["amount"]["value"]))

    def _charge(self, size, which):
        bill = self._payable(which)
        charge = self.stripe.payments.charge(bill["id"], self._part(bill, size))
        self.payments.append((charge["id"], bill["id"]))

    def _out_of_band(self, _, which):
        self.stripe.payments.settle_out_of_band(self._payable(which)["id"])

    def _unapply(self, _, which):
        if self.payments:
            self.stripe.payments.unapply(*self.payments[which % len(self.payments)])

    def _credit(self, size, which):
        bill = self._bill(which, "open", "uncollectible", "paid")
        amount = self._part(bill, size, of="total")
        after = max(amount - bill["amount_remaining"], 0)
        how = {}
        paid_with = [payment for payment, invoice in self.payments if invoice == bill["id"]]
        if after and which % 4 == 0 and paid_with and paid_with[-1].startswith("pi_"):
            refund = self.stripe.credits.refund(paid_with[-1], after)
            self.refunds.append(refund["id"])
            how = {"refund": refund, "refunded": after}
        elif after and which % 4 == 1:
            how = {"out_of_band": after}
        elif after and which % 4 == 2:
            reported = [each for each in self.records if each[1] == bill["id"] and each[2] >= after]
            how = {"reported": (reported[0][0], after)} if reported else {}
        note = self.stripe.credits.credit(bill["id"], amount, **how)
        self.notes.append(note["id"])

    def _void_credit_note(self, _, which):
        if self.notes:
            self.stripe.credits.void(self.notes[which % len(self.notes)])

    def _refundable(self, size, which):
        """Return the id of a payment that can be refunded, and a part of it; one is made if there is none."""
        payments = [payment for payment, _ in self.payments if self.oddities.refundable(payment)]
        if not payments:
            self._pay(size, which)
            payments = [self.payments[-1][0]]
        payment_id = payments[which % len(payments)]
        is_charge = payment_id.startswith("ch_")
        paid = self.stripe.store.collection("charges" if is_charge else "payment_intents").shown(payment_id)
        return payment_id, self._part(paid, size, of="amount_captured" if is_charge else "amount_received")

    def _refund(self, size, which):
        payment_id, amount = self._refundable(size, which)
        status = ("succeeded", "pending", "requires_action")[size % 3]
        self.refunds.append(self.stripe.credits.refund(payment_id, amount, status=status)["id"])

    def _end_refund(self, size, which):
        if not self.refunds:
            self._refund(size, which)
        refund = self.refunds[which % len(self.refunds)]
        if self.stripe.store.refunds.shown(refund)["status"] not in {"failed", "canceled"}:
            self.stripe.credits.update_refund(refund, ("failed", "succeeded", "canceled")[size % 3])

    def _dispute(self, size, which):
        payment_id, amount = self._refundable(size, which)
        status = self.oddities.dispute_status(which)
        self.disputes.append(self.stripe.credits.dispute(payment_id, amount, status=status)["id"])

    def _close_dispute(self, size, which):
        if not self.disputes:
            self._dispute(size, which)
        self.stripe.credits.close_dispute(self.disputes[which % len(self.disputes)], ("lost", "won")[size % 2])

    def _void(self, size, which):
        if "voided payments" in self.oddities.names and size % 2:
            self.stripe.void_paid_invoice(self._bill(which, "paid")["id"])
        else:
            self.stripe.void_invoice(self._payable(which)["id"])

    def _give_up(self, _, which):
        self.stripe.mark_uncollectible(self._bill(which, "open")["id"])

    def _label(self, size, which):
        order = {"order": str(size) if size % 3 else ""}  # or remove it
        self.stripe.attachments.write_metadata("invoices", self._bill(which)["id"], order)
        self.stripe.attachments.write_metadata("customers", self.customer, order)

    def _change_balance(self, size, which):
        currency = self.history.currency
        amount = (size - 49) * UNITS[currency] * (which % 20 + 1)
        self.stripe.credits.add_to_balance(self.customer, currency, amount)
