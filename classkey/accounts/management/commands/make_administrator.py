"""`manage.py make_administrator NAME`: administrators are made on the server (P1)."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from classkey.accounts import administrators
from classkey.accounts.addresses import proved_owner
from classkey.accounts.models import User
from classkey.accounts.usernames import normalise


class Command(BaseCommand):
    help = "Makes a teacher an administrator, or (--remove) a teacher again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("login", help="the person's user name or proved e-mail address")
        parser.add_argument("--remove", action="store_true", help="take the rights away again")

    def handle(self, *_args: Any, login: str, remove: bool, **_options: Any) -> None:
        user = proved_owner(login) or User.objects.filter(username=normalise(login)).first()
        if user is None:
            raise CommandError(
                f"Nobody here has the user name or the proved address “{login}”. "
                "The person signs up as a teacher first, and types the code from the mail."
            )
        try:
            administrators.dismiss(user) if remove else administrators.appoint(user)
        except ValidationError as refusal:
            raise CommandError(f"{user.full_name} ({user.username}): {refusal.message}") from None
        outcome = "is no administrator any more" if remove else "is an administrator now"
        self.stdout.write(f"{user.full_name} ({user.username}) {outcome}.")
