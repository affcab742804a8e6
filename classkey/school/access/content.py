"""Which content somebody reads, changes, answers and marks (C2, C3, C5)."""

from django.db.models import Q, QuerySet

from classkey.school import clock
from classkey.school.access.places import own_places
from classkey.school.models import Attempt, Item, ItemKind, Permission
from classkey.school.models.items import RESTORABLE
from classkey.school.viewer import Viewer


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


def editable_items(viewer: Viewer) -> QuerySet[Item]:
    """Content that the viewer may change: seen, in a place where they are an editor (S2); a test,
    which holds the right answers, only as an admin or its maker (C5).
    """
    return visible_items(viewer).filter(
        ~Q(kind=ItemKind.TEST)
        | Q(created_by=viewer.author)
        | Q(place__in=viewer.places(Permission.ADMIN)),
        place__in=own_places(viewer, Permission.EDIT),
    )


def flippable_items(viewer: Viewer) -> QuerySet[Item]:
    """Content whose toggles the viewer may flip: an admin's (S2)."""
    return visible_items(viewer).filter(place__in=own_places(viewer, Permission.ADMIN))


def deletable_items(viewer: Viewer) -> QuerySet[Item]:
    """An admin deletes anything, an editor what they made."""
    return editable_items(viewer).filter(
        Q(created_by=viewer.author) | Q(place__in=own_places(viewer, Permission.ADMIN))
    )


def deleted_items(viewer: Viewer) -> QuerySet[Item]:
    """Deleted content that the viewer may bring back, for a year: an admin any, an editor what they
    deleted.
    """
    return Item.objects.filter(
        Q(place__in=own_places(viewer, Permission.ADMIN))
        | Q(place__in=own_places(viewer, Permission.EDIT), deleted_by=viewer.author),
        # By days, as whatever a rule knows of the time: its query is kept for one (prepared.py).
        # What the purge has taken to the second is not there any more.
        deleted_at__date__gte=clock.today() - RESTORABLE,
    )


# --- Tests ------------------------------------------------------------------------


def takeable_items(viewer: Viewer) -> QuerySet[Item]:
    """Tests that the viewer may answer: a student's, seen, not locked, in a place that is not
    archived, and whose right answers they do not know (C5).
    """
    tests = visible_items(viewer).filter(
        kind=ItemKind.TEST,
        assessment__locked=False,
        place__in=own_places(viewer, Permission.READ),
    )
    theirs = Q(created_by=viewer.author) | Q(place__in=viewer.places(Permission.ADMIN))
    takes_tests = viewer.is_themself and viewer.user.is_student
    return tests.exclude(theirs) if takes_tests else tests.none()


def tests_with_results(viewer: Viewer) -> QuerySet[Item]:
    """Tests whose results the viewer may read: those in places that they run (C5)."""
    run = viewer.places(Permission.ADMIN)
    return visible_items(viewer).filter(kind=ItemKind.TEST, place__in=run)


def markable_items(viewer: Viewer) -> QuerySet[Item]:
    """Tests that the viewer may mark: in places that they run and that are not archived (S4)."""
    running = own_places(viewer, Permission.ADMIN)
    return tests_with_results(viewer).filter(place__in=running)


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
