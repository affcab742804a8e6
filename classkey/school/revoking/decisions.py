"""Support ends a parent's access, bars a person, and puts a student on hold (F9)."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from classkey.accounts.addresses import proved_address
from classkey.accounts.models import User
from classkey.school import audit, issuing, linking
from classkey.school.access import Action, require
from classkey.school.errors import Refused
from classkey.school.models import (
    AuditAction,
    Bar,
    Code,
    Hold,
    NamedAdult,
    Outcome,
    ParentLink,
    RevocationRequest,
    WorkspaceGrant,
)
from classkey.school.revoking import requests
from classkey.school.viewer import Viewer


@dataclass(frozen=True)
class Verdict:
    """Why access ends, for the desk alone; and with a hold, for whom codes can be made still."""

    decision: str
    hold: bool = False
    named: tuple[str, ...] = ()


@dataclass(frozen=True)
class Consequences:
    """What revoking a link will do, for support to read before (F9)."""

    codes: QuerySet[Code]
    grants: QuerySet[WorkspaceGrant]
    requests: QuerySet[RevocationRequest]
    address: str | None


def consequences(link: ParentLink) -> Consequences:
    """Return what `revoke` will do: the codes that die, the workspaces that close, the requests
    that are decided by it, and the address that is barred.
    """
    return Consequences(
        codes=live_parent_codes(link.student),
        grants=link.grants.select_related("place"),
        requests=link.requests.open(),
        address=proved_address(link.parent),
    )


def live_parent_codes(student: User) -> QuerySet[Code]:
    """Return the codes by which somebody could be linked to a student now."""
    return Code.objects.live().filter(student=student)


@transaction.atomic
def revoke(viewer: Viewer, link: ParentLink, verdict: Verdict) -> None:
    """End a parent's access to a student at once (F9), delete the student's live parent codes, bar
    the person and the address that they proved, and decide all open requests about them; with
    `verdict.hold`, put the student on hold. Raises PermissionDenied.
    """
    require(viewer, Action.REVOKE, link)
    # Whoever is being linked now is done first, and ended here; who comes later finds the bar.
    linking.hold_family(link.student)
    _bar(viewer, link.student, link.parent)
    issuing.withdraw(viewer, live_parent_codes(link.student))
    theirs = ParentLink.objects.filter(student=link.student, parent=link.parent)
    linking.end(viewer, theirs)
    about_them = RevocationRequest.objects.filter(link__in=theirs)
    requests.decide(viewer, about_them, Outcome.REVOKED, verdict.decision)
    if verdict.hold:
        _hold(viewer, link.student, verdict.named)


@transaction.atomic
def bar(viewer: Viewer, student: User, address: str) -> Bar:
    """Keep whoever has proved, or will prove, this address from being linked to a student (F9).
    Raises PermissionDenied, or Refused where they are linked: that link is revoked.
    """
    require(viewer, Action.SUPPORT, student)
    linking.hold_family(student)
    person = User.objects.filter(
        emailaddress__email=address.strip().lower(), emailaddress__verified=True
    ).first()
    if person == viewer.user:
        raise PermissionDenied
    if person is not None and linking.lasting_link(person, student) is not None:
        raise Refused(_("This person is linked to the student. Revoke their link instead."))
    return _bar(viewer, student, person, address.strip().lower())


def _bar(viewer: Viewer, student: User, person: User | None, address: str = "") -> Bar:
    address = address or (proved_address(person) if person else None) or ""
    same = Q(person=person) if person else Q(address=address)
    standing = Bar.objects.standing().filter(same, student=student).first()
    if standing is not None:
        return standing
    made = Bar.objects.create(student=student, person=person, address=address)
    audit.record(viewer, AuditAction.BAR_MADE, subject=student, thing=made.pk)
    return made


@transaction.atomic
def lift(viewer: Viewer, standing: Bar) -> None:
    """Let a barred person use the student's codes again (F9); it links them to nobody. Raises
    PermissionDenied.
    """
    require(viewer, Action.LIFT, standing)
    Bar.objects.filter(pk=standing.pk).update(lifted_at=timezone.now())
    audit.record(viewer, AuditAction.BAR_LIFTED, subject=standing.student, thing=standing.pk)


@transaction.atomic
def hold(viewer: Viewer, student: User, named: Iterable[str]) -> Hold:
    """Put a student on hold: codes are made and redeemed for the adults at these addresses only
    (F9); where a hold stands already, these are named from now on. Raises PermissionDenied.
    """
    require(viewer, Action.SUPPORT, student)
    if not student.is_student:
        raise PermissionDenied
    linking.hold_family(student)
    return _hold(viewer, student, named)


def _hold(viewer: Viewer, student: User, named: Iterable[str]) -> Hold:
    standing, _new = Hold.objects.standing().get_or_create(student=student)
    standing.named.all().delete()
    addresses = sorted({address.strip().lower() for address in named})
    NamedAdult.objects.bulk_create(NamedAdult(hold=standing, address=each) for each in addresses)
    audit.record(
        viewer,
        AuditAction.HOLD_PUT,
        subject=student,
        thing=standing.pk,
        detail=f"{len(addresses)} named",
    )
    return standing


@transaction.atomic
def release(viewer: Viewer, standing: Hold) -> None:
    """Let parent codes for a student be made and redeemed as for any other. Raises
    PermissionDenied.
    """
    require(viewer, Action.RELEASE, standing)
    Hold.objects.filter(pk=standing.pk).update(released_at=timezone.now())
    audit.record(viewer, AuditAction.HOLD_RELEASED, subject=standing.student, thing=standing.pk)
