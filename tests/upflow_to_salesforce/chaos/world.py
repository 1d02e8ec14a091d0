"""A world of customers and Accounts of every kind, and what must be true after any run of the export."""

import html
from collections import Counter
from datetime import timedelta
from decimal import Decimal

import requests
from requests.adapters import HTTPAdapter

from tests.upflow_to_salesforce.chaos.people import (
    AMOUNTS,
    CURRENCY,
    HUGE,
    KEY,
    MODEST,
    PAGE,
    PEOPLE,
    PORTAL,
    SECRET,
    START,
    UNKNOWN,
)
from tests.upflow_to_salesforce.chaos.run import Ran
from upflow_provider.errors import UpflowSyncError
from upflow_provider.ledger import Ledger

PROMISED = timedelta(days=30)
"""How long a link is valid at any time."""


class World:
    """
    The customers of `PEOPLE` in Upflow, once; their Accounts, as often as a test begins anew.

    Args:
        scene: Upflow without customers, and Salesforce without Accounts.
    """

    def __init__(self, scene):
        self.scene, self.salesforce = scene, scene.salesforce
        self._connections = HTTPAdapter()
        scene.session = self._session
        scene.define_custom_fields()
        fields = {**scene.settings.fields, "portal_url": PORTAL}
        scene.configure(match={"upflow": "accounting_ref", "salesforce": KEY}, fields=fields)
        for name, person in PEOPLE.items():
            scene.person(name, custom=person.custom, **({"accountingRef": person.key} if person.key else {}))
            for minor, due in person.owes:
                scene.invoice(name, minor, due=due)
        self._begun = 0
        [self._huge] = [each for each in scene.upflow.store.invoices.values() if each["grossAmount"] == HUGE]

    def begin(self, bulk_from=2_000):
        """Let nothing have been exported yet: all Accounts are as at first, and the ledger knows nothing."""
        self._begun += 1
        self.scene.ledger = Ledger(self.scene.ledger._engine, f"world-{self._begun}", now=self.scene.present)
        self.scene.configure(bulk_from=bulk_from)
        self.scene.upflow.faults.clear()
        self.scene.move_to(START)
        self.salesforce.reset()
        self._owe(HUGE)
        self.ids = {
            name: [
                self.salesforce.add_account(**{KEY: person.key, **self.right[name], **each}) for each in person.before
            ]
            for name, person in PEOPLE.items()
        }
        self.ids["somebody else"] = [self.salesforce.add_account(**{KEY: "3000"}), self.salesforce.add_account()]

    def mend(self):
        """Do what humans have to: no amount is too large, no Account has the key of another that was there before."""
        self._owe(MODEST)
        made = {account_id for ids in self.ids.values() for account_id in ids}
        for account_id in self.salesforce.alive():
            if account_id not in made:
                self.salesforce.delete_account(account_id)

    def accounts(self, *names):
        """Return the Ids of all Accounts of some customers."""
        return [account_id for name in names for account_id in self.ids[name]]

    def matched(self):
        """Return the name of the customer by the Id of its Account, where each is the other's only match."""
        holders, claims = Counter[str](), Counter(person.key for person in PEOPLE.values())
        keys = {
            account_id: _plain(self.salesforce.account(account_id).get(KEY)) for account_id in self.salesforce.alive()
        }
        holders.update(keys.values())
        names = {person.key: name for name, person in PEOPLE.items() if person.key and claims[person.key] == 1}
        return {account_id: names[key] for account_id, key in keys.items() if key in names and holders[key] == 1}

    def wrong(self, account_id, name):
        """Return the fields of an Account that do not hold what is right for a customer."""
        account = self.salesforce.account(account_id)
        wrong = {field for field, right in self.right[name].items() if self._shown(account, field) != right}
        return wrong | (set(AMOUNTS) if self.is_foreign(account_id, name) else set())

    def is_foreign(self, account_id, name):
        """Tell whether amounts would be read in another currency than they are in; nothing is nothing in all."""
        currency = self.salesforce.account(account_id).get(CURRENCY)
        return currency not in {None, "EUR"} and any(self.right[name][each] for each in AMOUNTS)

    def all_wrong(self):
        """Return the same for all Accounts that are matched and not right, by Id."""
        found = {account_id: self.wrong(account_id, name) for account_id, name in self.matched().items()}
        return {account_id: wrong for account_id, wrong in found.items() if wrong}

    def refused(self, kind="export"):
        """Return the refusals that stand, by the Id of the Account."""
        return self.scene.ledger.accounts.refused(kind)

    def run(self):
        """Run the export, and check everything that must be true however it went."""
        self.scene.forget()
        ran, matched = Ran(wrong=self.all_wrong()), self.matched()
        known = {account_id: len(self.salesforce.history(account_id)) for account_id in matched}
        try:
            ran.report = self.scene.export()
        except UpflowSyncError as error:
            ran.error = error
        self._check_writes(matched, {*UNKNOWN, PAGE})
        self._check_refusals("export")
        self._check_right(matched, known, whole=ran.report is not None)
        if ran.report:
            self._check_report(ran.report, len(matched), self.refused().keys())
        requests = [(each.method, each.status) for each in self.salesforce.requests]
        ran.trace = requests, list(self.salesforce.updates), self.refused().keys(), self.all_wrong()
        return ran

    def renew(self):
        """Run the renewal of links, and check everything that must be true however it went."""
        self.scene.forget()
        ran, matched = Ran(), self.matched()
        known = {account_id: len(self.salesforce.history(account_id)) for account_id in matched}
        try:
            ran.report = self.scene.renew_links()
        except UpflowSyncError as error:
            ran.error = error
        self._check_writes(matched, {PORTAL})
        self._check_refusals("portal_links")
        edited = {each for each in matched if PORTAL in self._just_edited(each, known[each])}
        gone = {each for each in matched if self.salesforce.account(each)["IsDeleted"]}
        untrue = self.scene.ledger.accounts.links().keys() - self.linked().keys()
        assert untrue & matched.keys() <= edited | gone
        if ran.report:
            assert self.unlinked(PROMISED) & matched.keys() <= self.refused("portal_links").keys() | edited | gone
            self._check_report(ran.report, len(matched), self.refused("portal_links").keys())
        return ran

    def linked(self):
        """Return when links expire that are known and are in Salesforce, by the Id of the Account."""
        minted = self.scene.upflow.store.portal_links
        found = {}
        for account_id, link in self.scene.ledger.accounts.links().items():
            held = html.unescape(self.salesforce.account(account_id).get(PORTAL) or "")
            ends = [
                each["expiresAt"] for each in minted if each["url"] in held and each["customerId"] == link.customer_id
            ]
            if ends == [link.expires_at]:
                found[account_id] = link.expires_at
        return found

    def unlinked(self, left=timedelta()):
        """Return the Accounts that are matched and have no link that is valid for longer than that, by Id."""
        good = {each for each, ends in self.linked().items() if ends - self.scene.now() >= left}
        return self.matched().keys() - good

    def secrets(self):
        """Return what must be in no log: the tokens of all links."""
        return [each["url"].partition("token=")[2] for each in self.scene.upflow.store.portal_links]

    def _check_writes(self, matched, names):
        """Check that nothing was made, and that what was sent is about fields and Accounts that are the export's."""
        assert self.salesforce.inserts == []
        sent = [row.get("id") or row.get("Id") for rows in (*self.scene.sent(), *self.scene.uploads()) for row in rows]
        assert set(sent) <= matched.keys()
        assert self.written() <= matched.keys()
        assert {name for _, values in self.salesforce.updates for name in values} <= names

    def written(self):
        """Return the Ids of the Accounts that the last run has changed."""
        return {account_id for account_id, _ in self.salesforce.updates}

    def _check_refusals(self, kind):
        """Check that each has a code and names the customer, and that none repeats a value."""
        for account_id, refusal in self.refused(kind).items():
            [name] = [name for name, ids in self.ids.items() if account_id in ids]
            assert refusal.code
            assert refusal.matched.customer_id == self.scene.known_as(name)
            assert SECRET not in refusal.reason

    def _check_right(self, matched, known, *, whole):
        """Check that Accounts are right or refused, or what was written of them is; others may have edited it since."""
        done = {account_id: set(values) for account_id, values in self.salesforce.updates}
        refused = self.refused().keys() if whole else set()
        for account_id in (matched.keys() if whole else done.keys()) - refused:
            if not self.salesforce.account(account_id)["IsDeleted"]:
                wrong = self.wrong(account_id, matched[account_id]) - self._just_edited(account_id, known[account_id])
                wrong &= wrong if whole else done[account_id]
                assert not wrong, f"of the Account of the customer {matched[account_id]!r}"

    def _check_report(self, report, matched, refused):
        """Check its arithmetic."""
        assert report.read == len(PEOPLE) == report.matched + report.unmatched + report.duplicate + report.keyless
        assert (report.matched, report.keyless) == (matched, 1)
        assert report.matched == report.unchanged + report.updated + report.rejected
        assert (report.updated, report.rejected) == (len(self.written() - refused), len(refused))

    def _just_edited(self, account_id, known):
        """Return the fields of an Account that somebody else has been the last to write."""
        writers = {
            name: written.over_api for written in self.salesforce.history(account_id)[known:] for name in written.values
        }
        return {name for name, over_api in writers.items() if not over_api}

    def _session(self):
        """Return a session that opens no connections of its own, and looks for no proxies: both take long."""
        session = requests.Session()
        session.trust_env = False
        session.mount("http://", self._connections)
        return session

    def _owe(self, minor):
        """Let the customer that owes too much owe another amount, and say what is right for all customers."""
        self._huge["grossAmount"] = minor
        page = "https://app.upflow.io/customers"
        self.right = {
            name: {**UNKNOWN, PAGE: f"{page}/{self.scene.known_as(name)}", **person.right}
            for name, person in PEOPLE.items()
        }
        self.right["owing too much"] |= {"Outstanding__c": Decimal(minor) / 100, "Due__c": Decimal(minor) / 100}

    def _shown(self, account, name):
        """Return what people see in a field."""
        held = account.get(name)
        return html.unescape(held) if held and self.salesforce.fields[name]["htmlFormatted"] else held


def _plain(key):
    return f"{key.normalize():f}" if isinstance(key, Decimal) else key
