"""Forms for places and content."""

from django import forms

from classkey.school.models import Item, Place


class PlaceForm(forms.ModelForm[Place]):
    """Name and description of a place."""

    class Meta:
        model = Place
        fields = ["name", "description"]
        widgets = {"description": forms.Textarea(attrs={"rows": 2})}


class FolderForm(forms.ModelForm[Item]):
    """The title of a folder."""

    class Meta:
        model = Item
        fields = ["title"]


class PageForm(forms.ModelForm[Item]):
    """Title and text of a page."""

    class Meta:
        model = Item
        fields = ["title", "body"]
        widgets = {"body": forms.Textarea(attrs={"rows": 16})}
