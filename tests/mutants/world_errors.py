"""Errors that show only in some worlds, planted one at a time: the simulator or a named test must catch each."""

from functools import partial

from tests.mutants.errors import PlantedError
from tests.mutants.planting import WORLDS

_planted = partial(PlantedError, tests=WORLDS)

WORLD_ERRORS = (
    PlantedError(
        "stripe_to_upflow/sync_windows.py",
        "start, end = mark - self.overlap, max(stripe_now - self.lag, mark)",
        "start, end = mark - self.overlap, max(datetime.now(mark.tzinfo) - self.lag, mark)",
        "changes are lost while a host is ahead",
        tests=("clocks/test_hosts.py",),
    ),
    PlantedError(
        "ledger/clock.py",
        "return EPOCH + ticked * TICK",
        "return datetime.now(UTC)",
        "an older read wins because its host is ahead",
        tests=("clocks/test_reads.py",),
    ),
    _planted(
        "stripe_to_upflow/inventory/inventory.py",
        "        self._find_missing(listed_at)\n",
        "",
        "what somebody deletes in Upflow stays absent",
    ),
    _planted(
        "stripe_to_upflow/inventory/lost_ledger.py",
        "if listed_at or not ledger.inventory.is_ledger_empty():",
        "if listed_at or ledger:",
        "after the loss of a ledger, what must be removed from Upflow stays",
    ),
    _planted(
        "stripe_to_upflow/inventory/lost_ledger.py",
        "if not ledger.inventory.is_ledger_empty():  # another",
        "if not ledger:  # another",
        "a first load stops, because one of its tasks takes the records of another one for those of a lost ledger",
    ),
    PlantedError(
        "stripe_to_upflow/inventory/inventory.py",
        "self._ledger.inventory.rewind_watermark(self._ledger.clock.now() - EVENT_RETENTION)",
        "pass",
        "changes right before the loss of a ledger never arrive",
        tests=("inventory/test_rebuild.py",),
    ),
    PlantedError(
        "ledger/balances.py",
        '            self._move(connection, checks.c.run == run, "")\n',
        "            self._move(connection, checks.c.run == run, run)\n",
        "nobody checks the invoices of a run without a check",
        tests=("../ledger/test_balances.py",),
    ),
    PlantedError(
        "clients/redaction.py",
        "yield token[0] if shown else OMITTED",
        "yield token[0]",
        "names and addresses of customers stand in logs, XCom and ledger",
        tests=("../privacy/test_stripe_to_upflow.py",),
    ),
    PlantedError(
        "clients/redaction.py",
        "text = on_one_line(reason[:READ_LENGTH_MAX])",
        "text = reason[:READ_LENGTH_MAX]",
        "what a vendor says controls the terminal of whoever reads it",
        tests=("../privacy/test_storable.py",),
    ),
    PlantedError(
        "shown_ids.py",
        "if is_made_by_a_machine(record_id) or _is_short_code(record_id):",
        "if record_id:",
        "e-mail addresses that are ids stand in logs and XCom",
        tests=("../privacy/test_stripe_to_upflow.py",),
    ),
    PlantedError(
        "stripe_to_upflow/parents.py",
        """        if need in self._unusable:
            if known.balancing:
                raise _error_of_need(needed_by.external_id, need, self._unusable[need])
            return  #""",
        """        if False:
            if known.balancing:
                raise _error_of_need(needed_by.external_id, need, self._unusable[need])
            return  #""",
        "an invoice whose update is refused is sent again and again, if the rounds have no bound",
        tests=("../delivery/test_refused_parents.py",),
    ),
    PlantedError(
        "delivery/needs.py",
        "        if need in rejected:\n",
        "        if need in rejected and len(asked := [*rejected]) > 1_000_000:\n",
        "a parent that is rejected over and over keeps a task busy for ever",
        tests=("../delivery/test_refused_parents.py",),
    ),
    PlantedError(
        "stripe_to_upflow/inventory/lists.py",
        "            return external_id, CUSTOMERS\n",
        '            return (external_id, CUSTOMERS) if external_id.startswith("cus_") else (external_id, None)\n',
        "customers of chosen ids are taken for deleted ones",
        tests=("inventory/test_chosen_ids.py",),
    ),
    PlantedError(
        "stripe_to_upflow/inventory/lists.py",
        "        if COLLECTIONS[collection].owns_documents:\n            return external_id, CUSTOMERS\n",
        "",
        "a customer is deleted because its id looks like that of a balancing document",
        tests=("inventory/test_chosen_ids.py",),
    ),
    PlantedError(
        "stripe_to_upflow/inventory/origins.py",
        "                absent.append(external_id)\n",
        "                found.add(external_id)\n",
        "customers of other systems are taken for Stripe's",
        tests=("inventory/test_origins.py",),
    ),
    PlantedError(
        "stripe_to_upflow/inventory/lists.py",
        "RecordError:  # the log names the place in the code\n                self._note(stream.name",
        "MemoryError:\n                self._note(stream.name",
        "one odd record ends the inventory",
        tests=("inventory/test_odd_lists.py",),
    ),
    PlantedError(
        "stripe_to_upflow/outstanding_check.py",
        "if is_id(external_id) and external_id in wanted and is_amount(amount):",
        "if external_id in wanted and is_amount(amount):",
        "one odd invoice ends the check at the end of a run",
        tests=("inventory/test_odd_lists.py",),
    ),
    PlantedError(
        "upflow_to_salesforce/account_reader.py",
        '            except RecordError as error:\n                log.warning("left out',
        '            except MemoryError as error:\n                log.warning("left out',
        "one odd customer ends the export",
        tests=("../upflow_to_salesforce/export/test_odd_customers.py",),
    ),
    PlantedError(
        "clients/bounded_answers.py",
        "return _storable(value) if UNSTORABLE_ESCAPE.search(text) or LONG_TEXT.search(text) else value",
        "return value",
        "an answer that cannot be stored ends its stream, run after run",
        tests=("../clients/test_bounded_answers.py",),
    ),
    PlantedError(
        "clients/bounded_answers.py",
        "min(PATIENCE * patience_s, ANSWER_MAX_S)",
        "1e9",
        "a request outlives the lease of its claim, and another task sends the record meanwhile",
        tests=("../clients/test_bounded_answers.py",),
    ),
)
"""What is planted, one at a time."""
