"""A metadata database of Airflow, and what its own scheduler does with the DAGs in it."""

import copy
import itertools
import re
import shutil
import sys
import time
import warnings
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

from airflow import settings
from airflow.dag_processing.bundles.manager import DagBundlesManager
from airflow.dag_processing.dagbag import BundleDagBag, sync_bag_to_db
from airflow.jobs.job import Job
from airflow.jobs.scheduler_job_runner import SchedulerJobRunner
from airflow.models import import_all_models
from airflow.models.asset import AssetDagRunQueue, AssetEvent
from airflow.models.base import Base
from airflow.models.dag import DagModel
from airflow.models.dagbag import DBDagBag
from airflow.models.pool import Pool
from airflow.utils.db import synchronize_log_template
from airflow.utils.session import create_session
from airflow.utils.types import DagRunTriggeredByType, DagRunType
from sqlalchemy import delete, select, update

from upflow_provider.dags.thin_files import thin_files

OF_RUNS = {
    "asset_alias_asset_event",
    "asset_dag_run_queue",
    "asset_event",
    "dag_run",
    "dagrun_asset_event",
    "rendered_task_instance_fields",
    "task_instance",
    "task_instance_history",
    "task_reschedule",
    "task_state_store",
    "xcom",
}
"""Tables of what happens in runs."""
EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "erp_to_upflow.py"
NOW = datetime(2026, 11, 20, tzinfo=UTC)


def _sleep(seconds, _sleep=time.sleep):
    """Sleep, unless it is Airflow that waits between two looks at tasks which cannot run yet."""
    if not sys._getframe(1).f_code.co_filename.endswith("airflow/sdk/definitions/dag.py"):
        _sleep(seconds)


def create_tables():
    """Create the tables in the database of this process, and import what its tasks ask in place of an API server."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Starlette's test client, which Airflow uses, has a successor
        import airflow.api_fastapi.execution_api.app  # noqa: F401, PLC0415
    import_all_models()
    Base.metadata.create_all(settings.engine)


class Metadata:
    """
    The metadata database with the DAGs of a folder.

    Args:
        folder: The DAG folder; DAG files and settings are written into it.
        organizations: The entries of ``organizations.yaml``.
    """

    def __init__(self, folder, organizations):
        """Write the files, parse them, and store the DAGs, none of them paused."""
        for name, text in thin_files().items():
            (folder / name).write_text(text, encoding="utf-8")
        shutil.copy(EXAMPLE, folder)
        (folder / "organizations.yaml").write_text(f"organizations:\n{organizations}", encoding="utf-8")
        with create_session() as session:
            for table in reversed(Base.metadata.sorted_tables):
                session.execute(delete(table))
            synchronize_log_template(session=session)
            DagBundlesManager().sync_bundles_to_db(session=session)
        bag = BundleDagBag(dag_folder=str(folder), bundle_path=folder, bundle_name="dags-folder")
        assert bag.import_errors == {}
        sync_bag_to_db(bag, "dags-folder", None)
        with create_session() as session:
            session.execute(update(DagModel).values(is_paused=False))
        self.dags = bag.dags
        self._minutes = itertools.count(1)

    def begin(self):
        """Forget all runs, and have Airflow's own pool only."""
        with create_session() as session:
            for table in reversed(Base.metadata.sorted_tables):
                if table.name in OF_RUNS:
                    session.execute(delete(table))
        self.set_pool(None)
        self.set_pool(128, "default_pool")

    def set_pool(self, slots, name="upflow_api"):
        """Give a pool this many slots; ``None`` removes it."""
        with create_session() as session:
            if slots is None:
                session.execute(delete(Pool).where(Pool.pool == name))
            else:
                Pool.create_or_update_pool(name, slots, "", include_deferred=False, session=session)

    def run(self, dag_id, run_id, **states):
        """Create a run whose tasks have these states; all others have none."""
        with create_session() as session:
            earlier = NOW - timedelta(minutes=next(self._minutes))  # `airflow dags test` replaces runs of its own date
            run = (
                DBDagBag()
                .get_latest_version_of_dag(dag_id, session=session)
                .create_dagrun(
                    run_id=run_id,
                    logical_date=earlier,
                    run_after=earlier,
                    run_type=DagRunType.MANUAL,
                    triggered_by=DagRunTriggeredByType.TEST,
                    state="running",
                    session=session,
                )
            )
            for task in run.get_task_instances(session=session):
                task.state = states.get(task.task_id)

    def started(self, workers=32):
        """Let the scheduler choose among the scheduled tasks once; return those that it starts, sorted."""
        with create_session() as session:
            runner = SchedulerJobRunner(job=Job())
            chosen = runner._executable_task_instances_to_queued(max_tis=workers, session=session)
            return sorted((each.dag_id, each.task_id) for each in chosen)

    def test(self, dag_id, done=None, **conf):
        """
        Run a DAG as ``airflow dags test`` does; return the state of the run, and of each of its tasks.

        Tasks that match *done* count as done.
        """
        dag = self.dags[dag_id]
        params = {task.task_id: copy.deepcopy(task.params) for task in dag.tasks}
        with patch("time.sleep", _sleep):
            run = dag.test(
                logical_date=None, run_after=NOW, run_conf=conf, mark_success_pattern=done and re.compile(done)
            )
        for task in dag.tasks:
            task.params = params[task.task_id]  # Airflow has put those of the run into the task itself
        with create_session() as session:
            states = {each.task_id: str(each.state) for each in run.get_task_instances(session=session)}
            return str(run.state), states

    def events(self):
        """Return the events of assets, oldest first: URI and extra."""
        with create_session() as session:
            return [
                (each.asset.uri, each.extra) for each in session.scalars(select(AssetEvent).order_by(AssetEvent.id))
            ]

    def waiting(self):
        """Return the DAGs that an asset starts next."""
        with create_session() as session:
            return set(session.scalars(select(AssetDagRunQueue.target_dag_id)))
