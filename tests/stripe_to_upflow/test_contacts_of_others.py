"""Whatever is synced in whatever order, contacts that somebody else has made stay as they are."""

import itertools

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.amounts import SEED, TIMES
from tests.clock import Clock
from upflow_provider.delivery.custom_fields.definitions import FieldDefinitions
from upflow_provider.ledger import Ledger
from upflow_provider.records.contacts import addresses_in
from upflow_provider.settings import Organization
from upflow_provider.stripe_to_upflow.custom_fields.declared_fields import DeclaredFields

SOURCES = [{"metadata": "to", "field": "To", "position": "PAYER"}, {"metadata": "cc", "field": "Cc"}]
EMAILS = ("", "m@x.io", "A@x.io", None)
ADDRESSES = ("", "a@x.io", "Ann Lee <b@x.io>, A@x.io", "m@x.io; nobody", "c@x.io\nd@x.io")
_numbers = itertools.count()

steps = st.lists(
    st.one_of(
        st.tuples(st.just("change"), st.sampled_from(EMAILS), st.sampled_from(ADDRESSES), st.sampled_from(ADDRESSES)),
        st.tuples(st.just("add by hand"), st.sampled_from(("a@x.io", "hand@x.io"))),
        st.tuples(st.just("add elsewhere"), st.sampled_from(("b@x.io", "crm@x.io"))),
        st.tuples(st.sampled_from(["backfill", "sync", "sync", "lose the ledger"])),
    ),
    min_size=3,
    max_size=9,
)


def sources_of(way):
    """Return the sources; Upflow's own contacts have no position."""
    return SOURCES if way == "contacts" else [{**each, "position": None} for each in SOURCES]


class Story:
    """
    The life of one customer and its contacts.

    Attributes:
        others: The contacts that somebody else has made, as Upflow stores them.
        wanted: The addresses that Stripe has.
    """

    def __init__(self, bridge, way):
        self._bridge, self._clock, self.others, self.wanted = bridge, Clock(), [], set()
        self._organization = Organization(additional_contacts={"way": way, "sources": sources_of(way)})
        bridge.now = self._clock.now
        bridge.stripe.reset()
        bridge.upflow.reset()
        bridge.stripe.clock = lambda: int(self._clock.at.timestamp())
        bridge.ledger = Ledger(bridge.ledger._engine, f"story-{next(_numbers)}", now=bridge.now)
        bridge.ledger.stamp_watermark(self._clock.now())
        self._declare()
        if way == "fields":
            bridge.upflow.people.manage_contacts("To", "Cc")
        bridge.stripe.create_customer(id="cus_1", name="Alder")
        bridge.sync("customers")

    def _declare(self):
        """Apply the settings, as the first task of a run does."""
        declared = DeclaredFields(self._organization.declared_fields, self._bridge.ledger.findings)
        declared.complete(FieldDefinitions(self._bridge.client(), self._bridge.ledger, "run"), lambda *_: None)
        self._bridge.options = declared.options(self._organization.options, self._clock.now())

    def tell(self, what, *arguments):
        """Let one thing happen."""
        getattr(self, f"_{what.replace(' ', '_')}")(*arguments)
        self._clock.go_on(minutes=10)

    def _change(self, email, to, cc):
        self._bridge.stripe.update_customer("cus_1", email=email, metadata={"to": to, "cc": cc})
        self.wanted = {
            each.email.casefold() for text in (email, to, cc) for each in addresses_in(text) if not each.problem
        }

    def _add_by_hand(self, email):
        self.others.append(self._bridge.upflow.add_app_contact("cus_1", email=email, lastName="Lee", position="SALES"))

    def _add_elsewhere(self, email):
        contact = {"externalId": f"crm-{len(self.others)}", "email": email}
        made = self._bridge.client().create_contact("external:cus_1", contact)
        self.others.append(next(each for each in self.stored() if each["id"] == made["id"]))

    def _backfill(self):
        self._bridge.sync("customers")

    def _sync(self):
        self._bridge.catch_up(f"sync/{next(_numbers)}")

    def _lose_the_ledger(self):
        mark = self._bridge.ledger.watermark()
        self._bridge.ledger = Ledger(self._bridge.ledger._engine, f"story-{next(_numbers)}", now=self._bridge.now)
        self._bridge.ledger.stamp_watermark(mark)
        self._declare()
        self._bridge.inventory()

    def stored(self):
        """Return the customer's contacts as Upflow stores them."""
        return self._bridge.upflow.store.find("customers", "external:cus_1")["contacts"]


def test_contacts_of_others_survive(bridge):
    """Made by hand or by another system; in the end ours are exactly those that Stripe has and nobody else brought."""
    bridge.threads = 1

    @seed(SEED)
    @given(steps, st.sampled_from(["contacts", "fields"]), st.sampled_from(["kept", "removed"]))
    @settings(
        max_examples=max(12 * TIMES, 6),
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        phases=(Phase.generate,),  # to shorten a story takes minutes
    )
    def check(told, way, listed):
        bridge.upflow.behaviour.app_contacts = bridge.upflow.behaviour.field_contacts = listed
        story = Story(bridge, way)
        for what, *arguments in told:
            story.tell(what, *arguments)
            assert [each for each in story.others if each not in story.stored()] == []
        story.tell("sync")
        story.tell("backfill")

        others = {each["id"] for each in story.others}
        assert [each for each in story.others if each not in story.stored()] == []
        ours = {each["email"].casefold() for each in story.stored() if each["id"] not in others}
        assert {*ours, *(each["email"].casefold() for each in story.others)} >= story.wanted
        assert ours <= story.wanted

    check()
