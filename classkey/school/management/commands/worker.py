"""`manage.py worker`: does the background jobs, and first takes up what a killed worker left."""

import logging
import time
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand
from django.db import InterfaceError, InternalError, OperationalError, close_old_connections
from django.utils.crypto import get_random_string
from django_tasks import DEFAULT_TASK_BACKEND_ALIAS
from django_tasks_db.management.commands import db_worker

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
        begun = False
        while worker.running:
            try:
                if not begun:
                    resume_sheets()
                    keep_chores_going()
                    begun = True
                worker.run()
            except _NO_DATABASE:
                logger.warning("The database does not answer; trying again.")
                close_old_connections()
                time.sleep(1)
