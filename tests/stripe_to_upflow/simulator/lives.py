"""What happens in a simulated Stripe account: lives of customers and of their invoices, as dice fall."""

from dataclasses import dataclass, field

from tests.stripe_to_upflow.simulator.histories import UNITS, History, Teller
from upflow_provider.records.contacts import ContactSource

MOVES = {
    "pay": 4,
    "pay all": 3,
    "pay two": 1,
    "overpay": 1,
    "report": 2,
    "charge": 1,
    "out of band": 1,
    "unapply": 2,
    "credit": 4,
    "void credit note": 2,
    "refund": 2,
    "end refund": 2,
    "dispute": 1,
    "close dispute": 2,
    "void": 1,
    "give up": 2,
    "change balance": 1,
    "invoice": 5,
    "draft": 2,
    "finalize": 2,
    "edit": 2,
    "delete draft": 1,
    "rename": 5,
    "label": 1,
    "address": 2,
    "adopt": 1,
    "leave": 0.5,
}
"""What happens, and how often."""
PARENT = "parent"
"""Key of a customer's metadata that holds the id of its parent."""
SOURCES = (ContactSource("to", "To", "PAYER"), ContactSource("cc", "Cc", "SALES"))
"""Keys of a customer's metadata that hold the addresses of additional contacts."""
ADDRESSES = ("", "a@example.com", "Ann Lee <n@example.com>; o@example.com", "o@example.com, ö@example.com", "nobody")
EMAILS = ("a@example.com", "b.c@example.org", "d+e@example.net", "", "ä@example.com", None)


@dataclass
class Life(Teller):
    """One customer, whose invoices are made at the time of the fake's clock."""

    drafts: list[str] = field(default_factory=list)

    @classmethod
    def born(cls, stripe, number, dice, oddities):
        """Return the life of a new customer."""
        currency = dice.choice(sorted(UNITS))
        overpaid, minimum = dice.choice(["capped", "counted"]), dice.choice([0, 30])
        life = cls(stripe, number, History(currency, 0, [], overpaid, minimum), oddities)
        stripe.create_customer(id=life.customer, name=f"{life.customer} at first", email=dice.choice(EMAILS))
        return life

    def move(self, dice):
        """Let something happen, and say what; what Stripe would refuse does not happen."""
        [kind] = dice.choices(list(MOVES), list(MOVES.values()))
        if not self.invoices and kind not in ("draft", "finalize", "rename", "label", "address", "adopt", "leave"):
            kind = "invoice"
        size, which = dice.randrange(100), dice.randrange(100)
        kind = self.oddities.instead(kind, size)
        self.history.moves[:] = [(kind, size, which)]
        self.step(0)
        return f"{self.customer}: {kind} {size} {which}"

    def _invoice(self, size, which):
        self._draft(size, which)
        self._finalize(size, -1)

    def _draft(self, size, which):
        currency = self.history.currency if which % 5 != 4 else sorted(UNITS)[which % len(UNITS)]
        total = {5: 0, 6: -size - 1, 4: size % 30 + 1}.get(which % 7, (size + 1) * 37) * UNITS[currency]
        method = "charge_automatically" if size % 2 else "send_invoice"
        tax = total // 6 // UNITS[currency] * UNITS[currency] if total > 0 else 0
        invoice_id = f"in_{self.number}x{len(self.invoices) + len(self.drafts)}x{self.stripe.number()}"
        self.stripe.create_invoice(
            self.customer, total, id=invoice_id, currency=currency, collection_method=method, tax=tax
        )
        self.drafts.append(invoice_id)

    def _finalize(self, _, which):
        if self.drafts:
            invoice_id = self.drafts.pop(which % len(self.drafts))
            self.stripe.finalize_invoice(invoice_id, at=self.stripe.now())
            self.invoices.append(invoice_id)

    def _delete_draft(self, _, which):
        if self.drafts:
            self.stripe.delete_invoice(self.drafts.pop(which % len(self.drafts)))

    def _edit(self, size, which):
        """Change what the sync reads of an invoice, its due date, or what it does not, its metadata."""
        bill = self._bill(which, "open")
        if size % 2 and bill["status"] == "open":
            self.stripe.update_invoice(bill["id"], due_date=self.stripe.now() + size * 86_400)
        elif not bill["amount_overpaid"]:  # the fake would take what is overpaid for what is due below zero
            self.stripe.update_invoice(bill["id"], metadata={"order": str(size)})

    def _rename(self, size, which):
        fields = {
            "name": f"{self.customer} {'then' if which % 2 else 'at first'}",
            "email": EMAILS[which % len(EMAILS)],
        }
        self.stripe.update_customer(self.customer, **(fields if size % 2 else {"email": fields["email"]}))

    def _label(self, size, _):
        self.stripe.update_customer(self.customer, metadata={"tier": str(size)} if size % 3 else {})

    def _address(self, size, which):
        metadata = {"to": ADDRESSES[size % len(ADDRESSES)], "cc": ADDRESSES[which % len(ADDRESSES)]}
        self.stripe.update_customer(self.customer, metadata=metadata)

    def _adopt(self, size, _):
        """Put it below the first customer, which never leaves, or take it off."""
        if self.number:
            self.stripe.update_customer(
                self.customer, metadata={PARENT: self.oddities.customer_id(0)} if size % 3 else {}
            )

    def _leave(self, _, __):
        if self.number:
            self.stripe.delete_customer(self.customer)


class Account:
    """
    All lives of one account.

    Args:
        stripe: The fake.
        dice: Random numbers.
        oddities: What is odd about it.
    """

    def __init__(self, stripe, dice, oddities):
        self._stripe, self._dice, self._oddities = stripe, dice, oddities
        self.lives = []
        self.moves = 0

    def change(self):
        """Let one thing happen, and say what."""
        self.moves += 1
        if not self.lives or (len(self.lives) < 4 and self._dice.random() < 0.15):
            self.lives.append(Life.born(self._stripe, len(self.lives), self._dice, self._oddities))
            return f"{self.lives[-1].customer} comes"
        return self._dice.choice(self.lives).move(self._dice)

    def forget_events(self, before):
        """Forget the events that are older than an instant (Unix seconds), as Stripe does after 30 days."""
        events = self._stripe.store.events
        for each in [each for each in events if each["created"] < before]:
            events.remove(each["id"], each)
