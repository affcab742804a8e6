"""Uploaded files (C6): which are taken, under which name they are told, and where they lie."""

import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import puremagic
from django.conf import settings
from django.core.files import File
from django.db import transaction
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from classkey.school.errors import Refused
from classkey.school.models import StoredFile
from classkey.school.viewer import Viewer

HEAD = 4096
"""Bytes from the start of a file that say what it is; no more of it is ever looked at."""

OCTETS = "application/octet-stream"
"""The media type of whatever a browser is not to show by itself."""


@dataclass(frozen=True)
class Kind:
    """A kind of file: what people call it; the media type it is served as; as what puremagic may
    know its content (nothing: it reads as text); may puremagic not know it at all?
    """

    words: Promise
    media_type: str = OCTETS
    known_as: frozenset[str] = frozenset()
    may_be_unknown: bool = False


_PICTURE, _SOUND, _VIDEO = gettext_lazy("Picture"), gettext_lazy("Sound"), gettext_lazy("Video")
_WRITING = gettext_lazy("Text document")
_SHEET, _SLIDES = gettext_lazy("Spreadsheet"), gettext_lazy("Presentation")
_TEXT = gettext_lazy("Plain text")
_MPEG4 = frozenset({".mp4", ".m4a", ".m4v", ".mov", ".3gp"})
# Archives and the older office container; never opened, only told from other things.
_OFFICE = frozenset({".zip", ".doc"})

KINDS = {
    "pdf": Kind(gettext_lazy("PDF document"), "application/pdf", frozenset({".pdf"})),
    **dict.fromkeys(["doc", "docx", "odt"], Kind(_WRITING, known_as=_OFFICE | {".rtf"})),
    "rtf": Kind(_WRITING, known_as=frozenset({".rtf"})),
    **dict.fromkeys(["xls", "xlsx", "ods"], Kind(_SHEET, known_as=_OFFICE)),
    **dict.fromkeys(["ppt", "pptx", "odp"], Kind(_SLIDES, known_as=_OFFICE)),
    "txt": Kind(_TEXT, "text/plain"),
    "md": Kind(_TEXT, "text/plain"),
    "csv": Kind(_SHEET, "text/plain"),
    "png": Kind(_PICTURE, "image/png", frozenset({".png"})),
    **dict.fromkeys(["jpg", "jpeg"], Kind(_PICTURE, "image/jpeg", frozenset({".jpg"}))),
    "gif": Kind(_PICTURE, "image/gif", frozenset({".gif"})),
    "webp": Kind(_PICTURE, "image/webp", frozenset({".webp"})),
    "mp3": Kind(_SOUND, "audio/mpeg", frozenset({".mp3", ".mpga"}), may_be_unknown=True),
    "m4a": Kind(_SOUND, "audio/mp4", _MPEG4, may_be_unknown=True),
    "ogg": Kind(_SOUND, "audio/ogg", frozenset({".ogg"})),
    "wav": Kind(_SOUND, "audio/wav", frozenset({".wav"})),
    "mp4": Kind(_VIDEO, "video/mp4", _MPEG4, may_be_unknown=True),
    "webm": Kind(_VIDEO, "video/webm", frozenset({".webm"})),
    "zip": Kind(gettext_lazy("Zip archive"), known_as=frozenset({".zip"})),
}
"""What is known of kinds of files, by the ending of the name. A school may allow others too: their
content is not looked at, and they are only ever downloaded.
"""

_SERVED = {kind.media_type for kind in KINDS.values()}
_KB, _MB, _GB = 1_000, 1_000_000, 1_000_000_000
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def clean_name(name: str) -> str:
    """Return what a file is called, from what an uploader's machine calls it: no path, nothing
    invisible or that turns the reading direction, nothing that a system refuses; 200 characters.
    """
    last = re.split(r"[/\\]", name)[-1]
    visible = "".join(sign if sign.isprintable() else " " * sign.isspace() for sign in last)
    composed = unicodedata.normalize("NFC", visible)
    plain = " ".join(re.sub(r'[<>:"|?*]', " ", composed).split()).strip(". ")
    stem, dot, ending = plain.rpartition(".")
    if not dot:
        return plain[:200] or _("file")
    return f"{stem[: 199 - len(ending[:20])].rstrip('. ')}.{ending[:20]}"


def ending_of(name: str) -> str:
    """Return the ending of a file's name, small and without its dot; '' if it has none."""
    return PurePosixPath(name).suffix[1:].lower()


def title_of(name: str) -> str:
    """Return what to call an item with a file of this name."""
    clean = clean_name(name)
    return PurePosixPath(clean).stem


def kind_in_words(name: str) -> str:
    """Return what people call a file like this one."""
    kind = KINDS.get(ending_of(name))
    return str(kind.words) if kind else _("File")


def size_in_words(size: int) -> str:
    """Return a size in bytes as people read it, in the units in which limits are set."""
    if size < _KB:
        return ngettext("%(count)d byte", "%(count)d bytes", size) % {"count": size}
    if size < _MB:
        return _("%(number)s kB") % {"number": _rounded(size / _KB)}
    if size < _GB:
        return _("%(number)s MB") % {"number": _rounded(size / _MB)}
    return _("%(number)s GB") % {"number": _rounded(size / _GB)}


def _rounded(count: float) -> str:
    """Return two digits or more, and a decimal only where there is one."""
    near = round(count, 1 if count < 10 else 0)
    return number_format(near, 1 if near % 1 else 0)


def check(name: str, size: int, head: bytes) -> None:
    """Raise Refused unless a file of this (clean) name and size, that begins so, may be kept."""
    told = {"name": name}
    if size == 0:
        raise Refused(_("“%(name)s” is empty. Choose another file.") % told)
    if size > settings.FILE_MAX_BYTES:
        raise Refused(too_large(name))
    ending = ending_of(name)
    if ending not in settings.FILE_KINDS:
        told["kinds"] = ", ".join(settings.FILE_KINDS)
        raise Refused(
            _("“%(name)s” is of a kind that is not kept here. These are: %(kinds)s.") % told
        )
    if not _may_be(ending, head):
        raise Refused(
            _(
                "“%(name)s” is not what the end of its name says. Open it in the program that made "
                "it, save it anew, and try again."
            )
            % told
        )


def too_large(name: str) -> str:
    """Return the words for a file that is over the limit."""
    told = {"name": name, "size": size_in_words(settings.FILE_MAX_BYTES)}
    return _("“%(name)s” is too large. Files may have up to %(size)s.") % told


def _may_be(ending: str, head: bytes) -> bool:
    """Does nothing in the content contradict the ending of the name?"""
    kind = KINDS.get(ending)
    if kind is None:
        return True
    if not kind.known_as:
        return head.startswith(_UTF_16) or not _CONTROLS.search(head)
    try:
        found = {match.extension for match in puremagic.magic_string(head)}
    except puremagic.PureError:
        return kind.may_be_unknown
    return bool(found & kind.known_as)


@contextmanager
def storing(viewer: Viewer, upload: File[Any]) -> Iterator[StoredFile]:
    """Keep an upload's content; yield its row, to be saved by whoever needs it.

    Whatever is raised meanwhile, the content goes again: what no row knows of is not kept.
    Raises Refused.
    """
    name, size = clean_name(upload.name or ""), upload.size
    upload.seek(0)
    check(name, size, upload.read(HEAD))
    upload.seek(0)
    kind = KINDS.get(ending_of(name))
    stored = StoredFile(
        name=name,
        size=size,
        media_type=kind.media_type if kind else OCTETS,
        uploaded_by=viewer.user,
    )
    storage, where = stored.content.storage, f"files/{stored.pk.hex}"
    try:
        stored.content.name = storage.save(where, upload)
        yield stored
    except BaseException:
        storage.delete(where)
        raise


def forget(stored: StoredFile) -> None:
    """Delete a file's content once the transaction is certain in which the caller deletes its row:
    a content without its row does no harm, the other way round does.
    """
    storage, name = stored.content.storage, str(stored.content.name)
    transaction.on_commit(lambda: storage.delete(name))


def media_type(stored: StoredFile) -> str:
    """Return as what a file is served: one of a short list that no browser runs, else octets."""
    return stored.media_type if stored.media_type in _SERVED else OCTETS


class Pieces:
    """Part of a file's content, a piece at a time; closed when it is no longer asked for."""

    SIZE = 64 * 1024

    def __init__(self, content: Any, length: int) -> None:
        self._content = content
        self._left = length

    def __iter__(self) -> Iterator[bytes]:
        """Yield the pieces."""
        while piece := self._content.read(min(self.SIZE, self._left)):
            self._left -= len(piece)
            yield piece

    def close(self) -> None:
        """Let go of the content."""
        self._content.close()


def read(stored: StoredFile, start: int, stop: int) -> Pieces:
    """Return the content from byte `start` up to byte `stop`, that one not included."""
    storage, name = stored.content.storage, str(stored.content.name)
    if hasattr(storage, "part"):  # a bucket sends a part of a file without the rest
        return Pieces(storage.part(name, start, stop), stop - start)
    content = storage.open(name)
    content.seek(start)
    return Pieces(content, stop - start)
