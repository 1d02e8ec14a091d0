"""The gate: so many at once, one waiting for a slot, and a pause for all."""

import logging
import threading

from tests.clients.budget import ScriptedBudget
from upflow_provider.clients.budget import Reservation
from upflow_provider.clients.request_gate import ASK_INTERVAL_S, RequestGate


def test_a_granted_slot_is_waited_for():
    """The slot lies in the future: wait, then send."""
    slept = []
    with RequestGate(ScriptedBudget(Reservation(granted=True, wait_s=0.3)), 5, slept.append).open():
        pass

    assert slept == [0.3]


def test_without_a_grant_the_gate_asks_again():
    """Live work goes first: history waits and asks until it gets a slot."""
    slept = []
    budget = ScriptedBudget(Reservation(granted=False, wait_s=0.1), Reservation(granted=False, wait_s=0.2))
    with RequestGate(budget, 5, slept.append).open():
        pass

    assert slept == [0.1, 0.2]


def test_a_long_wait_is_slept_in_pieces(caplog):
    """The gate asks again every few seconds, and says once a minute that it still waits."""
    slept = []
    refused = [Reservation(granted=False, wait_s=300.0 - 5 * number) for number in range(26)]
    with (
        caplog.at_level(logging.INFO),
        RequestGate(ScriptedBudget(*refused, Reservation(granted=True, wait_s=0.1)), 5, slept.append).open(),
    ):
        pass

    assert slept == [ASK_INTERVAL_S] * 26 + [0.1]
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == [
        f"waiting for Upflow's request budget for {seconds} s so far" for seconds in (60, 120)
    ]


def test_no_more_requests_at_once_than_allowed():
    """A request keeps its place until it is done."""
    gate, under_way, peaks, lock = RequestGate(None, 2), [0], [], threading.Lock()
    both = threading.Barrier(2, timeout=10)

    def work():
        with gate.open():
            with lock:
                under_way[0] += 1
                peaks.append(under_way[0])
            both.wait()
            with lock:
                under_way[0] -= 1

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert max(peaks) == 2


def test_one_thread_of_a_process_waits_for_a_slot_at_a_time():
    """Live work in another process never queues behind all threads of a backfill."""
    budget = ScriptedBudget(*[Reservation(granted=True, wait_s=0.001)] * 50)
    gate = RequestGate(budget, 5)

    def work():
        for _ in range(10):
            with gate.open():
                pass

    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert budget.peak == 1


def test_a_pause_goes_to_the_shared_budget():
    """Every task on every host is held off; without a budget there is nobody else to tell."""
    budget = ScriptedBudget()
    RequestGate(budget, 1).pause(7.0)
    RequestGate(None, 1).pause(7.0)

    assert budget.pauses == [7.0]
