"""The step of a sign-in at which an address is proved by the code mailed to it (P2)."""

from allauth.account.adapter import get_adapter
from allauth.account.stages import EmailVerificationStage, LoginStageController
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from classkey.accounts import addresses
from classkey.accounts.models import User

_TYPED = ("role", "given_name", "family_name", "username", "email")


class ProofStage(EmailVerificationStage):
    """allauth's stage, with its exceptions: students, and people without any address."""

    def handle(self) -> tuple[HttpResponse | None, bool]:
        """Let through, mail a code and ask for it, or say why neither can be."""
        user: User = self.login.user
        if addresses.proved_address(user):
            return None, True
        claimed = bool(user.email) or addresses.has_claim(user)
        if user.is_student and not (self.login.signup and claimed):
            # Came by user name, and nothing a student needs depends on an address.
            if claimed:
                addresses.drop_claims(user)
            return None, True
        if not claimed:
            get_adapter().add_message(self.request, messages.ERROR, message=_nothing_to_prove())
            return HttpResponseRedirect(reverse("account_login")), False
        response: HttpResponse | None
        response, goes_on = super().handle()
        return response, goes_on


def _nothing_to_prove() -> str:
    return _(
        "This account has no e-mail address, and it needs one. Please sign up again with "
        "your address, or contact the school."
    )


def without_address(request: HttpRequest) -> HttpResponse | None:
    """Finish a student's sign-up without the address they typed; None if there is none."""
    stage = _sign_up_stage(request)
    if not stage or not stage.login.user.is_student:
        return None
    addresses.drop_claims(stage.login.user)
    response: HttpResponse = stage.exit()
    return response


def withdraw(request: HttpRequest) -> dict[str, str]:
    """Undo a sign-up that waits for its code; give back what was typed, but the password.

    The account has never signed anybody in, so it goes at once and its user name is free.
    """
    stage = _sign_up_stage(request)
    user: User | None = stage.login.user if stage else None
    request.session.flush()
    if not user or user.last_login or addresses.proved_address(user):
        return {}
    typed = {name: getattr(user, name) for name in _TYPED}
    user.delete()
    return typed


def _sign_up_stage(request: HttpRequest) -> EmailVerificationStage | None:
    """The sign-up that, in this browser, waits for the code from the mail."""
    stage = LoginStageController.enter(request, ProofStage.key)
    return stage if stage and stage.login.signup and stage.login.user else None
