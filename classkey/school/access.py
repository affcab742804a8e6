"""THE policy: who may see and do what (S2, S3, S5, S7, C2, F5, F6, F7, K9).

Every rule is a queryset, so that the list and the predicate are one thing: what
`allowed(viewer, action, Model)` holds, `can(viewer, action, obj)` permits, and
`get(viewer, Model, pk, action)` loads. Decided at each call from the database as it
stands (A2).
"""

import uuid
from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Exists, F, Model, OuterRef, Q, QuerySet

from classkey.accounts.models import Role, User
from classkey.school.errors import Unseen
from classkey.school.models import (
    Attempt,
    Audience,
    Code,
    Item,
    ItemKind,
    Membership,
    Permission,
    Place,
    PlaceKind,
    SheetRun,
)
from classkey.school.viewer import Viewer

M = TypeVar("M", bound=Model)


class Action(StrEnum):
    """What may be asked of the policy."""

    SEE = "see"
    # a place
    SEE_CONTENT = "see-content"
    SEE_MEMBERS = "see-members"
    ADD_CONTENT = "add-content"
    MANAGE = "manage"
    FLIP = "flip"
    MAKE_CODE = "make-code"
    MAKE_SHEETS = "make-sheets"
    ENROL = "enrol"
    PREVIEW = "preview"
    ARCHIVE = "archive"
    COPY = "copy"
    # an item
    EDIT = "edit"
    DELETE = "delete"
    # a test
    TAKE = "take"
    SEE_RESULTS = "see-results"
    MARK = "mark"
    # a code
    READ = "read"
    # a student's profile
    SEE_FAMILY = "see-family"
    MAKE_PARENT_CODE = "make-parent-code"
    ISSUE_SIGN_IN = "issue-sign-in"
    SET_LANGUAGE = "set-language"


# --- Places -----------------------------------------------------------------------


def visible_places(viewer: Viewer) -> QuerySet[Place]:
    """Places that the viewer knows of: their own (S5); of a child's, the courses, and what is
    green in them and in workspaces opened to the parents (F5, F7).
    """
    if not viewer.is_parent:
        return Place.objects.filter(pk__in=viewer.places())
    return Place.objects.filter(
        Q(kind=PlaceKind.COURSE) | Q(shown_to_parents=True), pk__in=viewer.childs_places()
    )


def _open_places(viewer: Viewer) -> QuerySet[Place]:
    """Places whose content the viewer may look for: open by their toggle, or theirs (C4)."""
    places = visible_places(viewer)
    if viewer.is_parent:
        return places.filter(shown_to_parents=True)
    return places.filter(
        Q(shown_to_members=True)
        | Q(pk__in=viewer.places(Permission.ADMIN))
        | Q(created_by=viewer.author)
    )


def _run_places(viewer: Viewer) -> QuerySet[Place]:
    """Places that the viewer is an admin of, archived or not."""
    return Place.objects.filter(pk__in=viewer.places(Permission.ADMIN))


def _run_courses(viewer: Viewer) -> QuerySet[Place]:
    """Courses that the viewer may end, begin again, and take into a new year (S4)."""
    return _run_places(viewer).filter(kind=PlaceKind.COURSE)


def _own_places(viewer: Viewer, at_least: Permission) -> QuerySet[Place]:
    """Places, not archived, where the viewer has this permission (S2, S4)."""
    return Place.objects.filter(pk__in=viewer.places(at_least), root__archived_at__isnull=True)


def _taught_places(viewer: Viewer) -> QuerySet[Place]:
    """Running courses, and groups in them, where the viewer is a teacher of the students (S7)."""
    places = _own_places(viewer, Permission.ADMIN).filter(root__kind=PlaceKind.COURSE)
    return places if viewer.user.is_instructor else places.none()


# --- Items ------------------------------------------------------------------------


def visible_items(viewer: Viewer) -> QuerySet[Item]:
    """Content that the viewer may read (C2, C3)."""
    items = Item.objects.kept()
    if viewer.is_parent:
        green = items.filter(shown_to_parents=True, place__in=viewer.childs_places())
        # Others' eyes show nobody more than their own: above, they may be a mere reader.
        return green & visible_items(viewer.themself) if viewer.preview else green
    return items.filter(
        # The roots are implied by S3, and let the database start from a few trees.
        Q(place__in=viewer.places(Permission.ADMIN))
        | Q(place__in=viewer.places()) & (Q(shown_to_members=True) | Q(created_by=viewer.author)),
        root__in=viewer.places(),
    )


def _editable_items(viewer: Viewer) -> QuerySet[Item]:
    """Content that the viewer may change: seen, in a place where they are an editor (S2); a test,
    which holds the right answers, only as an admin or its maker (C5).
    """
    return visible_items(viewer).filter(
        ~Q(kind=ItemKind.TEST)
        | Q(created_by=viewer.author)
        | Q(place__in=viewer.places(Permission.ADMIN)),
        place__in=_own_places(viewer, Permission.EDIT),
    )


def _flippable_items(viewer: Viewer) -> QuerySet[Item]:
    return visible_items(viewer).filter(place__in=_own_places(viewer, Permission.ADMIN))


def _deletable_items(viewer: Viewer) -> QuerySet[Item]:
    """An admin deletes anything, an editor what they made."""
    return _editable_items(viewer).filter(
        Q(created_by=viewer.author) | Q(place__in=_own_places(viewer, Permission.ADMIN))
    )


def deleted_items(viewer: Viewer) -> QuerySet[Item]:
    """Deleted content that the viewer may bring back: an admin any, an editor what they deleted."""
    return Item.objects.filter(
        Q(place__in=_own_places(viewer, Permission.ADMIN))
        | Q(place__in=_own_places(viewer, Permission.EDIT), deleted_by=viewer.author),
        deleted_at__isnull=False,
    )


# --- Tests ------------------------------------------------------------------------


def _takeable_items(viewer: Viewer) -> QuerySet[Item]:
    """Tests that the viewer may answer: a student's, seen, not locked, in a place that is not
    archived, and whose right answers they do not know (C5).
    """
    tests = visible_items(viewer).filter(
        kind=ItemKind.TEST,
        assessment__locked=False,
        place__in=_own_places(viewer, Permission.READ),
    )
    theirs = Q(created_by=viewer.author) | Q(place__in=viewer.places(Permission.ADMIN))
    takes_tests = viewer.is_themself and viewer.user.is_student
    return tests.exclude(theirs) if takes_tests else tests.none()


def _tests_with_results(viewer: Viewer) -> QuerySet[Item]:
    """Tests whose results the viewer may read: those in places that they run (C5)."""
    run = viewer.places(Permission.ADMIN)
    return visible_items(viewer).filter(kind=ItemKind.TEST, place__in=run)


def _markable_items(viewer: Viewer) -> QuerySet[Item]:
    running = _own_places(viewer, Permission.ADMIN)
    return _tests_with_results(viewer).filter(place__in=running)


def visible_attempts(viewer: Viewer) -> QuerySet[Attempt]:
    """Attempts that the viewer may look at: their own, their students', and of a child's those
    that are submitted (C5), each at a test that the viewer sees.
    """
    attempts = Attempt.objects.filter(assessment__in=visible_items(viewer).values("pk"))
    if viewer.is_parent:
        return attempts.filter(
            student__in=viewer.link.values("student"), submitted_at__isnull=False
        )
    return attempts.filter(
        Q(student=viewer.author)
        | Q(assessment__item__place__in=viewer.places(Permission.ADMIN), student__is_active=True)
    )


def attempts_on_profile(viewer: Viewer, student: User) -> QuerySet[Attempt]:
    """Submitted attempts that stand on a student's profile, in the courses that do (S7): those
    that the viewer may look at; all of them for administrators (F8).
    """
    submitted = Attempt.objects.filter(
        student=student,
        submitted_at__isnull=False,
        assessment__item__deleted_at__isnull=True,
        assessment__item__root__in=courses_on_profile(viewer, student).values("pk"),
    )
    if viewer.is_administrator:
        return submitted
    return submitted.filter(pk__in=visible_attempts(viewer).values("pk"))


# --- Students' profiles -----------------------------------------------------------


def visible_profiles(viewer: Viewer) -> QuerySet[User]:
    """Students whose profile the viewer may open: their child's as a parent; else their own,
    their students' (S7), and for administrators everybody's (F8).
    """
    students = User.objects.filter(role=Role.STUDENT, is_active=True)
    if viewer.is_parent:
        return students.filter(pk__in=viewer.link.values("student"))
    return _family_profiles(viewer)


def _family_profiles(viewer: Viewer) -> QuerySet[User]:
    """Students of whom the viewer may know the linked parents (S5, F8)."""
    if viewer.is_administrator:
        return User.objects.filter(role=Role.STUDENT, is_active=True)
    return _own_students(viewer)


def _own_students(viewer: Viewer) -> QuerySet[User]:
    """The viewer, if a student; a teacher's students (S7)."""
    students = User.objects.filter(role=Role.STUDENT, is_active=True)
    if not viewer.is_themself:
        return students.none()
    taught = Membership.objects.live().filter(place__in=_taught_places(viewer))
    return students.filter(Q(pk=viewer.user.pk) | Q(pk__in=taught.values("user")))


def courses_on_profile(viewer: Viewer, student: User) -> QuerySet[Place]:
    """The student's courses that the viewer sees on the profile: a teacher those they run, the
    student, their parents and administrators all (S7, F5).
    """
    seen = visible_profiles(viewer).filter(pk=student.pk)
    theirs = Membership.objects.live().filter(user__in=seen)
    courses = Place.objects.filter(kind=PlaceKind.COURSE, pk__in=theirs.values("place"))
    if viewer.is_parent or viewer.author == student or viewer.is_administrator:
        return courses
    shared = _taught_places(viewer).filter(pk__in=theirs.values("place"))
    return courses.filter(pk__in=shared.values("root"))


def teachers_on_profile(viewer: Viewer, student: User) -> QuerySet[Membership]:
    """The memberships by which teachers see a student's profile (F8), in the courses that stand on
    it for the viewer: a teacher learns of no course but their own (S7). Not for parents.
    """
    theirs = Membership.objects.live().filter(user=student)
    admins = Membership.objects.live().admins().filter(user__is_active=True)
    return (admins.none() if viewer.is_parent else admins).filter(
        place__in=theirs.values("place"),
        place__root__in=courses_on_profile(viewer, student).values("pk"),
        place__root__archived_at=None,
    )


# --- Members, codes, sheets -------------------------------------------------------


def visible_memberships(viewer: Viewer) -> QuerySet[Membership]:
    """Who is in the viewer's own places (S5); in no other capacity (F6)."""
    places = visible_places(viewer)
    return Membership.objects.live().filter(
        place__in=places if viewer.is_themself else places.none(), user__is_active=True
    )


def visible_codes(viewer: Viewer) -> QuerySet[Code]:
    """Codes of places that the viewer runs, and parent codes that they made or that were made
    there, of students whose family they may know (K9, S7); "my parents" is its maker's own (F8).
    """
    run = viewer.places(Permission.ADMIN)
    mine = Q(created_by=viewer.author)
    return Code.objects.filter(
        Q(student=None, place__in=run) & ~Q(audience=Audience.MY_PARENTS)
        | Q(audience=Audience.MY_PARENTS) & mine
        | Q(student__in=_own_students(viewer)) & (mine | Q(place__in=run))
    )


def readable_codes(viewer: Viewer) -> QuerySet[Code]:
    """Codes that are shown to the viewer in full. A colleague's parent codes are not: nobody is to
    redeem a code that their own students' families were meant to get (P5).
    """
    return visible_codes(viewer).filter(Q(student=None) | Q(created_by=viewer.author))


def makeable(codes: QuerySet[Code]) -> QuerySet[Code]:
    """Return those codes whose maker may still make them (K2); the others are dead.

    The rules of MAKE_CODE, MAKE_SHEETS and MAKE_PARENT_CODE, asked for many makers at once.
    """
    here = Membership.objects.live().filter(place=OuterRef("place"))
    runs_place = Exists(here.admins().filter(user=OuterRef("created_by")))
    has_student = Exists(here.filter(user=OuterRef("student")))
    by_teacher = Q(created_by__role=Role.INSTRUCTOR, place__root__kind=PlaceKind.COURSE)
    return codes.filter(
        Q(runs_place, student=None, place__root__archived_at=None)
        | Q(runs_place, has_student, by_teacher, place__root__archived_at=None)
        | Q(place=None, student=F("created_by")),
        Q(student=None) | Q(student__is_active=True),
        created_by__is_active=True,
    )


def visible_sheet_runs(viewer: Viewer) -> QuerySet[SheetRun]:
    """Runs that the viewer asked for, while they teach there (F2)."""
    return SheetRun.objects.filter(requested_by=viewer.author, place__in=_taught_places(viewer))


# --- Asking the policy ------------------------------------------------------------

_RULES: dict[tuple[type[Model], Action], Callable[[Viewer], QuerySet[Any]]] = {
    (Place, Action.SEE): visible_places,
    (Place, Action.SEE_CONTENT): _open_places,
    (Place, Action.SEE_MEMBERS): lambda viewer: (
        visible_places(viewer) if viewer.is_themself else Place.objects.none()
    ),
    (Place, Action.ADD_CONTENT): lambda viewer: (
        _own_places(viewer, Permission.EDIT) & _open_places(viewer)
    ),
    (Place, Action.MANAGE): lambda viewer: _own_places(viewer, Permission.ADMIN),
    (Place, Action.FLIP): lambda viewer: _own_places(viewer, Permission.ADMIN),
    (Place, Action.MAKE_CODE): lambda viewer: _own_places(viewer, Permission.ADMIN),
    (Place, Action.MAKE_SHEETS): _taught_places,
    (Place, Action.ENROL): lambda viewer: _taught_places(viewer).filter(kind=PlaceKind.COURSE),
    (Place, Action.PREVIEW): _run_places,
    (Place, Action.ARCHIVE): _run_courses,
    (Place, Action.COPY): _run_courses,
    (Item, Action.SEE): visible_items,
    (Item, Action.EDIT): _editable_items,
    (Item, Action.FLIP): _flippable_items,
    (Item, Action.DELETE): _deletable_items,
    (Item, Action.TAKE): _takeable_items,
    (Item, Action.SEE_RESULTS): _tests_with_results,
    (Item, Action.MARK): _markable_items,
    (Attempt, Action.SEE): visible_attempts,
    (User, Action.SEE): visible_profiles,
    (User, Action.SEE_FAMILY): _family_profiles,
    (User, Action.MAKE_PARENT_CODE): _own_students,
    (User, Action.ISSUE_SIGN_IN): lambda viewer: _own_students(viewer).exclude(pk=viewer.user.pk),
    (User, Action.SET_LANGUAGE): lambda viewer: _own_students(viewer).exclude(pk=viewer.user.pk),
    (Code, Action.SEE): visible_codes,
    (Code, Action.READ): readable_codes,
    (Code, Action.DELETE): visible_codes,
    (SheetRun, Action.SEE): visible_sheet_runs,
}


def allowed(viewer: Viewer, action: Action, model: type[M]) -> QuerySet[M]:
    """Return every object of `model` that the viewer may do `action` with; none for an account
    that is not active (P7).

    Raises KeyError for an action that the policy does not know for this model.
    """
    rows: QuerySet[M] = _RULES[model, action](viewer)
    return rows if viewer.user.is_active else rows.none()


def can(viewer: Viewer, action: Action, obj: Model) -> bool:
    """Tell whether the viewer may do `action` with `obj`; raises KeyError as `allowed` does."""
    return allowed(viewer, action, type(obj)).filter(pk=obj.pk).exists()


def get(viewer: Viewer, model: type[M], pk: uuid.UUID | str, action: Action = Action.SEE) -> M:
    """Return the object for this viewer and action.

    Raises Unseen where it does not exist or may not be seen, PermissionDenied where it
    is seen but the action is not theirs.
    """
    try:
        obj = allowed(viewer, Action.SEE, model).filter(pk=pk).first()
    except ValidationError:
        obj = None
    if obj is None:
        raise Unseen
    if action is not Action.SEE and not can(viewer, action, obj):
        raise PermissionDenied
    return obj


def require(viewer: Viewer, action: Action, obj: Model) -> None:
    """Raise PermissionDenied unless the viewer may do `action` with `obj`. Actions call this."""
    if not can(viewer, action, obj):
        raise PermissionDenied
