"""Which places somebody knows of, looks into and runs (S2, S3, S5, S7, F5, F7)."""

from django.db.models import Q, QuerySet

from classkey.school.models import Permission, Place, PlaceKind
from classkey.school.viewer import Viewer


def visible_places(viewer: Viewer) -> QuerySet[Place]:
    """Places that the viewer knows of: their own (S5); of a child's, the courses, and what is
    green in them and in workspaces opened to the parents (F5, F7).
    """
    if not viewer.is_parent:
        return Place.objects.filter(pk__in=viewer.places())
    return Place.objects.filter(
        Q(kind=PlaceKind.COURSE) | Q(shown_to_parents=True), pk__in=viewer.childs_places()
    )


def open_places(viewer: Viewer) -> QuerySet[Place]:
    """Places whose content the viewer may look for: open by their toggle, or theirs (C4)."""
    places = visible_places(viewer)
    if viewer.is_parent:
        return places.filter(shown_to_parents=True)
    return places.filter(
        Q(shown_to_members=True)
        | Q(pk__in=viewer.places(Permission.ADMIN))
        | Q(created_by=viewer.author)
    )


def run_places(viewer: Viewer) -> QuerySet[Place]:
    """Places that the viewer is an admin of, archived or not."""
    return Place.objects.filter(pk__in=viewer.places(Permission.ADMIN))


def run_courses(viewer: Viewer) -> QuerySet[Place]:
    """Courses that the viewer may end, begin again, and take into a new year (S4)."""
    return run_places(viewer).filter(kind=PlaceKind.COURSE)


def own_places(viewer: Viewer, at_least: Permission) -> QuerySet[Place]:
    """Places, not archived, where the viewer has this permission (S2, S4)."""
    return Place.objects.filter(pk__in=viewer.places(at_least), root__archived_at__isnull=True)


def taught_places(viewer: Viewer) -> QuerySet[Place]:
    """Running courses, and groups in them, where the viewer is a teacher of the students (S7)."""
    places = own_places(viewer, Permission.ADMIN).filter(root__kind=PlaceKind.COURSE)
    return places if viewer.user.is_instructor else places.none()
