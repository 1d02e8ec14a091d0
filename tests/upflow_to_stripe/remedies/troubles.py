"""What brings errors of the write-back about, and what people do then, in Stripe and in Upflow."""


def pay(amount=1200, *, before=None, after=None, **fields):
    """Return what pays `in_1`; something may happen in Stripe before, or after that, before it is written."""

    def trouble(till):
        if before:
            before(till)
        payment = till.pay({"in_1": amount}, **fields)
        if after:
            after(till)
        return payment

    return trouble


def written(amount=1200, *, then):
    """Return what pays `in_1`, has it written, and lets something happen to the payment."""

    def trouble(till):
        payment = till.pay({"in_1": amount})
        till.run()
        till.go_on(hours=1)
        then(till, payment)
        till.go_on(hours=1)
        return payment

    return trouble


def lost(path, *, hours=0, then=lambda _: None):
    """Return what pays 500 of `in_1`, whose request does not arrive; something may happen before the next run."""

    def trouble(till):
        payment = till.pay({"in_1": 500})
        permitted = {"outcome": "guaranteed"} if path == "report_payment" else {}
        till.stripe.faults.add("reset_before", method="POST", path=path, parameters=permitted, times=100)
        till.run()
        till.stripe.faults.clear()
        then(till)
        till.go_on(hours=hours)
        return payment

    return trouble


def with_intent(amount, *, linked=1200, refunded=0, is_attached=False):
    """Return what pays `in_1` with an intent of this account."""

    def trouble(till):
        intent = till.stripe.outside.receive("cus_1", amount)["id"]
        payment = till.pay({"in_1": linked}, surcharge=max(amount - linked, 0), pi=intent)
        if refunded:
            till.stripe.credits.refund(intent, refunded)
        if is_attached:
            till.stripe.outside.attach("in_1", "payment_intents", intent)
        return payment

    return trouble


def refund(till, payment):
    """Refund the payment in Upflow."""
    till.upflow.people.refund(payment)


def link(**amounts):
    """Return what links the payment in Upflow to something else."""
    return lambda till, payment: till.upflow.people.link_payment(payment, amounts)


def mark_as_paid(till, _):
    """Mark the invoice as paid in Stripe."""
    till.stripe.outside.pay_out_of_band("in_1")


def credit(amount):
    """Return what issues a credit note in Stripe, credited outside of it as far as it was paid."""

    def remedy(till, _):
        after = max(amount - till.invoice()["amount_remaining"], 0)
        till.stripe.credits.credit("in_1", amount, out_of_band=after)

    return remedy


def status(value):
    """Return what gives the invoice a status in Stripe."""
    return lambda till, *_: till.stripe.store.invoices.held("in_1").update(status=value)


def settings(**changed):
    """Return what changes settings."""
    return lambda till, _=None: till.use(**changed)


def refuse_uncollectible(till):
    """Let Stripe take no payment of an uncollectible invoice."""
    till.stripe.outside.to_uncollectible = "refused"
    till.stripe.mark_uncollectible("in_1")


def pay_again(till, _):
    """Let the customer pay again in the portal."""
    till.pay({"in_1": till.bridge.imported("invoices", "in_1")["amountOutstanding"]})


def fail_once(till):
    """Let Stripe refuse one request without a reason."""
    till.stripe.faults.add("status", status=400, method="POST", path="in_1/pay$")


def keep_failure(till):
    """Let Stripe fail at the request, and keep that answer for a day."""
    till.stripe.replays.failures = ["never", "never", "before"]


def relinked(till):
    """Let a refund be reported, and the payment be linked again; its record is detached as the runbook says."""
    payment = till.pay({"in_1": 500})
    till.run()
    till.upflow.people.unlink_payment(payment)
    for _ in range(2):
        till.run()
        till.go_on(hours=1)
    till.upflow.people.link_payment(payment, {"in_1": 500})
    return payment


def detach(till, payment=None):
    """Detach what is attached to the invoice in Stripe."""
    (shown,) = (
        each for each in till.stripe.store.invoice_payments.where("invoice", "in_1") if each["status"] == "paid"
    )
    till.stripe.payments.unapply(shown["payment"]["payment_record"], "in_1")
    till.sync()


def refused_part(till):
    """Pay a part while parts are refused."""
    till.use(partial="refuse")
    return till.pay({"in_1": 500})


def out_of_order(till):
    """Let the network fail at a request until its attempts are over."""
    till.stripe.faults.add("reset_before", method="POST", path="in_1/pay$", times=6)


def nothing(*_):
    """Do nothing."""
