"""Into and out of places (section 2 of the rules)."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from classkey.accounts.models import Role, User
from classkey.school import clock, issuing, membership
from classkey.school.errors import Refused
from classkey.school.issuing import Terms
from classkey.school.models import (
    Audience,
    Membership,
    Permission,
    Place,
    PlaceKind,
    Removal,
)
from classkey.school.viewer import Viewer
from tests.world import School, enter, make_user

READ, EDIT, ADMIN = Permission.READ, Permission.EDIT, Permission.ADMIN


def permission(person: User, place: Place) -> int | None:
    """What somebody may do in a place now; None for those who are not in it."""
    return (
        Membership.objects.live()
        .filter(user=person, place=place)
        .values_list("permission", flat=True)
        .first()
    )


def assert_refused(words: str, action: Callable[[], object]) -> None:
    """The rule says no, and why; nobody's membership changed."""
    rows = list(Membership.objects.order_by("pk").values())
    with pytest.raises(Refused) as refused:
        action()
    assert words in str(refused.value.message)
    assert list(Membership.objects.order_by("pk").values()) == rows


# --- S1, S4: making places --------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "kind", "may"),
    [
        ("tess", PlaceKind.COURSE, True),
        ("tess", PlaceKind.WORKSPACE, True),
        ("anna", PlaceKind.WORKSPACE, True),
        ("anna", PlaceKind.COURSE, False),
        ("paula", PlaceKind.COURSE, False),
        ("paula", PlaceKind.WORKSPACE, False),
    ],
)
def test_s1_who_makes_courses_and_workspaces(
    north: School, who: str, kind: PlaceKind, *, may: bool
) -> None:
    maker = getattr(north, who)
    if may:
        place = membership.make_top_place(Viewer(maker), kind, "New", "For all")
        assert permission(maker, place) == ADMIN
        assert (place.kind, place.root, place.created_by) == (kind, place, maker)
    else:
        assert_refused(
            "Only teachers make courses",
            lambda: membership.make_top_place(Viewer(maker), kind, "New"),
        )


def test_s1_groups_sit_in_a_place_to_any_depth(north: School) -> None:
    place = north.maths
    for depth in range(1, 6):
        place = membership.make_group(Viewer(north.tess), place, f"Depth {depth}")
    place.refresh_from_db()
    assert [step.name for step in place.chain()][1:] == [f"Depth {depth}" for depth in range(1, 6)]
    assert place.root == north.maths
    assert place.is_group
    assert not place.is_course
    assert not place.is_workspace


@pytest.mark.parametrize(
    ("date", "year", "name"),
    [
        (datetime.date(2026, 7, 31), 2025, "2025/26"),
        (datetime.date(2026, 8, 1), 2026, "2026/27"),
        (datetime.date(2099, 12, 31), 2099, "2099/00"),
    ],
)
def test_s4_a_course_belongs_to_the_school_year_that_runs(
    north: School, time_machine: Any, date: datetime.date, year: int, name: str
) -> None:
    time_machine.move_to(date, tick=False)
    course = membership.make_top_place(Viewer(north.tess), PlaceKind.COURSE, "New")
    workspace = membership.make_top_place(Viewer(north.tess), PlaceKind.WORKSPACE, "New")
    assert (course.school_year, course.school_year_name) == (year, name)
    assert (workspace.school_year, workspace.school_year_name) == (None, "")


@pytest.mark.parametrize("who", ["ed", "gwen", "cleo", "paula", "vera", "pia", "ivan"])
def test_s2_only_admins_make_groups_and_look_after_members(north: School, who: str) -> None:
    viewer, maths = Viewer(getattr(north, who)), north.maths
    for action in (
        lambda: membership.make_group(viewer, maths, "New"),
        lambda: (
            membership.add_from_above(viewer, north.chicks, [north.cleo], READ)
            if who != "gwen"
            else membership.add_from_above(viewer, north.attic, [north.cleo], READ)
        ),
        lambda: membership.change_permission(viewer, maths, north.cleo, EDIT),
        lambda: membership.remove(viewer, maths, north.cleo),
    ):
        with pytest.raises(PermissionDenied):
            action()


def test_p5_nobody_runs_a_place_in_a_parents_capacity(north: School) -> None:
    with pytest.raises(PermissionDenied):
        membership.make_group(Viewer(north.pia, north.ben), north.music, "New")


def test_s4_an_archived_course_is_read_only(north: School) -> None:
    with pytest.raises(PermissionDenied):
        membership.remove(Viewer(north.tess), north.history, north.anna)


# --- S3: what follows from being in a place ---------------------------------------


def test_s3_an_admin_of_a_place_is_an_admin_of_all_inside(north: School) -> None:
    for group in (north.owls, north.chicks, north.attic):
        assert permission(north.tom, group) == ADMIN
    assert permission(north.gwen, north.chicks) == ADMIN
    assert permission(north.gwen, north.maths) == READ
    assert permission(north.gwen, north.attic) is None


def test_s3_an_admin_is_one_of_a_group_made_later(north: School) -> None:
    later = membership.make_group(Viewer(north.tess), north.owls, "Later")
    assert permission(north.tom, later) == ADMIN
    assert permission(north.gwen, later) == ADMIN
    assert permission(north.cleo, later) is None


def test_s3_a_substitute_is_an_admin_of_a_group_made_later_until_the_last_day(
    north: School,
) -> None:
    later = membership.make_group(Viewer(north.sam), north.owls, "Later")
    row = north.in_place(north.sam, later)
    assert row is not None
    assert (row.permission, row.ends_on) == (ADMIN, north.last_day)


def test_s3_who_is_raised_to_admin_is_one_inside_and_lowered_no_more(north: School) -> None:
    tess = Viewer(north.tess)
    membership.change_permission(tess, north.maths, north.ed, ADMIN)
    assert [permission(north.ed, group) for group in (north.owls, north.attic)] == [ADMIN, ADMIN]
    membership.change_permission(tess, north.maths, north.ed, READ)
    assert permission(north.ed, north.maths) == READ
    assert permission(north.ed, north.owls) is None
    assert permission(north.ed, north.attic) == EDIT, "what he was given there is his own"


def test_s3_an_admin_lowered_above_stays_in_the_group_that_they_made(north: School) -> None:
    made = membership.make_group(Viewer(north.tom), north.maths, "Tom's")
    membership.change_permission(Viewer(north.tess), north.maths, north.tom, READ)
    assert permission(north.tom, made) == ADMIN
    assert permission(north.tom, north.owls) is None


def test_s3_a_shorter_stay_inside_does_not_outlast_nor_shorten_being_an_admin_above(
    north: School, time_machine: Any
) -> None:
    """Given a group until a day, then the whole course for good: an admin inside for good."""
    until = clock.today() + datetime.timedelta(days=3)
    terms = Terms(Audience.INSTRUCTORS, ADMIN, last_day=until)
    enter(north.vera, issuing.make_registration_code(Viewer(north.tess), north.owls, terms))
    enter(north.vera, north.for_admins)
    time_machine.move_to(until + datetime.timedelta(days=1))
    for place in (north.maths, north.owls, north.chicks, north.attic):
        assert permission(north.vera, place) == ADMIN
    membership.change_permission(Viewer(north.tess), north.maths, north.vera, READ)
    assert permission(north.vera, north.owls) is None, "the stay there was over"


def test_s3_read_and_edit_are_each_memberships_own(north: School) -> None:
    membership.change_permission(Viewer(north.tess), north.maths, north.cleo, EDIT)
    assert permission(north.cleo, north.maths) == EDIT
    assert permission(north.cleo, north.owls) == READ
    assert permission(north.cleo, north.chicks) is None


def test_s3_leaving_a_place_leaves_all_inside_it(north: School) -> None:
    membership.leave(Viewer(north.anna), north.owls)
    assert permission(north.anna, north.maths) == READ
    assert permission(north.anna, north.owls) is None
    assert permission(north.anna, north.chicks) is None
    assert permission(north.anna, north.music) == READ


def test_s3_who_is_removed_is_out_of_all_inside(north: School) -> None:
    membership.remove(Viewer(north.tom), north.maths, north.anna)
    for place in (north.maths, north.owls, north.chicks):
        assert permission(north.anna, place) is None
    assert permission(north.anna, north.den) == ADMIN


# --- S2: who may be an admin, and that there is one -------------------------------


@pytest.mark.parametrize("place", ["maths", "owls", "chicks"])
def test_s2_in_a_course_and_all_inside_it_only_instructors_are_admins(
    north: School, place: str
) -> None:
    where, tess = getattr(north, place), Viewer(north.tess)
    assert_refused(
        "only teachers", lambda: membership.change_permission(tess, where, north.anna, ADMIN)
    )
    if where.is_group:
        assert_refused(
            "only teachers", lambda: membership.add_from_above(tess, where, [north.anna], ADMIN)
        )


def test_s2_in_a_workspace_students_are_admins(north: School) -> None:
    membership.change_permission(Viewer(north.anna), north.den, north.ben, ADMIN)
    assert permission(north.ben, north.den) == ADMIN


def test_s2_the_last_admin_neither_leaves_nor_steps_down(north: School) -> None:
    anna = Viewer(north.anna)
    assert_refused("needs an admin", lambda: membership.leave(anna, north.den))
    assert_refused(
        "needs an admin", lambda: membership.change_permission(anna, north.den, north.anna, READ)
    )
    assert_refused("choose “Leave”", lambda: membership.remove(anna, north.den, north.anna))


def test_s2_an_admin_whose_last_day_comes_is_not_the_admin_that_a_place_needs(
    north: School,
) -> None:
    tess = Viewer(north.tess)
    for other in (north.tom, north.ivan):
        membership.change_permission(tess, north.maths, other, EDIT)
    assert permission(north.sam, north.maths) == ADMIN
    assert_refused("needs an admin", lambda: membership.leave(tess, north.maths))


def test_s2_with_another_admin_the_maker_may_go(north: School) -> None:
    membership.leave(Viewer(north.tess), north.maths)
    assert permission(north.tess, north.maths) is None
    assert permission(north.tess, north.owls) is None


def test_s2_the_maker_is_lowered_or_removed_by_nobody_else(north: School) -> None:
    tom = Viewer(north.tom)

    def lower(viewer: Viewer) -> None:
        membership.change_permission(viewer, north.maths, north.tess, EDIT)

    assert_refused("made the place", lambda: lower(tom))
    assert_refused("made the place", lambda: membership.remove(tom, north.maths, north.tess))
    enter(north.vera, north.for_admins)  # an administrator, and an admin of this place
    lower(Viewer(north.vera))
    assert permission(north.tess, north.maths) == EDIT


def test_s2_the_maker_may_step_down_and_be_raised_again(north: School) -> None:
    membership.change_permission(Viewer(north.tess), north.maths, north.tess, READ)
    assert permission(north.tess, north.maths) == READ
    membership.change_permission(Viewer(north.tom), north.maths, north.tess, ADMIN)
    assert permission(north.tess, north.chicks) == ADMIN


def test_s3_an_admin_of_the_place_above_is_changed_there(north: School) -> None:
    tess, words = Viewer(north.tess), "in the place above"
    assert_refused(words, lambda: membership.change_permission(tess, north.owls, north.tom, READ))
    assert_refused(words, lambda: membership.remove(tess, north.owls, north.tom))
    assert_refused(words, lambda: membership.leave(Viewer(north.tom), north.owls))


@pytest.mark.parametrize("who", ["zoe", "rolf", "paula"])
def test_who_is_not_a_member_is_neither_changed_nor_removed(north: School, who: str) -> None:
    tess, person = Viewer(north.tess), getattr(north, who)
    words = "not a member here"
    assert_refused(words, lambda: membership.change_permission(tess, north.maths, person, READ))
    assert_refused(words, lambda: membership.remove(tess, north.maths, person))
    assert_refused(words, lambda: membership.leave(Viewer(person), north.maths))


# --- S6: adding by hand -----------------------------------------------------------


def test_s6_adding_by_hand_offers_the_members_of_the_place_above(north: School) -> None:
    offered = membership.candidates(Viewer(north.gwen), north.owls)
    assert [person.given_name for person in offered] == ["Ben", "Ed", "Nina"]


def test_s6_members_of_the_place_above_are_added(north: School) -> None:
    people = [north.ben, north.ed, north.cleo]
    assert membership.add_from_above(Viewer(north.gwen), north.owls, people, READ) == 2
    assert [permission(person, north.owls) for person in people] == [READ] * 3
    assert membership.add_from_above(Viewer(north.gwen), north.owls, people, EDIT) == 3
    assert membership.add_from_above(Viewer(north.gwen), north.owls, people, READ) == 0


@pytest.mark.parametrize("who", ["zoe", "rolf", "paula", "vera"])
def test_s6_nobody_comes_in_because_somebody_named_them(north: School, who: str) -> None:
    people = [north.ben, getattr(north, who)]
    assert_refused(
        "they come in there with a code",
        lambda: membership.add_from_above(Viewer(north.tess), north.owls, people, READ),
    )


def test_s6_nobody_at_all_is_added_to_the_top(north: School) -> None:
    assert_refused(
        "they come in there with a code",
        lambda: membership.add_from_above(Viewer(north.tess), north.maths, [north.zoe], READ),
    )


def test_s6_who_is_only_for_some_days_above_is_in_a_group_for_no_longer(north: School) -> None:
    Membership.objects.filter(user=north.ed, place=north.maths).update(ends_on=north.last_day)
    membership.add_from_above(Viewer(north.tess), north.owls, [north.ed], READ)
    row = north.in_place(north.ed, north.owls)
    assert row is not None
    assert row.ends_on == north.last_day


def test_k12_who_was_removed_twice_is_noted_once_with_the_later_time(north: School) -> None:
    first = Removal.objects.get(user=north.rolf, place=north.maths)
    code = issuing.make_registration_code(Viewer(north.tess), north.maths, Terms())
    enter(north.rolf, code)
    membership.remove(Viewer(north.tess), north.maths, north.rolf)
    assert Removal.objects.get(user=north.rolf, place=north.maths).removed_at > first.removed_at
    with pytest.raises(Refused):
        enter(north.rolf, code)


def test_an_empty_tree_has_room_for_many_who_come_in_at_all_levels(north: School) -> None:
    person = make_user(Role.STUDENT, "Newt")
    assert membership.admit(Viewer(person), person, north.chicks, EDIT)
    assert not membership.admit(Viewer(person), person, north.maths, READ)
    assert membership.admit(Viewer(person), person, north.owls, EDIT)
    assert [permission(person, place) for place in (north.maths, north.owls, north.chicks)] == [
        READ,
        EDIT,
        EDIT,
    ]


def test_s2_who_made_a_group_and_is_lowered_above_stays_in_all_above_it(db: None) -> None:
    maker, other = (make_user(Role.INSTRUCTOR, name) for name in ("Maker", "Other"))
    top = membership.make_top_place(Viewer(maker), PlaceKind.COURSE, "Top")
    middle = membership.make_group(Viewer(maker), top, "Middle")
    membership.admit(Viewer(other), other, top, Permission.ADMIN)
    nested = membership.make_group(Viewer(other), middle, "Nested")
    membership.change_permission(Viewer(maker), top, other, Permission.READ)
    held = dict(Membership.objects.filter(user=other).values_list("place", "permission"))
    assert held == {
        top.pk: Permission.READ, middle.pk: Permission.READ, nested.pk: Permission.ADMIN,
    }  # fmt: skip
