"""What changes in Stripe, and which tasks read it."""

from dataclasses import dataclass

from tests.delivery.explorer.vendors import Account


@dataclass(frozen=True)
class Task:
    """
    A task that imports one record.

    Attributes:
        name: Its name.
        stream: Stream of the record.
        record_id: The record.
        is_sync: Whether a change that it has read is not read again by later runs; a backfill leaves that to them.
    """

    name: str
    stream: str
    record_id: str
    is_sync: bool = True


@dataclass(frozen=True)
class Case:
    """
    One change in Stripe, and two tasks.

    Attributes:
        states: What Stripe has, one after the other: the records that are read, by stream and id.
        tasks: The tasks.
        known: What Upflow has of the first state in the beginning, in the order in which it was imported.
    """

    states: tuple[dict, ...]
    tasks: tuple[Task, ...]
    known: tuple[tuple[str, str], ...]


CUSTOMER, INVOICE, PAYMENT = ("customers", "cus_1"), ("invoices", "in_1"), ("payments", "pi_1")


def _tasks(record, *, with_backfill=True):
    first = Task("backfill", *record, is_sync=False) if with_backfill else Task("replay", *record)
    return first, Task("sync", *record)


def _renamed():
    account = Account()
    alder = account.state(CUSTOMER)
    account.fake.update_customer("cus_1", name="Birch")
    return alder, account.state(CUSTOMER)


def _paid():
    """Return an invoice that is paid, and one whose payment was taken off."""
    account = Account()
    account.fake.payments.pay({"in_1": 1200}, payment_id="pi_1")
    paid = account.state(CUSTOMER, INVOICE, PAYMENT)
    account.fake.payments.unapply("pi_1", "in_1")
    return paid, account.state(CUSTOMER, INVOICE, PAYMENT)


def _written_off():
    """Return an invoice that is open, one that is written off, and one that is paid after all."""
    account = Account()
    open_ = account.state(CUSTOMER, INVOICE, PAYMENT)
    account.fake.mark_uncollectible("in_1")
    written_off = account.state(CUSTOMER, INVOICE, PAYMENT)
    account.fake.payments.pay({"in_1": 1200}, payment_id="pi_1")
    return open_, written_off, account.state(CUSTOMER, INVOICE, PAYMENT)


def cases():
    """Return all cases by name."""
    alder, birch = _renamed()
    paid, open_ = _paid()
    before, written_off, paid_after_all = _written_off()
    invoiced = (CUSTOMER, INVOICE)
    payment_and_invoice = (Task("sync", *PAYMENT), Task("backfill", *INVOICE, is_sync=False))
    return {
        "changed": Case((alder, birch), _tasks(CUSTOMER), (CUSTOMER,)),
        "changed and back": Case((alder, birch, alder), _tasks(CUSTOMER), (CUSTOMER,)),
        "changed and back, two syncs": Case((alder, birch, alder), _tasks(CUSTOMER, with_backfill=False), (CUSTOMER,)),
        "new, changed and back": Case((alder, birch, alder), _tasks(CUSTOMER), ()),
        "payment taken off and back": Case((paid, open_, paid), _tasks(PAYMENT), (*invoiced, PAYMENT)),
        "payment taken off": Case((paid, open_), _tasks(PAYMENT, with_backfill=False), (*invoiced, PAYMENT)),
        "written off and paid": Case((written_off, paid_after_all), payment_and_invoice, invoiced),
        "open, written off and paid": Case((before, written_off, paid_after_all), payment_and_invoice, invoiced),
    }
