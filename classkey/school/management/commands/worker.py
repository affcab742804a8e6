"""`manage.py worker`: does the background jobs, and first takes up what a killed worker left."""

import logging
import time
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, InternalError, OperationalError, close_old_connections
from django.utils.crypto import get_random_string
from django_tasks import DEFAULT_TASK_BACKEND_ALIAS, TaskResultStatus
from django_tasks_db.management.commands import db_worker
from django_tasks_db.models import DBTaskResult
from prometheus_client import start_http_server

from classkey.school import log_context, metrics
from classkey.school.tasks import keep_chores_going, resume_sheets

logger = logging.getLogger(__name__)

_NO_DATABASE = (OperationalError, InterfaceError, InternalError)
"""What a database raises that is away, whose connection is gone, or that only reads because it is
still a standby.
"""


class Worker(db_worker.Worker):
    """django-tasks' own, but told to stop it ends between two jobs: its own ends on the spot where
    no job runs, be it in the middle of taking one.
    """

    def shutdown(self, signum: int, frame: FrameType | None) -> None:
        """Finish the job in hand, and take no other; told again, end on the spot."""
        if self.running:
            logger.info("Stopping after this job.")
            self.running = False
        else:
            super().shutdown(signum, frame)

    def run_task(self, db_task_result: DBTaskResult[Any, Any]) -> None:
        """Do a job; what is logged meanwhile says which, and how it ended is counted."""
        task = db_task_result.task_path.rpartition(".")[2]
        with log_context.within(job_id=str(db_task_result.pk), task=task):
            super().run_task(db_task_result)
        metrics.job_ended(task, well=db_task_result.status == TaskResultStatus.SUCCESSFUL)


class Command(BaseCommand):
    """Runs until it is stopped; any number may run, on any number of machines."""

    help = "Do the background jobs until stopped."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Take up what was left, then work until told to stop."""
        worker = Worker(
            queue_names=["*"],
            excluded_queue_names=[],
            interval=0.2,
            batch=False,
            backend_name=DEFAULT_TASK_BACKEND_ALIAS,
            startup_delay=False,
            max_tasks=None,
            worker_id=get_random_string(32),
        )
        worker.configure_signals()
        if settings.WORKER_METRICS:
            _tell_counts(*settings.WORKER_METRICS)
        while worker.running:
            try:
                # Each time: the database may have gone away between a job's being taken and its
                # waking the next.
                resume_sheets()
                keep_chores_going()
                worker.run()
            except _NO_DATABASE as error:
                kind = type(error).__name__
                logger.warning("The database does not answer (%s); trying again.", kind)
                close_old_connections()
                time.sleep(1)


def _tell_counts(address: str, port: int) -> None:
    """Tell Prometheus this worker's counts. Raises CommandError where nobody can listen."""
    try:
        start_http_server(port, address, registry=metrics.counted())
    except OSError as error:
        raise CommandError(
            f"CLASSKEY_WORKER_METRICS: {address}:{port} cannot be listened at ({error.strerror}). "
            "Each worker of a machine needs a port of its own."
        ) from error
