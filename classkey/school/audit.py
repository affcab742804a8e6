"""Leaves a line in the audit log, in the transaction of what it tells of (A1)."""

import uuid
from collections.abc import Iterable
from typing import Any

from classkey.accounts.models import User
from classkey.school.models import AuditAction, AuditEvent, Code, Place
from classkey.school.viewer import Viewer


def record(
    viewer: Viewer,
    action: AuditAction,
    *,
    subject: User | None = None,
    place: Place | None = None,
    thing: uuid.UUID | None = None,
    code: Code | None = None,
    detail: str = "",
) -> None:
    """Write who (`viewer`) did `action` to whom (`subject`), where, with which code.

    `detail` holds settings and reasons, never names, addresses or codes.
    """
    AuditEvent.objects.create(
        action=action,
        actor=viewer.user.pk,
        subject=subject.pk if subject else None,
        place=place.pk if place else None,
        thing=thing,
        code_last_four=code.last_four if code else "",
        detail=detail,
        origin=viewer.origin,
    )


def record_codes(viewer: Viewer, action: AuditAction, codes: Iterable[Code]) -> None:
    """Write that the viewer made or deleted each of these codes: a line each, all at once."""
    AuditEvent.objects.bulk_create(
        AuditEvent(
            action=action,
            actor=viewer.user.pk,
            subject=code.student_id,
            place=code.place_id,
            code_last_four=code.last_four,
            origin=viewer.origin,
        )
        for code in codes
    )


def record_administrator(user: User, by: User | None, **_signal: Any) -> None:
    """Write that `user` became or stopped being an administrator: `by` whom, nobody if by the
    server's command (P1).
    """
    AuditEvent.objects.create(
        action=AuditAction.ADMINISTRATOR_CHANGED,
        actor=by.pk if by else None,
        subject=user.pk,
        detail="administrator" if user.is_administrator else "no administrator",
    )
