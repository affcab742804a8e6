"""Forms for signing up, signing in and one's own account (P1, P2, P4)."""

from typing import Any

from allauth.account import forms as allauth_forms
from allauth.account.adapter import get_adapter
from allauth.core import context
from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from classkey.accounts import addresses, usernames
from classkey.accounts.models import Role, User
from classkey.accounts.names import tidy_name
from classkey.school.errors import Refused
from classkey.school.signing_up import check_instructor_signup

TYPED_BEFORE = "sign_up_again"


def role_cards() -> list[tuple[str, str]]:
    """The three roles, each with what it means."""
    hints = {
        Role.STUDENT: _("I learn here."),
        Role.INSTRUCTOR: _("I teach here."),
        Role.PARENT: _("My child learns here."),
    }
    card = "<span>{} <small>{}</small></span>"
    return [(role.value, format_html(card, role.label, hint)) for role, hint in hints.items()]


class NameField(forms.CharField):
    """A first or a family name, in any script."""

    def __init__(self, label: Any, autocomplete: str, **options: Any) -> None:
        widget = forms.TextInput(attrs={"autocomplete": autocomplete})
        super().__init__(label=label, max_length=100, widget=widget, **options)

    def to_python(self, value: Any) -> str:
        """The name without what cannot be seen; a name of nothing else is none."""
        return tidy_name(super().to_python(value) or "")


def given_name_field() -> NameField:
    """The field for a first name."""
    return NameField(_("First name"), "given-name")


def family_name_field() -> NameField:
    """The field for a family name."""
    return NameField(_("Family name"), "family-name")


class LoginForm(allauth_forms.LoginForm):
    """Signing in by proved address or user name (P2)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("E-mail or user name")
        self.fields["login"].widget.attrs |= {
            "autocomplete": "username",
            "autocapitalize": "none",
            "spellcheck": "false",
        }
        self.fields["remember"].label = _("Keep me signed in on this device")
        self.fields["remember"].help_text = _("Only on a device that nobody else uses.")
        drop_placeholders(self)


class SignupForm(allauth_forms.SignupForm):
    """Signing up: who you are, where your mail goes, how you will sign in."""

    role = forms.ChoiceField(
        label=_("Who are you?"),
        choices=role_cards,
        widget=forms.RadioSelect(attrs={"class": "choice-cards"}),
        help_text=_("This stays as you choose it."),
        error_messages={"required": _("Please choose one: student, teacher or parent.")},
    )
    given_name = given_name_field()
    family_name = family_name_field()
    code = forms.CharField(
        label=_("Code for teachers"),
        required=False,
        max_length=50,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
        help_text=_("Only teachers need one here; a colleague at the school makes it for you."),
    )
    field_order = [
        "role", "given_name", "family_name", "email", "username", "password1", "code",
    ]  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial |= context.request.session.pop(TYPED_BEFORE, {})
        email, username = self.fields["email"], self.fields["username"]
        email.required = email.widget.is_required = False
        email.label = _("E-mail address")
        email.help_text = _("We mail it a code, to type on the next page. Students may have none.")
        username.label = _("User name")
        username.help_text = _(
            "For signing in. Leave it empty if you gave an e-mail address: "
            "we make one from your name."
        )
        username.widget.attrs |= {"autocapitalize": "none", "spellcheck": "false"}
        # Django's list of four rules is the loudest thing on the page; each speaks up if broken.
        self.fields["password1"].help_text = _("At least 8 characters that are hard to guess.")
        if settings.INSTRUCTOR_SIGNUP != "code":
            del self.fields["code"]
        drop_placeholders(self)

    def clean_username(self) -> str:
        """The user name in its one spelling, if it is allowed and free."""
        self.cleaned_data["username"] = usernames.normalise(self.cleaned_data["username"])
        return str(super().clean_username())

    def validate_unique_email(self, value: str) -> str:
        """Any address may be typed, by any number of people: it reserves nothing (P2).

        allauth would take even an unproved one for taken. Whoever types an address that
        somebody has proved gets the same account and the same page as everybody; the
        mail then tells the owner instead of holding a code (`AccountAdapter`).
        """
        return value

    def clean(self) -> dict[str, Any]:
        """Check what hangs together: role, address, user name and the rule P4."""
        cleaned: dict[str, Any] = super().clean()
        role = cleaned.get("role")
        if role == Role.STUDENT:
            self._check_student(cleaned)
        elif role and not cleaned.get("email") and "email" not in self.errors:
            self.add_error("email", _("Teachers and parents need an e-mail address."))
        if role == Role.INSTRUCTOR and not self.errors:
            self._check_instructor(cleaned)
        return cleaned

    def _check_student(self, cleaned: dict[str, Any]) -> None:
        """A student without an address signs in by user name, so needs one (P2)."""
        told = self.errors.keys() & {"email", "username"}
        if not told and not cleaned.get("email") and not cleaned.get("username"):
            self.add_error(
                "username", _("Please choose a user name, or give an e-mail address above.")
            )

    def _check_instructor(self, cleaned: dict[str, Any]) -> None:
        """May this person sign up as a teacher (P4)? Asked last, because wrong codes count."""
        origin = get_adapter().get_client_ip(context.request)
        try:
            check_instructor_signup(cleaned["email"], cleaned.get("code", ""), origin)
        except Refused as refused:
            field = "code" if "code" in self.fields else "email"
            self.add_error(field, str(refused.message))


class ProveAddressForm(allauth_forms.ConfirmEmailVerificationCodeForm):
    """The code from the mail."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        drop_placeholders(self)
        self.fields["code"].label = _("Code from the mail")
        self.fields["code"].widget.attrs |= {"inputmode": "numeric", "autofocus": True}

    def clean_code(self) -> str:
        """The right code for an address that nobody else has proved meanwhile.

        allauth would also refuse where somebody else only typed the same address.
        """
        # Past the parent's check, on purpose.
        code = super(allauth_forms.ConfirmEmailVerificationCodeForm, self).clean_code()
        owner = addresses.proved_owner(self.email)
        if owner and owner != self.user:
            raise get_adapter().validation_error("email_taken")
        return str(code)


class AddressForm(allauth_forms.AddEmailForm):
    """A new address, which its code then proves."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("New e-mail address")
        self.fields["email"].help_text = _("We mail it a code, to type on the next page.")
        drop_placeholders(self)

    def clean_email(self) -> str:
        """Any address but the one already proved; whose it is, the code will tell."""
        address = str(self.cleaned_data["email"])
        if address == addresses.proved_address(self.user):
            raise forms.ValidationError(_("This is your address already."))
        return address


class ResetPasswordForm(allauth_forms.ResetPasswordForm):
    """Asking for a new password, by proved address only (P2)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("E-mail address")
        drop_placeholders(self)

    def clean_email(self) -> str:
        """Find who has proved this address; allauth would settle for who only typed it."""
        address = str(self.cleaned_data["email"])
        owner = addresses.proved_owner(address)
        self.users = [owner] if owner and owner.is_active else []
        return address


class ChoosePasswordForm(forms.Form):
    """A young student's own password, after the one on the card (P6)."""

    password = forms.CharField(
        label=_("Your new password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "autofocus": True}),
        help_text=_("At least 8 characters that are hard to guess, and easy for you to remember."),
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        """The password, if it is good enough and not the one from the card."""
        password = str(self.cleaned_data["password"])
        if self.user.check_password(password):
            raise forms.ValidationError(
                _("This is the one on your card. Please think of a new one.")
            )
        validate_password(password, self.user)
        return password


class ProfileForm(forms.Form):
    """One's own name; the role is for good (P1)."""

    given_name = given_name_field()
    family_name = family_name_field()


def profile_form(user: User, request: HttpRequest) -> ProfileForm:
    """The form with this person's names, or with what they just typed."""
    names = {"given_name": user.given_name, "family_name": user.family_name}
    return ProfileForm(request.POST if request.method == "POST" else None, initial=names)


def drop_placeholders(form: forms.Form) -> None:
    """Placeholders that repeat the label are noise to a screen reader."""
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)
