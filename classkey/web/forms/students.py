"""Forms for a class of young students (P6)."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from classkey.accounts.models import User
from classkey.school.rostering import names
from classkey.school.rostering.names import Name, Unreadable
from classkey.school.sheets.typeset import Paper, languages
from classkey.web.forms.members import People


class ClassListForm(forms.Form):
    """A pasted list of names; `confirmed` is how many of them were shown to be checked, and
    `namesakes` how many of those are in the course already.
    """

    names = forms.CharField(
        label=_("Names, one a line"),
        widget=forms.Textarea(attrs={"rows": 12, "autocomplete": "off", "spellcheck": "false"}),
        help_text=_("“Ada Okafor” or “Okafor, Ada”. A column from a spreadsheet will do."),
    )
    confirmed = forms.IntegerField(required=False, widget=forms.HiddenInput)
    namesakes = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def clean_names(self) -> list[Name]:
        """The names; a line that is none is shown."""
        try:
            found = names.read(self.cleaned_data["names"])
        except Unreadable as unreadable:
            told = _("This line is no name: “%(line)s”. Please correct it, or take it out.")
            raise forms.ValidationError(told, params={"line": unreadable.line[:100]}) from None
        except ValueError:
            told = _("These are more than %(most)s names. Please paste one class at a time.")
            raise forms.ValidationError(told, params={"most": names.MOST}) from None
        if not found:
            raise forms.ValidationError(_("There is no name in this list yet."))
        return found

    @property
    def is_confirmed(self) -> bool:
        """Were just these names shown before? Of a valid form."""
        return self.cleaned_data.get("confirmed") == len(self.cleaned_data["names"])


class CardsForm(forms.Form):
    """For whom sign-in cards are made, and how they are printed."""

    students = People(
        label=_("Cards for"),
        queryset=None,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Tick at least one person.")},
    )
    paper = forms.TypedChoiceField(
        label=_("Paper"),
        choices=[(Paper.A4, "A4"), (Paper.LETTER, "US Letter")],
        coerce=Paper,
        initial=Paper.A4,
    )
    language = forms.ChoiceField(label=_("Language of the cards"))

    def __init__(self, students: QuerySet[User], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["students"].queryset = students  # type: ignore[attr-defined]
        self.fields["students"].initial = students
        self.fields["language"].choices = list(languages().items())  # type: ignore[attr-defined]
