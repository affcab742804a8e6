"""Folders and pages (C1 to C3)."""

from typing import Any

import pytest
from django.test import Client

from classkey.school import membership, publishing
from classkey.school.models import Item, ItemKind, PlaceKind
from classkey.school.viewer import Viewer
from tests.uploads import Kept, upload
from tests.web.browsing import HTMX, at, browser_of, errors, html, said, tags, words
from tests.world import School

NASTY = "<img src=x onerror=alert(1)>"


def make(client: Client, kind: str, place: object, query: str = "", /, **typed: str) -> Any:
    return client.post(at(f"{kind}_new", place) + query, typed, follow=True)


# --- Making (C1, C3) --------------------------------------------------------------------
def test_c1_a_page_is_made_and_shown(north: School) -> None:
    client = browser_of(north.ed)
    assert "parents will not, until you turn it green" in words(
        client.get(at("page_new", north.maths))
    )
    response = make(client, "page", north.maths, title="Week 1", body="# Sums\n\n**2** + 2")
    item = response.context["item"]
    assert response.redirect_chain == [(at("item", item), 302)]
    assert "<h2>Sums</h2>" in html(response)
    assert "<strong>2</strong>" in html(response)
    assert (item.members_see, item.parents_see, item.shown_to_members) == (True, False, True)
    assert browser_of(north.anna).get(at("item", item)).status_code == 200
    assert browser_of(north.paula).get(at("child_item", north.anna, item)).status_code == 404


def test_c1_a_folder_is_made_and_filled(north: School) -> None:
    client = browser_of(north.tess)
    response = make(client, "folder", north.owls, title="Term 1")
    assert response.redirect_chain == [(at("place", north.owls), 302)]
    folder = Item.objects.get(title="Term 1")
    empty = client.get(at("item", folder))
    assert "This folder is empty" in words(empty)
    assert f"{at('page_new', north.owls)}?folder={folder.pk}" in html(empty)
    query = f"?folder={folder.pk}"
    assert "In the folder “Term 1”." in words(client.get(at("page_new", north.owls) + query))
    page = make(client, "page", north.owls, query, title="Inside").context["item"]
    make(client, "folder", north.owls, query, title="Inner")
    assert page.folder == folder
    assert "Inside" in words(client.get(at("item", folder)))
    assert "Inner" in words(client.get(at("item", folder)))


def test_c1_a_page_without_text_says_so(north: School) -> None:
    assert "This page is empty" in words(
        browser_of(north.anna).get(at("item", north.pages["maths: both"]))
    )


@pytest.mark.parametrize("folder", ["owls", "page"])
def test_a4_a_folder_of_another_place_is_no_folder_here(north: School, folder: str) -> None:
    tess = Viewer(north.tess)
    other = (
        north.pages["maths: both"]
        if folder == "page"
        else publishing.make_item(tess, north.owls, None, kind=ItemKind.FOLDER, title="Elsewhere")
    )
    before = Item.objects.count()
    response = make(
        browser_of(north.tess), "page", north.maths, f"?folder={other.pk}", title="T", body="Kept"
    )
    assert errors(response) == {
        "__all__": ["This folder is not here any more. Choose another one."]
    }
    assert "Kept" in html(response)
    assert Item.objects.count() == before


def test_a4_a_folder_deleted_meanwhile_is_not_there(north: School) -> None:
    client = browser_of(north.tess)
    client.post(at("item_delete", north.folder))
    response = client.get(at("page_new", north.maths), {"folder": str(north.folder.pk)})
    assert response.status_code == 404


@pytest.mark.parametrize("kind", ["page", "link", "folder"])
def test_a4_what_was_written_for_a_folder_that_went_is_not_lost(north: School, kind: str) -> None:
    publishing.delete_item(Viewer(north.tess), north.folder)
    client, query = browser_of(north.ed), f"?folder={north.folder.pk}"
    typed = {"title": "Kept", "body": "Long text", "url": "https://example.org/"}
    response = make(client, kind, north.maths, query, **typed)
    again = at(f"{kind}_new", north.maths)
    assert errors(response) == {
        "__all__": [
            "The folder is not here any more. Save once more to put this in “Maths Northside”."
        ]
    }
    assert f'action="{again}"' in html(response)
    assert 'value="Kept"' in html(response)
    make(client, kind, north.maths, **typed)
    assert Item.objects.get(title="Kept").folder is None


# --- Links ------------------------------------------------------------------------------
def test_c1_a_link_is_made_shown_and_changed(north: School) -> None:
    client = browser_of(north.ed)
    response = make(client, "link", north.maths, title="Sums", url="sums.example.org/a?b=1")
    assert response.redirect_chain == [(at("place", north.maths), 302)]
    assert "Sums sums.example.org" in words(response)
    link = Item.objects.get(title="Sums")
    assert link.url == "https://sums.example.org/a?b=1"
    page = browser_of(north.anna).get(at("item", link))
    assert "Open sums.example.org" in words(page)
    assert 'rel="noopener noreferrer nofollow"' in html(page)
    changed = {"title": "Sums", "url": "http://other.example.org/", "version": "1"}
    client.post(at("item_edit", link), changed)
    assert Item.objects.get(pk=link.pk).url == "http://other.example.org/"


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", "ftp://example.org/", "//x", "http://", "a b", "",
     "https://example.org/" + "a" * 2_000],
)  # fmt: skip
def test_c6_a_link_leads_to_a_page_of_the_web_or_is_refused(north: School, url: str) -> None:
    client, before = browser_of(north.ed), Item.objects.count()
    response = make(client, "link", north.maths, title="Kept", url=url)
    assert list(errors(response)) == ["url"]
    assert 'value="Kept"' in html(response)
    assert Item.objects.count() == before


# --- Forms keep what was typed (A4) -----------------------------------------------------
@pytest.mark.parametrize(
    ("typed", "field", "told"),
    [
        ({"title": "", "body": "Kept"}, "title", "This field is required."),
        ({"body": "Kept"}, "title", "This field is required."),
        ({"title": "x" * 201, "body": "Kept"}, "title", "at most 200 characters"),
        ({"title": "a\x00", "body": "Kept"}, "title", "Null characters are not allowed."),
        ({"title": "Kept", "body": "x" * 30_001}, "body", "at most 30000 characters"),
        ({"title": "Kept", "body": "\x00"}, "body", "Null characters are not allowed."),
    ],
)
def test_a4_what_is_wrong_is_told_and_kept(
    north: School, typed: dict[str, str], field: str, told: str
) -> None:
    before = list(Item.objects.order_by("pk").values_list())
    for address in (at("page_new", north.maths), at("item_edit", north.notes)):
        response = browser_of(north.ed).post(address, typed | {"version": "1"})
        assert response.status_code == 200
        assert list(errors(response)) == [field]
        assert told in errors(response)[field][0]
        assert "Kept" in html(response)
    assert list(Item.objects.order_by("pk").values_list()) == before


def test_c1_a_page_is_changed(north: School) -> None:
    client = browser_of(north.ed)
    address = at("item_edit", north.notes)
    assert "Ed&#x27;s notes" in html(client.get(address))
    typed = {"title": "Notes", "body": "New *text*", "version": "1"}
    response = client.post(address, typed)
    assert response["Location"] == at("item", north.notes)
    assert "<em>text</em>" in html(client.get(at("item", north.notes)))
    before, north.notes = north.notes.changed_at, Item.objects.get(pk=north.notes.pk)
    assert north.notes.changed_at > before


# --- Two at once ------------------------------------------------------------------------
def test_a4_who_comes_second_is_told_who_and_sees_both(north: School) -> None:
    ed, tess = browser_of(north.ed), browser_of(north.tess)
    page, address = north.pages["maths: both"], at("item_edit", north.pages["maths: both"])
    opened = html(ed.get(address))
    assert 'name="version" value="1"' in opened
    first = {"title": "Trip", "body": "On **Monday**", "version": "1"}
    assert tess.post(address, first).status_code == 302
    second = {"title": "Excursion", "body": "On Tuesday", "version": "1"}
    response = ed.post(address, second)
    read = words(response)
    assert "Tess Northside changed this while you were writing" in read
    assert "Nothing is saved yet, and nothing of yours is lost." in read
    assert 'value="Excursion"' in html(response)
    assert "On Tuesday" in read
    assert "As it is now Trip On **Monday**" in read
    page.refresh_from_db()
    assert (page.title, page.body) == ("Trip", "On **Monday**")
    assert "Save mine all the same" in read
    assert 'name="version" value="2"' in html(response), "they have read it now"
    assert ed.post(address, second | {"version": "2"}).status_code == 302
    page.refresh_from_db()
    assert (page.title, page.body, page.version) == ("Excursion", "On Tuesday", 3)
    assert page.changed_by == north.ed


def test_a4_who_has_two_windows_is_told_so(north: School) -> None:
    client, address = browser_of(north.ed), at("item_edit", north.notes)
    typed = {"title": "Notes", "body": "", "version": "1"}
    client.post(address, typed)
    assert "You changed this in another window" in words(client.post(address, typed))


def test_s5_who_is_here_no_more_is_not_named(north: School) -> None:
    typed = {"title": "Notes", "body": "", "version": "1"}
    browser_of(north.sam).post(at("item_edit", north.notes), typed)
    membership.remove(Viewer(north.tess), north.maths, north.sam)
    read = words(browser_of(north.ed).post(at("item_edit", north.notes), typed))
    assert "Somebody changed this while you were writing" in read
    assert "Sam" not in read


def test_a4_a_link_and_a_file_are_shown_as_they_are_now(north: School, kept: Kept) -> None:
    tess, client = Viewer(north.tess), browser_of(north.ed)
    link = publishing.make_item(
        tess, north.maths, None, kind=ItemKind.LINK, title="L", url="https://example.org/"
    )
    publishing.edit_item(tess, link, version=1, title="L", url="https://new.example.org/")
    late = {"title": "L", "url": "https://mine.example.org/", "version": "1"}
    read = words(client.post(at("item_edit", link), late))
    assert "As it is now L https://new.example.org/" in read
    [file] = publishing.make_files(tess, north.maths, None, [upload("Plan.txt")])
    publishing.edit_item(tess, file, version=1, title="P", upload=upload("New.txt", b"new text"))
    too_late = {"title": "P", "version": "1", "upload": upload("Mine.txt")}
    read = words(client.post(at("item_edit", file), too_late))
    assert "If you had chosen another file, please choose it once more." in read
    assert "As it is now P New.txt · Plain text · 8 bytes" in read
    assert len(kept()) == 2


@pytest.mark.parametrize("version", ["", "0", "x", "9" * 30, None])
def test_a4_a_version_that_nobody_has_read_saves_nothing(
    north: School, version: str | None
) -> None:
    typed = {"title": "Kept", "body": ""} | ({} if version is None else {"version": version})
    response = browser_of(north.ed).post(at("item_edit", north.notes), typed)
    assert list(errors(response)) == ["version"]
    assert 'value="Kept"' in html(response)
    north.notes.refresh_from_db()
    assert north.notes.title == "Ed's notes"


# --- Preview ----------------------------------------------------------------------------
def test_c1_a_text_is_looked_at_before_it_is_saved(north: School) -> None:
    client = browser_of(north.ed)
    before = list(Item.objects.order_by("pk").values_list())
    typed = {"title": "Kept", "body": "On **Monday**", "version": "1", "preview": "1"}
    for address in (at("page_new", north.maths), at("item_edit", north.notes)):
        response = client.post(address, typed)
        assert "<strong>Monday</strong>" in html(response)
        assert "On **Monday**</textarea>" in html(response)
        assert 'value="Kept"' in html(response)
    assert list(Item.objects.order_by("pk").values_list()) == before


def test_c6_a_preview_is_as_safe_and_as_long_as_a_page(north: School) -> None:
    client = browser_of(north.ed)
    shown = html(client.post(at("item_preview"), {"body": NASTY}, headers=HTMX))
    assert "&lt;img" in shown
    assert "There is no text yet." in words(client.post(at("item_preview"), headers=HTMX))
    long = html(client.post(at("item_preview"), {"body": "a" * 40_000}, headers=HTMX))
    assert long.count("a" * 30_000) == 1
    assert "a" * 30_001 not in long


def test_c1_a_folder_is_renamed_and_has_no_text(north: School) -> None:
    client = browser_of(north.tess)
    assert "body" not in client.get(at("item_edit", north.folder)).context["form"].fields
    typed = {"title": "Chapter", "body": "sly", "version": "1"}
    client.post(at("item_edit", north.folder), typed)
    north.folder.refresh_from_db()
    assert (north.folder.title, north.folder.body) == ("Chapter", "")


@pytest.mark.parametrize(
    "sly", ["kind", "place", "members_see", "parents_see", "shown_to_parents", "created_by"]
)
def test_c3_a_form_sets_what_it_shows_and_nothing_else(north: School, sly: str) -> None:
    client = browser_of(north.ed)
    before = getattr(north.notes, sly)
    for value in ("1", "true", "folder", str(north.owls.pk), str(north.tess.pk)):
        typed = {"title": "T", "body": "", "version": "1"}
        client.post(at("item_edit", north.notes), typed | {sly: value})
        make(client, "page", north.maths, title=f"Sly {value}", body="", **{sly: value})
    north.notes.refresh_from_db()
    assert getattr(north.notes, sly) == before
    for made in Item.objects.filter(title__startswith="Sly"):
        assert (made.kind, made.place, made.created_by) == ("page", north.maths, north.ed)
        assert (made.members_see, made.parents_see) == (True, False)


# --- Safe to read (C6) ------------------------------------------------------------------
def test_c6_what_an_author_writes_is_shown_and_never_run(north: School) -> None:
    body = f"{NASTY}\n\n[x](javascript:alert(1)) ![p](https://elsewhere.example/p.png)"
    client = browser_of(north.tess)
    page = make(client, "page", north.maths, title=NASTY, body=body).context["item"]
    client.post(at("item_green", page), {"on": "1", "confirmed": "1"})
    places = (at("item", page), at("item_edit", page), at("place", north.maths))
    answers = [client.get(address) for address in places]
    answers += [
        browser_of(north.paula).get(at("child_item", north.anna, page)),
        browser_of(north.paula).get(at("child", north.anna)),
        client.post(at("item_delete", page), follow=True),
    ]
    for answer in answers:
        assert answer.status_code == 200
        for tag, attributes in tags(html(answer)):
            assert "onerror" not in attributes
            assert not attributes.get("href", "").startswith("javascript:")
            assert "elsewhere" not in attributes.get("src", "")
            assert tag != "img" or attributes["src"].startswith("/")


# --- Deleting, and undoing it -----------------------------------------------------------
def test_a4_deleting_is_undone_from_its_message(north: School) -> None:
    client = browser_of(north.tess)
    response = client.post(at("item_delete", north.folder), follow=True)
    assert said(response) == ["“Both” is deleted."]
    undo = at("item_restore", north.folder)
    assert f'<form method="post" action="{undo}">' in html(response)
    assert "box: both" not in words(response)
    assert client.get(at("item", north.pages["box: both"])).status_code == 404
    response = client.post(undo, follow=True)
    assert said(response) == ["“Both” is back."]
    assert "box: both" in words(response)


def test_a4_what_lies_in_a_deleted_folder_comes_back_with_it(north: School) -> None:
    client = browser_of(north.tess)
    client.post(at("item_delete", north.box))
    client.post(at("item_delete", north.folder))
    response = client.post(at("item_restore", north.box), follow=True)
    assert said(response)[-1:] == [
        "The folder that it was in is deleted. Bring the folder back first."
    ]


def test_a4_what_was_deleted_is_listed_and_brought_back(north: School) -> None:
    tess, ed = browser_of(north.tess), browser_of(north.ed)
    listed = at("deleted", north.maths)
    publishing.delete_item(Viewer(north.tess), north.pages["box: both"])
    publishing.delete_item(Viewer(north.tess), north.folder)
    assert f'href="{listed}"' in html(tess.get(at("place", north.maths)))
    read = words(tess.get(listed))
    assert "Both Deleted" in read
    assert "box: both" in read, "it went by itself, before its folder"
    assert "folder: both" not in read, "it comes back with its folder"
    assert read.index("Both Deleted") < read.index("box: both"), "the newest first"
    assert "Gone" in words(ed.get(listed))
    assert "box: both" not in words(ed.get(listed)), "an editor brings back what they deleted"
    response = tess.post(at("item_restore", north.folder), follow=True)
    assert said(response) == ["“Both” is back."]
    assert browser_of(north.anna).get(listed).status_code == 403
    assert browser_of(north.zoe).get(listed).status_code == 404


def test_a4_where_nothing_was_deleted_it_says_so(north: School) -> None:
    client = browser_of(north.gwen)
    assert "What was deleted here" not in words(client.get(at("place", north.owls)))
    assert "Nothing to bring back" in words(client.get(at("deleted", north.owls)))


def test_a4_who_deletes_the_page_they_are_on_comes_to_its_folder(north: School) -> None:
    client, page = browser_of(north.tess), north.pages["box: both"]
    here = f"http://testserver{at('item', page)}"
    response = client.post(at("item_delete", page), headers={"Referer": here})
    assert response["Location"] == at("item", north.box)
    there = f"http://testserver{at('place', north.maths)}"
    response = client.post(at("item_delete", north.pages["box: blue"]), headers={"Referer": there})
    assert response["Location"] == there


# --- A student's workspace --------------------------------------------------------------
def test_s1_students_write_in_their_workspaces(north: School) -> None:
    place = membership.make_top_place(Viewer(north.ben), PlaceKind.WORKSPACE, "Band")
    response = make(browser_of(north.ben), "page", place, title="Songs", body="- one")
    assert "<li>one</li>" in html(response)
    assert "Delete" in words(response)


def test_c2_only_who_may_change_a_page_is_offered_to(north: School) -> None:
    page = north.pages["maths: both"]
    for who, offered in (
        ("tess", {"Edit", "Delete", "Hide"}),
        ("ed", {"Edit"}),
        ("anna", set()),
    ):
        read = words(browser_of(getattr(north, who)).get(at("item", page)))
        assert {word for word in ("Edit", "Delete", "Hide") if word in read} == offered
    assert "New page" in words(browser_of(north.ed).get(at("item", north.folder)))
    assert "New page" not in words(browser_of(north.anna).get(at("item", north.folder)))


def test_a_folder_with_the_work_of_others_is_not_deleted_and_says_why(north: School) -> None:
    make = publishing.make_item
    folder = make(Viewer(north.ed), north.maths, None, kind=ItemKind.FOLDER, title="Ed's")
    make(Viewer(north.tess), north.maths, folder, kind=ItemKind.PAGE, title="Tess's")
    response = browser_of(north.ed).post(at("item_delete", folder), follow=True)
    assert "Ask an admin to delete it." in " ".join(said(response))
    folder.refresh_from_db()
    assert folder.deleted_at is None
