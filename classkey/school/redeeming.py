"""THE one way from typed text to a membership or a parent link (K3 to K7, K10 to K12, F1, F7).

`look` tells what a code is for and changes nothing; `redeem` accepts it, in one
transaction: all of it, or nothing.
"""

import datetime
import uuid
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import NoReturn

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.formats import date_format
from django.utils.timezone import localdate, localtime
from django.utils.translation import gettext as _

from classkey.accounts.addresses import proved_address
from classkey.accounts.models import User
from classkey.prepared import Prepared
from classkey.school import (
    access,
    audit,
    code_text,
    code_vault,
    limits,
    linking,
    membership,
    metrics,
    noticing,
)
from classkey.school.errors import Reason, Refused
from classkey.school.models import (
    Audience,
    AuditAction,
    Code,
    Membership,
    ParentLink,
    Permission,
    Place,
    Redemption,
    Removal,
    WorkspaceGrant,
)
from classkey.school.viewer import Viewer


@dataclass(frozen=True)
class Door:
    """What a code opens, for the person who looks at it or went through it.

    Exactly one of `place` and `child` is set, but for a code for "my parents" (F7), which
    has both. `already` tells that the person is in there, so that nothing changes (K12).
    """

    code: Code
    place: Place | None
    child: User | None
    already: bool


def look(viewer: Viewer, typed: str) -> Door:
    """Tell what the typed code would open for this person (K3); changes nothing.

    Raises Refused with the reason of K7.
    """
    with _guarded(viewer, typed):
        return _door(viewer, find(typed))


def redeem(viewer: Viewer, typed: str) -> Door:
    """Redeem the typed code for this person; redeeming twice changes nothing (K12).

    Raises Refused with the reason of K7, and leaves a line about it in the audit log.
    """
    try:
        with _guarded(viewer, typed):
            return _redeem(viewer, typed)
    except Refused as refusal:
        _note_refusal(viewer, typed, refusal)
        raise


def _guarded(viewer: Viewer, typed: str) -> AbstractContextManager[None]:
    guesser = limits.Guesser(viewer.user.pk, viewer.origin)
    return limits.guarded(guesser, code_text.read(typed))


def find_as_stranger(typed: str, origin: str) -> Code:
    """Return the code that was typed by somebody who has no account yet (P4), at the network
    address `origin`. Raises Refused.
    """
    try:
        with limits.guarded(limits.Guesser(None, origin), code_text.read(typed)):
            return find(typed)
    except Refused as refusal:
        metrics.code_refused(refusal.reason)
        raise


def _note_refusal(viewer: Viewer, typed: str, refusal: Refused) -> None:
    code = _with_digest.first(*code_vault.digests(code_text.read(typed)))
    if code is not None and refusal.reason is Reason.CLOSED:
        noticing.tell_of_attempt(_whose(code))
    audit.record(
        viewer,
        AuditAction.CODE_REFUSED,
        subject=code.student if code else None,
        place=code.place if code else None,
        code=code,
        detail=refusal.reason,
    )
    metrics.code_refused(refusal.reason)


@transaction.atomic
def _redeem(viewer: Viewer, typed: str) -> Door:
    code = find(typed)
    if code.student is not None:
        linking.hold_family(code.student)
    door = _door(viewer, code)
    if door.already:
        return door
    redemption = _record(viewer, code)
    if not _go_through(viewer, code, redemption):
        # Who gains nothing uses nothing up.
        transaction.set_rollback(True)
        return replace(door, already=True)
    audit.record(viewer, AuditAction.CODE_REDEEMED, subject=door.child, place=door.place, code=code)
    metrics.code_redeemed(code.kind)
    return door


# --- From text to a code that is alive --------------------------------------------


def find(typed: str) -> Code:
    """Return the code that was typed, if it lives but for its limit of uses; raises Refused.

    The caller guards against guessing.
    """
    text = code_text.read(typed)
    if code_text.kind_of(text) is None:
        raise Refused(_mistyped(text), Reason.MISTYPED)
    code = _makeable.first(*code_vault.digests(text))
    if code is None:
        raise _unknown()
    _check_usable(code)
    return code


@Prepared
def _with_digest(*digests: bytes) -> QuerySet[Code]:
    found = Code.objects.filter(digest__in=digests)
    return found.select_related("place__root", "student", "created_by")


@Prepared
def _makeable(*digests: bytes) -> QuerySet[Code]:
    return access.makeable(_with_digest.queryset(*digests))


def _check_usable(code: Code) -> None:
    if code.deleted_at is not None:
        raise _unknown()
    if code.is_expired:
        raise Refused(
            _("This code expired on %(date)s. Ask for a new one: it is one click to make.")
            % {"date": _died_on(code)},
            Reason.EXPIRED,
        )


def _died_on(code: Code) -> str:
    if code.last_day is not None and code.last_day < localdate(code.expires_at):
        return date_format(code.last_day, "DATE_FORMAT")
    return date_format(localtime(code.expires_at), "DATETIME_FORMAT")


def _mistyped(text: str) -> str:
    sign = code_text.impossible_sign(text)
    if sign and sign.isalnum() and len(text) <= code_text.ABOUT_A_CODE:
        return _("Codes have no %(sign)s. Please compare what you typed with the code.") % {
            "sign": sign
        }
    return _("This is not quite a code. Please compare what you typed with the code.")


def _unknown() -> Refused:
    return Refused(
        _(
            "We do not know this code. It may have been deleted. "
            "Ask the person who gave it to you for a new one."
        ),
        Reason.UNKNOWN,
    )


def _closed() -> Refused:
    """Whether it is a bar, a hold or a pause, and who wanted it, is not said (F9)."""
    return Refused(_("This code can’t be used. Please contact the school."), Reason.CLOSED)


def _used_up() -> Refused:
    return Refused(
        _("This code has been used up. Ask the person who gave it to you for a new one."),
        Reason.USED_UP,
    )


# --- Is it for this person? -------------------------------------------------------


def _door(viewer: Viewer, code: Code) -> Door:
    """Return what `code` opens for the viewer, or raise Refused: not for them, or used up."""
    if (whose := _whose(code)).is_student and access.is_closed_to(whose, viewer.user):
        raise _closed()
    if code.student is not None:
        door = _door_to_child(viewer.user, code, code.student)
    elif code.is_for_my_parents:
        door = _door_of_child(viewer.user, code)
    else:
        door = _door_to_place(viewer.user, code)
    if code.is_used_up and not door.already and not _came_by(viewer.user, code):
        raise _used_up()
    return door


def _whose(code: Code) -> User:
    """From whom a bar keeps people, if it is a student: whom a code is for, or who made it (F9)."""
    return code.student or code.created_by


def _came_by(user: User, code: Code) -> bool:
    return bool(_redemptions(code.pk, user.pk))


@Prepared
def _redemptions(code: uuid.UUID, user: uuid.UUID) -> QuerySet[Redemption]:
    return Redemption.objects.filter(code=code, user=user)


def _not_for_you(message: str) -> Refused:
    return Refused(message, Reason.NOT_FOR_YOU)


def _door_to_child(user: User, code: Code, student: User) -> Door:
    if user.is_student:
        raise _not_for_you(
            _("This code is for a parent. Give it to your parent; they use it with their account.")
        )
    if code.created_by_id == user.pk:
        raise _not_for_you(
            _("You made this code yourself. Ask another teacher of the child, or the child.")
        )
    if proved_address(user) is None:
        raise _not_for_you(_("Prove your e-mail address first, then use the code again."))
    linked = linking.lasting_link(user, student) is not None
    return Door(code, None, student, already=linked)


def _door_of_child(user: User, code: Code) -> Door:
    opened = WorkspaceGrant.objects.filter(link=_link_to_maker(user, code), place=code.place)
    return Door(code, code.place, code.created_by, already=opened.exists())


def _link_to_maker(user: User, code: Code) -> ParentLink:
    link = linking.live_link(user, code.created_by)
    if link is None:
        raise _not_for_you(
            _(
                "This code is for the parents of the student who made it. "
                "Link to your child with a parent code first, then use this one again."
            )
        )
    return link


def _door_to_place(user: User, code: Code) -> Door:
    if user.is_parent:
        raise _not_for_you(
            _(
                "This is a code for students and teachers. "
                "You need a parent code: ask your child's teacher for one."
            )
        )
    if user.is_student and code.audience == Audience.INSTRUCTORS:
        raise _not_for_you(_("This code is for teachers. Ask your teacher for one for students."))
    if user.is_instructor and code.audience == Audience.STUDENTS:
        raise _not_for_you(_("This code is for students. Ask for a code for teachers."))
    _check_not_removed_since(user, code)
    lasting = _lasting.first(user.pk, code.opens_place.pk)
    # Who is here for good gains nothing by a code with a last day.
    enough = Permission.READ if code.last_day else code.permission
    already = lasting is not None and lasting.permission >= enough
    return Door(code, code.place, None, already=already)


@Prepared
def _lasting(user: uuid.UUID, place: uuid.UUID) -> QuerySet[Membership]:
    return Membership.objects.filter(user=user, place=place, ends_on=None)


def _check_not_removed_since(user: User, code: Code) -> None:
    chain = code.opens_place.chain()
    if removal := _removals.first(user.pk, code.created_at, *(place.pk for place in chain)):
        raise _not_for_you(
            _("You were removed from %(place)s after this code was made. Ask for a new code.")
            % {"place": removal.place.name}
        )


@Prepared
def _removals(user: uuid.UUID, since: datetime.datetime, *places: uuid.UUID) -> QuerySet[Removal]:
    theirs = Removal.objects.filter(user=user, removed_at__gte=since, place__in=places)
    return theirs.select_related("place").order_by("pk")


# --- Going through ----------------------------------------------------------------


def _record(viewer: Viewer, code: Code) -> Redemption:
    """Note the redemption and count it, or raise Refused if the code died meanwhile (K12).

    Two at once by one person make one row, by the database. Who used it before does not
    count again.
    """
    offer = Redemption(code=code, user=viewer.user)
    # ON CONFLICT DO NOTHING: no savepoint to go back to, and no need to ask before.
    Redemption.objects.bulk_create([offer], ignore_conflicts=True)
    [redemption] = _redemptions(code.pk, viewer.user.pk)
    came_now = redemption.redeemed_at == offer.redeemed_at
    if not (_count_use(code) if came_now else code.hold()):
        _refuse_dead(code)
    # What it has is known: the audit lines need not ask for its code again.
    redemption.code = code
    return redemption


def _count_use(code: Code) -> bool:
    """Count one use of a code that is still alive; return False if it is not.

    Only a code with a limit touches its row, by one guarded UPDATE. A class on one code
    without a limit shares a hold on it, which deleting waits for.
    """
    if code.max_uses is None:
        return code.hold()
    return bool(Code.objects.live().filter(pk=code.pk).update(uses=F("uses") + 1))


def _refuse_dead(code: Code) -> NoReturn:
    """Say how a code died between being found and being used."""
    code.refresh_from_db(fields=["deleted_at"])
    _check_usable(code)
    raise _used_up()


def _go_through(viewer: Viewer, code: Code, redemption: Redemption) -> bool:
    """Give the person what the code gives; return whether they gained by it."""
    if code.student is not None:
        return linking.link(viewer, code.student, code)
    if code.is_for_my_parents:
        link = _link_to_maker(viewer.user, code)
        return linking.grant_workspace(viewer, link, code.opens_place, code)
    return membership.admit(
        viewer,
        viewer.user,
        code.opens_place,
        Permission(code.permission),
        came_by=redemption,
        ends_on=code.last_day,
    )
