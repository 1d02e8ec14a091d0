"""The watcher of Stripe's feed: it fires when a run can see the change, once, and survives all kinds of trouble."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.hosts import host_at
from tests.triggers.conftest import BEGIN
from upflow_provider.stripe_to_upflow.event_feed import feed_filters
from upflow_provider.triggers.stripe_events import StripeEventsTrigger


def renamed(scene, name):
    """Return a function that creates a customer."""
    return lambda: scene.stripe.create_customer(id=f"cus_{name}", name=name)


def test_a_change_is_announced_as_soon_as_a_run_can_see_it(scene):
    """It is announced once, and not when it is seen, because a run leaves out the last minute."""
    scene.at_second(20, renamed(scene, "Alder"))
    fired = scene.play(600)

    assert [payload for _, payload in fired] == [{"until": BEGIN + 20, "events": 1}]
    assert 81 <= fired[0][0] <= 82


def test_each_look_is_one_request_for_each_list(scene):
    """A look costs the same, whether or not something is new; the first one only asks what time it is."""
    scene.at_second(20, renamed(scene, "Alder"))
    scene.play(600)

    assert {each.path for each in scene.stripe.requests} == {"/v1/events"}
    assert len(scene.stripe.requests) == 1 + len(feed_filters()) * (len(scene.looks) - 1)


@pytest.mark.parametrize("foreign", [99, 100, 120, 500])
def test_a_busy_account_has_a_live_mode(scene, foreign):
    """However many events of other types there are in the same seconds, a change is announced as soon as ever."""

    def crowd():
        for number in range(foreign):
            scene.stripe.event("price.updated", {"object": "customer", "id": f"price_{number}"})

    scene.at_second(20, renamed(scene, "Alder"))
    scene.at_second(21, crowd)
    scene.at_second(30, crowd)
    fired = scene.play(200)

    assert [payload for _, payload in fired] == [{"until": BEGIN + 20, "events": 1}]
    assert 81 <= fired[0][0] <= 82


def test_a_burst_of_changes_is_read_to_its_beginning(scene):
    """More changes than a page holds, within one second, are announced together."""

    def burst():
        for number in range(150):
            renamed(scene, f"Alder{number}")()

    scene.at_second(20, burst)
    fired = scene.play(200)

    assert [payload for _, payload in fired] == [{"until": BEGIN + 20, "events": 150}]


def test_changes_that_come_together_are_announced_together(scene):
    """So are changes of the same second; changes that come later are announced later."""
    for second in (10, 11, 12, 40):
        scene.at_second(second, renamed(scene, f"Alder{second}"))
    scene.at_second(12.5, renamed(scene, "Birch"))
    fired = scene.play(600)

    assert sum(payload["events"] for _, payload in fired) == 5
    assert len(fired) <= 4
    assert all(at >= payload["until"] - BEGIN + 61 for at, payload in fired)


def test_an_event_that_shows_up_late_is_announced(scene):
    """It shows up fifty seconds after its change, and after events of later changes."""
    scene.stripe.event_delay_s = 50
    scene.at_second(10, renamed(scene, "Alder"))
    scene.at_second(30, renamed(scene, "Birch"))
    fired = scene.play(600)

    assert sum(payload["events"] for _, payload in fired) == 2


def test_what_is_of_no_interest_is_not_announced(scene):
    """The event belongs to none of our streams."""
    payload = {"object": "customer", "id": "price_1"}
    scene.at_second(20, lambda: scene.stripe.event("price.created", payload))
    fired = scene.play(600)

    assert fired == []


def test_it_looks_less_often_when_nothing_happens(scene):
    """It looks every fifteen seconds for ten minutes after a change, then once a minute."""
    scene.at_second(800, renamed(scene, "Alder"))
    scene.play(1500)
    pauses = [round(after - before) for before, after in zip(scene.looks, scene.looks[1:], strict=False)]
    idle = [pause for at, pause in zip(scene.looks, pauses, strict=False) if 200 < at - BEGIN < 700]
    busy = [pause for at, pause in zip(scene.looks, pauses, strict=False) if 920 < at - BEGIN < 1300]

    assert set(idle) == {60}
    assert set(busy) == {15}


@pytest.mark.parametrize("trouble", ["forbidden", "status", "connection"])
def test_trouble_is_told_and_ends_nothing(scene, trouble, caplog, monkeypatch):
    """What changed meanwhile is announced afterwards."""
    if trouble == "forbidden":
        scene.stripe.forbidden.add("events")
    elif trouble == "status":
        scene.stripe.faults.add("status", status=400, times=3)
    else:
        monkeypatch.delenv("AIRFLOW_CONN_STRIPE_DEFAULT")
    scene.at_second(20, renamed(scene, "Alder"))
    if trouble == "connection":
        connection = {"conn_type": "stripe", "host": scene.stripe.url, "password": scene.stripe.api_key}
        connection["extra"] = {"requests_per_second": 100}
        scene.at_second(150, lambda: monkeypatch.setenv("AIRFLOW_CONN_STRIPE_DEFAULT", json.dumps(connection)))
    scene.at_second(200, scene.stripe.forbidden.clear)
    fired = scene.play(900)

    assert [payload["events"] for _, payload in fired] == [1]
    assert "cannot watch" in caplog.text
    assert "Alder" not in caplog.text


def test_a_restarted_triggerer_goes_on_where_it_was(scene):
    """Nothing is announced twice, and nothing that happened meanwhile is missed."""
    scene.at_second(20, renamed(scene, "Alder"))
    first = scene.play(100)
    scene.stripe.create_customer(id="cus_2", name="Birch")
    scene.at += 300
    second = scene.play(600)

    assert [payload["events"] for _, payload in first + second] == [1, 1]


@pytest.mark.parametrize(
    "ahead", [timedelta(minutes=10), timedelta(minutes=-10), timedelta(days=1), timedelta(days=-1)]
)
def test_the_clock_of_the_triggerers_host_plays_no_part(scene, ahead):
    """How old a change is goes by Stripe's clock, also on a host that is a day ahead."""
    scene.at_second(20, renamed(scene, "Alder"))
    with host_at(lambda: datetime.fromtimestamp(scene.at, UTC) + ahead):
        fired = scene.play(600)

    assert [payload for _, payload in fired] == [{"until": BEGIN + 20, "events": 1}]
    assert 81 <= fired[0][0] <= 82


def test_a_state_from_the_future_is_not_waited_for(scene):
    """An earlier version has put it there by the clock of its host; no change of a whole day would be announced."""
    scene.set("announced", {"second": BEGIN + 86_400, "ids": []})
    scene.at_second(20, renamed(scene, "Alder"))
    fired = scene.play(600)

    assert [payload for _, payload in fired] == [{"until": BEGIN + 20, "events": 1}]


def test_answers_without_a_date_are_trouble(scene, caplog):
    """The age of a change is unknown then; it is announced when a proxy lets the header pass again."""
    scene.stripe.sends_date = False
    scene.at_second(20, renamed(scene, "Alder"))
    scene.at_second(200, lambda: setattr(scene.stripe, "sends_date", True))
    fired = scene.play(900)

    assert [payload["events"] for _, payload in fired] == [1]
    assert "no usable Date" in caplog.text


def test_without_anything_remembered_it_begins_now(scene):
    """Earlier changes are left to the schedule."""
    scene.stripe.create_customer(id="cus_1", name="Alder")
    scene.at += 10
    trigger = scene.trigger()
    trigger.asset_state_store = None

    assert scene.play(300, trigger) == []


def test_it_is_made_again_from_what_it_says_of_itself():
    """The triggerer does so; two organizations that share a Stripe account have two triggers."""
    options = {"stripe_conn_id": "stripe_x", "lag_s": 30, "poll_s": 5, "idle_poll_s": 20}
    path, arguments = StripeEventsTrigger(organization="france", **options).serialize()

    assert arguments == {"organization": "france", **options}
    assert path == "upflow_provider.triggers.stripe_events.StripeEventsTrigger"
    assert StripeEventsTrigger(**arguments).serialize() == (path, arguments)
