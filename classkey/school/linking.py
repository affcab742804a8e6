"""Parents to students (F1, F4, F7)."""

import datetime
import uuid

from django.db import IntegrityError, transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Greatest
from django.utils import timezone

from classkey.accounts.models import User
from classkey.prepared import Prepared
from classkey.school import access, audit, noticing
from classkey.school.access import Action, PreparedForViewer
from classkey.school.errors import Unseen
from classkey.school.models import (
    AuditAction,
    Code,
    Membership,
    ParentLink,
    Place,
    WorkspaceGrant,
)
from classkey.school.viewer import Viewer


def lasting_link(parent: User, student: User) -> ParentLink | None:
    """Return the link between the two that has not ended (it may be paused), if any."""
    return _lasting_links.first(parent.pk, student.pk)


@Prepared
def _lasting_links(parent: uuid.UUID, student: uuid.UUID) -> QuerySet[ParentLink]:
    return ParentLink.objects.filter(parent=parent, student=student, ended_at=None)


def live_link(parent: User, student: User) -> ParentLink | None:
    """Return the link by which the parent may look now: neither ended nor paused, if any."""
    return ParentLink.objects.live().filter(parent=parent, student=student).first()


@transaction.atomic
def link(viewer: Viewer, student: User, code: Code) -> bool:
    """Link the viewer, as a parent, to `student` (F4); return whether the link is new.

    The caller has checked the code, and under `hold_family` that the student is not closed to them
    (F9). Two at once make one link, by the database.
    """
    try:
        with transaction.atomic():
            made = ParentLink.objects.create(parent=viewer.user, student=student, code=code)
    except IntegrityError:
        return False
    audit.record(viewer, AuditAction.LINK_MADE, subject=student, thing=made.pk, code=code)
    noticing.tell_of_link(made)
    return True


def hold_family(student: User) -> None:
    """Keep others from linking to `student`, and from revoking, until the transaction ends."""
    User.objects.select_for_update(no_key=True).get(pk=student.pk)


@transaction.atomic
def end_own_link(viewer: Viewer) -> None:
    """End the viewer's link to the child whose parent they are here (F10). Raises Unseen where it
    has ended meanwhile.
    """
    link = access.allowed(viewer, Action.END, ParentLink).first()
    if link is None:
        raise Unseen
    end(viewer, ParentLink.objects.filter(pk=link.pk))


@transaction.atomic
def end(viewer: Viewer, links: QuerySet[ParentLink]) -> None:
    """End those of `links` that last, for good (F9, F10); the caller has checked the viewer."""
    _change(viewer, links, AuditAction.LINK_ENDED, ended_at=timezone.now())


@transaction.atomic
def pause(viewer: Viewer, link: ParentLink) -> None:
    """Let the parent see nothing until support decides (F9); the caller has checked the viewer."""
    running = ParentLink.objects.filter(pk=link.pk, paused_at=None)
    _change(viewer, running, AuditAction.LINK_PAUSED, paused_at=timezone.now())


@transaction.atomic
def resume(viewer: Viewer, link: ParentLink) -> None:
    """Let the parent of a paused link see their child again; the caller has checked the viewer."""
    paused = ParentLink.objects.filter(pk=link.pk, paused_at__isnull=False)
    _change(viewer, paused, AuditAction.LINK_RESUMED, paused_at=None)


def _change(
    viewer: Viewer,
    links: QuerySet[ParentLink],
    action: AuditAction,
    **fields: datetime.datetime | None,
) -> None:
    held = links.filter(ended_at=None).select_for_update(of=("self",)).select_related("student")
    for link in list(held):
        ParentLink.objects.filter(pk=link.pk).update(**fields)
        audit.record(viewer, action, subject=link.student, thing=link.pk)


@transaction.atomic
def grant_workspace(viewer: Viewer, link: ParentLink, place: Place, code: Code) -> bool:
    """Let a linked parent read what is green in a workspace (F7); return whether that is new."""
    _grant, made = WorkspaceGrant.objects.get_or_create(link=link, place=place)
    if made:
        audit.record(viewer, AuditAction.GRANT_MADE, subject=link.student, place=place, code=code)
    return made


def is_read_by_parents(workspace: Place) -> bool:
    """Tell the members of a workspace whether parents may read what is green in it (F7)."""
    return bool(_live_grants(workspace.pk))


@Prepared
def _live_grants(place: uuid.UUID) -> QuerySet[WorkspaceGrant]:
    live = ParentLink.objects.live()
    return WorkspaceGrant.objects.filter(place=place, link__in=live)[:1]


def children_of(parent: User) -> QuerySet[User]:
    """Return the students that a parent, or a teacher as a parent (P5), is linked to, by name."""
    live = ParentLink.objects.live().filter(parent=parent)
    students = User.objects.filter(pk__in=live.values("student"), is_active=True)
    return students.order_by("given_name", "family_name", "pk")


def links_of(student: User) -> QuerySet[ParentLink]:
    """Return the lasting links of a student to adults who have an account still, for those who may
    know them (F8).
    """
    lasting = ParentLink.objects.filter(student=student, ended_at=None, parent__is_active=True)
    return lasting.select_related("parent").order_by("linked_at")


def teachers_of(viewer: Viewer, student: User) -> dict[User, datetime.datetime]:
    """Return the teachers who see a student's profile, and since when: since both were in a place
    that the teacher runs (F8, S7). For those who may know.
    """
    here = Membership.objects.filter(user=student, place=OuterRef("place"))
    rows = access.teachers_on_profile(viewer, student).annotate(
        since=Greatest("joined_at", Subquery(here.values("joined_at")))
    )
    earliest: dict[User, datetime.datetime] = {}
    for row in rows.select_related("user").order_by("since", "pk"):
        earliest.setdefault(row.user, row.since)
    return earliest


def links_as_parent(viewer: Viewer) -> tuple[list[ParentLink], list[ParentLink]]:
    """Return the viewer's own link to the child whose parent they are here, and those of the other
    adults: of whom a parent learns since when they are linked, and no more (F8).
    """
    links = _visible_links(viewer)
    mine = [link for link in links if link.parent_id == viewer.user.pk]
    return mine, [link for link in links if link.parent_id != viewer.user.pk]


@PreparedForViewer
def _visible_links(viewer: Viewer) -> QuerySet[ParentLink]:
    return access.allowed(viewer, Action.SEE, ParentLink).order_by("linked_at")


def linked_adults(place: Place) -> dict[uuid.UUID, list[ParentLink]]:
    """Return the lasting links of the students in `place`, by student; absent means not yet (S5).

    For the students' teachers: the caller has checked that.
    """
    members = Membership.objects.live().filter(place=place)
    lasting = ParentLink.objects.filter(student__in=members.values("user"), ended_at=None)
    adults: dict[uuid.UUID, list[ParentLink]] = {}
    for each in lasting.select_related("parent").order_by("linked_at"):
        adults.setdefault(each.student_id, []).append(each)
    return adults


def as_parent_of(viewer: Viewer, student_pk: uuid.UUID) -> Viewer:
    """Return the viewer in the capacity of a parent of this student (P5).

    Raises Unseen unless a live link goes there: another's child and nobody's look the same.
    """
    child = _child.first(viewer, student_pk)
    if child is None:
        raise Unseen
    return Viewer(viewer.user, child, viewer.origin)


@PreparedForViewer
def _child(viewer: Viewer, student: uuid.UUID) -> QuerySet[User]:
    return children_of(viewer.user).filter(pk=student)
