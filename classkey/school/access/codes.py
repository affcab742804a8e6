"""Which codes and sheets somebody sees, reads and may make (K2, K9, P5, F2)."""

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from classkey.accounts.models import Role
from classkey.school.access.people import own_students
from classkey.school.access.places import taught_places
from classkey.school.models import Audience, Code, Membership, Permission, PlaceKind, SheetRun
from classkey.school.viewer import Viewer


def visible_codes(viewer: Viewer) -> QuerySet[Code]:
    """Codes of places that the viewer runs, and parent codes that they made or that were made
    there, of students whose family they may know (K9, S7); "my parents" is its maker's own (F8).
    """
    run = viewer.places(Permission.ADMIN)
    mine = Q(created_by=viewer.author)
    return Code.objects.filter(
        Q(student=None, place__in=run) & ~Q(audience=Audience.MY_PARENTS)
        | Q(audience=Audience.MY_PARENTS) & mine
        | Q(student__in=own_students(viewer)) & (mine | Q(place__in=run))
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
    return SheetRun.objects.filter(requested_by=viewer.author, place__in=taught_places(viewer))
