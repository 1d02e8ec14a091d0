"""The Params of our DAGs, as Airflow's trigger form shows them: each has a title and a line of help."""

from __future__ import annotations

from typing import get_args

from airflow.sdk import Param

from upflow_provider.stripe_to_upflow.pdfs.wanted import WantedPdfs
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS


def switch(title: str, description: str) -> Param:
    """
    Return a Param that is off unless somebody turns it on.

    Args:
        title: Its name in the form.
        description: What happens when it is on.
    """
    return Param(default=False, description=description, type="boolean", title=title)


def optional(kind: str, title: str, description: str) -> Param:
    """
    Return a Param that may stay empty.

    Args:
        kind: ``date`` or ``date-time``, for which the form has a picker.
        title: Its name in the form.
        description: What it is, and what an empty field means.
    """
    return Param(default=None, description=description, type=["null", "string"], format=kind, title=title)


def streams() -> Param:
    """Return the Param that chooses streams, at least one; the form shows a multi-select for ``examples``."""
    return Param(
        default=list(STREAMS),
        description="Records to load; unless all are chosen, the check at the end of the run is left out",
        type="array",
        items={"type": "string", "enum": list(STREAMS)},
        minItems=1,
        examples=list(STREAMS),
        values_display={name: title_of(name) for name in STREAMS},
        title="Streams",
    )


def with_pdfs(default: WantedPdfs) -> Param:
    """
    Return the Param that chooses PDFs.

    Args:
        default: What the organization's settings say.
    """
    return Param(
        default=default,
        description="PDFs to bring after the money: none, those of open invoices, or all",
        type="string",
        enum=list(get_args(WantedPdfs)),
        title="PDFs",
    )


def title_of(stream: str) -> str:
    """Return the name of a stream for people, such as *Credit notes*."""
    return stream.replace("_", " ").capitalize()
