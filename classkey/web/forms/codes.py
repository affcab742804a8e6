"""Forms of the Codes dialog (K9, K10)."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from classkey.accounts.models import User
from classkey.school import issuing
from classkey.school.access import Action, allowed
from classkey.school.models import Audience, Permission, Place
from classkey.school.viewer import Viewer


class PlaceChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic in the stubs alone
    """A choice among places, each with the course or workspace that it is in."""

    def label_from_instance(self, obj: Place) -> str:
        """The place as people know it."""
        return f"{obj.root.name} › {obj.name}" if obj.is_group else obj.name


class StudentChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic in the stubs alone
    """A choice among students."""

    def label_from_instance(self, obj: User) -> str:
        """The student's name."""
        return obj.full_name


class RegistrationCodeForm(forms.Form):
    """For which place, for whom, and on which terms (K10)."""

    place = PlaceChoice(label=_("For which place?"), queryset=None, empty_label=_("Choose…"))
    audience = forms.ChoiceField(label=_("For whom?"), widget=forms.RadioSelect)
    permission = forms.TypedChoiceField(
        label=_("What may they do?"),
        choices=Permission.choices,
        coerce=lambda value: Permission(int(value)),
        initial=Permission.READ,
    )
    max_uses = forms.IntegerField(
        label=_("For how many people at most?"),
        min_value=1,
        max_value=100_000,
        required=False,
        help_text=_("Empty: no limit; a code for teachers alone is then for one teacher."),
    )
    last_day = forms.DateField(
        label=_("Last day, for a substitute"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Only for teachers: they are out again at the end of this day."),
    )

    def __init__(self, viewer: Viewer, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = allowed(viewer, Action.MAKE_CODE, Place).select_related("root")
        places = places.order_by("root__name", "root_id", "parent", "name")
        self.fields["place"].queryset = places  # type: ignore[attr-defined]
        if len(places) == 1:
            self.fields["place"].initial = places[0].pk
        audiences = issuing.audiences_for(viewer)
        self.fields["audience"].choices = [  # type: ignore[attr-defined]
            (audience.value, audience.label) for audience in audiences
        ]
        self.fields["audience"].initial = audiences[0]
        if not viewer.user.is_instructor:
            del self.fields["last_day"]
            self.fields["permission"].choices = Permission.choices[:2]  # type: ignore[attr-defined]

    def terms(self) -> issuing.Terms:
        """Return the terms that were chosen (K10)."""
        typed = self.cleaned_data
        return issuing.Terms(
            audience=Audience(typed["audience"]),
            permission=typed["permission"],
            max_uses=typed["max_uses"],
            last_day=typed.get("last_day"),
        )


class ParentCodeForm(forms.Form):
    """For which student (F1)."""

    student = StudentChoice(label=_("For the parents of"), queryset=None, empty_label=_("Choose…"))

    def __init__(self, students: QuerySet[User], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["student"].queryset = students  # type: ignore[attr-defined]
