"""Forms for content (C1)."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from classkey.school import filing
from classkey.school.models import Item
from classkey.school.publishing import Destination
from classkey.web.uploads import UploadField


class ItemForm(forms.ModelForm[Item]):
    """What is common to all: to change something, one says which version one has read."""

    version = forms.IntegerField(
        widget=forms.HiddenInput,
        min_value=1,
        max_value=2**31 - 1,
        error_messages={"required": _("This page was open for too long. Please save once more.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "instance" in kwargs:
            self.initial["version"] = self.instance.version
        else:
            del self.fields["version"]

    def values(self) -> dict[str, Any]:
        """Return what `publishing.edit_item` is to write; only of a valid form."""
        return self.cleaned_data

    def knows(self, version: int) -> None:
        """Take note that whoever sends this form once more has read that version."""
        self.data = {**self.data.dict(), "version": str(version)}  # type: ignore[attr-defined] # a QueryDict


class FolderForm(ItemForm):
    """The title of a folder."""

    class Meta:
        model = Item
        fields = ["title"]


class PageForm(ItemForm):
    """Title and text of a page."""

    class Meta:
        model = Item
        fields = ["title", "body"]
        widgets = {"body": forms.Textarea(attrs={"rows": 16})}


class LinkForm(ItemForm):
    """Title and address of a link."""

    url = forms.URLField(
        label=_("Web address"),
        max_length=2_000,
        assume_scheme="https",
        # Not type="url": a browser insists on the https:// that `assume_scheme` adds.
        widget=forms.TextInput(
            attrs={"inputmode": "url", "autocapitalize": "none", "placeholder": "https://"}
        ),
    )

    class Meta:
        model = Item
        fields = ["title", "url"]


class FileForm(ItemForm):
    """Title of a file, and another file in its stead."""

    class Meta:
        model = Item
        fields = ["title"]

    def __init__(self, *args: Any, dropped: list[str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["upload"] = field = UploadField(
            several=False,
            required=False,
            label=_("Another file instead"),
            help_text=_("Leave this empty to keep the file that is here."),
        )
        field.dropped = dropped or []

    def values(self) -> dict[str, Any]:
        """Return what `publishing.edit_item` is to write; only of a valid form."""
        upload = next(iter(self.cleaned_data["upload"]), None)
        return self.cleaned_data | {"upload": upload}


class UploadForm(forms.Form):
    """Files to add."""

    def __init__(self, *args: Any, dropped: list[str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        may = {"size": filing.size_in_words(settings.FILE_MAX_BYTES)}
        self.fields["files"] = field = UploadField(
            several=True,
            label=_("Files"),
            help_text=gettext("One or several, up to %(size)s in one go.") % may,
        )
        field.dropped = dropped or []


class MoveForm(forms.Form):
    """Where to move something."""

    to = forms.ChoiceField(label=_("Where to?"), widget=forms.RadioSelect)

    def __init__(self, destinations: list[Destination], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.destinations = {_key(to): to for to in destinations}
        field = self.fields["to"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 # for the type checker
        field.choices = [
            (key, " › ".join((*to.places, *to.folders))) for key, to in self.destinations.items()
        ]

    def chosen(self) -> Destination:
        """Return where to; only of a valid form."""
        return self.destinations[self.cleaned_data["to"]]


def _key(to: Destination) -> str:
    return str((to.folder or to.place).pk)
