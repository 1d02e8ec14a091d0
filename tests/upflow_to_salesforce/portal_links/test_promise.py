"""A link in Salesforce is valid for 30 more days, at every hour of 120 days on which much goes wrong."""

import math
import random
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
import requests

from upflow_provider.errors import UpflowSyncError

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
DAYS = 120
RUN_AT, RETRY = timedelta(hours=3, minutes=37), timedelta(minutes=30)
OUTAGES = ("no worker", "login", "upflow down", "upflow ends early", "read only", "limit")
ROW_TROUBLES = ("rule", "lock", "not found", "answer lost")


@dataclass(frozen=True)
class Window:
    """
    Days on which something fails.

    Attributes:
        first: The first of them, from 0.
        last: The last.
        what: One of `OUTAGES` or `ROW_TROUBLES`.
    """

    first: int
    last: int
    what: str

    def holds(self, day):
        """Tell whether it fails on a day."""
        return self.first <= day <= self.last


def outages(dice):
    """Return when every run fails: for up to 9 days, and not again for a week."""
    found, day = [], dice.randint(1, 20)
    while day < DAYS:
        found.append(Window(day, day + dice.randint(0, 8), dice.choice(OUTAGES)))
        day = found[-1].last + dice.randint(7, 25)
    return found


def row_troubles(dice):
    """Return when one Account fails: for up to 5 days, once in 30."""
    phase = dice.randint(-30, 0)
    starts = [start + dice.randint(0, 14) for start in range(phase, DAYS, 30) if dice.random() < 0.7]
    return [Window(start, start + dice.randint(0, 4), dice.choice(ROW_TROUBLES)) for start in starts]


class World:
    """
    Both vendors on one clock, with customers of whom a quarter join late.

    Attributes:
        scene: Both vendors, and the ledger.
        dice: Decides.
        days: How many are played.
        outages: When every run fails.
        joining: The day on which each customer joins.
        rows: When single Accounts fail, by Account.
        customers: Upflow's id of the customer, by Account.
        joined: The day of it, by Account.
        runs: Days of the runs that came to their end.
        minted: Links made, by day.
    """

    def __init__(self, scene, seed, customers, *, margin=15, days=DAYS, failing=None):
        """Decide what goes wrong."""
        scene.configure(fields={"portal_url": "Portal__c"}, link_margin_days=margin)
        self.scene, self.dice, self.days = scene, random.Random(seed), days
        self.outages = failing[0] if failing else outages(self.dice)
        late = customers // 4
        self.joining = [0] * (customers - late) + [self.dice.randrange(1, days) for _ in range(late)]
        self.troubles = [failing[1] if failing else row_troubles(self.dice) for _ in self.joining]
        self.rows, self.customers, self.joined, self.runs = {}, {}, {}, []
        self.minted = Counter()

    def join(self, day):
        """Let the customers of a day join."""
        upflow = self.scene.client()
        for number, its_day in enumerate(self.joining):
            if its_day == day:
                external = f"cus_{number}"
                customer = upflow.import_("customers", {"externalId": external, "name": external})["id"]
                account = self.scene.salesforce.add_account(Billing_Id__c=external)
                self.joined[account], self.customers[account] = day, customer
                self.rows[account] = self.troubles[number]

    def live(self):
        """Play all days: the daily run, and a second attempt where the first failed."""
        for day in range(self.days):
            self.scene.move_to(START + day * DAY)
            self.mend()
            self.join(day)
            before = len(self.scene.upflow.store.portal_links)
            if self.run(day, RUN_AT) or self.run(day, RUN_AT + RETRY):
                self.runs.append(day)
            self.minted[day] = len(self.scene.upflow.store.portal_links) - before

    def run(self, day, at):
        """Renew links; return whether the run came to its end."""
        scene = self.scene
        scene.move_to(START + day * DAY + at)
        self.mend()
        for account, windows in self.rows.items():
            for window in windows:
                if window.holds(day):
                    self.trouble(account, window.what)
        outage = next((each.what for each in self.outages if each.holds(day)), None)
        if outage == "no worker":
            return False
        if outage:
            self.fail(outage)
        try:
            scene.renew_links()
        except (UpflowSyncError, requests.RequestException):
            assert outage
            return False
        return True

    def mend(self):
        """Let nothing go wrong."""
        for each in (self.scene.upflow.faults, self.scene.salesforce.faults, self.scene.salesforce.trouble):
            each.clear()

    def trouble(self, account, what):
        """Let one Account, or its customer, fail."""
        trouble, path = self.scene.salesforce.trouble, f"/customers/{self.customers[account]}/portal"
        match what:
            case "rule":
                trouble.validation_rule(account)
            case "lock":
                trouble.lock(account, times=None)
            case "not found":
                self.scene.upflow.faults.add("status", status=404, path=path, times=None)
            case "answer lost":
                self.scene.upflow.faults.add("reset_after", path=path)

    def fail(self, what):
        """Let a whole run fail."""
        upflow, salesforce, some = self.scene.upflow.faults, self.scene.salesforce, self.dice.randint(0, 4)
        match what:
            case "login":
                salesforce.trouble.refuse_tokens(times=None)
            case "upflow down":
                upflow.add("status", times=None)
            case "upflow ends early":
                upflow.add("status", path="/portal", times=None, after=some)
                upflow.add("status", path="/customers?", times=None, after=some)
            case "read only":
                salesforce.faults.add("status", method="PATCH", times=None)
            case "limit":
                message = "TotalRequests Limit exceeded."
                salesforce.trouble.refuse_requests(
                    403, "REQUEST_LIMIT_EXCEEDED", message, path="/composite", times=None
                )

    def links(self):
        """Return, by Account, from when on it held which link, and when that expires, as Upflow knows."""
        expiry = {each["url"]: each["expiresAt"] for each in self.scene.upflow.store.portal_links}
        return {
            account: [
                (datetime.fromtimestamp(each.at, UTC), expiry[each.values["Portal__c"]])
                for each in self.scene.salesforce.history(account, "Portal__c")
                if each.values["Portal__c"]
            ]
            for account in self.joined
        }

    def least_left(self):
        """Return the least life that a link in Salesforce had left, at any hour from an Account's first link on."""
        least = timedelta.max
        for links in self.links().values():
            waiting, expires = list(reversed(links)), None
            for hour in range(self.days * 24):
                now = START + hour * HOUR
                while waiting and waiting[-1][0] <= now:
                    expires = waiting.pop()[1]
                if expires:
                    least = min(least, expires - now)
        return least

    def minted_per_month(self):
        """Return the links that Upflow made, those in vain too, for each customer and 30 days of being one."""
        months = sum(self.days - joined for joined in self.joined.values()) / 30
        return len(self.scene.upflow.store.portal_links) / months

    def busiest(self):
        """Return the most links made since the run before, in shares: a thirtieth of the customers a day."""
        share = len(self.joining) / 30
        made = {
            later: sum(self.minted[day] for day in range(earlier + 1, later + 1)) / (later - earlier) / share
            for earlier, later in pairwise(self.runs)
        }
        return max(made.values())


@pytest.fixture
def world(scene):
    """Return what makes a world and lets it live."""

    def lived(seed, customers, **options):
        made = World(scene, seed, customers, **options)
        made.live()
        print(  # noqa: T201 - shown when a test fails, and with -s
            f"seed {seed}: least {made.least_left()}, {made.minted_per_month():.3f} links a customer and 30 days, "
            f"busiest {made.busiest():.2f} shares; {len(made.runs)} runs; {made.outages}"
        )
        return made

    return lived


@pytest.mark.parametrize(("seed", "customers"), [(1, 200), (4, 40)])
def test_a_link_in_salesforce_always_has_thirty_days_left(world, seed, customers):
    """Whatever fails: any run for up to 9 days, any Account for up to 5. And hardly a link is made for nothing."""
    played = world(seed, customers)

    assert len(played.joined) == customers
    assert all(played.links().values())
    assert played.least_left() >= timedelta(days=30)
    assert played.minted_per_month() <= 1.15
    assert played.busiest() <= 1 + 4 / math.sqrt(customers / 30)  # what chance may add to a share that is small
    assert len(played.runs) < 100
    failed = {each.code for each in played.scene.ledger.accounts.refused("portal_links").values()}
    assert failed <= {"FIELD_CUSTOM_VALIDATION_EXCEPTION", "UNABLE_TO_LOCK_ROW", "NOT_MINTED"}


def test_thirty_days_are_left_in_the_worst_case_too(world):
    """Nine days without a run, and right after them five on which Salesforce refuses every single Account."""
    outage, refused = Window(44, 52, "read only"), Window(53, 57, "rule")
    played = world(2, 40, days=65, failing=([outage], [refused]))

    assert timedelta(days=30) <= played.least_left() < timedelta(days=33)


def test_without_a_margin_the_promise_breaks(world):
    """As it does for links of 60 days that are renewed every 30; so the tests above can fail."""
    assert world(4, 40, margin=0, days=65).least_left() < timedelta(days=30)
