"""What the support desk deals with: all of the school, but nothing that is about the
administrator, or their own child (P1, F9, A1).
"""

from typing import Any

from django.db.models import QuerySet

from classkey.accounts.models import User
from classkey.school.models import AuditEvent, Bar, DataExport, Hold, ParentLink, RevocationRequest
from classkey.school.viewer import Viewer


def _own_children(viewer: Viewer) -> QuerySet[ParentLink, Any]:
    """Whoever was linked once does not judge: their own link may have been ended here."""
    return ParentLink.objects.filter(parent=viewer.user).values("student")


def supported_people(viewer: Viewer) -> QuerySet[User]:
    """People whom the viewer may look up, and whose affairs they may settle, at the desk."""
    if not viewer.is_administrator:
        return User.objects.none()
    return User.objects.exclude(pk=viewer.user.pk).exclude(pk__in=_own_children(viewer))


def supported_links(viewer: Viewer) -> QuerySet[ParentLink]:
    """Links, ended ones too, that the viewer may decide about."""
    people = supported_people(viewer)
    return ParentLink.objects.filter(student__in=people).exclude(parent=viewer.user)


def supported_requests(viewer: Viewer) -> QuerySet[RevocationRequest]:
    """Requests that stand on the viewer's desk."""
    return RevocationRequest.objects.filter(link__in=supported_links(viewer))


def open_requests(viewer: Viewer) -> QuerySet[RevocationRequest]:
    """Those of them that wait to be decided."""
    return supported_requests(viewer).filter(decided_at=None)


def supported_bars(viewer: Viewer) -> QuerySet[Bar]:
    """Bars that the viewer may lift."""
    return Bar.objects.standing().filter(student__in=supported_people(viewer))


def supported_holds(viewer: Viewer) -> QuerySet[Hold]:
    """Holds that the viewer may release."""
    return Hold.objects.standing().filter(student__in=supported_people(viewer))


def supported_exports(viewer: Viewer) -> QuerySet[DataExport]:
    """Exports that the viewer may download."""
    return DataExport.objects.filter(person__in=supported_people(viewer))


def readable_audit_events(viewer: Viewer) -> QuerySet[AuditEvent]:
    """Lines of the audit log that the viewer may read: none about their own child, or a parent
    would learn there who asked for what (F9).
    """
    if not viewer.is_administrator:
        return AuditEvent.objects.none()
    # Whose children is asked here and now: the lines may be read from a standby (A2).
    children = [link["student"] for link in _own_children(viewer)]
    # Not NOT IN over a column with NULLs, which keeps no line at all.
    return AuditEvent.objects.exclude(subject__isnull=False, subject__in=children)
