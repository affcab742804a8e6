"""Who is told of what happened, in the application (F8, K9, P6)."""

import datetime
from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.dispatch import Signal
from django.utils import timezone

from classkey.accounts.models import User
from classkey.school import access
from classkey.school.access import Action
from classkey.school.models import (
    Code,
    Notice,
    NoticeKind,
    ParentLink,
    Redemption,
    RevocationRequest,
)
from classkey.school.viewer import Viewer

BEFORE_IT_DIES = datetime.timedelta(days=2)
"""How long before a code dies its maker is warned."""

to_be_mailed = Signal()
"""People were told what they should not wait for until they come next (`notices`); sent in the
transaction that told them.
"""


def unread(viewer: Viewer) -> QuerySet[Notice]:
    """Return what the viewer has not put away yet, newest first.

    To a parent nothing of new links to a child who is not theirs any more (A2): their name would
    be missing, which the second lock leaves out.
    """
    mine = Notice.objects.unread().filter(recipient=viewer.user)
    if viewer.user.is_parent:
        theirs = ParentLink.objects.live().filter(parent=viewer.user).values("student")
        mine = mine.filter(~Q(kind=NoticeKind.PARENT_LINKED) | Q(student__in=theirs))
    return mine.select_related("student", "person", "code__place").order_by("-at", "pk")


def put_away(viewer: Viewer, until: datetime.datetime) -> None:
    """Note that the viewer has read what came up to a time: what came since stays."""
    mine = Notice.objects.unread().filter(recipient=viewer.user, at__lte=until)
    mine.update(read_at=timezone.now())


def tell_of_link(link: ParentLink) -> None:
    """Tell a student, their teachers and the adults linked before of a new link (F8).

    The other adults learn that it is there, and not whose it is.
    """
    student, parent = link.student, link.parent
    others = User.objects.filter(
        pk__in=ParentLink.objects.live().filter(student=student).values("parent")
    ).exclude(pk=parent.pk)
    knowing = [student, *_teachers(student).exclude(pk=parent.pk)]
    _tell(knowing, NoticeKind.PARENT_LINKED, student=student, person=parent)
    # Who is told as a teacher is not told once more as a parent.
    adults = others.exclude(pk__in=[person.pk for person in knowing])
    told = _tell(adults, NoticeKind.PARENT_LINKED, student=student)
    to_be_mailed.send(sender=None, notices=told)


def tell_of_sign_in(student: User, teacher: User) -> None:
    """Tell a student's other teachers that one of them let the student in (P6)."""
    _tell(
        _teachers(student).exclude(pk=teacher.pk),
        NoticeKind.SIGN_IN_ISSUED,
        student=student,
        person=teacher,
    )


def warn_of_dying_codes() -> int:
    """Warn the makers of codes in use that die within two days, once each; return how many."""
    in_use = Exists(Redemption.objects.filter(code=OuterRef("pk")))
    warned = Exists(Notice.objects.filter(code=OuterRef("pk"), recipient=OuterRef("created_by")))
    dying = access.makeable(Code.objects.live()).filter(
        in_use, ~warned, expires_at__lte=timezone.now() + BEFORE_IT_DIES, student=None
    )
    notices = [
        Notice(recipient_id=code.created_by_id, kind=NoticeKind.CODE_DIES_SOON, code=code)
        for code in dying
    ]
    # Two workers at once warn once, by the database.
    Notice.objects.bulk_create(notices, ignore_conflicts=True)
    return len(notices)


def tell_of_decision(request: RevocationRequest, kind: NoticeKind) -> None:
    """Tell who filed a request how it was decided (F9); and of whom it was, if they may know: a
    parent knows no other adult by name (F8).
    """
    who, link = request.filed_by, request.link
    if who is None:
        return
    may_know = access.can(Viewer(who), Action.SEE_FAMILY, link.student)
    told = _tell([who], kind, student=link.student, **({"person": link.parent} if may_know else {}))
    to_be_mailed.send(sender=None, notices=told)


def tell_of_attempt(student: User) -> None:
    """Tell the administrators that somebody to whom a student is closed tried a code (F9); each has
    one such notice of a student at a time.
    """
    open_ones = Notice.objects.unread().filter(kind=NoticeKind.LINK_TRIED, student=student)
    administrators = User.objects.filter(is_administrator=True, is_active=True)
    desk = [
        person
        for person in administrators.exclude(pk__in=open_ones.values("recipient"))
        if access.can(Viewer(person), Action.SUPPORT, student)
    ]
    _tell(desk, NoticeKind.LINK_TRIED, student=student)


def _teachers(student: User) -> QuerySet[User]:
    """The teachers of a student (S7): those whom the student sees on their own profile."""
    rows = access.teachers_on_profile(Viewer(student), student)
    return User.objects.filter(pk__in=rows.values("user"))


def _tell(recipients: Iterable[User], kind: NoticeKind, **about: User) -> list[Notice]:
    return Notice.objects.bulk_create(
        Notice(recipient=recipient, kind=kind, **about) for recipient in recipients
    )
