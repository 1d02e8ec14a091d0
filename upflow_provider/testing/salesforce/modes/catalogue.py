"""
All that can go wrong in the fake Salesforce, by name: each alone, in pairs, or all at once.

    from upflow_provider.testing.salesforce.modes.catalogue import MODES

    fake_salesforce.modes.on("lock_once")                               # hits every third Account
    fake_salesforce.modes.on("lock_once", "session_expires_once")       # a pair
    fake_salesforce.modes.on("too_long", accounts=[a], field="Note__c")
    fake_salesforce.modes.on("numeric_key", key="Billing_Id__c")
    fake_salesforce.modes.off()                                         # everything works again

    @pytest.mark.parametrize("mode", MODES.values(), ids=MODES)
    def test_chaos(mode): ...      # mode.name, .about, .group, .passing, .needs

A mode that is ``passing`` goes by: a client that retries as it should gets everything through within one run.
Any other one stays until it is switched off, or ends the run and is over at the next. What people did to Accounts
meanwhile stays done: edits, deletions, merges, an Account made with a key that another one has.
"""

from collections.abc import Iterable, Mapping

from upflow_provider.testing.salesforce.modes import records, requests
from upflow_provider.testing.salesforce.modes.mode import Mode, Target
from upflow_provider.testing.salesforce.org.fields import Field
from upflow_provider.testing.salesforce.org.ids import long_id
from upflow_provider.testing.salesforce.org.org import Org

MODES: Mapping[str, Mode] = {each.name: each for each in (*requests.MODES, *records.MODES)}
"""All modes by name, in the order auth, request, row, field, job, world."""
SHARE = 3
"""One Account out of so many is hit, unless a test says which."""


class Modes:
    """
    Switches modes on and off.

    Args:
        org: Where things go wrong.

    Attributes:
        names: Names of those that are on, in the order in which they were switched on.
    """

    def __init__(self, org: Org) -> None:
        self._org = org
        self.names: list[str] = []
        self._before: tuple[dict[str, Field], set[str], bool, int] | None = None

    def on(
        self,
        *names: str,
        accounts: Iterable[str] | None = None,
        field: str = "",
        key: str = "",
        after: int = 0,
        delay_s: float = 1.0,
    ) -> None:
        """
        Switch modes on.

        Args:
            names: Which.
            accounts: Ids of the Accounts that are hit, in either form; every third one by default.
            field: API name of the field that is concerned.
            key: API name of the field that the client finds Accounts by.
            after: How many requests pass first; how many rows, where a Bulk job is hit.
            delay_s: How late an answer comes, in seconds.

        Raises:
            ValueError: There is no such mode, or it needs a field or key that is not given.
        """
        if unknown := [each for each in names if each not in MODES]:
            raise ValueError(f"no such mode: {', '.join(unknown)} (known: {', '.join(MODES)})")
        given = {"field": field, "key": key}
        for each in names:
            if missing := sorted(need for need in MODES[each].needs if not given[need]):
                raise ValueError(f"mode {each} needs {', '.join(missing)}")
        org = self._org
        if self._before is None:
            fields = {name: dict(each) for name, each in org.fields.items()}
            self._before = fields, set(org.hidden), org.updateable, org.page_size
        hit = (
            tuple(long_id(each) for each in accounts) if accounts is not None else tuple(org.accounts.alive()[::SHARE])
        )
        target = Target(accounts=hit, field=field, key=key, after=after, delay_s=delay_s)
        for each in names:
            MODES[each].start(org, target)
            self.names.append(each)

    def off(self) -> None:
        """Switch all modes off, and forget all other trouble and faults; fields are again what they were."""
        for trouble in (self._org.trouble, self._org.faults, self._org.automation, self._org.odd_answers):
            trouble.clear()
        self.names.clear()
        if self._before is None:
            return
        fields, hidden, updateable, page_size = self._before
        self._before = None
        for name in self._org.fields.keys() - fields.keys():
            self._org.remove_field(name)
        for name, each in fields.items():
            if each != self._org.fields.get(name):
                self._org.redefine(each)
        self._org.hidden, self._org.updateable, self._org.page_size = hidden, updateable, page_size
