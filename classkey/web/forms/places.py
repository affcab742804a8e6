"""Forms for places."""

from django import forms

from classkey.school.models import Place


class PlaceForm(forms.ModelForm[Place]):
    """Name and description of a place."""

    class Meta:
        model = Place
        fields = ["name", "description"]
        widgets = {"description": forms.Textarea(attrs={"rows": 2})}
