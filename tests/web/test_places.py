"""Courses, workspaces and groups, and their two toggles (S1 to S4, C2 to C4)."""

import re
from typing import Any

import pytest
from django.test import Client

from classkey.school import clock, membership, publishing
from classkey.school.models import AuditEvent, ItemKind, Permission, Place, PlaceKind
from classkey.school.publishing import Toggle
from classkey.school.viewer import Viewer
from tests.web.browsing import at, browser_of, errors, html, said, words
from tests.world import School

TOPS = {"course": "/courses/new/", "workspace": "/workspaces/new/"}
NASTY = "<b onclick=x()>&amp; 'q' \"</script>{{ 7|add:7 }}"


# --- Making (S1) ------------------------------------------------------------------------
@pytest.mark.parametrize(("who", "kind"), [("tess", "course"), ("tess", "workspace"),
                                           ("ben", "workspace")])  # fmt: skip
def test_s1_a_place_is_made_and_its_maker_runs_it(north: School, who: str, kind: str) -> None:
    client = browser_of(getattr(north, who))
    response = client.post(
        TOPS[kind], {"name": " Science ", "description": "8 o'clock"}, follow=True
    )
    place = response.context["place"]
    assert (place.kind, place.name, place.created_by) == (kind, "Science", getattr(north, who))
    assert "8 o'clock" in words(response)
    assert "Nothing here yet Begin with a page" in words(response)
    assert client.get(at("place_edit", place)).status_code == 200
    shown = clock.school_year() if kind == "course" else ""
    assert f"{kind.title()} " in words(response)
    assert (f"· {shown}/" in words(response)) == (kind == "course")


@pytest.mark.parametrize(
    ("who", "kind"), [("ben", "course"), ("paula", "course"), ("paula", "workspace")]
)
def test_s1_not_by_everybody(north: School, who: str, kind: str) -> None:
    before = Place.objects.count()
    client = browser_of(getattr(north, who))
    assert client.get(TOPS[kind]).status_code == 403, "they need not fill in a form in vain"
    assert client.post(TOPS[kind], {"name": "Science"}).status_code == 403
    assert Place.objects.count() == before


def test_s1_a_group_is_made_in_a_place_to_any_depth(north: School) -> None:
    client = browser_of(north.gwen)
    address = at("group_new", north.chicks)
    assert "New group" in words(client.get(address))
    response = client.post(address, {"name": "Eggs"}, follow=True)
    eggs = response.context["place"]
    assert (eggs.parent, eggs.root) == (north.chicks, north.maths)
    for above in (north.maths, north.owls, north.chicks):
        assert f'href="{at("place", above)}"' in html(response)
    assert "Eggs" in words(client.get(at("place", north.chicks)))
    assert browser_of(north.tess).get(at("place_edit", eggs)).status_code == 200
    assert browser_of(north.anna).get(at("place", eggs)).status_code == 404


# --- Forms keep what was typed (A4) -----------------------------------------------------
def forms(north: School) -> list[str]:
    return [*TOPS.values(), at("group_new", north.maths), at("place_edit", north.owls)]


@pytest.mark.parametrize(
    ("typed", "field", "told"),
    [
        ({"name": "", "description": "Kept"}, "name", "This field is required."),
        ({"name": "   ", "description": "Kept"}, "name", "This field is required."),
        ({"description": "Kept"}, "name", "This field is required."),
        ({"name": "x" * 121, "description": "Kept"}, "name", "at most 120 characters"),
        ({"name": "a\x00b", "description": "Kept"}, "name", "Null characters are not allowed."),
        ({"name": "Kept", "description": "x" * 501}, "description", "at most 500 characters"),
    ],
)
def test_a4_what_is_wrong_is_told_and_kept(
    north: School, typed: dict[str, str], field: str, told: str
) -> None:
    before = list(Place.objects.order_by("pk").values_list())
    for address in forms(north):
        response = browser_of(north.tess).post(address, typed)
        assert response.status_code == 200
        assert list(errors(response)) == [field]
        assert told in errors(response)[field][0]
        assert "Kept" in html(response)
    assert list(Place.objects.order_by("pk").values_list()) == before


def test_a4_a_place_is_renamed(north: School) -> None:
    client = browser_of(north.tess)
    assert 'value="Owls"' in html(client.get(at("place_edit", north.owls)))
    client.post(at("place_edit", north.owls), {"name": "Hawks", "description": "They see"})
    read = words(client.get(at("place", north.owls)))
    assert "Hawks" in read
    assert "They see" in read
    assert not read.startswith("Maths Northside Owls")


def test_c6_a_name_is_a_name_and_no_markup(north: School) -> None:
    for thing in (north.maths, north.owls):
        Place.objects.filter(pk=thing.pk).update(name=NASTY, description=NASTY)
    north.tess.rename(given_name=NASTY, family_name="")
    north.anna.rename(given_name=NASTY, family_name="")
    client = browser_of(north.tess)
    for address in (
        "/", "/codes/", "/codes/new/", "/codes/new/parent/", "/account/", "/join/", "/welcome/",
        at("place", north.owls), at("members", north.owls), at("leave", north.owls),
        at("member_remove", north.owls, north.anna), at("sheets_new", north.owls),
        at("student", north.anna), at("code", north.for_owls), at("place_edit", north.owls),
        at("item", north.pages["owls: both"]), at("code", north.for_annas_parents),
    ):  # fmt: skip
        markup = html(client.get(address))
        assert NASTY not in markup, address
        assert "<b onclick" not in markup, address
        assert "&amp;amp;amp;" not in markup, address
        assert "14" not in re.findall(r"\{\{ 7\|add:7 \}\}|>14<", markup), address
    page = client.post(at("place_green", north.chicks), {"on": "1"})
    assert "<b onclick" not in html(page)


# --- The place's page -------------------------------------------------------------------
def test_c2_a_place_shows_its_tree_of_content_to_members(north: School) -> None:
    read = words(browser_of(north.anna).get(at("place", north.maths)))
    for title in ("Maths Northside: both", "Maths Northside: blue", "Both", "box: both",
                  "Ed's notes", "Owls"):  # fmt: skip
        assert title in read
    for title in ("Maths Northside: off", "Maths Northside: green", "Drawer", "drawer: both",
                  "Ed's draft", "Gone", "Attic", "New page", "New group", "Rename"):  # fmt: skip
        assert title not in read
    markup = html(browser_of(north.anna).get(at("place", north.maths)))
    assert "toggle" not in markup.partition("<main")[2].partition("</main>")[0]


def test_c2_an_editor_sees_of_their_own_that_it_is_hidden(north: School) -> None:
    response = browser_of(north.ed).get(at("place", north.maths))
    assert "Ed's draft Hidden from members" in words(response)
    assert at("item_blue", north.draft) not in html(response)


def test_c2_a_page_in_a_hidden_folder_stands_at_the_top_for_its_maker(north: School) -> None:
    ed = Viewer(north.ed)
    page = publishing.make_item(ed, north.maths, north.folder, kind=ItemKind.PAGE, title="Mine")
    publishing.flip(Viewer(north.tess), north.folder, Toggle.BLUE, on=False)
    markup = html(browser_of(north.ed).get(at("place", north.maths)))
    assert at("item", page) in markup
    assert at("item", north.folder) not in markup


def test_c4_what_is_not_open_yet_says_so(north: School) -> None:
    read = words(browser_of(north.ben).get(at("place", north.attic)))
    assert "Your teacher has not opened this yet" in read
    assert "Attic: both" not in read
    assert "Content" not in read
    assert "Attic: both" in words(browser_of(north.tess).get(at("place", north.attic)))


def test_s4_an_archived_course_is_read_only(north: School) -> None:
    response = browser_of(north.tess).get(at("place", north.history))
    assert "archived: read only" in words(response)
    assert "History: both" in words(response)
    for gone in ("New page", "New group", "Rename", "New code", "Parent codes", "This place as"):
        assert gone not in words(response)
    assert "archived" in words(browser_of(north.tess).get("/"))
    assert "Remove" not in words(browser_of(north.tess).get(at("members", north.history)))


def test_f7_the_members_read_that_parents_may_read(north: School) -> None:
    told = "Parents of a member may read what is green here."
    assert told in words(browser_of(north.ben).get(at("place", north.den)))
    assert told not in words(browser_of(north.gwen).get(at("place", north.staffroom)))


def test_a_place_without_a_word_about_it(north: School) -> None:
    place = membership.make_top_place(Viewer(north.tess), PlaceKind.COURSE, "Bare")
    read = words(browser_of(north.tess).get(at("place", place)))
    assert read.startswith(f"Bare Bare Course · {place.school_year_name} New code Members")
    assert "Groups have content and members of their own." in read
    assert "None" not in read


# --- The toggles (C2, C3) ---------------------------------------------------------------
def flip(client: Client, thing: object, colour: str, on: str, **also: str) -> Any:
    kind = "place" if isinstance(thing, Place) else "item"
    return client.post(at(f"{kind}_{colour}", thing), {"on": on, **also})


@pytest.mark.parametrize(
    ("colour", "on", "told"),
    [
        ("blue", "0", "“Owls” is hidden from members."),
        ("blue", "1", "Members can see “Owls”."),
        ("green", "0", "“Owls” is hidden from parents."),
    ],
)
def test_c2_a_toggle_is_set_to_what_the_button_says(
    north: School, colour: str, on: str, told: str
) -> None:
    client = browser_of(north.gwen)
    for _twice in range(2):
        assert flip(client, north.owls, colour, on)["Location"] == at("place", north.owls)
        assert said(client.get("/")) == [told]
    north.owls.refresh_from_db()
    set_to = north.owls.members_see if colour == "blue" else north.owls.parents_see
    assert set_to == (on == "1")
    assert AuditEvent.objects.filter(action="toggle.flipped", actor=north.gwen.pk).exists()


def test_c3_green_lists_what_would_appear_and_asks(north: School) -> None:
    tess = browser_of(north.tess)
    flip(tess, north.maths, "green", "0")
    asked = flip(tess, north.chicks, "green", "1")
    assert asked.status_code == 200
    above, appear = words(asked).split("Parents would then also see:")
    assert "Let parents see “Chicks”?" in above
    assert "These become visible too: Maths Northside" in above
    for title in ("Chicks: both", "Chicks: green", "Owls: both", "Attic", "Maths Northside: green"):
        assert title in appear
    assert "Chicks: blue" not in appear
    assert not Place.objects.get(pk=north.chicks.pk).parents_see
    done = flip(tess, north.chicks, "green", "1", confirmed="1")
    assert done["Location"] == at("place", north.chicks)
    assert Place.objects.get(pk=north.chicks.pk).shown_to_parents
    assert Place.objects.get(pk=north.maths.pk).shown_to_parents


def test_c3_where_nothing_else_appears_it_does_not_ask(north: School) -> None:
    tess = browser_of(north.tess)
    group = membership.make_group(Viewer(north.tess), north.maths, "Bare")
    assert flip(tess, group, "green", "1").status_code == 302
    assert Place.objects.get(pk=group.pk).shown_to_parents


def test_c3_who_does_not_run_what_is_above_is_told_whom_to_ask(north: School) -> None:
    flip(browser_of(north.tess), north.maths, "green", "0")
    gwen = browser_of(north.gwen)
    for also in ({}, {"confirmed": "1"}):
        response = flip(gwen, north.chicks, "green", "1", **also)
        assert response.status_code == 302
        [told] = said(gwen.get("/"))
        assert told.startswith(
            f"You cannot make “{north.maths.name}” visible. Ask one of its admins"
        )
    assert not Place.objects.get(pk=north.chicks.pk).parents_see


def test_c2_nor_do_they_learn_what_else_is_there(north: School) -> None:
    flip(browser_of(north.tess), north.maths, "green", "0")
    response = flip(browser_of(north.gwen), north.owls, "green", "1")
    for title in ("Attic", "Drawer", "Maths Northside: green"):
        assert title not in html(response)


# --- And back to where the button stood -------------------------------------------------
@pytest.mark.parametrize(
    ("back", "referer", "leads"),
    [
        ("/codes/?kind=parent", "", "/codes/?kind=parent"),
        ("", "http://testserver/items/1/", "http://testserver/items/1/"),
        ("http://testserver/", "/codes/", "http://testserver/"),
        ("", "", "HERE"),
        ("https://elsewhere.example/", "", "HERE"),
        ("//elsewhere.example/", "", "HERE"),
        ("///elsewhere.example/", "", "HERE"),
        ("/\\elsewhere.example", "", "HERE"),
        ("\\\\elsewhere.example", "", "HERE"),
        ("http:elsewhere.example", "", "HERE"),
        ("javascript:alert(1)", "", "HERE"),
        ("data:text/html,x", "", "HERE"),
        (" https://elsewhere.example", "", "HERE"),
        ("http://testserver@elsewhere.example/", "", "HERE"),
        ("http://[::1", "", "HERE"),
        ("", "https://elsewhere.example/codes/", "HERE"),
        ("https://elsewhere.example/", "http://testserver/codes/", "http://testserver/codes/"),
        ("codes", "", "HERE"),
        ("no-such-page", "", "HERE"),
        ("/x\r\nSet-Cookie: a=b", "", "/x%0D%0ASet-Cookie:%20a=b"),
    ],
)
def test_a_toggle_never_leads_elsewhere(north: School, back: str, referer: str, leads: str) -> None:
    address = at("place_blue", north.owls)
    response = browser_of(north.tess).post(
        address, {"on": "1", "back": back}, headers={"Referer": referer}
    )
    assert response.status_code == 302
    assert response["Location"] == leads.replace("HERE", at("place", north.owls))


def test_a_way_back_longer_than_any_address_is_none(north: School) -> None:
    address = at("place_blue", north.owls)
    response = browser_of(north.tess).post(address, {"on": "1", "back": "/" + "x" * 100_000})
    assert response["Location"] == at("place", north.owls)


def test_over_https_nobody_is_led_back_to_http(north: School) -> None:
    response = browser_of(north.tess).post(
        at("place_blue", north.owls), {"on": "1", "back": "http://testserver/codes/"}, secure=True
    )
    assert response["Location"] == at("place", north.owls)


def test_the_question_keeps_the_way_back(north: School) -> None:
    client = browser_of(north.tess)
    asked = client.post(
        at("item_green", north.pages["chicks: both"]), {"on": "1"}, headers={"Referer": "/codes/"}
    )
    assert '<input type="hidden" name="back" value="/codes/">' in html(asked)
    assert 'href="/codes/">No</a>' in html(asked)
    fields = {"on": "1", "confirmed": "1", "back": "/codes/"}
    answer = client.post(at("item_green", north.pages["chicks: both"]), fields)
    assert answer["Location"] == "/codes/"


def test_s3_an_admin_of_a_place_runs_all_inside_it(north: School) -> None:
    membership.change_permission(Viewer(north.tess), north.owls, north.anna, Permission.READ)
    for place in (north.owls, north.chicks, north.attic):
        read = words(browser_of(north.tom).get(at("place", place)))
        assert "This place as a whole" in read
