"""The made-up school is as the rules would have left it, though nobody asked them."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from classkey.accounts.addresses import able
from classkey.accounts.models import Role, User
from classkey.school import access, clock, filing, seeding
from classkey.school.assessing import scoring
from classkey.school.models import (
    Answer,
    Attempt,
    Item,
    Membership,
    ParentLink,
    Permission,
    Place,
    PlaceKind,
    QuestionKind,
    StoredFile,
)
from classkey.school.publishing.toggles import settle
from classkey.school.viewer import Viewer

STUDENTS = 185  # six cohorts, of 30 or 31 each: the sixth has other teachers


@pytest.fixture(scope="module")
def _school(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[list[int]]:
    """A small school, made once for this module."""
    came: list[int] = []
    with django_db_blocker.unblock(), transaction.atomic():
        seeding.seed(STUDENTS, came.append)
        yield came
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def school(_school: list[int], db: None) -> list[int]:
    """The small school, as new for each test; how many students came at a time."""
    return _school


def test_progress_counts_every_student(school: list[int]) -> None:
    assert sum(school) == STUDENTS == User.objects.filter(role=Role.STUDENT).count()


def test_its_proportions_are_those_of_a_school() -> None:
    each = {
        "memberships": Membership.objects.count() / STUDENTS,
        "items": Item.objects.count() / STUDENTS,
        "links": ParentLink.objects.count() / STUDENTS,
    }
    assert each == pytest.approx({"memberships": 10, "items": 20, "links": 1.5}, rel=0.05)
    courses = Place.objects.filter(kind=PlaceKind.COURSE)
    students = Membership.objects.filter(place__in=courses, user__role=Role.STUDENT)
    assert set(Counter(students.values_list("place", flat=True)).values()) == {30, 31}


def test_a_student_without_a_parent_and_siblings_are_there() -> None:
    links = ParentLink.objects.live()
    assert User.objects.filter(role=Role.STUDENT).exclude(pk__in=links.values("student")).exists()
    children = Counter(links.values_list("parent", flat=True))
    assert set(children.values()) == {1, 2}


def test_p2_everybody_may_do_something_and_nobody_has_a_password() -> None:
    unable = User.objects.exclude(pk__in=able(User.objects.all()).values("pk"))
    assert [user.username for user in unable] == ["office"]
    assert not any(user.has_usable_password() for user in User.objects.all())


def test_c2_what_is_in_effect_follows_from_what_is_set() -> None:
    def in_effect() -> list[tuple[object, ...]]:
        fields = ("pk", "shown_to_members", "shown_to_parents")
        return [
            *Place.objects.order_by("pk").values_list(*fields),
            *Item.objects.order_by("pk").values_list(*fields),
        ]

    before = in_effect()
    for root in Place.objects.filter(parent=None):
        settle(root.pk)
    assert in_effect() == before


def test_c4_every_combination_of_the_toggles_is_there() -> None:
    assert len(set(Item.objects.values_list("members_see", "parents_see"))) == 4
    assert len(set(Item.objects.values_list("shown_to_members", "shown_to_parents"))) == 4
    for toggle in ("members_see", "parents_see"):
        assert set(Place.objects.values_list(toggle, flat=True)) == {True, False}


def test_s2_in_a_course_only_teachers_are_admins() -> None:
    admins = Membership.objects.admins().filter(place__root__kind=PlaceKind.COURSE)
    assert set(admins.values_list("user__role", flat=True)) == {Role.INSTRUCTOR}
    assert not Place.objects.exclude(pk__in=Membership.objects.admins().values("place"))


def test_s3_members_are_in_the_place_above_and_its_admins_are_admins_inside() -> None:
    rows = {(row.place_id, row.user_id): row for row in Membership.objects.all()}
    groups = Place.objects.filter(kind=PlaceKind.GROUP).exclude(parent=None)
    for group, parent in groups.values_list("pk", "parent__pk"):
        here = {user for place, user in rows if place == group}
        above = {user for place, user in rows if place == parent}
        assert here < above
        for user in above:
            if rows[parent, user].permission == Permission.ADMIN:
                assert rows[group, user].permission == Permission.ADMIN
    came_by_the_place_above = {row.permission for row in rows.values() if row.given is None}
    assert came_by_the_place_above == {Permission.ADMIN}


def test_s4_last_years_courses_are_archived() -> None:
    courses = Place.objects.filter(kind=PlaceKind.COURSE)
    past, running = (courses.filter(archived_at__isnull=here) for here in (False, True))
    years = [set(some.values_list("school_year", flat=True)) for some in (past, running)]
    assert years == [{clock.school_year() - 1}, {clock.school_year()}]
    assert past.count() * 3 == running.count()


def test_c1_items_stand_in_their_order_and_are_valid() -> None:
    inside: dict[object, list[int]] = {}
    for item in Item.objects.all():
        inside.setdefault(item.folder_id or item.place_id, []).append(item.position)
    assert all(sorted(positions) == list(range(len(positions))) for positions in inside.values())
    for item in Item.objects.filter(root=Place.objects.filter(kind=PlaceKind.COURSE)[0]):
        item.full_clean()


def test_c5_answers_are_marked_as_they_would_be() -> None:
    assert {True, False} == {attempt.submitted_at is None for attempt in Attempt.objects.all()}, (
        "submitted ones, and some under way"
    )
    seen = set()
    for answer in Answer.objects.select_related("attempt", "question"):
        score = scoring.score(answer.question, answer.given)
        submitted = answer.attempt.submitted_at is not None
        by_hand = answer.question.kind == QuestionKind.LONG_TEXT
        seen.add((submitted, by_hand, answer.points))
        assert scoring.tidy(answer.question, answer.given) == answer.given
        assert (answer.marked_by is not None) == (by_hand and answer.points is not None)
        if not by_hand:
            assert answer.points == (score if submitted else None)
    assert {(True, False, 0), (True, False, 1), (True, True, None), (True, True, 3)} < seen


def test_f5_a_parent_finds_what_is_green_of_their_child() -> None:
    links = ParentLink.objects.select_related("parent", "student")
    seen = [access.visible_items(Viewer(link.parent, link.student)).count() for link in links]
    assert min(seen) > 10


def test_c6_the_handout_can_be_read() -> None:
    handout = StoredFile.objects.get()
    with closing(filing.read(handout, 0, handout.size)) as pieces:
        assert b"".join(pieces) == seeding.HANDOUT
