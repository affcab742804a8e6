"""Forms of requests to support, and of the support desk (F9, A1)."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from classkey.accounts.models import User
from classkey.accounts.usernames import normalise
from classkey.school.audit_log import Filter
from classkey.school.directory import Purpose
from classkey.school.models import AuditAction
from classkey.school.revoking.decisions import Verdict
from classkey.school.revoking.requests import Plea

LONGEST = 2000
"""Characters of a reason."""


def _reason(label: Any, help_text: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class RequestForm(forms.Form):
    """Asks support to end somebody's access; what the asker may not say is not asked."""

    caller = forms.CharField(
        label=_("Who asks, and how can they be reached?"),
        help_text=_("The person who called or wrote. Only the support desk reads it."),
        max_length=200,
    )
    reason = _reason(
        _("Why should the access end?"),
        _("Only the school’s support reads this. The person whom it is about never does."),
    )
    urgent = forms.BooleanField(
        label=_("This is urgent: pause the access now, until support decides"),
        required=False,
    )

    def __init__(self, *args: Any, for_caller: bool, may_be_urgent: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not for_caller:
            del self.fields["caller"]
        if not may_be_urgent:
            del self.fields["urgent"]

    def plea(self) -> Plea:
        """Return what is asked for."""
        return Plea(**self.cleaned_data)


class DecisionForm(forms.Form):
    """Why a request is decided so."""

    decision = _reason(
        _("Why?"), _("For the support desk alone. Who asked is told the outcome, not the reason.")
    )


class AddressesField(forms.CharField):
    """E-mail addresses, one on each line."""

    widget = forms.Textarea(attrs={"rows": 3})

    def clean(self, value: Any) -> Any:
        """Return the addresses; ValidationError names the first that is none."""
        addresses = [line.strip().lower() for line in super().clean(value).splitlines()]
        for address in filter(None, addresses):
            try:
                validate_email(address)
            except ValidationError as wrong:
                raise ValidationError(
                    _("“%(address)s” is no e-mail address. Write one on each line."),
                    params={"address": address},
                ) from wrong
        return tuple(filter(None, addresses))


def _named() -> AddressesField:
    return AddressesField(
        label=_("Adults who may still be linked, by e-mail address, one on each line"),
        help_text=_("Leave it empty to let nobody be linked until you release the hold."),
        required=False,
        max_length=LONGEST,
    )


class RevokeForm(DecisionForm):
    """Ends a parent's access, and may put the student on hold."""

    hold = forms.BooleanField(
        label=_("Also put the student on hold: nobody else is linked by a code from now on"),
        required=False,
    )
    named = _named()

    def verdict(self) -> Verdict:
        """Return why, and what else."""
        return Verdict(**self.cleaned_data)


class HoldForm(forms.Form):
    """Puts a student on hold."""

    named = _named()


class BarForm(forms.Form):
    """Bars an address."""

    address = forms.EmailField(
        label=_("E-mail address of the person"),
        help_text=_("Whoever has proved it, or proves it one day, is not linked to the student."),
    )


class SuccessorForm(forms.Form):
    """Who takes over the places that nobody else runs (P7)."""

    successor: "forms.ModelChoiceField[User]" = forms.ModelChoiceField(
        label=_("Who takes them over?"),
        queryset=None,
        empty_label=_("Choose a teacher"),
    )

    def __init__(
        self, teachers: QuerySet[User], *args: Any, is_needed: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if is_needed:
            which: Any = self.fields["successor"]
            which.queryset = teachers
            which.label_from_instance = lambda user: f"{user.full_name} ({user.username})"
        else:
            del self.fields["successor"]

    def successor_chosen(self) -> User | None:
        """Return the teacher, None where none is needed."""
        return self.cleaned_data.get("successor")


class EraseForm(SuccessorForm):
    """Erases a person, once their user name was typed: there is no way back."""

    username = forms.CharField(label=_("To be sure, type the person’s user name"), max_length=150)

    def __init__(self, person: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person

    def clean_username(self) -> str:
        """Raise ValidationError unless it is the person's."""
        typed = normalise(self.cleaned_data["username"])
        if typed != self.person.username:
            raise ValidationError(_("This is not the user name of the person on this page."))
        return typed


class PurposeForm(forms.Form):
    """Why somebody at the desk opens a person's page."""

    purpose = forms.TypedChoiceField(
        label=_("Why do you look?"),
        choices=Purpose.choices,
        coerce=Purpose,
        widget=forms.RadioSelect,
    )


class LogForm(forms.Form):
    """Which lines of the audit log."""

    who = forms.CharField(
        label=_("Person"),
        help_text=_("Name, e-mail address or user name"),
        required=False,
        max_length=100,
    )
    action = forms.ChoiceField(
        label=_("What"),
        required=False,
        choices=[("", _("Everything")), *((each.value, each.value) for each in AuditAction)],
    )
    code = forms.CharField(label=_("Code ends with"), required=False, max_length=14)
    first = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    last = forms.DateField(
        label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def wanted(self, people: frozenset[Any] | None) -> Filter:
        """Return the filter, for these people."""
        chosen = {name: value for name, value in self.cleaned_data.items() if name != "who"}
        return Filter(people=people, **chosen)
