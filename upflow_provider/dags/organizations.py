"""A DAG for each organization of ``organizations.yaml``, and the arguments that all DAGs share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from airflow.sdk import DAG, Param

from upflow_provider.operators.preflight import PreflightOperator
from upflow_provider.settings import Entry, read_organizations

FILE = "organizations.yaml"

ALL_BUT_BACKFILL = ("scheduled", "manual", "operator_triggered", "asset_triggered", "asset_materialization")
"""Ways to start a run of a DAG whose runs have no data interval: Airflow's Backfill would start hundreds in vain."""

BROKEN_ENTRY = "Says what is wrong with the organization's entry in `organizations.yaml`. Correct it there."

Builder = Callable[..., DAG | None]
"""Builds the DAG of an :class:`~upflow_provider.settings.Entry`, or returns ``None`` if the entry needs none."""


def each_organization(builder: Builder, *, beside: str | Path, **dag_options: Any) -> dict[str, DAG]:
    """
    Build a DAG for each organization.

    Args:
        builder: One of the functions of :mod:`upflow_provider.dags`, or one with the same parameters.
        beside: A file in the folder that holds ``organizations.yaml``: ``__file__`` in a DAG file.
        **dag_options: Arguments of Airflow's ``DAG``, for the DAGs of all organizations; see :func:`dag_arguments`.

    Returns:
        The DAGs by DAG id, for ``globals().update(...)``. The DAG of a broken entry has one task, which fails and says
        what is wrong. A file that cannot be read counts as one broken entry.
    """
    entries = read_organizations(Path(beside).with_name(FILE))
    dags = [builder(entry, **dag_options) for entry in entries]
    return {dag.dag_id: dag for dag in dags if dag is not None}


def organization_dag(
    entry: Entry,
    name: str,
    tasks: Callable[[Entry], object],
    dag_options: Mapping[str, Any],
    *,
    title: str,
    params: Mapping[str, Param],
    **defaults: Any,
) -> DAG:
    """
    Build the DAG of one organization. If its entry is broken, the DAG has one task, which says so.

    Args:
        entry: The organization's entry.
        name: DAG id of the organization ``default``.
        tasks: Creates the DAG's tasks.
        dag_options: Arguments of Airflow's ``DAG`` that users gave.
        title: Name of the DAG in Airflow's UI; if there are several organizations, theirs is added.
        params: The DAG's Params. Its tasks' templates rely on them, so users cannot replace them.
        **defaults: Our arguments of Airflow's ``DAG``.

    Raises:
        TypeError: *dag_options* has an argument that users cannot give: ``dag_id``, ``params`` or
            ``render_template_as_native_obj``.
    """
    organization = entry.organization
    is_alone = {each.name for each in entry.peers} <= {organization.name}
    defaults["dag_display_name"] = title if is_alone else f"{title} ({organization.name})"
    with DAG(  # noqa: AIR002 - the schedule is among the arguments
        dag_id=organization.dag_id(name),
        params=dict(params),
        render_template_as_native_obj=True,  # so that `streams` is a list and `dry_run` a boolean
        **dag_arguments(dag_options, **defaults),
    ) as dag:
        if entry.problem:
            PreflightOperator(
                task_id="preflight", organization=organization, problem=entry.problem, doc_md=BROKEN_ENTRY
            )
        else:
            tasks(entry)
    return dag


def dag_arguments(
    dag_options: Mapping[str, Any], *, default_args: Mapping[str, Any], tags: set[str], **defaults: Any
) -> dict[str, Any]:
    """
    Return the arguments of a DAG: those of users replace ours, except that two are merged.

    Args:
        dag_options: Arguments that users gave. Its ``default_args`` are merged over ours, its ``tags`` added to ours.
        default_args: Our default arguments, apart from the owner, which is ``finance``.
        tags: Our tags.
        **defaults: Our other arguments.

    Raises:
        TypeError: ``tags`` is a single text.
    """
    tags_of_users = dag_options.get("tags") or ()
    if isinstance(tags_of_users, str):
        raise TypeError(f"tags must be several texts, such as [{tags_of_users!r}]")
    return {
        "start_date": datetime(2011, 1, 1, tzinfo=UTC),  # nothing in Stripe is older
        "catchup": False,
        "max_active_runs": 1,
        **defaults,
        **dag_options,
        "default_args": {"owner": "finance", **default_args, **(dag_options.get("default_args") or {})},
        "tags": {*tags, *tags_of_users},
    }
