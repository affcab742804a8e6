"""`manage.py purge`: takes away what nobody needs any more, as the worker does each night."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from classkey.school import purging


class Command(BaseCommand):
    help = "Take away dead codes, old drafts and what was left lying about."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="only say how many of what would go"
        )

    def handle(self, *_args: Any, dry_run: bool, **_options: Any) -> None:
        counts = purging.count() if dry_run else purging.purge()
        for name, many in counts.items():
            self.stdout.write(f"{many:9,} {name}")
