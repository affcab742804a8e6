"""The forms of parent-code sheets (F2)."""

import uuid
from collections.abc import Iterator, Sequence, Set
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from classkey.accounts.models import User
from classkey.school.models.sheet_runs import PaperSize
from classkey.school.sheets import home_languages
from classkey.school.sheets.plan import MOST_COPIES
from classkey.school.sheets.runs import Wishes
from classkey.school.sheets.typeset import languages


class SheetsForm(forms.Form):
    """For whom, how many, and how they look; and in which language each student's are.

    `students` are those who are here; `linked`, those of them with a linked parent.
    """

    students = forms.TypedMultipleChoiceField(
        label=_("Who gets sheets?"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Tick at least one student.")},
    )
    copies = forms.TypedChoiceField(
        label=_("Sheets for each student"),
        choices=[(number, str(number)) for number in range(1, MOST_COPIES + 1)],
        coerce=int,
        initial=1,
        help_text=_("Two for a child with two homes: each sheet has a code of its own."),
    )
    language = forms.ChoiceField(
        label=_("Language, where it is not known"),
        help_text=_("Where you choose one beside a name above, it is kept for the next time."),
    )
    paper = forms.TypedChoiceField(
        label=_("Paper"), choices=PaperSize.choices, coerce=PaperSize, initial=PaperSize.A4
    )
    large_print = forms.BooleanField(
        label=_("Large print"),
        required=False,
        help_text=_("For everybody in these sheets: larger letters, fewer words."),
    )

    def __init__(
        self, students: Sequence[User], linked: Set[uuid.UUID], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.linked = linked
        self.people = {str(student.pk): student for student in students}
        who: Any = self.fields["students"]
        who.choices = [(pk, student.full_name) for pk, student in self.people.items()]
        who.coerce = self.people.get
        which: Any = self.fields["language"]
        which.choices = list(languages().items())
        for pk, student in self.people.items():
            self.fields[f"language-{pk}"] = forms.ChoiceField(
                label=_("Language of %(name)s") % {"name": student.full_name},
                choices=list(home_languages.offered(student).items()),
                initial=student.home_language,
                required=False,
            )

    def rows(self) -> Iterator[tuple[User, bool, Any, Any]]:
        """Yield each student, whether a parent is linked, the box to tick, and the language."""
        for student, box in zip(self.people.values(), self["students"].subwidgets, strict=True):
            yield student, student.pk in self.linked, box, self[f"language-{student.pk}"]

    def wishes(self) -> Wishes:
        """Return how the sheets are to be."""
        names = ("copies", "paper", "large_print", "language")
        return Wishes(**{name: self.cleaned_data[name] for name in names})

    def home_languages(self) -> dict[User, str]:
        """Return the language that was chosen beside each name."""
        return {student: self.cleaned_data[f"language-{pk}"] for pk, student in self.people.items()}


class HomeLanguageForm(forms.Form):
    """What is read at a student's home (F2)."""

    language = forms.ChoiceField(label=_("Language at home"), required=False)

    def __init__(self, student: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        which: Any = self.fields["language"]
        which.choices = list(home_languages.offered(student).items())
        which.initial = student.home_language
