"""Passwords that a teacher hands to a young student, good for one sign-in (P6)."""

import datetime
from dataclasses import dataclass, field

from allauth.account.stages import LoginStage, LoginStageController
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import get_random_string

from classkey.accounts.models import User

LIFETIME = datetime.timedelta(days=14)
"""How long a first password works; as long as a code."""

_SIGNS = "23456789bcdfghjkmnpqrstvwxyz"
"""As in codes: no vowels, so no words; no look-alikes. Small, as children type."""


@dataclass(frozen=True)
class FirstPassword:
    """A first password that is drawn and not handed out yet; `encoded` is what is kept of it."""

    text: str = field(repr=False)
    encoded: str = field(repr=False)


def draw() -> FirstPassword:
    """Draw a new first password. Hashing it is slow on purpose: not for a transaction."""
    text = "-".join(get_random_string(4, _SIGNS) for _group in range(2))
    return FirstPassword(text, make_password(text))


def issue(user: User, drawn: FirstPassword) -> None:
    """Give a student a first password; its text is kept nowhere.

    Whatever password they had is gone, and so are their sessions. At the sign-in they
    choose a password of their own.
    """
    user.password = drawn.encoded
    user.first_password_until = timezone.now() + LIFETIME
    user.save(update_fields=["password", "first_password_until"])


def choose(user: User, password: str) -> None:
    """Set a password of the person's own."""
    user.set_password(password)
    user.first_password_until = None
    user.save(update_fields=["password", "first_password_until"])


class ChoosePasswordStage(LoginStage):
    """The last step of a sign-in with a first password: who has not chosen their own is not in."""

    key = "choose_password"
    urlname = "account_choose_password"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        """Let through who has a password of their own; ask the others for one."""
        if self.login.user.first_password_until is None:
            return None, True
        return HttpResponseRedirect(reverse(self.urlname)), True


def waiting_stage(request: HttpRequest) -> LoginStage | None:
    """Return the sign-in that, in this browser, waits for a password to be chosen."""
    return LoginStageController.enter(request, ChoosePasswordStage.key)
