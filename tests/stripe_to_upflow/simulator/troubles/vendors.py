"""What goes wrong with the vendors, for a while."""

from upflow_provider.testing.stripe.billing.refusal import lock_timeout
from upflow_provider.testing.stripe.objects.object import API_VERSION

OLD = "2020-08-27"
"""A version of Stripe's API in which invoices looked different."""
RESOURCES = ("events", "customers", "invoices", "invoice_payments", "credit_notes", "refunds")

STRIPES = (
    {"kind": "truncated", "parameters": {"limit": "[2-9]|..+"}, "times": None},
    {"kind": "status", "status": 429, "body": lock_timeout().body, "times": 3},
    {"kind": "status", "status": 429, "body": lock_timeout().body, "path": "/invoices/", "times": 40},
    {"kind": "status", "status": 200, "body": {}, "times": 4},
    {"kind": "status", "status": 200, "body": "<html>Back soon</html>", "times": 40},
    {"kind": "status", "status": 200, "body": {"object": "list"}, "times": 9},
    {"kind": "status", "status": 429, "retry_after_s": 3_600, "times": 2},
    {"kind": "status", "status": 400, "parameters": {"starting_after": ".*"}, "times": 3},
)
"""Troubles that Stripe alone has: pages cut off each time, locks, strange answers, long pauses, lost positions."""


def begin(world):
    """Let something go wrong with a vendor, and say what: a permission is lost, or requests fail for a while."""
    dice, what = world.dice, world.dice.random()
    if what < 0.3:
        world.stripe.forbidden = {dice.choice(RESOURCES)}
        return f"no permission for {world.stripe.forbidden}"
    if what < 0.4:
        world.requests.unanswered = dice.choice([1, 1, 3])
        return f"{world.requests.unanswered} requests to Upflow get no answer"
    if what < 0.5:
        world.upflow.faults.add("status", method="POST", path="/customers$", status=422, times=dice.choice([1, 3]))
        return "upflow refuses customers"
    if what < 0.6:
        odd = dice.choice(STRIPES)
        world.stripe.faults.add(after=dice.randrange(20), **odd)
        return f"stripe: {odd}"
    kind = dice.choice(["status", "status", "reset_before", "reset_after", "truncated"])
    status, times, after = dice.choice([429, 500, 503, 401]), dice.choice([1, 4, 9, 40]), dice.randrange(20)
    vendor = dice.choice(["stripe", "upflow"])
    getattr(world, vendor).faults.add(kind, status=status, times=times, after=after)
    return f"{vendor}: {kind} {status}, {times} times after {after}"


def end(world):
    """Let all troubles end."""
    world.stripe.forbidden = set()
    world.stripe.faults.clear()
    world.upflow.faults.clear()
    world.requests.unanswered = 0
    return "no troubles any more"


def vary(world):
    """Let events come sooner or later, or in another version, and say so."""
    world.stripe.event_delay_s = world.dice.choice([0, 0, 10, 50])
    world.stripe.event_api_version = world.dice.choice([OLD, API_VERSION])
    return f"events: {world.stripe.event_delay_s} s late, version {world.stripe.event_api_version}"
