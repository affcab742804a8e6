"""Forms for places."""

from django import forms
from django.utils.translation import gettext_lazy as _

from classkey.school import clock, years
from classkey.school.models import Place


class PlaceForm(forms.ModelForm[Place]):
    """Name and description of a place."""

    class Meta:
        model = Place
        fields = ["name", "description"]
        widgets = {"description": forms.Textarea(attrs={"rows": 2})}


def _years_to_copy_into() -> list[tuple[int, str]]:
    return [(year, clock.year_name(year)) for year in years.years_to_copy_into()]


class CopyForm(forms.ModelForm[Place]):
    """What the copy of a course is called, and for which school year it is (S4)."""

    school_year = forms.TypedChoiceField(
        label=_("School year"), choices=_years_to_copy_into, coerce=int
    )

    class Meta:
        model = Place
        fields = ["name"]
