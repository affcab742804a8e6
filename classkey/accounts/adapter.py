"""What allauth asks us: how people are made, proved, mailed and spoken to."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core import context
from django.conf import settings
from django.db import IntegrityError, transaction
from django.forms import Form
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from classkey.accounts import addresses, usernames
from classkey.accounts.models import User


class AccountAdapter(DefaultAccountAdapter):
    """Classkey's answers to allauth's questions."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _(
            "This e-mail address and password do not belong together here. Please check both. "
            "If you signed up but never typed the code that we mailed you, please sign up again."
        ),
        "username_password_mismatch": _(
            "This user name and password do not belong together here. Please check both; "
            "capital letters matter in the password."
        ),
        "too_many_login_attempts": _(
            "That was wrong too many times. Please wait five minutes and then try again."
        ),
        "rate_limited": _("Please wait a minute and then try again."),
        "username_taken": _("This user name is taken. Please choose another one."),
        "email_taken": _("This address belongs to another account now. Please sign in to that."),
        "incorrect_code": _(
            "This is not the code that we mailed last. Please look at the newest mail."
        ),
        "incorrect_password": _("This is not your password. Please try again."),
        "enter_current_password": _("This is not your password. Please try again."),
    }

    # --- Signing up and in ---------------------------------------------------------
    def get_login_stages(self) -> list[str]:
        """The stages of allauth, with our own proof of address; last, a password of one's own."""
        stages = [
            stage.replace(
                "allauth.account.stages.EmailVerificationStage",
                "classkey.accounts.proving.ProofStage",
            )
            for stage in super().get_login_stages()
        ]
        return [*stages, "classkey.accounts.first_passwords.ChoosePasswordStage"]

    def get_signup_redirect_url(self, _request: HttpRequest) -> str:
        """A plain sign-up ends with "Do you have a code?" (P3); `?next=` wins over it."""
        return reverse("welcome")

    def save_user(
        self,
        request: HttpRequest,
        user: User,
        form: Form,
        commit: bool = True,  # noqa: FBT001, FBT002 - allauth's signature
    ) -> User:
        """Give a new account its names and, this once, its role (P1).

        Raises ValidationError if the chosen user name was taken since the form was checked.
        """
        user.role = form.cleaned_data["role"]
        user.given_name = form.cleaned_data["given_name"]
        user.family_name = form.cleaned_data["family_name"]
        while True:
            try:
                with transaction.atomic():
                    saved: User = super().save_user(request, user, form, commit)
                    return saved
            except IntegrityError:
                if not User.objects.filter(username=user.username).exists():
                    raise
                if form.cleaned_data["username"]:
                    raise self.validation_error("username_taken") from None

    def populate_username(self, _request: HttpRequest, user: User) -> None:
        """Make a user name from the name where none was chosen; never from the address."""
        user.username = user.username or usernames.free_username(user.given_name, user.family_name)

    def get_reauthentication_methods(self, user: User) -> list[dict[str, str]]:
        """What protects an account is changed with the password (P2), where there is one."""
        methods: list[dict[str, str]] = super().get_reauthentication_methods(user)
        return [method for method in methods if method["id"] == "reauthenticate"] or methods

    def is_safe_url(self, url: str) -> bool:
        """Is this a page of ours? allauth's own answer raises ValueError for what is no address."""
        request = context.request
        return url_has_allowed_host_and_scheme(
            url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        )

    # --- Addresses (P2) ------------------------------------------------------------
    def get_email_verification_redirect_url(self, _email_address: EmailAddress) -> str:
        """After a change of address: back to the settings."""
        return reverse("account_settings")

    def get_password_change_redirect_url(self, _request: HttpRequest) -> str:
        """After a change of password: back to the settings."""
        return reverse("account_settings")

    def can_delete_email(self, email_address: EmailAddress) -> bool:
        """A proved address is replaced by another, never just removed."""
        return not email_address.verified

    # --- Mail ----------------------------------------------------------------------
    def send_confirmation_mail(
        self,
        request: HttpRequest,
        emailconfirmation: Any,
        signup: bool,  # noqa: FBT001 - allauth's signature
    ) -> None:
        """Mail the code; or, to an address that somebody has, that they have it.

        Either way the page looks the same, the account is made and takes its time, so
        nobody learns who is here. The code of the second kind is mailed to nobody.
        """
        address = emailconfirmation.email_address
        owner = addresses.proved_owner(address.email)
        if owner and owner.pk != address.user_id:
            self.send_account_already_exists_mail(address.email)
        else:
            super().send_confirmation_mail(request, emailconfirmation, signup)

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Tell a person what happened to their account, at a proved address only (F2).

        `email` is given for one purpose: the address that was theirs until just now.
        """
        email = email or addresses.proved_address(user)
        if email:
            super().send_notification_mail(template_prefix, user, context, email)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail that says which school it is from and how to reach its support (F11). Its
        links lead to the school's own address, under whatever name the server was asked.
        """
        school = {"school_name": settings.SCHOOL_NAME or "Classkey", "support": settings.SUPPORT}
        links = {
            "signup_url": settings.ADDRESS + reverse("account_signup"),
            "password_reset_url": settings.ADDRESS + reverse("account_reset_password"),
        }
        super().send_mail(template_prefix, email, context | school | links)
