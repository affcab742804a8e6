"""Parents and children (section 5 of the rules)."""

import uuid
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone
from pytest_django import Settings

from classkey.accounts.models import Role, User
from classkey.school import access, issuing, linking, membership, publishing, redeeming, years
from classkey.school.access import Action
from classkey.school.errors import Refused, Unseen
from classkey.school.issuing import Terms
from classkey.school.models import (
    Audience,
    Code,
    Item,
    ParentLink,
    Permission,
    Place,
    WorkspaceGrant,
)
from classkey.school.publishing import Toggle
from classkey.school.viewer import Viewer
from tests.world import School, enter, expire, make_user


def seen(viewer: Viewer) -> set[str]:
    """The titles that somebody may read."""
    return set(access.visible_items(viewer).values_list("title", flat=True))


def end_link(parent: User, student: User) -> None:
    """End a link, as revoking will."""
    ParentLink.objects.filter(parent=parent, student=student).update(ended_at=timezone.now())


# --- F1: parent codes -------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "may"),
    [
        ("tess", True),
        ("tom", True),
        ("sam", True),  # a substitute is a teacher until the last day
        ("cleo", True),  # for herself
        ("gwen", True),  # runs the group that Cleo is in
        ("ed", False),  # an editor
        ("pia", False),  # another's teacher
        ("vera", False),  # an administrator
        ("anna", False),  # a classmate
        ("quentin", False),
    ],
)
def test_f1_who_makes_a_parent_code(north: School, who: str, *, may: bool) -> None:
    maker = Viewer(getattr(north, who))
    if not may:
        with pytest.raises(PermissionDenied):
            issuing.make_parent_code(maker, north.cleo)
        return
    code = issuing.make_parent_code(maker, north.cleo)
    enter(north.ursula, code)
    assert linking.live_link(north.ursula, north.cleo)
    assert code.place == {"cleo": None, "gwen": north.owls}.get(who, north.maths)


def test_f1_a_code_made_from_a_group_is_of_that_group(north: School) -> None:
    code = issuing.make_parent_code(Viewer(north.tess), north.cleo, north.owls)
    assert code.place == north.owls


def test_f1_a_code_is_made_where_the_student_is(north: School) -> None:
    with pytest.raises(PermissionDenied):
        issuing.make_parent_code(Viewer(north.tess), north.ben, north.owls)


def test_f1_nobody_makes_one_in_a_parents_capacity(north: School) -> None:
    with pytest.raises(PermissionDenied):
        issuing.make_parent_code(Viewer(north.pia, north.ben), north.ben)
    with pytest.raises(PermissionDenied):
        issuing.make_parent_code(Viewer(north.pia, north.ben), north.dan)


@pytest.mark.parametrize("adults", [1, 2, 3])
def test_f1_a_code_admits_as_many_adults_as_the_setting_says(
    north: School, settings: Settings, adults: int
) -> None:
    settings.PARENT_CODE_ADULTS = adults
    code = issuing.make_parent_code(Viewer(north.tess), north.nina)
    for number in range(adults):
        enter(make_user(Role.PARENT, "P", address=f"p{number}@example.org"), code)
    with pytest.raises(Refused):
        enter(north.ursula, code)
    assert linking.links_of(north.nina).count() == adults


def test_f1_a_parent_links_to_any_number_of_students(north: School) -> None:
    for child in (north.nina, north.dan, north.cleo):
        enter(north.ursula, issuing.make_parent_code(Viewer(child), child))
    assert list(linking.children_of(north.ursula)) == [north.cleo, north.dan, north.nina]


def test_f1_the_same_child_twice_is_one_link_and_uses_nothing_up(north: School) -> None:
    again = issuing.make_parent_code(Viewer(north.tess), north.anna)
    assert redeeming.redeem(Viewer(north.paula), again.text).already
    assert ParentLink.objects.filter(parent=north.paula, student=north.anna).count() == 1
    again.refresh_from_db()
    assert again.uses == 0


# --- F4: the link lasts -----------------------------------------------------------


@pytest.mark.parametrize("fate", ["expired", "deleted", "gone"])
def test_f4_the_link_outlives_its_code(north: School, fate: str) -> None:
    code = north.for_annas_parents
    if fate == "expired":
        expire(code)
    elif fate == "deleted":
        issuing.delete_codes(Viewer(north.tess), [code.pk])
    else:
        Code.objects.filter(pk=code.pk).delete()
    assert linking.live_link(north.paula, north.anna)
    assert "Maths Northside: both" in seen(Viewer(north.paula, north.anna))


def test_f4_the_link_outlives_the_school_year_and_the_course(north: School) -> None:
    years.archive(Viewer(north.tess), north.maths)
    assert {"Maths Northside: both", "History: both"} <= seen(Viewer(north.paula, north.anna))
    years.reopen(Viewer(north.tess), north.maths)
    membership.leave(Viewer(north.anna), north.maths)
    assert seen(Viewer(north.paula, north.anna)) >= {"History: both"}
    assert linking.live_link(north.paula, north.anna)


def test_f4_who_was_unlinked_may_link_again(north: School) -> None:
    enter(north.oscar, issuing.make_parent_code(Viewer(north.tess), north.anna))
    assert ParentLink.objects.filter(parent=north.oscar, student=north.anna).count() == 2
    assert linking.live_link(north.oscar, north.anna)


# --- F5, F6: what a parent sees ---------------------------------------------------


def test_f5_a_parent_sees_what_is_green_where_the_child_has_a_place(north: School) -> None:
    assert seen(Viewer(north.quentin, north.ben)) == {
        "Maths Northside: green", "Maths Northside: both", "Both", "folder: green",
        "folder: both", "Box", "box: green", "box: both", "Attic: green", "Attic: both",
        north.quiz.title, north.surprise.title, north.locked_test.title,
    }  # fmt: skip


def test_f5_the_names_of_all_courses_this_years_and_past_ones(north: School) -> None:
    names = access.visible_places(Viewer(north.paula, north.anna)).values_list("name", flat=True)
    assert set(names) == {
        "Maths Northside", "Owls", "History", "Music", "Anna's den", "Nook",
    }  # fmt: skip


def test_f6_a_parent_is_a_parent_of_one_child_at_a_time(north: School) -> None:
    assert "Anna's den: green" not in seen(Viewer(north.quentin, north.ben))
    assert "Owls: green" in seen(Viewer(north.quentin, north.anna))
    assert "Owls: green" not in seen(Viewer(north.quentin, north.ben))
    assert seen(Viewer(north.quentin, north.dan)) == set()
    assert seen(Viewer(north.quentin)) == set()


@pytest.mark.parametrize(("who", "child"), [("petra", "ben"), ("oscar", "anna"), ("ines", "inka")])
def test_f6_a_paused_or_ended_link_or_an_inactive_child_shows_nothing(
    north: School, who: str, child: str
) -> None:
    viewer = Viewer(getattr(north, who), getattr(north, child))
    assert seen(viewer) == set()
    assert not access.visible_places(viewer).exists()
    assert not access.visible_profiles(viewer).exists()


def test_f6_the_capacity_of_a_parent_is_given_by_a_live_link_only(north: School) -> None:
    viewer = linking.as_parent_of(Viewer(north.quentin, origin="10.0.0.7"), north.ben.pk)
    assert (viewer.user, viewer.child, viewer.origin) == (north.quentin, north.ben, "10.0.0.7")
    for parent, child in (
        (north.petra, north.ben), (north.oscar, north.anna), (north.ursula, north.anna),
        (north.quentin, north.dan), (north.ines, north.inka), (north.tess, north.anna),
        (north.anna, north.anna),
    ):  # fmt: skip
        with pytest.raises(Unseen):
            linking.as_parent_of(Viewer(parent), child.pk)
    with pytest.raises(Unseen):
        linking.as_parent_of(Viewer(north.quentin), uuid.uuid4())


# --- F7: workspaces ---------------------------------------------------------------


def test_f7_parents_see_nothing_of_workspaces_but_what_their_child_opened(north: School) -> None:
    den = {"Anna's den: green", "Anna's den: both"}
    assert den <= seen(Viewer(north.paula, north.anna))
    assert not {title for title in seen(Viewer(north.quentin, north.anna)) if "den" in title}
    enter(north.quentin, north.for_my_parents)
    assert den <= seen(Viewer(north.quentin, north.anna))
    assert not den & seen(Viewer(north.quentin, north.ben)), "Ben is in the den, and no help"


def test_f7_what_is_in_a_group_is_for_the_parents_of_who_is_in_it(north: School) -> None:
    assert "Nook: both" in seen(Viewer(north.paula, north.anna)), "Anna runs it"
    publishing.flip(Viewer(north.anna), north.nook, Toggle.GREEN, on=False)
    assert "Nook: both" not in seen(Viewer(north.paula, north.anna))


def test_f7_only_the_parents_of_the_student_who_made_the_code(north: School) -> None:
    for parent in (north.petra, north.oscar, north.ursula, north.pia):
        with pytest.raises(Refused):
            enter(parent, north.for_my_parents)


def test_f7_the_grant_is_made_once_and_ends_with_the_link(north: School) -> None:
    assert redeeming.redeem(Viewer(north.paula), north.for_my_parents.text).already
    assert WorkspaceGrant.objects.filter(place=north.den).count() == 1
    end_link(north.paula, north.anna)
    assert not {title for title in seen(Viewer(north.paula, north.anna)) if "den" in title}
    enter(north.paula, issuing.make_parent_code(Viewer(north.anna), north.anna))
    assert "Owls: both" in seen(Viewer(north.paula, north.anna))
    assert "Anna's den: both" not in seen(Viewer(north.paula, north.anna)), "ended with the link"


def test_f7_the_members_are_told_that_parents_may_read(north: School) -> None:
    assert linking.is_read_by_parents(north.den)
    assert not linking.is_read_by_parents(north.staffroom)
    end_link(north.paula, north.anna)
    assert not linking.is_read_by_parents(north.den)


def test_f7_two_grants_at_once_are_one(north: School) -> None:
    link = linking.live_link(north.paula, north.anna)
    assert link is not None
    assert not linking.grant_workspace(Viewer(north.paula), link, north.den, north.for_my_parents)


def test_f7_a_code_for_my_parents_dies_when_the_student_runs_the_workspace_no_more(
    north: School,
) -> None:
    membership.change_permission(Viewer(north.anna), north.den, north.ben, Permission.ADMIN)
    membership.change_permission(Viewer(north.anna), north.den, north.anna, Permission.READ)
    with pytest.raises(Refused):
        enter(north.quentin, north.for_my_parents)


def test_f7_the_code_of_another_admin_is_for_that_ones_parents(north: School) -> None:
    membership.change_permission(Viewer(north.anna), north.den, north.ben, Permission.ADMIN)
    code = issuing.make_registration_code(Viewer(north.ben), north.den, Terms(Audience.MY_PARENTS))
    enter(north.quentin, code)
    assert "Anna's den: both" in seen(Viewer(north.quentin, north.ben))
    assert "Anna's den: both" not in seen(Viewer(north.quentin, north.anna))
    with pytest.raises(Refused):
        enter(north.paula, code)


# --- P5: a teacher who is a parent ------------------------------------------------


def test_p5_a_teacher_redeems_a_parent_code_and_has_a_parents_eyes_there(north: School) -> None:
    mine, as_mother = Viewer(north.pia), Viewer(north.pia, north.ben)
    assert "Music: off" in seen(mine)
    assert not {title for title in seen(mine) if title.startswith("Maths")}
    assert seen(as_mother) == seen(Viewer(north.quentin, north.ben))
    assert not any(
        access.allowed(as_mother, action, Place).exists()
        for action in (
            Action.ADD_CONTENT, Action.MANAGE, Action.FLIP, Action.MAKE_CODE,
            Action.MAKE_SHEETS, Action.SEE_MEMBERS,
        )
    )  # fmt: skip


def test_p5_a_teacher_is_a_parent_in_their_own_course_with_a_parents_eyes(north: School) -> None:
    """Dan's mother teaches him; in "My children" she sees what any parent does."""
    enter(north.pia, issuing.make_parent_code(Viewer(north.dan), north.dan))
    publishing.flip(Viewer(north.pia), north.music, Toggle.GREEN, on=True)
    assert seen(Viewer(north.pia, north.dan)) == {"Music: green", "Music: both"}


def test_p5_nobody_redeems_a_parent_code_that_they_made(north: School) -> None:
    code = issuing.make_parent_code(Viewer(north.pia), north.dan)
    with pytest.raises(Refused):
        enter(north.pia, code)


def test_p5_a_student_is_nobodys_parent(north: School) -> None:
    for student in (north.nina, north.cleo):
        with pytest.raises(Refused):
            enter(student, north.for_ninas_parents)
    with pytest.raises(IntegrityError), transaction.atomic():
        ParentLink.objects.create(parent=north.nina, student=north.nina)


# --- S5: linked and not yet -------------------------------------------------------


def test_s5_who_is_linked_and_who_not_yet(north: School) -> None:
    def adults(place: Place) -> dict[str, list[str]]:
        names = {person.pk: person.given_name for person in north.people}
        return {
            names[student]: [link.parent.given_name for link in links]
            for student, links in linking.linked_adults(place).items()
        }

    assert adults(north.maths) == {
        "Anna": ["Paula", "Quentin"],
        "Ben": ["Quentin", "Pia", "Petra"],  # a paused link lasts
        "Inka": ["Ines"],
    }
    assert adults(north.owls) == {"Anna": ["Paula", "Quentin"]}


def test_f8_the_lasting_links_of_a_student(north: School) -> None:
    assert [link.parent for link in linking.links_of(north.anna)] == [north.paula, north.quentin]


def test_f6_what_others_do_changes_nothing_for_a_parent(north: School, south: School) -> None:
    """Non-interference, in small: the rest of the world moves, Paula's view does not."""

    def view(viewer: Viewer) -> list[Any]:
        return [
            list(access.visible_items(viewer).order_by("pk").values()),
            list(access.visible_places(viewer).order_by("pk").values()),
            list(access.visible_profiles(viewer).values()),
        ]

    paula, tess = Viewer(north.paula, north.anna), Viewer(north.tess)
    before = view(paula)
    membership.remove(tess, north.maths, north.cleo)
    membership.leave(Viewer(north.ben), north.attic)
    north.nina.rename(given_name="Nora", family_name="X")
    enter(north.zoe, north.for_owls)
    membership.make_group(tess, north.maths, "Ravens")
    Item.objects.filter(root=south.maths).update(title="Elsewhere")
    publishing.flip(tess, north.pages["owls: blue"], Toggle.BLUE, on=False)
    assert view(paula)[1:] == before[1:]
    assert [item["id"] for item in view(paula)[0]] == [item["id"] for item in before[0]]
