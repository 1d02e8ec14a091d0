"""What is odd about an account: chosen ids, absent fields, and money that moves as it does in few accounts."""

import random
from dataclasses import dataclass, field

from upflow_provider.testing.upflow.behaviour import FieldRefusal

PLAYED = frozenset(
    {
        "absent fields",
        "chosen ids",
        "charges",
        "lost disputes",
        "partial captures",
        "voided payments",
        "refused fields",
        "odd words",
    }
)
"""
What may be odd about a world; each world has about half of it.

``absent fields``: optional fields that hold nothing are left out, as Stripe's types allow.
``chosen ids``: the ids of customers were chosen by their owner.
``charges``: some payments are charges without an intent, which are refunded and disputed like others.
``lost disputes``: some disputes begin as lost, so that no other event follows.
``partial captures``: some payments were authorized for more than they take.
``voided payments``: some paid invoices become void, and their applications stay paid.
``refused fields``: Upflow refuses some e-mail addresses, all parents, and early due dates.
``odd words``: what Upflow says, and the ids that it gives, cannot be printed or stored as they are.
"""
REFUSED = (
    FieldRefusal(collection="customers", field="contacts.email", values="^b"),
    FieldRefusal(collection="contacts", field="email", values="^b"),
    FieldRefusal(collection="customers", field="parent.externalId"),
)
"""Fields that Upflow refuses for ever, in worlds where it refuses some."""
ODD_WORDS = "\x1b[2K{message}\x00\ud83d" + "x" * 5_000
"""What Upflow says in worlds where it uses odd words: half of a character, control characters, far too long."""
CUSTOMER_IDS = (
    "cus_{}",
    "user_{}",
    "ann+{}@example.com",
    "shop/7/{}",
    "Ann of Lyon {}",
    "9b2f7c1e-0d4a-4a55-8a53-3c6e4cfb8e{:02}",
)
"""Ids of customers; the number makes them different."""


@dataclass
class Oddities:
    """
    What is odd about one account.

    Attributes:
        names: Some of `PLAYED`.
        first_id: Which of `CUSTOMER_IDS` the first customer has.
    """

    names: frozenset[str] = frozenset()
    first_id: int = field(default=0)

    @classmethod
    def of(cls, seed):
        """Return those of a seed; what else happens in its world does not depend on them."""
        dice = random.Random(f"{seed} oddities")
        return cls(frozenset(each for each in sorted(PLAYED) if dice.random() < 0.5), dice.randrange(99))

    def customer_id(self, number):
        """Return the id of a customer."""
        if "chosen ids" not in self.names:
            return f"cus_{number}"
        return CUSTOMER_IDS[(self.first_id + number) % len(CUSTOMER_IDS)].format(number)

    def leave_out(self, stripe, seed):
        """Let a fake Stripe leave out fields; nothing is lost, because they are empty."""
        if "absent fields" in self.names:
            stripe.optional.leave_out_at_random((0.3, 1.0)[self.first_id % 2], seed=seed, only_empty=True)

    def behaviour(self):
        """Return how the Upflow of its world behaves, besides what others decide."""
        refused = {"refused_fields": REFUSED, "early_due_date": "refused"} if "refused fields" in self.names else {}
        odd = {"error_text": ODD_WORDS, "answered_fields": {"customers": {"id": "\ud83d"}}}
        return refused | (odd if "odd words" in self.names else {})

    def authorized(self, amount, size):
        """Return how much is authorized for a payment; None for what it takes."""
        return amount * 2 if "partial captures" in self.names and size % 4 == 1 else None

    def dispute_status(self, which):
        """Return the status that a dispute begins with."""
        return "lost" if "lost disputes" in self.names and which % 2 else "needs_response"

    def instead(self, move, size):
        """Return what happens instead of a move: payments are charges, and refunds are disputes."""
        if move == "pay" and "charges" in self.names and size % 3 == 2:
            return "charge"
        return "dispute" if move == "refund" and "lost disputes" in self.names and size % 2 == 0 else move

    def refundable(self, payment_id):
        """Tell whether a payment may be refunded and disputed."""
        return payment_id.startswith(("pi_", "ch_") if "charges" in self.names else "pi_")
