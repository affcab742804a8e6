"""`manage.py audit verify|seal`: is the audit log as it was written (A1)?"""

import sys
from typing import Any

import click
from django.core.management.base import BaseCommand, CommandError, CommandParser

from classkey.school import sealing


class Command(BaseCommand):
    help = "Check the audit log against its seals, or seal what is not sealed yet."

    def add_arguments(self, parser: CommandParser) -> None:
        commands = parser.add_subparsers(dest="command", required=True)
        verify = commands.add_parser(
            "verify", help="say each line and seal that was removed, altered or added; fail if any"
        )
        verify.add_argument(
            "--head", default="", metavar="DIGEST", help="a digest noted elsewhere, to find again"
        )
        commands.add_parser("seal", help="seal now; the worker does so each hour")

    def handle(self, *_args: Any, command: str, head: str = "", **_options: Any) -> None:
        if command == "seal":
            self.stdout.write(f"Sealed {sealing.seal():,} lines.")
        else:
            self._verify(head.strip().lower())
        self._say_head()

    def _verify(self, noted: str) -> None:
        with click.progressbar(
            length=sealing.sealed_lines(), label="Lines", file=sys.stderr
        ) as bar:
            findings = list(sealing.verify(noted, bar.update))
        for finding in findings:
            self.stdout.write(finding)
        self.stdout.write(
            f"Checked {sealing.sealed_lines():,} lines; "
            f"{sealing.unsealed_lines():,} are not sealed yet."
        )
        if findings:
            raise CommandError("The audit log is not as it was written.")

    def _say_head(self) -> None:
        if head := sealing.head():
            self.stdout.write(f"The head is seal {head.pk}, {head.digest}")
