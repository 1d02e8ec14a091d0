"""What a mode is: one thing that can go wrong in the fake Salesforce, with a name; `catalogue` has them all."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from upflow_provider.testing.salesforce.org.org import Org

Group = Literal["auth", "request", "row", "field", "job", "world"]
"""What it is about: logins, whole requests, single Accounts, fields, Bulk jobs, or what other people do."""
Need = Literal["field", "key"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """
    What is hit.

    Attributes:
        accounts: 18-character Ids of the Accounts.
        field: API name of the field that is concerned; empty for none.
        key: API name of the field that the client finds Accounts by; empty for none.
        after: How many requests pass first; how many rows, where a Bulk job is hit.
        delay_s: How late an answer comes, in seconds.
        at_once: How many Accounts the org's own program can bear at once.
    """

    accounts: tuple[str, ...]
    field: str = ""
    key: str = ""
    after: int = 0
    delay_s: float = 1.0
    at_once: int = 3


Start = Callable[[Org, Target], None]


@dataclass(frozen=True, slots=True)
class Mode:
    """
    One thing that can go wrong.

    Attributes:
        name: What it is called.
        about: What it means, in a sentence or two.
        group: See `Group`.
        passing: Whether a client that retries as it should gets everything through within one run.
        needs: What of a `Target` has no default.
        start: Switches it on.
    """

    name: str
    about: str
    group: Group
    passing: bool
    needs: frozenset[Need]
    start: Start


def mode(group: Group, *needs: Need, passing: bool = False) -> Callable[[Start], Mode]:
    """Make a mode of a function: its name is the mode's, its docstring tells what it means."""

    def made(start: Start) -> Mode:
        about = " ".join((start.__doc__ or "").split())
        return Mode(start.__name__, about, group, passing, frozenset(needs), start)

    return made
