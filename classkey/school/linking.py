"""Parents to students (F1, F4, F7)."""

from django.db import IntegrityError, transaction
from django.db.models import Count, QuerySet

from classkey.accounts.models import User
from classkey.school import audit
from classkey.school.access import Viewer
from classkey.school.models import (
    AuditAction,
    Code,
    ParentLink,
    Place,
    WorkspaceGrant,
)


def lasting_link(parent: User, student: User) -> ParentLink | None:
    """Return the link between the two that has not ended (it may be paused), if any."""
    return ParentLink.objects.filter(parent=parent, student=student, ended_at=None).first()


def live_link(parent: User, student: User) -> ParentLink | None:
    """Return the link by which the parent may look now: neither ended nor paused, if any."""
    return ParentLink.objects.live().filter(parent=parent, student=student).first()


@transaction.atomic
def link(viewer: Viewer, student: User, code: Code) -> bool:
    """Link the viewer, as a parent, to `student` (F4); return whether the link is new.

    The caller has checked the code. Two at once make one link, by the database.
    """
    if lasting_link(viewer.user, student) is not None:
        return False
    try:
        with transaction.atomic():
            made = ParentLink.objects.create(parent=viewer.user, student=student, code=code)
    except IntegrityError:
        return False
    audit.record(viewer, AuditAction.LINK_MADE, subject=student, thing=made.pk, code=code)
    return True


@transaction.atomic
def grant_workspace(viewer: Viewer, link: ParentLink, place: Place, code: Code) -> bool:
    """Let a linked parent read what is green in their child's workspace (F7); return whether new."""
    _grant, made = WorkspaceGrant.objects.get_or_create(link=link, place=place)
    if made:
        audit.record(viewer, AuditAction.GRANT_MADE, subject=link.student, place=place, code=code)
    return made


def children_of(parent: User) -> QuerySet[User]:
    """Return the students that a parent, or a teacher as a parent (P5), is linked to, by name."""
    live = ParentLink.objects.live().filter(parent=parent)
    students = User.objects.filter(pk__in=live.values("student"), is_active=True)
    return students.order_by("given_name", "family_name", "pk")


def links_of(student: User) -> QuerySet[ParentLink]:
    """Return the lasting links of a student, for those who may know them (F8)."""
    lasting = ParentLink.objects.filter(student=student, ended_at=None)
    return lasting.select_related("parent").order_by("linked_at")


def linked_counts(students: QuerySet[User]) -> dict[object, int]:
    """Return how many adults are linked to each of these students; absent means not yet (S5)."""
    lasting = ParentLink.objects.filter(student__in=students, ended_at=None)
    return dict(lasting.values_list("student").annotate(adults=Count("pk")).order_by())
