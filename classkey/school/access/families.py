"""Which parent links somebody knows of, asks to end or ends; and to whom a student is closed
(F7 to F10).
"""

from django.db.models import Q, QuerySet

from classkey.accounts.addresses import proved_address
from classkey.accounts.models import User
from classkey.school.access.people import family_profiles, own_students
from classkey.school.models import Bar, Hold, ParentLink
from classkey.school.viewer import Viewer


def visible_links(viewer: Viewer) -> QuerySet[ParentLink]:
    """Lasting links of the students whose family the viewer may know; of a parent's child, all:
    the other adults are no more than their links to them (F8).
    """
    lasting = ParentLink.objects.filter(ended_at=None, parent__is_active=True)
    if viewer.is_parent:
        return lasting.filter(student__in=viewer.link.values("student"))
    return lasting.filter(student__in=family_profiles(viewer))


def others_links(viewer: Viewer) -> QuerySet[ParentLink]:
    """Links that the viewer may ask support to end: not their own, which they end (F9, F10)."""
    return visible_links(viewer).exclude(parent=viewer.user)


def urgent_links(viewer: Viewer) -> QuerySet[ParentLink]:
    """Links that the viewer may have paused until support decides: as a teacher of the student, or
    for a caller (F9).
    """
    links = others_links(viewer)
    if viewer.is_administrator:
        return links
    # No student teaches themself.
    return links.filter(student__in=own_students(viewer).exclude(pk=viewer.user.pk))


def own_links(viewer: Viewer) -> QuerySet[ParentLink]:
    """The link of a parent to the child whose parent they are here, which they may end (F10)."""
    return viewer.link


def is_closed_to(student: User, person: User) -> bool:
    """Tell whether this person may not be linked to the student, nor use the student's codes: a
    bar, a hold that does not name them, or a link of theirs that is paused (F9).
    """
    address = proved_address(person) or ""
    barred = Q(person=person) | (Q(address=address) & ~Q(address=""))
    held = Hold.objects.standing().filter(student=student).exclude(named__address=address)
    paused = ParentLink.objects.filter(ended_at=None, paused_at__isnull=False)
    return (
        Bar.objects.standing().filter(barred, student=student).exists()
        or held.exists()
        or paused.filter(parent=person, student=student).exists()
    )


def students_without_codes() -> QuerySet[User]:
    """Students for whom no parent code can be made: on hold, and nobody is named (F9)."""
    nobody = Hold.objects.standing().filter(named=None)
    return User.objects.filter(pk__in=nobody.values("student"))
