"""The plan of a dry run: what its tasks share."""

from datetime import timedelta

import pytest

from upflow_provider.ledger.runs.plan import PLAN_RETENTION


def test_tasks_of_a_run_know_what_others_have_planned(ledger):
    """Another run and another stream know nothing of it."""
    first, second, other_run = ledger.plan("a", "a/1"), ledger.plan("a", "a/2"), ledger.plan("b", "b/1")
    first.add("customers", "cus_1")
    first.add("customers", "cus_1")

    assert first.has("customers", "cus_1")
    assert second.has("customers", "cus_1")
    assert not other_run.has("customers", "cus_1")
    assert not second.has("invoices", "cus_1")


def test_a_task_that_starts_over_forgets_its_own_part_only(ledger):
    """A retry plans again; what is known of other tasks stays."""
    ledger.plan("a", "a/1").add("customers", "cus_1")
    ledger.plan("a", "a/2").add("customers", "cus_2")
    again = ledger.plan("a", "a/2")

    assert again.has("customers", "cus_1")
    assert not again.has("customers", "cus_2")


@pytest.mark.parametrize(("later", "stays"), [(-1, True), (1, False)])
def test_old_plans_make_room(ledger, clock, later, stays):
    """When a task begins."""
    old = ledger.plan("a", "a/1")
    old.add("customers", "cus_1")
    clock.now += PLAN_RETENTION + timedelta(seconds=later)
    ledger.plan("b", "b/1")

    assert old.has("customers", "cus_1") is stays
