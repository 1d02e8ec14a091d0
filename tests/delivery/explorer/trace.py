"""What has happened, except for the order of what does not depend on each other."""

import re
from collections import defaultdict

TABLE = re.compile(r"\bupflow_\w+")
BITS = 2**64 - 1


class Trace:
    """
    The events of one execution.

    Two executions have the same `mark` if they consist of the same events, and any two events that concern the same
    thing, of which one changes it, come in the same order: then nothing else can tell them apart.

    Attributes:
        mark: Stands for everything that has happened.
        steps: Number of events.
        words: The same in words.
    """

    def __init__(self):
        self.mark, self.steps, self.words = 0, 0, []
        self._counts = defaultdict(int)
        self._changed, self._seen = defaultdict(int), defaultdict(int)

    def say(self, who, what):
        """Note something for the reader only."""
        self.words.append((who, what))

    def add(self, who, what, *, sees=(), changes=()):
        """Note that somebody does something: the things that are seen by it, and those that are changed."""
        self._counts[who] += 1
        before = [self._changed[each] for each in (*sees, *changes)]
        event = hash((who, self._counts[who], what, *before, *(self._seen[each] for each in changes)))
        for each in sees:
            self._seen[each] = (self._seen[each] + event) & BITS
        for each in changes:
            self._changed[each], self._seen[each] = event, 0
        self._note(who, what, (self.mark + event) & BITS)

    def add_statement(self, who, sql):
        """Note a statement: the tables that it reads, and the one that it changes."""
        tables = TABLE.findall(sql)
        kind = sql.split(None, 1)[0]
        read = 0 if kind == "SELECT" else 1
        self.add(who, f"{kind} {tables[0]}", sees=tables[read:], changes=tables[:read])

    def add_time(self, who, what):
        """Note that so much time passes that whatever comes depends on whatever was before."""
        self._changed.clear()
        self._seen.clear()
        self._note(who, what, hash((who, what, self.mark)) & BITS)

    def _note(self, who, what, mark):
        self.mark, self.steps = mark, self.steps + 1
        self.words.append((who, what))
