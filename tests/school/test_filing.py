"""Which files are taken, what they are called, and where they lie (C6)."""

import io
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files import File
from django.core.files.storage import default_storage
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from classkey.school import filing, publishing
from classkey.school.errors import Refused
from classkey.school.models import Item, StoredFile
from classkey.school.viewer import Viewer
from tests.uploads import (
    HTML,
    JPEG,
    MP4,
    OLD_OFFICE,
    PDF,
    PNG,
    PROGRAM,
    SVG,
    Kept,
    file_of,
    upload,
    zipped,
)
from tests.world import School

OFFICE = zipped(**{"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"})
UTF_16 = "Überall".encode("utf-16")


# --- Names --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("Week 1.pdf", "Week 1.pdf"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\Tess\\plan.docx", "plan.docx"),
        ("a\x00b\x07.txt", "ab.txt"),
        ('x.txt"\r\nSet-Cookie: a=b; y.txt', "x.txt Set-Cookie a=b; y.txt"),
        ("Screen at 9.41\u202fAM.png", "Screen at 9.41 AM.png"),
        ("invoice\u202egnp.exe.pdf", "invoicegnp.exe.pdf"),
        ("\u200bhidden\ufeff.txt", "hidden.txt"),
        ("cafe\u0301.txt", "caf\xe9.txt"),
        ("Sums <3: what? *.txt", "Sums 3 what.txt"),
        (" .hidden. .txt ", "hidden.txt"),
        ("a" * 300 + ".pdf", "a" * 196 + ".pdf"),
        ("a" * 300, "a" * 200),
        ("a." + "b" * 300, "a." + "b" * 20),
        ("...", "file"),
        ("", "file"),
        ("مرحبا.pdf", "مرحبا.pdf"),
    ],
)
def test_c6_a_name_is_no_path_and_hides_nothing(name: str, clean: str) -> None:
    assert filing.clean_name(name) == clean


@given(st.text(max_size=300))
def test_c6_whatever_a_file_is_called_its_name_is_plain(name: str) -> None:
    clean = filing.clean_name(name)
    assert 0 < len(clean) <= 200
    assert clean.isprintable()
    assert not set(clean) & set('/\\<>:"|?*')
    assert not clean.startswith((".", " "))
    assert filing.clean_name(clean) == clean


def test_an_item_is_called_like_its_file() -> None:
    assert filing.title_of("/home/tess/Week 1.final.pdf") == "Week 1.final"
    assert filing.title_of("a" * 300 + ".pdf") == "a" * 196
    assert filing.title_of("README") == "README"


@pytest.mark.parametrize(
    ("size", "said"),
    [(1, "1 byte"), (999, "999 bytes"), (1_500, "1.5 kB"), (2_000, "2 kB"), (20_400, "20 kB"),
     (9_960, "10 kB"),
     (1_234_567, "1.2 MB"), (100_000_000, "100 MB"), (2_500_000_000, "2.5 GB")],
)  # fmt: skip
def test_a_size_is_told_as_people_say_it(size: int, said: str) -> None:
    assert filing.size_in_words(size) == said


def test_a_kind_is_told_as_people_say_it() -> None:
    assert filing.kind_in_words("a.PDF") == "PDF document"
    assert filing.kind_in_words("a.ods") == "Spreadsheet"
    assert filing.kind_in_words("a.blend") == "File"


# --- Kinds --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", PDF),
        ("a.PDF", PDF),
        ("a.png", PNG),
        ("a.jpg", JPEG),
        ("a.jpeg", JPEG),
        ("a.gif", b"GIF89a\x01\x00\x01\x00"),
        ("a.webp", b"RIFF\x24\x00\x00\x00WEBPVP8 "),
        ("a.docx", OFFICE),
        ("a.odt", zipped(mimetype=b"application/vnd.oasis.opendocument.text")),
        ("a.xlsx", OFFICE),
        ("a.pptx", OFFICE),
        ("a.doc", OLD_OFFICE),
        ("a.doc", b"{\\rtf1\\ansi"),
        ("a.rtf", b"{\\rtf1\\ansi"),
        ("a.xls", OLD_OFFICE),
        ("a.txt", "Zo\xeb".encode()),
        ("a.txt", "Zo\xeb".encode("latin-1")),
        ("a.txt", UTF_16),
        ("a.txt", b"\x1b[1mcolour\tand\ttabs\r\n"),
        ("a.csv", b"a;b\r\n1;2"),
        ("a.md", b"# One"),
        ("a.zip", zipped(a=b"1")),
        ("a.mp3", b"ID3\x03\x00\x00\x00\x00\x00\x21"),
        ("a.mp3", b"\xff\xf3\x40\xc4"),
        ("a.m4a", b"\x00\x00\x00\x20ftypM4A \x00\x00\x00\x00"),
        ("a.mp4", MP4),
        ("a.ogg", b"OggS\x00\x02" + b"\x00" * 20),
        ("a.wav", b"RIFF\x24\x00\x00\x00WAVEfmt "),
        ("a.webm", b"\x1a\x45\xdf\xa3\x42\x82\x84webm"),
    ],
)
def test_c6_what_a_school_uses_is_taken(name: str, content: bytes) -> None:
    filing.check(name, len(content), content[: filing.HEAD])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.png", PROGRAM), ("a.png", SVG), ("a.png", HTML), ("a.png", JPEG), ("a.jpg", b"text"),
        ("a.pdf", HTML), ("a.pdf", PROGRAM), ("a.doc", HTML), ("a.docx", PROGRAM),
        ("a.zip", PDF), ("a.mp4", HTML), ("a.mp3", PROGRAM), ("a.txt", PROGRAM),
        ("a.csv", b"a\x00b"), ("a.wav", b"text"), ("a.xlsx", b"a,b"),
    ],
)  # fmt: skip
def test_c6_a_file_that_is_not_what_its_name_says_is_refused(name: str, content: bytes) -> None:
    with pytest.raises(Refused) as refused:
        filing.check(name, len(content), content)
    assert refused.value.message == (
        f"“{name}” is not what the end of its name says. Open it in the program that made it, "
        "save it anew, and try again."
    )


@pytest.mark.parametrize(
    "name", ["a.svg", "a.html", "a.htm", "a.xhtml", "a.js", "a.exe", "a.pdf.exe", "a.php", "a"]
)
def test_c6_other_kinds_are_refused_and_those_that_are_kept_named(name: str) -> None:
    with pytest.raises(Refused) as refused:
        filing.check(name, 1, SVG)
    assert "is of a kind that is not kept here. These are: pdf, doc, docx," in str(
        refused.value.message
    )


def test_c6_a_school_says_which_kinds_and_how_large(settings: Settings) -> None:
    settings.FILE_KINDS, settings.FILE_MAX_BYTES = ["blend", "txt"], 5_000
    filing.check("a.blend", 5_000, PROGRAM)  # what we do not know is not looked at
    for name, size, told in (
        ("a.pdf", 10, "of a kind that is not kept here. These are: blend, txt."),
        ("a.txt", 5_001, "“a.txt” is too large. Files may have up to 5 kB."),
        ("a.txt", 0, "“a.txt” is empty. Choose another file."),
    ):
        with pytest.raises(Refused) as refused:
            filing.check(name, size, b"text")
        assert told in str(refused.value.message)


def test_c6_all_kinds_that_are_known_are_taken_unless_the_school_says_otherwise(
    settings: Settings,
) -> None:
    assert set(settings.FILE_KINDS) == set(filing.KINDS)


# --- Keeping ------------------------------------------------------------------------------
@pytest.fixture
def north(north: School) -> School:
    """A school that has no files yet."""
    Item.objects.filter(kind="file").delete()
    StoredFile.objects.all().delete()
    return north


def content_of(stored: StoredFile, start: int = 0, stop: int | None = None) -> bytes:
    with closing(filing.read(stored, start, stop or stored.size)) as pieces:
        return b"".join(pieces)


def test_c6_a_file_is_kept_under_a_name_of_our_own(north: School, kept: Kept) -> None:
    [item] = publishing.make_files(
        Viewer(north.ed), north.maths, north.folder, [upload("../Plan.txt", b"Monday", "text/html")]
    )
    stored = file_of(item)
    assert (item.title, item.kind, item.folder) == ("Plan", "file", north.folder)
    assert (item.members_see, item.parents_see, item.shown_to_parents) == (True, False, False)
    assert (stored.name, stored.size, stored.media_type) == ("Plan.txt", 6, "text/plain")
    assert (stored.content.name, stored.uploaded_by) == (f"files/{stored.pk.hex}", north.ed)
    assert kept() == [stored.pk.hex]
    assert content_of(stored) == b"Monday"


def test_several_files_come_in_their_order(north: School, kept: Kept) -> None:
    names = ["b.txt", "a.txt", "c.txt"]
    made = publishing.make_files(
        Viewer(north.tess), north.maths, None, [upload(name) for name in names]
    )
    last = list(Item.objects.kept().filter(place=north.maths, folder=None))[-3:]
    assert made == last
    assert [item.title for item in last] == ["b", "a", "c"]
    assert len(kept()) == 3


def test_of_several_files_one_refused_is_all_refused(north: School, kept: Kept) -> None:
    rows = Item.objects.count()
    with pytest.raises(Refused, match="rule"):
        publishing.make_files(
            Viewer(north.tess), north.maths, None, [upload("a.txt"), upload("b.png", HTML)]
        )
    assert (Item.objects.count(), StoredFile.objects.count(), kept()) == (rows, 0, [])


def test_nothing_is_kept_for_a_folder_that_is_gone(north: School, kept: Kept) -> None:
    with pytest.raises(Refused):
        publishing.make_files(Viewer(north.ed), north.maths, north.gone, [upload("a.txt")])
    assert (StoredFile.objects.count(), kept()) == (0, [])


@pytest.mark.parametrize("who", ["cleo", "gwen", "paula", "vera", "ivan"])
def test_s2_readers_upload_nothing(north: School, kept: Kept, who: str) -> None:
    with pytest.raises(PermissionDenied):
        publishing.make_files(Viewer(getattr(north, who)), north.maths, None, [upload("a.txt")])
    assert kept() == []


class _Torn(File):  # type: ignore[type-arg]
    """An upload that breaks off halfway."""

    size = 100

    def chunks(self, chunk_size: int | None = None) -> Any:  # noqa: ARG002
        yield b"half"
        raise OSError


def test_c6_an_upload_that_breaks_off_leaves_nothing(north: School, kept: Kept) -> None:
    with pytest.raises(OSError):  # noqa: PT011 # whatever the machine says
        publishing.make_files(
            Viewer(north.tess), north.maths, None, [_Torn(io.BytesIO(b"half"), "a.txt")]
        )
    assert (StoredFile.objects.count(), kept()) == (0, [])


def test_c1_another_file_in_its_stead_is_a_new_row(north: School, kept: Kept) -> None:
    tess = Viewer(north.tess)
    [item] = publishing.make_files(tess, north.maths, None, [upload("a.txt", b"old")])
    publishing.edit_item(tess, item, version=1, title="Kept")
    old = file_of(item)
    publishing.edit_item(tess, item, version=2, title="New", upload=upload("b.txt", b"new"))
    item = Item.objects.get(pk=item.pk)
    assert (item.title, file_of(item).name, content_of(file_of(item))) == ("New", "b.txt", b"new")
    assert content_of(old) == b"old", "a copied course may hold it still"
    assert len(kept()) == 2


def test_a_file_that_comes_too_late_leaves_nothing(north: School, kept: Kept) -> None:
    tess = Viewer(north.tess)
    [item] = publishing.make_files(tess, north.maths, None, [upload("a.txt", b"old")])
    with pytest.raises(publishing.ChangedMeanwhile):
        publishing.edit_item(tess, item, version=7, title="New", upload=upload("b.txt"))
    with pytest.raises(PermissionDenied):
        publishing.edit_item(
            Viewer(north.cleo), item, version=1, title="New", upload=upload("b.txt")
        )
    assert len(kept()) == StoredFile.objects.count() == 1


# --- Reading ------------------------------------------------------------------------------
def test_c6_a_file_is_served_as_one_of_a_short_list() -> None:
    assert filing.media_type(StoredFile(media_type="image/png")) == "image/png"
    for odd in ("text/html", "image/svg+xml", "application/javascript", ""):
        assert filing.media_type(StoredFile(media_type=odd)) == "application/octet-stream"


def test_a_part_of_a_file_is_read_piece_by_piece(north: School, kept: Kept) -> None:
    content = bytes(range(256)) * 1_000
    [item] = publishing.make_files(
        Viewer(north.tess), north.maths, None, [upload("a.zip", zipped(a=b"") + content)]
    )
    whole = content_of(file_of(item))
    assert whole.endswith(content)
    assert content_of(file_of(item), 5, 7) == whole[5:7]
    with closing(filing.read(file_of(item), 0, len(whole))) as pieces:
        assert max(map(len, pieces)) == filing.Pieces.SIZE
    assert len(kept()) == 1


@pytest.mark.usefixtures("kept")
def test_c6_nobody_else_on_the_machine_reads_them(north: School) -> None:
    [item] = publishing.make_files(Viewer(north.tess), north.maths, None, [upload("a.txt")])
    where = Path(default_storage.path(str(file_of(item).content)))
    assert [oct(path.stat().st_mode)[-3:] for path in (where, where.parent)] == ["600", "700"]
