"""What a run of the export or of the renewal of links has come to."""

from dataclasses import dataclass, field
from typing import Any

from upflow_provider.errors import UpflowSyncError


@dataclass
class Ran:
    """
    What a run has come to.

    Attributes:
        report: Its report; None if it raised an error.
        error: The error.
        wrong: Fields that were not right before, by the Id of each Account that was matched then.
        trace: What was seen of it: requests that arrived, values that were written, refusals, and what is not right.
    """

    report: Any = None
    error: UpflowSyncError | None = None
    wrong: dict[str, set[str]] = field(default_factory=dict)
    trace: tuple[Any, ...] = ()
