"""Errors that show only in some order of two tasks, planted one at a time: the explorer must catch each."""

from functools import partial

from tests.mutants.errors import PlantedError
from tests.mutants.planting import ORDERS

_planted = partial(PlantedError, tests=ORDERS)

ORDER_ERRORS = (
    _planted(
        "delivery/page_decisions.py",
        "confirmed = self.deliverer.record_looks(self.stream, hashes, self.page.read_at)",
        "confirmed = set(hashes)",
        "an older read that waits overwrites a newer one that found nothing to send",
    ),
    _planted(
        "ledger/claims/claims.py",
        "                        self._overtaken(connection, each)\n",
        "",
        "what a process sends that was frozen for long stays in Upflow",
    ),
    _planted(
        "ledger/claims/statements.py",
        '"resend": sa.or_(records.c.resend, is_taken_over, new.resend, is_resent_later),',
        '"resend": sa.or_(records.c.resend, new.resend, is_resent_later),',
        "a request of a killed task that arrives late stays in Upflow",
    ),
    _planted(
        "ledger/claims/statements.py",
        '"resend": sa.or_(records.c.resend, is_taken_over, new.resend, is_resent_later),',
        '"resend": sa.or_(records.c.resend, is_taken_over, is_resent_later),',
        "a request without an answer that arrives after all stays in Upflow",
    ),
    _planted(
        "ledger/claims/statements.py",
        '"resend": sa.or_(records.c.resend, is_taken_over, new.resend, is_resent_later),',
        '"resend": sa.or_(records.c.resend, is_taken_over, new.resend),',
        "a change within minutes of a late request is taken for the second one that it needs",
    ),
    _planted(
        "ledger/claims/claims.py",
        "giving_back.end_claims(may_arrive_late=may_arrive_late)",
        "giving_back.end_claims(may_arrive_late=not may_arrive_late)",
        "a request of a task that was told to end stays in Upflow when it arrives late",
    ),
    _planted(
        "delivery/writer.py",
        "self._upflow.delete(collection, external(external_id), before_send=self._before_send(delivery))",
        "self._upflow.delete(collection, external(external_id))",
        "a deletion that has waited for long deletes what another task has imported since",
    ),
    _planted(
        "delivery/page_sync.py",
        "            self.deliverer.give_back(error)\n",
        "",
        "all others wait ten minutes for the records of a task that has failed",
    ),
    _planted(
        "ledger/claims/claims.py",
        '"new_next_attempt_at": now + self._lease,',
        '"new_next_attempt_at": None,',
        "nobody reads a record again whose task has died",
    ),
    _planted(
        "ledger/claims/claims.py",
        'has_turn = turn is None or connection.execute(self._take_turn, {**turn, "new_taken_at": now, **lease}).all()',
        "has_turn = True",
        "two tasks have requests for one customer under way",
    ),
    _planted(
        "ledger/claims/claims.py",
        "if self._now() - now > CLOCK_STEP_MAX:",
        "if self._now() == now:",
        "a task that was frozen right before its claim takes that of another one away",
    ),
    _planted(
        "ledger/claims/statements.py",
        "where=sa.and_(free, unsent, is_not_older(new.read_at), is_not_older(new.read_at, records.c.linked_at)),",
        "where=sa.and_(free, unsent),",
        "an older read overwrites a newer one",
    ),
    _planted(
        "ledger/claims/statements.py",
        "where=sa.and_(is_not_older(new.read_at), sa.or_(is_mine, sa.not_(is_import))),",
        "where=is_not_older(new.read_at),",
        "the outcome of a task that was overtaken counts",
    ),
    _planted(
        "stripe_to_upflow/parents.py",
        "        self._ledger.balances.link(invoices, delivery.read_at)",
        "        _ = invoices",
        "a write-off that waits to be sent settles what a payment has settled since",
    ),
    _planted(
        "delivery/writer.py",
        "        if from_now_on != before:",
        "        if from_now_on.keys() != before.keys():",
        "what a dead task may have changed of a balancing document counts as known",
    ),
    _planted(
        "ledger/claims/claims.py",
        'balancing = dict.fromkeys({**(known or {}), **(values["new_balancing"] or {})})',
        "balancing = known",
        "a balancing document that a frozen task sends when it wakes up stays in Upflow",
    ),
    _planted(
        "ledger/claims/statements.py",
        "(sa.and_(is_import, sa.not_(is_resent)), new.balancing)",
        "(is_import, new.balancing)",
        "a balancing document of a killed task that arrives late stays in Upflow",
    ),
)
"""What is planted, one at a time."""
