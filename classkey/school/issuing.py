"""Making and deleting codes (K2, K9, K10, F1, F7)."""

import datetime
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from classkey.accounts.models import User
from classkey.school import access, audit, clock, code_text, code_vault, metrics
from classkey.school.access import Action, require
from classkey.school.code_text import CodeKind
from classkey.school.errors import Refused
from classkey.school.models import Audience, AuditAction, Code, Membership, Permission, Place
from classkey.school.models.codes import LIFETIME
from classkey.school.viewer import Viewer


@dataclass(frozen=True)
class Terms:
    """On which terms a registration code lets people in (K10)."""

    audience: Audience = Audience.STUDENTS
    permission: Permission = Permission.READ
    max_uses: int | None = None
    last_day: datetime.date | None = None

    @property
    def limit(self) -> int | None:
        """How many people the code serves, None for any number; of teachers alone, one (K10)."""
        one = 1 if self.audience == Audience.INSTRUCTORS else None
        return self.max_uses or one


def audiences_for(viewer: Viewer) -> list[Audience]:
    """Return for whom the viewer may make registration codes (K10): a student for students and,
    of a whole workspace, for their parents (F7).
    """
    if viewer.user.is_instructor:
        return [Audience.STUDENTS, Audience.INSTRUCTORS, Audience.BOTH]
    return [Audience.STUDENTS, Audience.MY_PARENTS]


@transaction.atomic
def make_registration_code(viewer: Viewer, place: Place, terms: Terms) -> Code:
    """Make a code that lets people into `place` (K10). Raises PermissionDenied, Refused."""
    require(viewer, Action.MAKE_CODE, place)
    _check_terms(viewer, place, terms)
    code = _mint(
        viewer,
        Code(
            kind=CodeKind.REGISTRATION,
            place=place,
            audience=terms.audience,
            permission=terms.permission,
            max_uses=terms.limit,
            last_day=terms.last_day,
        ),
    )
    audit.record(viewer, AuditAction.CODE_MADE, place=place, code=code, detail=terms.audience)
    return code


def _check_terms(viewer: Viewer, place: Place, terms: Terms) -> None:
    if terms.audience not in audiences_for(viewer):
        raise Refused(_("You cannot make a code for these people. Choose others."))
    if terms.audience == Audience.MY_PARENTS and not place.is_workspace:
        raise Refused(_("Parents are let into a whole workspace. Choose the workspace."))
    if terms.permission == Permission.ADMIN and terms.audience != Audience.INSTRUCTORS:
        raise Refused(_("Only a code for teachers alone can make admins."))
    if terms.audience == Audience.MY_PARENTS and terms.permission != Permission.READ:
        raise Refused(_("Parents can only read. Choose “can read”."))
    if terms.last_day is not None and terms.audience != Audience.INSTRUCTORS:
        raise Refused(_("Only a code for teachers alone can have a last day."))
    if terms.last_day is not None and terms.last_day < clock.today():
        raise Refused(_("The last day has passed. Choose today or a later day."))
    if terms.max_uses is not None and terms.max_uses < 1:
        raise Refused(_("A code serves at least one person."))


@transaction.atomic
def make_parent_code(viewer: Viewer, student: User, place: Place | None = None) -> Code:
    """Make a code that links a parent to `student` (F1): by a teacher, who names the course or
    group they teach the student in as `place`, or by the student. Raises PermissionDenied, or
    Refused while a hold names nobody (F9).
    """
    require(viewer, Action.MAKE_PARENT_CODE, student)
    if access.students_without_codes().filter(pk=student.pk).exists():
        raise Refused(
            _("Parent codes for %(name)s can’t be made at the moment. Please contact support.")
            % {"name": student.full_name}
        )
    own = viewer.user == student
    place = None if own else _teaching_place(viewer, student, place)
    code = _mint(viewer, _parent_code(student, place))
    audit.record(viewer, AuditAction.CODE_MADE, subject=student, place=place, code=code)
    return code


@transaction.atomic
def make_parent_codes(viewer: Viewer, students: Sequence[User], place: Place) -> list[Code]:
    """Make a code for each of `students`, in their order, by a teacher of theirs in `place` (F2):
    for many at once. Raises PermissionDenied, and makes none, unless they teach all of them there,
    and none is on hold with nobody named (F9).
    """
    require(viewer, Action.MAKE_SHEETS, place)
    here = (
        access.allowed(viewer, Action.MAKE_PARENT_CODE, User)
        .filter(pk__in=Membership.objects.live().filter(place=place).values("user"))
        .exclude(pk__in=access.students_without_codes())
    )
    wanted = {student.pk for student in students}
    if here.filter(pk__in=wanted).count() < len(wanted):
        raise PermissionDenied
    codes = [_sealed(viewer, _parent_code(student, place)) for student in students]
    Code.objects.bulk_create(codes)
    audit.record_codes(viewer, AuditAction.CODE_MADE, codes)
    metrics.codes_made(CodeKind.PARENT, len(codes))
    return codes


def _parent_code(student: User, place: Place | None) -> Code:
    return Code(
        kind=CodeKind.PARENT, student=student, place=place, max_uses=settings.PARENT_CODE_ADULTS
    )


def _teaching_place(viewer: Viewer, student: User, place: Place | None) -> Place:
    """Return the place a teacher's parent code is made in: `place`, or one they teach in."""
    places = access.allowed(viewer, Action.MAKE_SHEETS, Place).filter(memberships__user=student)
    if place is not None:
        places = places.filter(pk=place.pk)
    found = places.order_by("kind", "created_at").first()
    if found is None:
        raise PermissionDenied
    return found


def make_successor(viewer: Viewer, code: Code) -> Code:
    """Make a code with the settings of one that has died, in the viewer's name (K2). Raises
    Refused where the viewer may no longer make it, or the settings are of the past.
    """
    try:
        if code.student is not None:
            return make_parent_code(viewer, code.student, code.place)
        terms = Terms(
            audience=Audience(code.audience),
            permission=Permission(code.permission),
            max_uses=code.max_uses,
            last_day=code.last_day,
        )
        return make_registration_code(viewer, code.opens_place, terms)
    except PermissionDenied as denied:
        raise Refused(_may_no_longer(code)) from denied


def _may_no_longer(code: Code) -> str:
    if code.student is not None:
        return _(
            "You may no longer make codes for the parents of %(name)s:"
            " the student’s teachers and the student can."
        ) % {"name": code.student.full_name}
    return _("You may no longer make codes for %(name)s. Its admins can, until it is archived.") % {
        "name": code.opens_place.name
    }


def _mint(viewer: Viewer, code: Code) -> Code:
    """Give `code` its text, its maker and its row."""
    # Two of 28^8 codes alike among a few thousand live ones: the unique digest would
    # refuse the second, and the maker clicks again.
    _sealed(viewer, code).save(force_insert=True)
    metrics.codes_made(code.kind)
    return code


def _sealed(viewer: Viewer, code: Code) -> Code:
    """Give `code` its text and its maker."""
    text = code_text.mint(CodeKind(code.kind))
    code.digest, code.ciphertext = code_vault.digest(text), code_vault.seal(text)
    code.last_four = text[-4:]
    code.created_by, code.created_at = viewer.user, timezone.now()
    code.expires_at = code.created_at + LIFETIME
    return code


@transaction.atomic
def delete_codes(viewer: Viewer, pks: Iterable[uuid.UUID]) -> int:
    """Delete codes of which the viewer may (K2, K9); return how many died.

    Dead at once: whoever is redeeming one either came in before, or is refused. Codes
    that are not theirs are passed over, as if they did not exist.
    """
    theirs = access.allowed(viewer, Action.DELETE, Code).values("pk")
    return withdraw(viewer, Code.objects.filter(pk__in=list(pks)).filter(pk__in=theirs))


@transaction.atomic
def withdraw(viewer: Viewer, doomed: QuerySet[Code]) -> int:
    """Delete codes in the viewer's name, without asking what is theirs; return how many died."""
    # FOR UPDATE waits for redemptions under way: each has a hold on the code (K12).
    held = doomed.select_for_update(of=("self",)).filter(deleted_at__isnull=True)
    codes = list(held.order_by("pk"))
    dead = Code.objects.filter(pk__in=[code.pk for code in codes])
    dead.update(deleted_at=timezone.now())
    audit.record_codes(viewer, AuditAction.CODE_DELETED, codes)
    return len(codes)
