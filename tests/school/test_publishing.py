"""Content and its two toggles (section 3 of the rules)."""

from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied

from classkey.accounts.models import User
from classkey.school import access, membership, publishing
from classkey.school.access import Action
from classkey.school.errors import Refused, Unseen
from classkey.school.models import Item, ItemKind, Place, PlaceKind
from classkey.school.publishing import Thing, Toggle
from classkey.school.viewer import Viewer
from tests.world import School

BLUE, GREEN = Toggle.BLUE, Toggle.GREEN


def add(person: User, place: Place, folder: Item | None = None, kind: str = "page") -> Item:
    """Something new."""
    return publishing.make_item(
        Viewer(person), place, folder, kind=ItemKind(kind), title="New", body="*Text*"
    )


def sees(viewer: Viewer, item: Item) -> bool:
    return access.can(viewer, Action.SEE, item)


def called(things: list[Thing]) -> list[str]:
    return [thing.name if isinstance(thing, Place) else thing.title for thing in things]


def assert_refused(words: str, action: Callable[[], object]) -> None:
    """The rule says no, and why; nothing changed."""
    rows = [list(model._base_manager.order_by("pk").values()) for model in (Place, Item)]
    with pytest.raises(Refused) as refused:
        action()
    assert words in str(refused.value.message)
    assert rows == [list(model._base_manager.order_by("pk").values()) for model in (Place, Item)]


# --- C1, C3: new things -----------------------------------------------------------


def test_c3_a_new_item_has_blue_on_and_green_off(north: School) -> None:
    item = add(north.ed, north.maths)
    assert (item.members_see, item.parents_see) == (True, False)
    assert sees(Viewer(north.cleo), item)
    assert not sees(Viewer(north.paula, north.anna), item)


def test_c3_a_new_place_has_blue_on_and_green_off(north: School) -> None:
    group = membership.make_group(Viewer(north.tess), north.maths, "New")
    course = membership.make_top_place(Viewer(north.tess), PlaceKind.COURSE, "New")
    for place in (group, course):
        assert (place.members_see, place.parents_see) == (True, False)
        assert (place.shown_to_members, place.shown_to_parents) == (True, False)


def test_c2_what_is_made_in_something_blue_off_is_not_shown(north: School) -> None:
    assert not add(north.tess, north.attic).shown_to_members
    assert not add(north.tess, north.maths, north.drawer).shown_to_members
    assert not membership.make_group(Viewer(north.tess), north.attic, "New").shown_to_members


def test_new_things_come_last(north: School) -> None:
    items = [add(north.tess, north.maths, north.folder) for _ in range(3)]
    listed = list(Item.objects.filter(folder=north.folder))
    assert listed[-3:] == items
    assert add(north.pia, north.music, add(north.pia, north.music, kind="folder")).position == 0


@pytest.mark.parametrize("who", ["cleo", "gwen", "paula", "vera", "ivan"])
def test_s2_readers_add_nothing(north: School, who: str) -> None:
    with pytest.raises(PermissionDenied):
        add(getattr(north, who), north.maths)


def test_s4_nothing_is_added_to_an_archived_course(north: School) -> None:
    with pytest.raises(PermissionDenied):
        add(north.tess, north.history)


def test_c2_an_editor_adds_nothing_to_a_place_that_is_not_open_to_them(north: School) -> None:
    with pytest.raises(PermissionDenied):
        add(north.ed, north.attic)


@pytest.mark.parametrize("folder", ["drawer", "notes", "gone"])
def test_things_are_added_only_to_a_folder_that_is_there(north: School, folder: str) -> None:
    """Not to one that is hidden from them, not to a page, not to what was deleted."""
    where = getattr(north, folder)
    assert_refused("not here any more", lambda: add(north.ed, north.maths, where))


def test_things_are_not_added_to_a_folder_of_another_place(north: School) -> None:
    assert_refused("not here any more", lambda: add(north.tess, north.owls, north.folder))


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "ftp://a.example", ""])
def test_c6_a_link_leads_to_a_page_of_the_web(north: School, url: str) -> None:
    ed, kind = Viewer(north.ed), ItemKind.LINK
    right = "https://example.org/"
    link = publishing.make_item(ed, north.maths, None, kind=kind, title="L", url=right)
    for action in (
        lambda: publishing.make_item(ed, north.maths, None, kind=kind, title="L", url=url),
        lambda: publishing.edit_item(ed, link, version=1, title="L", url=url),
    ):
        assert_refused("begins with https:// or http://", action)


# --- S2: changing content ---------------------------------------------------------


def test_s2_editors_change_content(north: School) -> None:
    page = north.pages["maths: both"]
    before = page.changed_at
    publishing.edit_item(Viewer(north.ed), page, version=1, title="Changed", body="By Ed")
    page.refresh_from_db()
    assert (page.title, page.body) == ("Changed", "By Ed")
    assert page.changed_at > before


@pytest.mark.parametrize("who", ["cleo", "gwen", "paula", "vera", "ivan"])
def test_s2_others_change_nothing(north: School, who: str) -> None:
    viewer, page = Viewer(getattr(north, who)), north.pages["maths: both"]
    actions: list[Callable[[], object]] = [
        lambda: publishing.edit_item(viewer, page, version=1, title="Mine"),
        lambda: publishing.move_item(viewer, page, north.maths, north.folder),
        lambda: publishing.delete_item(viewer, page),
        lambda: publishing.flip(viewer, page, BLUE, on=False),
        lambda: publishing.flip(viewer, north.maths, BLUE, on=False),
        lambda: publishing.edit_place(viewer, north.maths, name="Mine", description=""),
    ]
    for action in actions:
        with pytest.raises(PermissionDenied):
            action()


def test_s2_editors_flip_no_toggle_not_even_of_their_own(north: School) -> None:
    with pytest.raises(PermissionDenied):
        publishing.flip(Viewer(north.ed), north.notes, BLUE, on=False)


def test_s2_admins_rename_a_place(north: School) -> None:
    publishing.edit_place(Viewer(north.tom), north.maths, name="Algebra", description="A to Z")
    north.maths.refresh_from_db()
    assert (north.maths.name, north.maths.description) == ("Algebra", "A to Z")


# --- C2, C3, C4: toggles ----------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "students", "parents"),
    [("off", False, False), ("blue", True, False), ("green", False, True), ("both", True, True)],
)
def test_c4_all_four_combinations_mean_something(
    north: School, title: str, *, students: bool, parents: bool
) -> None:
    for where in ("maths", "folder", "box"):
        page = north.pages[f"{where}: {title}"]
        assert sees(Viewer(north.cleo), page) == students
        assert sees(Viewer(north.ed), page) == students, "an editor, but not its maker"
        assert sees(Viewer(north.quentin, north.ben), page) == parents
        assert sees(Viewer(north.tom), page)


def test_c2_blue_off_its_maker_sees_it_still(north: School) -> None:
    assert sees(Viewer(north.ed), north.draft)
    assert not sees(Viewer(north.cleo), north.draft)


@pytest.mark.parametrize(
    ("toggle", "viewer"),
    [(BLUE, lambda s: Viewer(s.cleo)), (GREEN, lambda s: Viewer(s.quentin, s.ben))],
)
@pytest.mark.parametrize("above", ["maths", "folder", "box"])
def test_c2_an_item_is_seen_only_where_everything_above_is_on(
    north: School, toggle: Toggle, viewer: Callable[[School], Viewer], above: str
) -> None:
    page, tess = north.pages["box: both"], Viewer(north.tess)
    assert sees(viewer(north), page)
    publishing.flip(tess, getattr(north, above), toggle, on=False)
    assert not sees(viewer(north), page)
    publishing.flip(tess, getattr(north, above), toggle, on=True)
    assert sees(viewer(north), page)


def test_c2_the_toggles_are_independent(north: School) -> None:
    page = north.pages["maths: both"]
    publishing.flip(Viewer(north.tess), page, BLUE, on=False)
    assert (page.members_see, page.parents_see) == (False, True)
    assert (page.shown_to_members, page.shown_to_parents) == (False, True)


def test_c3_turning_green_lists_what_is_off_above_and_what_else_would_appear(
    north: School,
) -> None:
    tess, page = Viewer(north.tess), north.pages["drawer: off"]
    publishing.flip(tess, north.maths, GREEN, on=False)
    for group in (north.owls, north.attic):
        publishing.flip(tess, group, GREEN, on=False)
    opening = publishing.opening(page)
    assert called(opening.off_above) == [north.maths.name, "Drawer"]
    assert set(called(opening.would_appear)) == {
        f"{north.maths.name}: green", f"{north.maths.name}: both",
        "drawer: green", "drawer: both",
        "Both", "folder: green", "folder: both", "Box", "box: green", "box: both",
        north.quiz.title, north.surprise.title, north.locked_test.title,
    }  # fmt: skip
    shown = set(Item.objects.filter(shown_to_parents=True, root=north.maths))
    publishing.flip(tess, page, GREEN, on=True, with_above=True)
    after = set(Item.objects.filter(shown_to_parents=True, root=north.maths))
    assert after - shown == {*opening.would_appear, page, north.drawer}
    assert sees(Viewer(north.quentin, north.ben), page)


def test_c3_turning_a_group_green_lists_the_place_above(north: School) -> None:
    opening = publishing.opening(north.nook)
    assert (opening.off_above, opening.would_appear) == ([], [])
    publishing.flip(Viewer(north.anna), north.den, GREEN, on=False)
    opening = publishing.opening(north.nook)
    assert called(opening.off_above) == ["Anna's den"]
    assert set(called(opening.would_appear)) == {
        "Nook: green", "Nook: both", "Anna's den: green", "Anna's den: both",
        north.den_test.title,
    }  # fmt: skip


def test_c3_nothing_above_is_turned_on_unless_asked_for(north: School) -> None:
    publishing.flip(Viewer(north.tess), north.pages["drawer: off"], GREEN, on=True)
    north.drawer.refresh_from_db()
    assert not north.drawer.parents_see
    assert not sees(Viewer(north.quentin, north.ben), north.pages["drawer: off"])


def test_turning_off_turns_nothing_above_off(north: School) -> None:
    publishing.flip(Viewer(north.tess), north.pages["box: both"], GREEN, on=False, with_above=True)
    for above in (north.box, north.folder, north.maths):
        above.refresh_from_db()
        assert above.parents_see


def test_c3_who_runs_a_group_does_not_open_the_course_above(north: School) -> None:
    tess, page = Viewer(north.tess), north.pages["owls: off"]
    publishing.flip(tess, north.maths, GREEN, on=False)
    assert_refused(
        "You cannot make “Maths Northside” visible",
        lambda: publishing.flip(Viewer(north.gwen), page, GREEN, on=True, with_above=True),
    )
    publishing.flip(tess, north.maths, GREEN, on=True)
    publishing.flip(Viewer(north.gwen), page, GREEN, on=True, with_above=True)
    assert page.shown_to_parents


def test_c3_in_something_that_is_not_theirs_to_turn_on_the_folder_is_named(north: School) -> None:
    """An item moved by another meanwhile is turned on where it lies now."""
    page = north.pages["owls: off"]
    stale = Item.objects.select_related("folder", "place").get(pk=page.pk)
    shelf = add(north.tess, north.owls, kind="folder")
    publishing.move_item(Viewer(north.tess), page, north.owls, shelf)
    publishing.flip(Viewer(north.tess), stale, GREEN, on=True, with_above=True)
    shelf.refresh_from_db()
    assert shelf.parents_see
    assert stale.shown_to_parents


def test_c2_what_is_on_and_not_in_effect_is_told(north: School) -> None:
    hidden = north.pages["drawer: both"]
    assert hidden.blue_is_blocked
    assert hidden.green_is_blocked
    for plain in (north.pages["maths: both"], north.pages["maths: off"], north.drawer):
        assert not plain.blue_is_blocked
        assert not plain.green_is_blocked


# --- Moving -----------------------------------------------------------------------


def test_c2_what_is_in_effect_follows_a_move(north: School) -> None:
    tess, page = Viewer(north.tess), north.pages["drawer: both"]
    assert not sees(Viewer(north.cleo), page)
    publishing.move_item(tess, page, north.maths, north.folder)
    assert sees(Viewer(north.cleo), page)
    publishing.move_item(tess, north.folder, north.maths, north.drawer)
    assert not sees(Viewer(north.cleo), page)
    publishing.move_item(tess, north.folder, north.attic, None)
    page.refresh_from_db()
    assert page.place == north.attic
    assert page.folder == north.folder
    assert Item.objects.filter(place=north.attic, folder=None).last() == north.folder


def test_a_moved_folder_takes_along_what_is_deleted_in_it(north: School) -> None:
    tess, page = Viewer(north.tess), north.pages["folder: both"]
    publishing.delete_item(tess, page)
    publishing.move_item(tess, north.folder, north.owls, None)
    assert publishing.restore_item(tess, page.pk).place == north.owls


def test_nothing_moves_to_another_course(north: School) -> None:
    assert_refused(
        "stays in its course",
        lambda: publishing.move_item(
            Viewer(north.tess), north.pages["maths: both"], north.staffroom, None
        ),
    )


def test_a_folder_moves_neither_into_itself_nor_into_what_is_in_it(north: School) -> None:
    for into in (north.folder, north.box):
        assert_refused(
            "into itself",
            lambda into=into: publishing.move_item(  # type: ignore[misc]
                Viewer(north.tess), north.folder, north.maths, into
            ),
        )


def test_an_editor_moves_nothing_to_where_they_may_not_add(north: School) -> None:
    page = north.pages["maths: both"]
    with pytest.raises(PermissionDenied):
        publishing.move_item(Viewer(north.ed), page, north.owls, None)
    assert_refused(
        "not here any more",
        lambda: publishing.move_item(Viewer(north.ed), page, north.maths, north.drawer),
    )


# --- Deleting, and back -----------------------------------------------------------


def test_deleting_a_folder_deletes_what_is_in_it_and_it_all_comes_back(north: School) -> None:
    tess = Viewer(north.tess)
    before = list(Item.objects.kept().order_by("pk").values())
    publishing.delete_item(tess, north.folder)
    for item in (north.folder, north.box, north.pages["box: both"]):
        assert not sees(tess, item)
    assert publishing.restore_item(tess, north.folder.pk) == north.folder
    assert list(Item.objects.kept().order_by("pk").values()) == before


def test_what_was_deleted_earlier_does_not_come_back_with_its_folder(north: School) -> None:
    tess, page = Viewer(north.tess), north.pages["box: both"]
    publishing.delete_item(tess, page)
    publishing.delete_item(tess, north.folder)
    assert_refused("Bring the folder back first", lambda: publishing.restore_item(tess, page.pk))
    publishing.restore_item(tess, north.folder.pk)
    assert not sees(tess, page)
    publishing.restore_item(tess, page.pk)
    assert sees(tess, page)


def test_c2_what_comes_back_is_shown_as_things_stand_now(north: School) -> None:
    tess, page = Viewer(north.tess), north.pages["box: both"]
    publishing.delete_item(tess, page)
    publishing.flip(tess, north.folder, BLUE, on=False)
    publishing.flip(tess, north.folder, GREEN, on=False)
    back = publishing.restore_item(tess, page.pk)
    assert (back.shown_to_members, back.shown_to_parents) == (False, False)


def test_an_editor_deletes_and_restores_what_they_made_and_nothing_else(north: School) -> None:
    ed = Viewer(north.ed)
    with pytest.raises(PermissionDenied):
        publishing.delete_item(ed, north.pages["maths: both"])
    publishing.delete_item(ed, north.notes)
    assert publishing.restore_item(ed, north.notes.pk) == north.notes
    publishing.delete_item(Viewer(north.tess), north.pages["maths: both"])
    with pytest.raises(Unseen):
        publishing.restore_item(ed, north.pages["maths: both"].pk)


def test_what_is_not_deleted_is_not_restored(north: School) -> None:
    with pytest.raises(Unseen):
        publishing.restore_item(Viewer(north.tess), north.notes.pk)


def test_c3_what_an_admin_deleted_its_maker_does_not_bring_back(north: School) -> None:
    theirs = add(north.ed, north.maths)
    publishing.flip(Viewer(north.tess), theirs, Toggle.GREEN, on=True, with_above=True)
    publishing.delete_item(Viewer(north.tess), theirs)
    with pytest.raises(Unseen):
        publishing.restore_item(Viewer(north.ed), theirs.pk)
    publishing.restore_item(Viewer(north.tess), theirs.pk)


def test_nobody_deletes_the_work_of_others_with_a_folder_of_their_own(north: School) -> None:
    folder = add(north.ed, north.maths, kind="folder")
    hidden = add(north.tess, north.maths, folder)
    publishing.flip(Viewer(north.tess), hidden, Toggle.BLUE, on=False)
    assert_refused(
        "Others have put something in here",
        lambda: publishing.delete_item(Viewer(north.ed), folder),
    )
    assert sees(Viewer(north.tess), hidden)
    publishing.delete_item(Viewer(north.tess), folder)
