"""Files in and out (C6): whatever they are called, whatever they hold, however large they are."""

import io
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from classkey.school import publishing
from classkey.school.models import Item, StoredFile
from classkey.school.publishing import Toggle
from classkey.school.viewer import Viewer
from tests.uploads import (
    HTML,
    PNG,
    PROGRAM,
    SVG,
    Kept,
    body_of,
    file_of,
    upload,
    zipped,
)
from tests.web.browsing import HTMX, at, browser_of, errors, html, said, words
from tests.world import School

SEALED = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox"


@pytest.fixture
def north(north: School) -> School:
    """A school that has no files yet."""
    Item.objects.filter(kind="file").delete()
    StoredFile.objects.all().delete()
    return north


@pytest.fixture
def ed(north: School) -> Client:
    return browser_of(north.ed)


def send(client: Client, north: School, *uploads: SimpleUploadedFile, **more: Any) -> Any:
    return client.post(at("file_new", north.maths), {"files": list(uploads)}, follow=True, **more)


def titles(north: School) -> list[str]:
    """What files are in the course."""
    return [item.title for item in Item.objects.kept().filter(root=north.maths, kind="file")]


# --- In ---------------------------------------------------------------------------------
def test_c1_files_are_added_each_as_an_item(north: School, ed: Client, kept: Kept) -> None:
    page = ed.get(at("file_new", north.maths))
    assert 'accept=".pdf,.doc,' in html(page)
    assert 'enctype="multipart/form-data"' in html(page)
    response = send(ed, north, upload("Plan.txt"), upload("Photo.png", PNG))
    assert response.redirect_chain == [(at("place", north.maths), 302)]
    assert said(response) == ["2 files are here."]
    read = words(response)
    assert "Plan Plain text · 9 bytes" in read
    assert "Photo Picture · 36 bytes" in read
    assert len(kept()) == 2


@pytest.mark.usefixtures("kept")
def test_c1_a_file_is_added_to_a_folder(north: School, ed: Client) -> None:
    address = f"{at('file_new', north.maths)}?folder={north.folder.pk}"
    assert "In the folder “Both”." in words(ed.get(address))
    response = ed.post(address, {"files": upload("Plan.txt")}, follow=True)
    assert response.redirect_chain == [(at("item", north.folder), 302)]
    assert said(response) == ["1 file is here."]
    assert Item.objects.get(title="Plan").folder == north.folder


def test_a4_a_script_sends_one_and_is_told_what_became_of_it(
    north: School, ed: Client, kept: Kept
) -> None:
    taken = send(ed, north, upload("Plan.txt"), headers=HTMX)
    assert taken.status_code == 201
    assert words(taken) == "Plan Plain text · 9 bytes"
    assert at("item", Item.objects.get(title="Plan")) in html(taken)
    for refused in (
        send(ed, north, upload("Plan.svg", SVG), headers=HTMX),
        ed.post(at("file_new", north.maths), headers=HTMX),
    ):
        assert refused.status_code == 422
    assert "“Plan.svg” is of a kind that is not kept here." in words(
        send(ed, north, upload("Plan.svg", SVG), headers=HTMX)
    )
    assert len(kept()) == 1


def test_a4_what_is_no_folder_takes_no_files(north: School, ed: Client, kept: Kept) -> None:
    address = f"{at('file_new', north.maths)}?folder={north.notes.pk}"
    response = ed.post(address, {"files": upload("Plan.txt")})
    told = "This folder is not here any more. Choose another one."
    assert errors(response) == {"files": [told]}
    assert kept() == []


def test_a4_no_file_at_all_is_asked_for_again(north: School, ed: Client) -> None:
    assert errors(send(ed, north)) == {"files": ["This field is required."]}


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("drawing.svg", SVG, "“drawing.svg” is of a kind that is not kept here."),
        ("page.html", HTML, "“page.html” is of a kind that is not kept here."),
        ("drawing.png", SVG, "“drawing.png” is not what the end of its name says."),
        ("page.pdf", HTML, "“page.pdf” is not what the end of its name says."),
        ("photo.jpg", PROGRAM, "“photo.jpg” is not what the end of its name says."),
        ("notes.txt", b"\x00\x01", "“notes.txt” is not what the end of its name says."),
        ("empty.txt", b"", "“empty.txt” is empty. Choose another file."),
        ("../../x.exe", PROGRAM, "“x.exe” is of a kind that is not kept here."),
        ("a\x00.exe", PROGRAM, "“a.exe” is of a kind that is not kept here."),
    ],
)
@pytest.mark.parametrize("says", ["image/png", "text/plain", "text/html"])
def test_c6_what_a_school_does_not_keep_is_refused_and_says_why(
    north: School, ed: Client, kept: Kept, name: str, content: bytes, told: str, says: str
) -> None:
    """Whatever type its sender says it is of; and what came along is not kept either."""
    response = send(ed, north, upload("good.txt"), upload(name, content, says))
    assert [line for line in errors(response)["files"] if line.startswith(told)]
    assert (titles(north), StoredFile.objects.count(), kept()) == ([], 0, [])


def test_a4_every_refused_file_is_named(north: School, ed: Client, kept: Kept) -> None:
    response = send(ed, north, upload("a.exe"), upload("b.txt"), upload("c.txt", b""))
    told = errors(response)["files"]
    assert [line.split("”")[0] for line in told] == ["“a.exe", "“c.txt"]
    assert kept() == []


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("../../../etc/cron.d/job.txt", "job"),
        ("..\\..\\windows\\job.txt", "job"),
        ("/etc/passwd.txt", "passwd"),
        ("a\u202etxt.gnp.txt", "atxt.gnp"),
        ("b" * 500 + ".txt", "b" * 196),
    ],
)
def test_c6_a_name_leads_nowhere(
    north: School, ed: Client, kept: Kept, name: str, called: str
) -> None:
    response = send(ed, north, upload(name))
    assert response.status_code == 200
    assert titles(north) == [called]
    assert kept() == [StoredFile.objects.get().pk.hex]


def test_c6_a_bomb_is_kept_as_it_is_and_never_opened(north: School, ed: Client, kept: Kept) -> None:
    bomb = zipped(inner=zipped(zeros=b"\x00" * 50_000_000))
    assert len(bomb) < 60_000
    send(ed, north, upload("homework.zip", bomb))
    assert len(kept()) == 1
    response = ed.get(at("item_file", Item.objects.get(title="homework")))
    assert response["Content-Type"] == "application/octet-stream"
    assert body_of(response) == bomb
    assert zipfile.ZipFile(io.BytesIO(bomb)).namelist() == ["inner"]


# --- Large ------------------------------------------------------------------------------
class _Wire(io.RawIOBase):
    """What comes over the wire, made as it is read."""

    def __init__(self, *parts: bytes | int) -> None:
        self.length = sum(part if isinstance(part, int) else len(part) for part in parts)
        self._pieces = self._in_pieces(parts)
        self._left = b""

    def _in_pieces(self, parts: tuple[bytes | int, ...]) -> Iterator[bytes]:
        for part in parts:
            if isinstance(part, int):
                yield from [b"a" * 1_000_000] * (part // 1_000_000)
            else:
                yield part

    def read(self, size: int = -1) -> bytes:
        """Return as much as is asked for, or what there is."""
        self._left = self._left or next(self._pieces, b"")
        found, self._left = self._left[:size], self._left[size:]
        return found


def over_the_wire(client: Client, address: str, *parts: bytes | int, length: int = 0) -> Any:
    """Send a file `big.txt` of these parts (bytes, or how many of them)."""
    head = (
        b'--X\r\nContent-Disposition: form-data; name="files"; filename="big.txt"\r\n'
        b"Content-Type: text/plain\r\n\r\n"
    )
    wire = _Wire(head, *parts, b"\r\n--X--\r\n")
    said: dict[str, Any] = {
        "wsgi.input": wire,
        "CONTENT_TYPE": "multipart/form-data; boundary=X",
        "CONTENT_LENGTH": str(length or wire.length),
    }
    return client.generic("POST", address, **said)


def test_c6_a_file_of_200_mb_is_refused_and_says_what_is_possible(
    north: School, ed: Client, kept: Kept
) -> None:
    response = over_the_wire(ed, at("file_new", north.maths), 200_000_000)
    assert errors(response) == {
        "files": [
            "“big.txt” is too large: what is sent in one go may have up to 100 MB altogether."
        ]
    }
    assert kept() == []


def test_c6_a_large_file_within_the_limit_is_kept(north: School, ed: Client, kept: Kept) -> None:
    """Larger than what stays in memory on its way (2.5 MB)."""
    assert over_the_wire(ed, at("file_new", north.maths), 5_000_000).status_code == 302
    assert StoredFile.objects.get().size == 5_000_000
    assert kept() == [StoredFile.objects.get().pk.hex]


def test_c6_a_stranger_fills_no_disk(north: School, kept: Kept) -> None:
    address = at("file_new", north.maths)
    assert over_the_wire(Client(), address, 5_000_000)["Location"].startswith("/accounts/login/")
    # Here the form is read before anybody is asked to sign in: its token might be in it.
    checked = Client(enforce_csrf_checks=True)
    checked.get("/accounts/login/")
    assert over_the_wire(checked, address, 5_000_000).status_code == 403
    assert kept() == []


def test_c6_all_files_of_a_form_have_the_limit_of_one(
    north: School, ed: Client, kept: Kept, settings: Settings
) -> None:
    settings.FILE_MAX_BYTES = 15
    response = send(ed, north, upload("a.txt"), upload("b.txt"), upload("c.txt"))
    assert [line.partition(" is too large")[0] for line in errors(response)["files"]] == [
        "“b.txt”", "“c.txt”",
    ]  # fmt: skip
    assert (titles(north), kept()) == ([], [])


@pytest.mark.parametrize("length", [1, 60, 120, 5_000_000])
def test_c6_a_length_that_is_a_lie_breaks_nothing(
    north: School, ed: Client, kept: Kept, length: int
) -> None:
    """No more is read than was announced, and no more kept than came."""
    response = over_the_wire(ed, at("file_new", north.maths), b"a" * 100, length=length)
    assert response.status_code in {200, 302, 400}
    assert sum(stored.size for stored in StoredFile.objects.all()) <= 100
    assert len(kept()) == StoredFile.objects.count()


# --- Another one instead ----------------------------------------------------------------
def test_c1_a_file_is_renamed_or_replaced(north: School, ed: Client, kept: Kept) -> None:
    send(ed, north, upload("Plan.txt"))
    item = Item.objects.get(title="Plan")
    address = at("item_edit", item)
    assert "Plan.txt · Plain text · 9 bytes" in words(ed.get(address))
    ed.post(address, {"title": "The plan", "version": "1"})
    assert Item.objects.get(pk=item.pk).file == item.file
    response = ed.post(
        address, {"title": "The plan", "version": "2", "upload": upload("b.exe", PROGRAM)}
    )
    assert "of a kind that is not kept here" in errors(response)["upload"][0]
    ed.post(address, {"title": "The plan", "version": "2", "upload": upload("b.png", PNG)})
    item = Item.objects.get(pk=item.pk)
    assert (item.title, file_of(item).name, item.version) == ("The plan", "b.png", 3)
    assert len(kept()) == 2


def test_c6_another_one_that_is_too_large_is_refused(
    north: School, ed: Client, kept: Kept, settings: Settings
) -> None:
    send(ed, north, upload("Plan.txt"))
    settings.FILE_MAX_BYTES = 20
    typed = {"title": "Kept", "version": "1", "upload": upload("b.txt", b"b" * 21)}
    response = ed.post(at("item_edit", Item.objects.get(title="Plan")), typed)
    assert "“b.txt” is too large" in errors(response)["upload"][0]
    assert 'value="Kept"' in html(response)
    assert len(kept()) == 1


# --- Out --------------------------------------------------------------------------------
@pytest.fixture
def plan(north: School, kept: Kept) -> Item:
    """A file that members see and parents do not."""
    tess = Viewer(north.tess)
    [item] = publishing.make_files(tess, north.maths, None, [upload("Pl\xe4n.txt", b"0123456789")])
    return item


def test_c6_a_file_is_sent_as_a_download(north: School, plan: Item) -> None:
    response = browser_of(north.anna).get(at("item_file", plan))
    assert body_of(response) == b"0123456789"
    assert (
        response.headers.items()
        >= {
            "Content-Type": "text/plain",
            "Content-Length": "10",
            "Accept-Ranges": "bytes",
            "Content-Disposition": "attachment; filename*=utf-8''Pl%C3%A4n.txt",
            "Content-Security-Policy": SEALED,
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        }.items()
    )


def test_c6_a_file_goes_to_who_sees_it_and_to_nobody_else(north: School, plan: Item) -> None:
    parent = browser_of(north.paula)
    for name in ("tess", "ed", "anna", "cleo", "sam"):
        assert body_of(browser_of(getattr(north, name)).get(at("item_file", plan)))
    for name in ("paula", "dan", "zoe", "rolf", "vera", "pia"):
        assert browser_of(getattr(north, name)).get(at("item_file", plan)).status_code == 404
    assert parent.get(at("child_file", north.anna, plan)).status_code == 404
    publishing.flip(Viewer(north.tess), plan, Toggle.GREEN, on=True)
    assert body_of(parent.get(at("child_file", north.anna, plan))) == b"0123456789"
    assert parent.get(at("child_file", north.ben, plan)).status_code == 404
    publishing.flip(Viewer(north.tess), plan, Toggle.BLUE, on=False)
    assert browser_of(north.anna).get(at("item_file", plan)).status_code == 404
    publishing.delete_item(Viewer(north.tess), plan)
    for client, address in ((parent, at("child_file", north.anna, plan)),
                            (browser_of(north.tess), at("item_file", plan))):  # fmt: skip
        assert client.get(address).status_code == 404


def test_what_is_no_file_has_none(north: School) -> None:
    assert browser_of(north.tess).get(at("item_file", north.folder)).status_code == 404


@pytest.mark.parametrize(
    ("asked", "status", "sent", "which"),
    [
        ("bytes=0-3", 206, b"0123", "bytes 0-3/10"),
        ("bytes=4-", 206, b"456789", "bytes 4-9/10"),
        ("bytes=-3", 206, b"789", "bytes 7-9/10"),
        ("bytes=8-99", 206, b"89", "bytes 8-9/10"),
        ("bytes=9-9", 206, b"9", "bytes 9-9/10"),
        ("bytes=0-", 200, b"0123456789", None),
        ("bytes=-99", 200, b"0123456789", None),
        ("bytes=10-", 416, b"", "bytes */10"),
        ("bytes=0-1,4-5", 200, b"0123456789", None),
        ("bytes=5-2", 200, b"0123456789", None),
        ("bytes=-0", 200, b"0123456789", None),
        ("lines=1-2", 200, b"0123456789", None),
        ("bytes=" + "9" * 5_000 + "-", 200, b"0123456789", None),
        ("bytes=nonsense", 200, b"0123456789", None),
    ],
)
def test_c6_a_part_of_a_file(
    north: School, plan: Item, asked: str, status: int, sent: bytes, which: str | None
) -> None:
    response = browser_of(north.anna).get(at("item_file", plan), headers={"Range": asked})
    assert response.status_code == status
    assert (body_of(response) if response.streaming else response.content) == sent
    assert response.headers.get("Content-Range") == which
    assert int(response["Content-Length"]) == len(sent)
    assert response["Content-Security-Policy"] == SEALED


def test_c6_what_a_browser_had_before_counts_for_nothing(north: School, plan: Item) -> None:
    headers = {"Range": "bytes=0-3", "If-Range": '"x"'}
    response = browser_of(north.anna).get(at("item_file", plan), headers=headers)
    assert (response.status_code, body_of(response)) == (200, b"0123456789")


def test_c6_a_head_has_no_body(north: School, plan: Item) -> None:
    response = browser_of(north.anna).head(at("item_file", plan), headers={"Range": "bytes=0-3"})
    assert (response.status_code, response.content) == (200, b"")
    assert response["Content-Length"] == "10"


def test_c6_the_proxy_sends_it_where_the_school_says_so(
    north: School, plan: Item, settings: Settings
) -> None:
    settings.X_ACCEL = "/protected"
    response = browser_of(north.anna).get(at("item_file", plan), headers={"Range": "bytes=0-3"})
    assert response["X-Accel-Redirect"] == f"/protected/files/{file_of(plan).pk.hex}"
    assert (response.status_code, response.content) == (200, b"")
    assert response["Content-Type"] == "text/plain"
    assert response["Content-Disposition"].startswith("attachment; ")
    assert response["X-Content-Type-Options"] == "nosniff"
    publishing.flip(Viewer(north.tess), plan, Toggle.BLUE, on=False)
    hidden = browser_of(north.anna).get(at("item_file", plan))
    assert (hidden.status_code, "X-Accel-Redirect" in hidden) == (404, False)


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize(
    "name",
    ['a"; filename="b.html', "a\r\nSet-Cookie: x=1", 'a\\"b', "a%0d%0aX: y", "a;b=c", "日本語 'x'"],
)
def test_c6_no_name_reaches_the_headers(north: School, name: str) -> None:
    """Also of rows that were kept before, or by other hands."""
    [item] = publishing.make_files(Viewer(north.tess), north.maths, None, [upload("a.txt")])
    for told in (name, f"{name}.txt"):
        StoredFile.objects.update(name=told)
        response = browser_of(north.anna).get(at("item_file", item))
        assert body_of(response) == b"Some text"
        assert "Set-Cookie" not in response
        head = response["Content-Disposition"]
        assert "\n" not in head
        assert head.startswith(('attachment; filename="', "attachment; filename*=utf-8''"))
        assert head.isascii()


@pytest.mark.usefixtures("kept")
def test_c6_a_type_that_a_row_claims_is_not_believed(north: School, plan: Item) -> None:
    StoredFile.objects.update(media_type="text/html")
    response = browser_of(north.anna).get(at("item_file", plan))
    assert body_of(response) == b"0123456789"
    assert response["Content-Type"] == "application/octet-stream"


# --- On its page ------------------------------------------------------------------------
@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize(
    ("name", "content", "tag"),
    [
        ("a.png", PNG, "<img"),
        ("a.mp3", b"ID3\x03\x00\x00\x00", "<audio"),
        ("a.webm", b"\x1a\x45\xdf\xa3\x42\x82\x84webm", "<video"),
        ("a.txt", b"text", None),
        ("a.zip", zipped(a=b"1"), None),
    ],
)
def test_c6_pictures_sound_and_video_are_shown_the_rest_is_fetched(
    north: School, name: str, content: bytes, tag: str | None
) -> None:
    [item] = publishing.make_files(Viewer(north.tess), north.maths, None, [upload(name, content)])
    publishing.flip(Viewer(north.tess), item, Toggle.GREEN, on=True)
    for client, page, file in (
        (browser_of(north.anna), at("item", item), at("item_file", item)),
        (browser_of(north.paula), at("child_item", north.anna, item),
         at("child_file", north.anna, item)),
    ):  # fmt: skip
        markup = html(client.get(page)).partition("<main")[2]
        assert [each for each in ("<img", "<audio", "<video") if each in markup] == (
            [tag] if tag else []
        )
        assert f'href="{file}"' in markup
