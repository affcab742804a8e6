"""Who learns what of a test (C5), and the table of its results."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum, TextChoices
from django.utils.translation import gettext_lazy as _

from classkey.accounts.models import Role, User
from classkey.school import access
from classkey.school.access import Action, PreparedForViewer
from classkey.school.models import Answer, Assessment, Attempt, Item, Permission, Question
from classkey.school.viewer import Viewer


@dataclass(frozen=True)
class Released:
    """What a viewer may learn of an attempt besides the answers themselves: how many `points`
    each question is worth; the `grade`, and how each answer was marked; the `right_answers`.
    """

    points: bool
    grade: bool
    right_answers: bool

    @property
    def marks(self) -> bool:
        """The points of each answer? They would tell what a question is worth."""
        return self.points and self.grade


def released(viewer: Viewer, attempt: Attempt) -> Released:
    """Return what the settings let this viewer learn of an attempt that they may see (C5).

    Before it is submitted the student learns no more than what each question is worth, and a
    parent nothing; who runs the test learns everything.
    """
    test = attempt.assessment
    if viewer.is_themself and viewer.user != attempt.student:
        return Released(points=True, grade=True, right_answers=True)
    if attempt.submitted_at is None:
        points = test.show_points and not viewer.is_parent
        return Released(points, grade=False, right_answers=False)
    if viewer.is_parent:
        return Released(test.show_points, test.show_grade_to_parents, test.show_answers_to_parents)
    return Released(test.show_points, test.show_grade_to_students, test.show_answers_to_students)


@dataclass(frozen=True)
class Grade:
    """The sum of an attempt: `earned` of `possible` points; `waiting` answers are not marked."""

    earned: Decimal
    waiting: int
    possible: Decimal
    passing_grade: int | None

    @property
    def percent(self) -> int | None:
        """The grade in whole percent, rounded down; None while answers wait, or nothing counts."""
        if self.waiting or not self.possible:
            return None
        return int(self.earned * 100 // self.possible)

    @property
    def is_passed(self) -> bool | None:
        """Is it passed? None where there is no grade or nothing to pass."""
        if self.percent is None or self.passing_grade is None:
            return None
        return self.earned * 100 >= self.passing_grade * self.possible


def grade(test: Assessment, questions: Iterable[Question], answers: Iterable[Answer]) -> Grade:
    """Return the sum of one attempt's answers."""
    points = [answer.points for answer in answers]
    return Grade(
        earned=sum((each for each in points if each is not None), Decimal(0)),
        possible=sum((question.points for question in questions), Decimal(0)),
        waiting=points.count(None),
        passing_grade=test.passing_grade,
    )


@dataclass(frozen=True)
class Sheet:
    """One attempt whole: each question in its order with the answer to it, if there is one;
    `grade` is empty until it is submitted.
    """

    lines: list[tuple[Question, Answer | None]]
    grade: Grade | None


def sheet(attempt: Attempt) -> Sheet:
    """Return the questions of an attempt with their answers. Three queries.

    What of it the viewer may learn is said by `released`.
    """
    test = attempt.assessment
    questions = list(test.questions.prefetch_related("choices"))
    given = {answer.question_id: answer for answer in attempt.answers.select_related("marked_by")}
    for question in questions:
        if question.pk in given:
            given[question.pk].question = question  # with its choices, not to be asked for again
    lines = [(question, given.get(question.pk)) for question in questions]
    is_submitted = attempt.submitted_at is not None
    return Sheet(lines, grade(test, questions, given.values()) if is_submitted else None)


class State(TextChoices):
    """How far a student is with a test."""

    NOT_BEGUN = "not-begun", _("not begun")
    WORKING = "working", _("working on it")
    WAITS = "waits", _("waits to be marked")
    SUBMITTED = "submitted", _("submitted")


@dataclass(frozen=True)
class Row:
    """One student in the table of results; `answers` stand in the order of the questions, and
    `grade` is empty until they have submitted.
    """

    student: User
    is_member: bool
    attempt: Attempt | None
    answers: list[Answer | None]
    grade: Grade | None

    @property
    def state(self) -> State:
        """How far the student is."""
        if self.attempt is None:
            return State.NOT_BEGUN
        if self.grade is None:
            return State.WORKING
        return State.WAITS if self.grade.waiting else State.SUBMITTED


@dataclass(frozen=True)
class Table:
    """The results of a test: the questions across, the students down, by name."""

    questions: list[Question]
    rows: list[Row]


def table(viewer: Viewer, item: Item) -> Table:
    """Return the results of a test for who may read them: of the students in its place, whether
    they have begun or not, and of those who have answered and left.

    Raises PermissionDenied. The number of queries does not depend on who is in it.
    """
    access.require(viewer, Action.SEE_RESULTS, item)
    test = item.assessment
    questions = list(test.questions.prefetch_related("choices"))
    attempts = access.visible_attempts(viewer).filter(assessment=test)
    by_student = {attempt.student_id: attempt for attempt in attempts.prefetch_related("answers")}
    return Table(
        questions,
        rows=[
            _row(test, questions, student, by_student.get(student.pk))
            for student in _students(viewer, item, by_student)
        ],
    )


def _students(viewer: Viewer, item: Item, answered: Iterable[uuid.UUID]) -> QuerySet[User, Any]:
    """The students who may take a test or have begun it, by name; each knows if they `is_member`.

    Who made the test, or runs the place, knows the right answers and does not take it.
    """
    members = access.visible_memberships(viewer).filter(place=item.place_id)
    takers = members.filter(user__role=Role.STUDENT).exclude(
        Q(permission=Permission.ADMIN) | Q(user=item.created_by_id)
    )
    students = User.objects.filter(Q(pk__in=takers.values("user")) | Q(pk__in=list(answered)))
    here = Exists(members.filter(user=OuterRef("pk")))
    return students.annotate(is_member=here).order_by("family_name", "given_name", "pk")


def _row(test: Assessment, questions: list[Question], student: Any, attempt: Attempt | None) -> Row:
    given = {answer.question_id: answer for answer in attempt.answers.all()} if attempt else {}
    submitted = attempt is not None and attempt.submitted_at is not None
    return Row(
        student=student,
        is_member=student.is_member,
        attempt=attempt,
        answers=[given.get(question.pk) for question in questions],
        grade=grade(test, questions, given.values()) if submitted else None,
    )


@dataclass(frozen=True)
class ProfileResult:
    """A test on a student's profile; `grade` is empty where it is not released."""

    attempt: Attempt
    grade: Grade | None


def on_profile(viewer: Viewer, student: User) -> list[ProfileResult]:
    """Return the submitted tests on a profile, newest first, with the grades that the settings
    release to this viewer (S7, F5). Three queries, however many tests there are.
    """
    is_parent = viewer.is_parent
    attempts = _childs(viewer, student.pk) if is_parent else list(_newest(viewer, student))
    sums = {
        pk: (earned, waiting)
        for pk, earned, waiting in Answer.objects.filter(attempt__in=attempts)
        .values_list("attempt")
        .annotate(
            earned=Sum("points", default=Decimal(0)), waits=Count("pk", filter=Q(points=None))
        )
    }
    possible = dict(
        Question.objects.filter(assessment__in=[each.assessment_id for each in attempts])
        .values_list("assessment")
        .annotate(Sum("points"))
    )
    return [
        ProfileResult(
            attempt,
            Grade(
                *sums.get(attempt.pk, (Decimal(0), 0)),
                possible.get(attempt.assessment_id, Decimal(0)),
                attempt.assessment.passing_grade,
            )
            if released(viewer, attempt).grade
            else None,
        )
        for attempt in attempts
    ]


def _newest(viewer: Viewer, student: User) -> QuerySet[Attempt]:
    attempts = access.attempts_on_profile(viewer, student)
    related = attempts.select_related("assessment__item__place__root", "student")
    return related.order_by("-submitted_at", "pk")


@PreparedForViewer
def _childs(viewer: Viewer, student: uuid.UUID) -> QuerySet[Attempt]:
    """The same for a parent, for whom it does not matter whether the student is themself."""
    return _newest(viewer, User(pk=student))
