"""The toggles on every row: what they say and why, and flipping them in place (C2, C3)."""

import re
from typing import Any

import pytest
from django.test import Client

from classkey.school import publishing
from classkey.school.models import Item, ItemKind
from classkey.school.publishing import Thing, Toggle
from classkey.school.viewer import Viewer
from tests.web.browsing import HTMX, at, browser_of, html, said, words
from tests.world import School

IN_PLACE = HTMX | {"HX-Target": "content"}
BLUE, GREEN = Toggle.BLUE, Toggle.GREEN


def button(response: Any, colour: str, thing: Thing) -> str:
    """What a toggle's button says."""
    found = re.search(
        rf'<button[^>]* id="{colour}-{thing.pk}".*?</button>', html(response), re.DOTALL
    )
    assert found
    return " ".join(re.sub(r"<[^>]*>", " ", found[0]).split())


def toggles(response: Any, thing: Thing) -> list[str]:
    return [button(response, colour, thing) for colour in ("blue", "green")]


# --- What they say ----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("title", "blue", "green"),
    [
        ("off", "Hidden from members (box: off) Show", "Hidden from parents (box: off) Show"),
        ("blue", "Members can see this (box: blue) Hide", "Hidden from parents (box: blue) Show"),
        (
            "green",
            "Hidden from members (box: green) Show",
            "Parents can see this (box: green) Hide",
        ),
        ("both", "Members can see this (box: both) Hide", "Parents can see this (box: both) Hide"),
    ],
)
def test_c2_a_toggle_says_what_is_and_what_it_does(
    north: School, title: str, blue: str, green: str
) -> None:
    item = north.pages[f"box: {title}"]
    client = browser_of(north.tess)
    for address in (at("place", north.maths), at("item", north.box), at("item", item)):
        assert toggles(client.get(address), item) == [blue, green]


def test_c2_what_is_on_and_hidden_all_the_same_says_why(north: School) -> None:
    tess, client = Viewer(north.tess), browser_of(north.tess)
    item, place = north.pages["drawer: both"], at("place", north.maths)
    assert toggles(client.get(place), item) == [
        "Hidden from members because the folder “Drawer” is (drawer: both) Turn off",
        "Hidden from parents because the folder “Drawer” is (drawer: both) Turn off",
    ]
    for toggle in (BLUE, GREEN):
        publishing.flip(tess, north.maths, toggle, on=False)
        publishing.flip(tess, north.drawer, toggle, on=True)
    told = [
        f"Hidden from {whom} because the course “Maths Northside” is (drawer: both) Turn off"
        for whom in ("members", "parents")
    ]
    assert toggles(client.get(place), item) == told, "the nearest that is off is named"
    assert toggles(client.get(at("item", item)), item) == told


@pytest.mark.parametrize("colour", ["blue", "green"])
def test_c2_a_group_and_a_workspace_are_named_too(north: School, colour: str) -> None:
    toggle = BLUE if colour == "blue" else GREEN
    publishing.flip(Viewer(north.tess), north.owls, toggle, on=False)
    read = words(browser_of(north.gwen).get(at("place", north.owls)))
    assert "because the group “Owls” is" in read
    publishing.flip(Viewer(north.anna), north.den, toggle, on=False)
    read = words(browser_of(north.anna).get(at("place", north.den)))
    assert "because the workspace “Anna's den” is" in read


def test_c2_what_one_may_not_see_is_not_named_as_the_reason(north: School) -> None:
    """An editor's page in a folder that was hidden from them since."""
    ed, tess = Viewer(north.ed), Viewer(north.tess)
    mine = publishing.make_item(ed, north.maths, north.box, kind=ItemKind.PAGE, title="Mine")
    publishing.flip(tess, north.box, BLUE, on=False)
    client = browser_of(north.ed)
    for address in (at("place", north.maths), at("item", mine)):
        read = words(client.get(address))
        assert "Hidden from members because something above is" in read
        assert "Box" not in read


def test_c2_who_flips_none_reads_what_is_hidden(north: School) -> None:
    response = browser_of(north.ed).get(at("place", north.maths))
    assert "Ed's draft" in words(response)
    assert "Hidden from members" in words(response)
    assert f'id="blue-{north.draft.pk}"' not in html(response)
    assert "Hidden from" not in words(browser_of(north.anna).get(at("place", north.maths)))


# --- In place ---------------------------------------------------------------------------
def flip(client: Client, thing: Item, colour: str, on: str, here: str) -> Any:
    headers = IN_PLACE | {"Referer": f"http://testserver{here}"}
    return client.post(at(f"item_{colour}", thing), {"on": on}, headers=headers, follow=True)


@pytest.mark.parametrize("where", ["place", "item"])
def test_c2_a_toggle_flips_in_place(north: School, where: str) -> None:
    client, item = browser_of(north.tess), north.pages["box: both"]
    here = at("place", north.maths) if where == "place" else at("item", north.box)
    response = flip(client, item, "blue", "0", here)
    assert html(response).lstrip().startswith('<div id="toast"'), "the part alone"
    assert 'id="content"' in html(response)
    assert "<main" not in html(response)
    assert "“box: both” is hidden from members." in words(response)
    assert button(response, "blue", item) == "Hidden from members (box: both) Show"


def test_c2_below_what_is_hidden_everything_says_so_at_once(north: School) -> None:
    client, here = browser_of(north.tess), at("place", north.maths)
    response = flip(client, north.folder, "blue", "0", here)
    assert "because the folder “Both” is" in button(response, "blue", north.pages["box: both"])


def test_c3_the_question_comes_in_the_dialog_and_its_answer_in_place(north: School) -> None:
    client, here = browser_of(north.tess), at("place", north.maths)
    item = north.pages["drawer: off"]
    asked = flip(client, item, "green", "1", here)
    assert (asked["HX-Retarget"], asked["HX-Reswap"]) == ("#dialog-body", "innerHTML")
    assert "<main" not in html(asked)
    read = words(asked)
    assert "Let parents see “drawer: off”?" in read
    assert "These become visible too: Drawer" in read
    assert "Parents would then also see: drawer: green drawer: both" in read
    assert 'hx-target="#content"' in html(asked)
    fields = {"on": "1", "confirmed": "1", "back": here}
    done = client.post(at("item_green", item), fields, headers=IN_PLACE, follow=True)
    assert "Parents can see “drawer: off”." in words(done)
    assert button(done, "green", item) == "Parents can see this (drawer: off) Hide"
    north.drawer.refresh_from_db()
    assert north.drawer.shown_to_parents


def test_c2_members_do_not_see_what_lies_in_something_hidden(north: School) -> None:
    client = browser_of(north.tess)
    client.post(at("item_blue", north.pages["drawer: off"]), {"on": "1"})
    assert said(client.get("/")) == [
        "“drawer: off” stays hidden from members: something above it is hidden."
    ]
