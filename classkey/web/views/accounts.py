"""Pages about one's own account that allauth does not bring, or not quite."""

from allauth.account.views import SignupView
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from classkey.accounts import first_passwords, proving
from classkey.accounts.addresses import proved_address
from classkey.school import signing_up
from classkey.school.errors import Refused
from classkey.web.forms.accounts import (
    TYPED_BEFORE,
    ChoosePasswordForm,
    SignupForm,
    profile_form,
)
from classkey.web.requests import Request


class SignUp(SignupView):
    """Signing up: allauth's page, and an answer to whoever was a moment too late."""

    def form_valid(self, form: SignupForm) -> HttpResponse:
        """Make the account, or say that somebody else just took its user name."""
        try:
            response: HttpResponse = super().form_valid(form)
        except ValidationError as taken:
            form.add_error("username", taken)
            response = self.form_invalid(form)
        return response


@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: Request) -> HttpResponse:
    """Show and change one's own account; the role is only shown (P1)."""
    form = profile_form(request.user, request)
    if form.is_valid():
        request.user.rename(**form.cleaned_data)
        messages.success(request, _("Your name is saved."))
        return redirect("account_settings")
    context = {"form": form, "address": proved_address(request.user)}
    return render(request, "account/settings.html", context)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def choose_password(request: HttpRequest) -> HttpResponse:
    """Let a young student choose a password in the sign-in with the one from the card (P6)."""
    stage = first_passwords.waiting_stage(request)
    if stage is None:
        return redirect("account_login")
    form = ChoosePasswordForm(stage.login.user, request.POST or None)
    if form.is_valid():
        first_passwords.choose(stage.login.user, form.cleaned_data["password"])
        response: HttpResponse = stage.exit()
        return response
    context = {"form": form, "name": stage.login.user.given_name}
    return render(request, "account/choose_password.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: Request) -> HttpResponse:
    """Ask, then delete an account that was never used for anything (P1)."""
    refusal = None
    if request.method == "POST":
        try:
            signing_up.delete_unused_account(request.user)
        except Refused as refused:
            refusal = refused.message
        else:
            logout(request)
            messages.success(request, _("Your account is deleted. You may sign up again."))
            return redirect("account_login")
    return render(request, "account/delete.html", {"refusal": refusal})


@login_not_required
@require_POST
def sign_up_again(request: HttpRequest) -> HttpResponse:
    """Leave a sign-up whose code does not come, and correct what was typed (A4)."""
    typed = proving.withdraw(request)
    if typed:
        request.session[TYPED_BEFORE] = typed
    return redirect("account_signup")


@login_not_required
@require_POST
def without_address(request: HttpRequest) -> HttpResponse:
    """Let a student finish a sign-up without the address they typed (P2)."""
    return proving.without_address(request) or redirect("account_login")
