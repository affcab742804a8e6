"""What becomes of a file on its way in (C6), before it is anybody's."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest
from django.utils.translation import gettext as _

from classkey.school import filing
from classkey.school.errors import Refused


class WithinLimits(FileUploadHandler):
    """Lets no request fill the disk: takes files only from who is signed in, and of all files of a
    request together no more than one file may have. What is over is read to its end and dropped,
    so that the browser gets an answer, and its name stands in `over_limit`.
    """

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.taken = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Drop files of strangers."""
        super().new_file(*args, **kwargs)
        user = getattr(self.request, "user", None)
        if user is None or not user.is_authenticated:
            raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:  # noqa: ARG002
        """Pass a piece on to who keeps it, while there is room."""
        self.taken += len(raw_data)
        if self.taken > settings.FILE_MAX_BYTES:
            self.request.over_limit = [  # type: ignore[union-attr]
                *over_limit(self.request),
                str(self.file_name),
            ]
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Leave it to who kept it."""


def over_limit(request: HttpRequest | None) -> list[str]:
    """Return the names of the files of this request that were dropped, of those read so far."""
    names: list[str] = getattr(request, "over_limit", [])
    return names


class FilesInput(forms.FileInput):
    """A box for several files at once."""

    allow_multiple_selected = True


class UploadField(forms.FileField):
    """Files that may be kept: cleans to a list of them, or tells of each that may not."""

    def __init__(self, *, several: bool, **kwargs: Any) -> None:
        attrs = {"accept": ",".join(f".{ending}" for ending in settings.FILE_KINDS)}
        widget = FilesInput if several else forms.FileInput
        super().__init__(widget=widget(attrs=attrs), **kwargs)
        self.dropped: list[str] = []

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[Any]]:
        """Return the uploads. Raises ValidationError with a line for each that is refused."""
        uploads = data if isinstance(data, list) else [data] if data else []
        refused = [too_large(filing.clean_name(name)) for name in self.dropped]
        for upload in uploads:
            try:
                name = filing.clean_name(upload.name)
                filing.check(name, upload.size, upload.read(filing.HEAD))
            except Refused as refusal:
                refused.append(str(refusal.message))
        if refused:
            raise ValidationError(refused)
        if not uploads:
            super().clean(None, initial)
        return uploads


def too_large(name: str) -> str:
    """Return the words for a file that is over the limit, or comes after others that are."""
    told = {"name": name, "size": filing.size_in_words(settings.FILE_MAX_BYTES)}
    return (
        _("“%(name)s” is too large: what is sent in one go may have up to %(size)s altogether.")
        % told
    )
