"""Days of a shop whose customers pay in Stripe and in Upflow's portal, with syncs and write-backs in between."""

from datetime import timedelta

from tests.stripe_to_upflow.simulator.ends import whole_pages, whole_run
from tests.stripe_to_upflow.simulator.runs import whole
from tests.stripe_to_upflow.simulator.simulation import Simulation
from tests.upflow_to_stripe.simulator.portal_task import PortalRun, PortalTask
from upflow_provider.records.portal.tag import TAG
from upflow_provider.testing.upflow.records.links import Document

CUSTOMERS = 3


class PortalSimulation(Simulation):
    """
    One seed.

    Attributes:
        payments: Payments of the portal, by their id in Upflow: amounts by invoice.
    """

    task_type = PortalTask

    def __init__(self, seed, engine):
        super().__init__(seed, engine, events=16)
        self.payments, self._writing, self._numbers = {}, None, 0
        self._long_pause = 0
        for number in range(CUSTOMERS):
            self.world.stripe.create_customer(id=f"cus_{number}", name=f"Customer {number}")

    def happen(self):
        """Let everything happen, from invoices on that Upflow has."""
        for _ in range(5):
            self._sell()
        self._load()
        self._finish_all()
        super().happen()

    @property
    def _is_loaded(self):
        """Whether everything was loaded."""
        return self._loaded_at is not None and self.world.lost_at is None

    def _change(self):
        """Let something happen in Upflow, or in Stripe: an invoice, a part that is paid by card, or an edit."""
        if self.dice.random() < 0.5:
            self._meddle()
            return
        stripe, dice = self.world.stripe, self.dice
        payable = [each for each in stripe.store.invoices if each["status"] == "open" and not self._linked(each["id"])]
        what = dice.choice(["sell", "sell", "pay", "pay part", "edit"])
        if what == "sell" or not payable:
            self._sell()
            return
        invoice = dice.choice(payable)
        if what == "edit":
            stripe.update_invoice(invoice["id"], due_date=stripe.now() + dice.randrange(10**6))
        elif not self._is_stale(invoice):
            stripe.pay_invoice(invoice["id"], None if what == "pay" else invoice["amount_remaining"] // 2)
        self.world.say(f"{invoice['id']}: {what}")

    def _sell(self):
        self._numbers += 1
        invoice_id, customer = f"in_{self._numbers}", f"cus_{self.dice.randrange(CUSTOMERS)}"
        self.world.stripe.create_invoice(customer, self.dice.choice([600, 1200]), id=invoice_id)
        self.world.stripe.finalize_invoice(invoice_id)
        self.world.say(f"{invoice_id} is sold")

    def _meddle(self):
        """Let a customer pay in the portal what is owed on both sides, a debit fail, or the write-back begin."""
        what = self.dice.choice(["pay", "pay", "pay", "fail", "write", "write"])
        if what == "pay":
            self._pay()
        elif what == "fail":
            self._fail()
        elif self._writing is None or self._writing.is_done:
            run = PortalRun(f"write-back-{len(self.runs)}", "write_back")
            self._writing = self._begin(run, whole(run))

    def _pay(self):
        dice, customer = self.dice, f"cus_{self.dice.randrange(CUSTOMERS)}"
        owed = [
            each
            for each in self.world.stripe.store.invoices.where("customer", customer)
            if each["status"] == "open" and not self._is_stale(each) and self._outstanding(each["id"])
        ]
        chosen = dice.sample(owed, min(len(owed), dice.choice([1, 1, 2])))
        amounts = {each["id"]: self._outstanding(each["id"]) for each in chosen}
        if dice.random() < 0.4:
            amounts = {name: max(amount // dice.choice([2, 3]), 1) for name, amount in amounts.items()}
        if amounts:
            instrument = dice.choice(["CARD", "CARD", "DIRECT_DEBIT"])
            payment = self.world.upflow.people.pay(amounts, surcharge=dice.choice([0, 7]), instrument=instrument)
            self.payments[payment] = amounts
            self.world.say(f"{payment} pays {amounts} by {instrument}")

    def _fail(self):
        """Let a direct debit fail that was not written yet."""
        begun = {each.payment_id for each in self.world.ledger.settlements.all() if each.state != "listed"}
        young = self.world.clock.now() - timedelta(days=1)
        for payment, amounts in self.payments.items():
            record = self.world.upflow.store.payments[payment]
            is_debit = record["instrument"] == "DIRECT_DEBIT" and record["validatedAt"] > young
            if is_debit and amounts and payment not in begun and self.world.lost_at is None:
                self.world.upflow.people.refund(payment)
                self.payments[payment] = {}
                self.world.say(f"{payment} fails")
                return

    def _linked(self, invoice_id):
        """Return what payments of the portal settle of an invoice."""
        return sum(amounts.get(invoice_id, 0) for amounts in self.payments.values())

    def _outstanding(self, invoice_id):
        """Return what is outstanding in Upflow; nothing if it does not know the invoice."""
        store = self.world.upflow.store
        record = store.by_external_id("invoices", invoice_id)
        return record["grossAmount"] - store.links.linked(Document("invoices", record["id"])) if record else 0

    def _is_stale(self, invoice):
        """Return whether Upflow shows more than remains, so that a customer might pay twice."""
        unwritten = self._linked(invoice["id"]) - sum(self.shown(invoice))
        return self._outstanding(invoice["id"]) > invoice["amount_remaining"] - unwritten

    def shown(self, invoice):
        """Return what Stripe shows of payments of the portal on an invoice: records of ours, and out of band."""
        store, tagged, applied = self.world.stripe.store, [], 0
        for each in store.invoice_payments.where("invoice", invoice["id"]):
            if each["status"] == "paid":
                applied += each["amount_paid"]
                record = each["payment"].get("payment_record")
                if record and TAG in store.payment_records.shown(record)["metadata"]:
                    tagged.append(each["amount_paid"])
        out_of_band = invoice["amount_due"] - invoice["amount_remaining"] - applied
        return [*tagged, *([out_of_band] if out_of_band else [])]

    def problems(self):
        """Let everything come to its end, and return what is wrong then, in words."""
        world = self.world
        self.finish()
        for _ in range(2):
            self.pass_time(3 * 86_400)
            named = tuple({each.payment_id for each in world.ledger.settlements.all() if each.cause == "half-done"})
            run = PortalRun(f"last write-back {world.clock.unix()}", "write_back", retry=named or "all")
            world.say(f"{run.name}: {PortalTask(world, run, 'write_back').do()}")
        with whole_pages():
            self.pass_time(26 * 3_600)
            whole_run(world)
        causes = [
            f"{each.payment_id}: {each.cause} {each.error}" for each in world.ledger.settlements.all() if each.cause
        ]
        rejected = [
            f"{name}: {each.reason}" for name in ("invoices", "payments") for each in world.ledger.rejected(name)
        ]
        return [*causes, *rejected, *self._differences()]

    def _differences(self):
        """Yield in what both sides differ, and what came back."""
        for invoice in self.world.stripe.store.invoices:
            remaining, shown = invoice["amount_remaining"], self._outstanding(invoice["id"])
            wanted = sorted(filter(None, (amounts.get(invoice["id"]) for amounts in self.payments.values())))
            if remaining != shown:
                yield f"{invoice['id']}: {remaining} remains in Stripe, {shown} is outstanding in Upflow"
            if sorted(self.shown(invoice)) != wanted:
                yield f"{invoice['id']}: Stripe shows {self.shown(invoice)} instead of {wanted}"
        for record in self.world.upflow.store.payments.values():
            name = record["externalId"] or ""
            if name.endswith(":oob") or name.startswith("pr_"):
                yield f"{name} came back"
