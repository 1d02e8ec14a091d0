"""A `Seed` put into the store of a fake Stripe."""

from upflow_provider.testing.seed.fates import DAY_S, HOUR_S
from upflow_provider.testing.seed.money import SeedMoney
from upflow_provider.testing.seed.seed import Seed
from upflow_provider.testing.stripe.billing.objects import deleted
from upflow_provider.testing.stripe.billing.store import Store


def fill(store: Store, seed: Seed) -> None:
    """Add the records of a seed, each to be made when it is asked for."""
    for number in range(seed.customers):
        customer_id = seed.customer_id(number)
        if seed.is_gone(number):
            store.customers.gone[customer_id] = deleted({"id": customer_id, "object": "customer"})
        else:
            created = seed.customer_created(number)
            store.customers.add_lazily(customer_id, created, (seed.customer, number))
            if seed.method_kind(number):
                keys = {"customer": customer_id}
                store.payment_methods.add_lazily(seed.method_id(number), created, (seed.method, number), keys)
    money = SeedMoney(seed)
    for number in range(seed.invoices):
        created = seed.invoice_created(number)
        store.invoices.add_lazily(seed.invoice_id(number), created, (seed.invoice, number))
        _add_money(store, seed, money, number, created)


def _add_money(store: Store, seed: Seed, money: SeedMoney, number: int, created: int) -> None:
    """Add what belongs to an invoice."""
    fate, invoice = seed.fate(number), {"invoice": seed.invoice_id(number)}
    if fate.status == "draft" or fate.is_free or fate.paid_by == "word":
        return
    paid, later = created + 10 * DAY_S, created + 20 * DAY_S
    if fate.paid_by == "payment_record":
        payment = {"payment.payment_record": money.id_of("pr", number)}
        store.payment_records.add_lazily(money.id_of("pr", number), paid, (money.record, number))
    else:
        payment = {"payment.payment_intent": money.id_of("pi", number)}
        store.payment_intents.add_lazily(money.id_of("pi", number), created, (money.intent, number))
    store.invoice_payments.add_lazily(
        money.id_of("inpay", number), created + HOUR_S, (money.application, number), {**invoice, **payment}
    )
    intent = {"payment_intent": money.id_of("pi", number)}
    if fate.paid_by == "payment_intent":
        store.charges.add_lazily(money.id_of("ch", number), paid, (money.charge, number), intent)
    if fate.is_credited:
        store.credit_notes.add_lazily(money.id_of("cn", number), later, (money.credit_note, number), invoice)
    if fate.is_refunded or (fate.is_credited and fate.status == "paid"):
        keys = {**intent, "charge": money.id_of("ch", number)}
        store.refunds.add_lazily(money.id_of("re", number), later, (money.refund, number), keys)
