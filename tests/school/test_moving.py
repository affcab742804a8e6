"""A move shows nobody more than was shown to them (S2, C3)."""

import pytest
from django.utils import timezone

from classkey.school import access, issuing, membership, publishing, redeeming
from classkey.school.access import Action
from classkey.school.assessing import writing
from classkey.school.errors import Refused, Unseen
from classkey.school.issuing import Terms
from classkey.school.models import Audience, Item, ItemKind, Permission, Place
from classkey.school.publishing import Toggle
from classkey.school.viewer import Viewer
from tests.world import School


@pytest.fixture
def club(north: School) -> Place:
    """A group in maths that Ed, an editor of maths, runs."""
    club = membership.make_group(Viewer(north.tess), north.maths, "Club")
    code = issuing.make_registration_code(
        Viewer(north.tess), club, Terms(Audience.INSTRUCTORS, Permission.ADMIN)
    )
    redeeming.redeem(Viewer(north.ed), code.text)
    return club


def move(viewer: Viewer, item: Item, place: Place, folder: Item | None = None) -> bool:
    return publishing.move_item(viewer, item, place, folder)


# --- What others made stays where its admins are (S2) -------------------------------------
def test_s2_an_editor_takes_nobody_elses_things_into_a_group_of_their_own(
    north: School, club: Place
) -> None:
    ed = Viewer(north.ed)
    hidden = north.pages["folder: off"]
    assert not access.can(ed, Action.SEE, hidden)
    for item in (north.folder, north.pages["maths: both"]):
        with pytest.raises(Refused):
            move(ed, item, club)
    assert not access.can(ed, Action.SEE, hidden)
    assert {to.place for to in publishing.destinations(ed, north.folder)} == {north.maths}


def test_s2_they_take_their_own(north: School, club: Place) -> None:
    move(Viewer(north.ed), north.notes, club)
    north.notes.refresh_from_db()
    assert north.notes.place == club


def test_s2_an_editors_folder_stays_when_others_have_put_something_in_it(
    north: School, club: Place
) -> None:
    ed, tess = Viewer(north.ed), Viewer(north.tess)
    folder = publishing.make_item(ed, north.maths, None, kind=ItemKind.FOLDER, title="Ed's")
    gone = publishing.make_item(tess, north.maths, folder, kind=ItemKind.PAGE, title="Gone")
    publishing.delete_item(tess, gone)
    with pytest.raises(Refused):
        move(ed, folder, club)
    move(tess, folder, club)
    gone.refresh_from_db()
    assert gone.place == club


def test_c5_a_test_that_students_have_answered_stays(north: School, club: Place) -> None:
    with pytest.raises(Refused):
        move(Viewer(north.ed), north.eds_test, club)
    assert not access.can(Viewer(north.ed), Action.SEE_RESULTS, north.eds_test)
    own = writing.make_test(Viewer(north.ed), north.maths, None, title="New")
    move(Viewer(north.ed), own, club)


def test_s2_who_runs_the_place_moves_anything(north: School, club: Place) -> None:
    move(Viewer(north.tess), north.folder, club)
    north.folder.refresh_from_db()
    assert north.folder.place == club


# --- Nothing reaches parents by a move (C3) ----------------------------------------------
@pytest.mark.parametrize("who", ["ed", "tess"])
def test_c3_what_parents_did_not_see_they_do_not_see_elsewhere(north: School, who: str) -> None:
    green = north.pages["drawer: both"]  # green, in a folder that is not
    publishing.flip(Viewer(north.tess), north.drawer, Toggle.BLUE, on=True)
    paula = Viewer(north.paula, north.anna)
    assert not access.can(paula, Action.SEE, green)
    assert move(Viewer(getattr(north, who)), green, north.maths)
    green.refresh_from_db()
    assert (green.parents_see, green.shown_to_parents) == (False, False)
    assert not access.can(paula, Action.SEE, green)


def test_c3_nor_what_lies_in_a_folder_that_is_moved(north: School) -> None:
    tess = Viewer(north.tess)
    inner = publishing.make_item(tess, north.maths, north.drawer, kind=ItemKind.FOLDER, title="In")
    page = publishing.make_item(tess, north.maths, inner, kind=ItemKind.PAGE, title="Page")
    Item.objects.filter(pk__in=[inner.pk, page.pk]).update(parents_see=True)
    assert move(tess, inner, north.maths)
    page.refresh_from_db()
    assert not page.shown_to_parents


def test_c3_what_parents_saw_they_go_on_seeing(north: School) -> None:
    green = north.pages["folder: both"]
    assert not move(Viewer(north.tess), green, north.maths)
    green.refresh_from_db()
    assert green.shown_to_parents


# --- Bringing back ------------------------------------------------------------------------
def test_s4_nothing_comes_back_into_a_course_that_was_archived_meanwhile(
    north: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    queryset = type(Place.objects.all())
    lock = queryset.lock_tree

    def waits(places: object, root_id: object) -> None:
        lock(places, root_id)  # type: ignore[arg-type]
        Place.objects.filter(pk=north.maths.pk).update(archived_at=timezone.now())

    monkeypatch.setattr(queryset, "lock_tree", waits)
    with pytest.raises(Unseen):
        publishing.restore_item(Viewer(north.tess), north.gone.pk)
