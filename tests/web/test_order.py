"""The order of content, and moving it elsewhere (C1)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from classkey.school import publishing
from classkey.school.models import Item, ItemKind
from classkey.school.publishing import Shift, Toggle
from classkey.school.viewer import Viewer
from tests.web.browsing import HTMX, at, browser_of, errors, html, said, tags, words
from tests.world import School


def order(north: School) -> list[str]:
    """What is in the box, from the top down."""
    return [item.title for item in Item.objects.kept().filter(folder=north.box)]


OFF, BLUE, GREEN, BOTH = (f"box: {title}" for title in ("off", "blue", "green", "both"))


# --- Up and down ------------------------------------------------------------------------
def test_an_item_goes_up_and_down_among_those_beside_it(north: School) -> None:
    client, item = browser_of(north.tess), north.pages[GREEN]
    assert order(north) == [OFF, BLUE, GREEN, BOTH]
    response = client.post(at("item_up", item), follow=True)
    assert said(response) == ["“box: green” is further up."]
    assert response.redirect_chain == [(at("item", north.box), 302)]
    assert order(north) == [OFF, GREEN, BLUE, BOTH]
    client.post(at("item_up", item))
    client.post(at("item_up", item))
    assert order(north) == [GREEN, OFF, BLUE, BOTH], "the first stays the first"
    response = client.post(at("item_down", item), follow=True)
    assert said(response)[-1] == "“box: green” is further down."
    for _step in range(4):
        client.post(at("item_down", item))
    assert order(north) == [OFF, BLUE, BOTH, GREEN]


def test_what_one_does_not_see_keeps_its_place(north: School) -> None:
    """An editor moves past what is shown to them; the hidden and the deleted stay between."""
    tess, ed = Viewer(north.tess), Viewer(north.ed)
    publishing.delete_item(tess, north.pages[BLUE])
    publishing.flip(tess, north.pages[GREEN], Toggle.BLUE, on=True)
    publishing.flip(tess, north.pages[BOTH], Toggle.BLUE, on=False)
    mine = publishing.make_item(ed, north.maths, north.box, kind=ItemKind.PAGE, title="Mine")
    publishing.shift_item(ed, mine, Shift.UP)
    assert order(north) == [OFF, "Mine", GREEN, BOTH]
    publishing.shift_item(ed, mine, Shift.UP)
    assert order(north) == [OFF, "Mine", GREEN, BOTH], "for them it is the first"
    publishing.restore_item(tess, north.pages[BLUE].pk)
    assert order(north) == [OFF, BLUE, "Mine", GREEN, BOTH]


@pytest.mark.parametrize("step", ["item_up", "item_down", "item_move"])
def test_s2_readers_put_nothing_in_order(north: School, step: str) -> None:
    assert browser_of(north.cleo).post(at(step, north.pages[BLUE])).status_code == 403
    assert browser_of(north.paula).post(at(step, north.pages[BLUE])).status_code == 404
    assert order(north) == [OFF, BLUE, GREEN, BOTH]


def offered(client: Client, north: School, item: Item) -> set[str]:
    """What the menu of an item's row has."""
    markup = html(client.get(at("place", north.maths)))
    menu = markup.partition(f'id="menu-{item.pk}"')[2].partition("</details>")[0]
    names = ("item_edit", "item_up", "item_down", "item_move", "item_delete")
    return {name for name in names if f'"{at(name, item)}"' in menu}


def test_each_row_offers_what_makes_sense_in_its_place(north: School) -> None:
    tess, ed = browser_of(north.tess), browser_of(north.ed)
    everything = {"item_edit", "item_up", "item_down", "item_move", "item_delete"}
    assert offered(tess, north, north.pages[OFF]) == everything - {"item_up"}
    assert offered(tess, north, north.pages[BLUE]) == everything
    assert offered(tess, north, north.pages[BOTH]) == everything - {"item_down"}
    assert offered(ed, north, north.pages[BLUE]) == {"item_edit", "item_down", "item_move"}
    assert "item_delete" in offered(ed, north, north.notes)
    assert offered(browser_of(north.cleo), north, north.pages[BLUE]) == set()


@contextmanager
def just_before_the_transaction(action: Callable[[], object]) -> Iterator[None]:
    """Somebody else is a moment faster."""
    waiting = [action]

    def wrapper(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001
        if sql.startswith("SAVEPOINT") and waiting:
            waiting.pop()()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(wrapper):
        yield


# --- Elsewhere --------------------------------------------------------------------------
def choices(response: Any) -> list[str]:
    return [str(label) for _value, label in response.context["form"].fields["to"].choices]


def test_c1_an_item_is_moved_within_its_course(north: School) -> None:
    client, item = browser_of(north.tess), north.pages["maths: both"]
    page = client.get(at("item_move", item))
    assert "Move “Maths Northside: both” Who may see it follows the place" in words(page)
    course = north.maths.name
    assert choices(page) == [
        course, f"{course} › Both", f"{course} › Both › Box", f"{course} › Drawer",
        f"{course} › Attic", f"{course} › Owls", f"{course} › Owls › Chicks",
    ]  # fmt: skip
    here = [each for tag, each in tags(html(page)) if tag == "input" and "checked" in each]
    assert [each["value"] for each in here] == [str(north.maths.pk)]
    response = client.post(at("item_move", item), {"to": str(north.box.pk)}, follow=True)
    assert said(response) == ["“Maths Northside: both” is now in “Box”."]
    assert response.redirect_chain == [(at("item", north.box), 302)]
    assert order(north)[-1] == item.title
    response = client.post(at("item_move", item), {"to": str(north.owls.pk)}, follow=True)
    assert response.redirect_chain == [(at("place", north.owls), 302)]
    assert Item.objects.get(pk=item.pk).place == north.owls


def test_c1_a_folder_is_offered_neither_itself_nor_what_is_in_it(north: School) -> None:
    page = browser_of(north.tess).get(at("item_move", north.folder))
    assert not [choice for choice in choices(page) if "Both" in choice or "Box" in choice]


def test_c2_an_editor_is_offered_what_they_see_and_may_add_to(north: School) -> None:
    client, course = browser_of(north.ed), north.maths.name
    assert choices(client.get(at("item_move", north.notes))) == [
        course, f"{course} › Both", f"{course} › Both › Box",
    ]  # fmt: skip
    response = client.post(at("item_move", north.notes), {"to": str(north.drawer.pk)})
    assert list(errors(response)) == ["to"]


def test_a4_the_dialog_goes_where_the_item_went(north: School) -> None:
    """The browser goes there itself, so that the message is read by who moved it."""
    client, item = browser_of(north.tess), north.notes
    dialog = client.get(at("item_move", item), headers=HTMX)
    assert "<main" not in html(dialog)
    assert "Move “Ed's notes”" in words(dialog)
    response = client.post(at("item_move", item), {"to": str(north.box.pk)}, headers=HTMX)
    assert response["HX-Redirect"] == at("item", north.box)
    assert said(client.get(at("item", north.box))) == ["“Ed's notes” is now in “Box”."]
    again = client.post(at("item_move", item), {"to": ""}, headers=HTMX)
    assert "<main" not in html(again)
    assert errors(again) == {"to": ["This field is required."]}


def test_a4_a_folder_that_was_deleted_meanwhile_is_not_offered_any_more(north: School) -> None:
    client = browser_of(north.tess)
    publishing.delete_item(Viewer(north.tess), north.box)
    response = client.post(at("item_move", north.notes), {"to": str(north.box.pk)})
    assert "Select a valid choice." in errors(response)["to"][0]


def test_a4_nor_is_it_moved_to_one_that_is_deleted_at_that_moment(north: School) -> None:
    tess, client = Viewer(north.tess), browser_of(north.tess)
    to = {"to": str(north.box.pk)}
    with just_before_the_transaction(lambda: publishing.delete_item(tess, north.box)):
        response = client.post(at("item_move", north.notes), to)
    assert errors(response) == {
        "__all__": ["This folder is not here any more. Choose another one."]
    }
    assert Item.objects.get(pk=north.notes.pk).folder is None


@pytest.mark.parametrize("back", ["a b", "9", "NaN", "💥", "dashboard", "//evil.example/"])
def test_a4_an_odd_way_back_leads_to_where_the_item_lies(north: School, back: str) -> None:
    page = north.pages["maths: both"]
    answer = browser_of(north.tess).post(at("item_up", page), {"back": back})
    assert answer["Location"] == at("place", north.maths)


def test_c3_a_move_that_would_have_shown_something_to_parents_says_so(north: School) -> None:
    client, page = browser_of(north.tess), north.pages["drawer: both"]
    answer = client.post(at("item_move", page), {"to": str(north.maths.pk)}, follow=True)
    assert [message for message in said(answer) if "its green is off now" in message]
