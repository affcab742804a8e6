"""Whose profile somebody opens, what stands on it for them, and who is where (S5, S7, F5, F8)."""

from django.db.models import Q, QuerySet

from classkey.accounts.models import Role, User
from classkey.school.access.content import visible_attempts
from classkey.school.access.places import taught_places, visible_places
from classkey.school.models import Attempt, Membership, Place, PlaceKind
from classkey.school.viewer import Viewer


def visible_profiles(viewer: Viewer) -> QuerySet[User]:
    """Students whose profile the viewer may open: their child's as a parent; else their own,
    their students' (S7), and for administrators everybody's (F8).
    """
    students = User.objects.filter(role=Role.STUDENT, is_active=True)
    if viewer.is_parent:
        return students.filter(pk__in=viewer.link.values("student"))
    return family_profiles(viewer)


def family_profiles(viewer: Viewer) -> QuerySet[User]:
    """Students of whom the viewer may know the linked parents (S5, F8)."""
    if viewer.is_administrator:
        return User.objects.filter(role=Role.STUDENT, is_active=True)
    return own_students(viewer)


def own_students(viewer: Viewer) -> QuerySet[User]:
    """The viewer, if a student; a teacher's students (S7)."""
    students = User.objects.filter(role=Role.STUDENT, is_active=True)
    if not viewer.is_themself:
        return students.none()
    taught = Membership.objects.live().filter(place__in=taught_places(viewer))
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
    shared = taught_places(viewer).filter(pk__in=theirs.values("place"))
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


def visible_memberships(viewer: Viewer) -> QuerySet[Membership]:
    """Who is in the viewer's own places (S5); in no other capacity (F6)."""
    places = visible_places(viewer)
    return Membership.objects.live().filter(
        place__in=places if viewer.is_themself else places.none(), user__is_active=True
    )
