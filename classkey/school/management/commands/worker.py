"""`manage.py worker`: does the background jobs, and first takes up what a killed worker left."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from classkey.school.tasks import keep_chores_going, resume_sheets


class Command(BaseCommand):
    """Runs until it is stopped; any number may run, on any number of machines."""

    help = "Do the background jobs until stopped."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Take up what was left, then work."""
        resume_sheets()
        keep_chores_going()
        call_command("db_worker", queue_name="*", interval=0.2, startup_delay=False, reload=False)
