"""`manage.py rotate_keys`: everything that older code keys sealed comes under the newest (K6)."""

import sys
from typing import Any

import click
from allauth.mfa.models import Authenticator
from cryptography.fernet import InvalidToken
from django.core.management.base import BaseCommand, CommandError

from classkey.accounts import second_factor
from classkey.school import resealing


class Command(BaseCommand):
    help = (
        "Brings all codes and second factors under the newest of the code keys, after which the "
        "older ones can be taken out of the environment. Can be stopped and started again."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            self._rotate()
        except InvalidToken:
            raise CommandError(
                "Something is sealed under a key that is not set. Put the older keys back into "
                "CLASSKEY_CODE_CIPHER_KEYS, after the newest, and start this again."
            ) from None
        self.stdout.write("Everything is under the newest keys. The older ones are not needed now.")

    def _rotate(self) -> None:
        count = resealing.codes().count()
        with click.progressbar(length=count, label="Codes", file=sys.stderr) as bar:
            for done in resealing.reseal_codes():
                bar.update(done)
        factors = Authenticator.objects.order_by("pk")
        with click.progressbar(factors, label="Second factors", file=sys.stderr) as rows:
            for authenticator in rows:
                second_factor.reseal(authenticator)
