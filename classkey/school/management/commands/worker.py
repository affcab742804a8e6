"""`manage.py worker`: does the background jobs, and first takes up what a killed worker left."""

import logging
import time
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import OperationalError, close_old_connections

from classkey.school.tasks import keep_chores_going, resume_sheets

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    """Runs until it is stopped; any number may run, on any number of machines."""

    help = "Do the background jobs until stopped."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Take up what was left, then work."""
        resume_sheets()
        keep_chores_going()
        while not self._work():
            time.sleep(1)

    def _work(self) -> bool:
        """Work until told to stop; return False where the database was away or held for too long,
        which ends django-tasks' own command.
        """
        try:
            call_command(
                "db_worker", queue_name="*", interval=0.2, startup_delay=False, reload=False
            )
        except OperationalError:
            logger.warning("The database does not answer; trying again.")
            close_old_connections()
            return False
        return True
