"""What nobody needs any more goes by itself: dead codes, old drafts, and what was left lying about.

Nothing here says that it is done: what is due is due until it is gone. So a purge that is killed
goes on the next day, and two at once share the work, each row being taken once. Rows go in
batches, each in a short transaction of its own, so that nobody waits for them.

What is history stays: codes that somebody came in by, who was let in, links, the audit log.
"""

import datetime
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from classkey.accounts.models import Role, User
from classkey.school import code_panel, filing, signing_up
from classkey.school.models import (
    Attempt,
    Code,
    Item,
    Notice,
    Redemption,
    Sheet,
    SheetPart,
    SheetRun,
    StoredFile,
)
from classkey.school.models.items import RESTORABLE
from classkey.school.models.sheet_runs import OVER

logger = logging.getLogger(__name__)

AT_ONCE = 500
"""Rows in one transaction."""

A_YEAR = datetime.timedelta(days=365)
"""For how long an expired code is still told from a wrong one (K7), and a run of sheets listed."""

UNPROVED = datetime.timedelta(days=30)
"""How long a sign-up waits for its address to be proved (P2)."""

READ = datetime.timedelta(days=90)
"""How long a notice is kept that was put away: longer than the code lives that it is about."""

JOBS = datetime.timedelta(days=14)
"""How long a job that ended, or whose worker was killed, can be looked into."""

UNUSED_FILES = datetime.timedelta(days=7)
"""How old a file is, at the least, that goes because nothing shows it."""

Rows = QuerySet[Any]
Due = Callable[[datetime.datetime], Rows]


@dataclass(frozen=True)
class Kind:
    """Things that go: which rows are `due` at a time, how rows `go`, how many in a transaction."""

    due: Due
    go: Callable[[Rows], object] = QuerySet.delete
    at_once: int = AT_ONCE


def count() -> dict[str, int]:
    """Return how many of each kind are due now; more may follow them, such as a folder that is
    empty once what was in it has gone.
    """
    now = timezone.now()
    return {name: kind.due(now).count() for name, kind in KINDS.items()}


def purge() -> dict[str, int]:
    """Take away all that is due; return, and log, how many of each kind went."""
    gone = {name: sum(_batches(kind)) for name, kind in KINDS.items()}
    logger.info("Cleared away: %s.", ", ".join(f"{many} {name}" for name, many in gone.items()))
    return gone


def _batches(kind: Kind) -> Iterator[int]:
    """Take one kind away, batch by batch; yield how many went with each."""
    now = timezone.now()
    while went := _batch(kind, now):
        yield went


@transaction.atomic
def _batch(kind: Kind, now: datetime.datetime) -> int:
    """Take a batch away of what nobody else has in hand; return how many were due."""
    rows = kind.due(now).order_by("pk").select_for_update(skip_locked=True)
    pks = list(rows.values_list("pk", flat=True)[: kind.at_once])
    if pks:
        # Asked again: holding a row holds nothing that hangs on it, such as an address that is
        # proved at this moment.
        kind.go(kind.due(now).filter(pk__in=pks))
    return len(pks)


# --- Codes and their sheets -----------------------------------------------------------------


def _dead_since(when: datetime.datetime) -> QuerySet[Code]:
    """Codes that were dead by then: deleted, or their fourteen days over (K2). One that died of
    something else is found dead when those are over.
    """
    return Code.objects.filter(Q(deleted_at__lte=when) | Q(expires_at__lte=when))


def _still_sealed(now: datetime.datetime) -> QuerySet[Code]:
    """Dead codes that nobody can look at any more, and a thief of database and keys could (K6)."""
    return _dead_since(now - code_panel.REMEMBERED).exclude(ciphertext=b"")


def _forget_texts(codes: Rows) -> None:
    codes.update(ciphertext=b"")


def _never_used(now: datetime.datetime) -> QuerySet[Code]:
    used = Redemption.objects.filter(code=OuterRef("pk"))
    on_sheet = Sheet.objects.filter(code=OuterRef("pk"))
    return _dead_since(now - A_YEAR).filter(~Exists(used), ~Exists(on_sheet))


def _old_runs(now: datetime.datetime) -> QuerySet[SheetRun]:
    unfinished = SheetPart.objects.filter(run=OuterRef("pk")).exclude(state__in=OVER)
    return SheetRun.objects.filter(~Exists(unfinished), requested_at__lte=now - A_YEAR)


# --- Drafts, and what was deleted -----------------------------------------------------------


def _never_proved(now: datetime.datetime) -> QuerySet[User]:
    """Sign-ups whose address was never proved: they have let nobody in (P2). A student needs no
    address, so a student's account is not one.
    """
    old = User.objects.exclude(role=Role.STUDENT).filter(
        ~Exists(EmailAddress.objects.filter(user=OuterRef("pk"), verified=True)),
        date_joined__lte=now - UNPROVED,
        last_login=None,
        is_administrator=False,
    )
    return signing_up.unused(old)


def _beyond_recall(now: datetime.datetime) -> QuerySet[Item]:
    """Content deleted so long ago that it cannot be brought back; of folders, the empty ones. A
    test that students have answered is theirs too, and stays.
    """
    inside = Item.objects.filter(folder=OuterRef("pk"))
    answered = Attempt.objects.filter(assessment=OuterRef("pk"))
    return Item.objects.filter(~Exists(inside), ~Exists(answered), deleted_at__lte=now - RESTORABLE)


def _shown_nowhere(now: datetime.datetime) -> QuerySet[StoredFile]:
    shown = Item.objects.filter(file=OuterRef("pk"))
    return StoredFile.objects.filter(~Exists(shown), uploaded_at__lte=now - UNUSED_FILES)


def _drop_files(files: Rows) -> None:
    for stored in files:
        filing.forget(stored)
    files.delete()


# --- What was left lying about --------------------------------------------------------------


def _read_notices(now: datetime.datetime) -> QuerySet[Notice]:
    return Notice.objects.filter(read_at__lte=now - READ)


def _expired_sessions(now: datetime.datetime) -> QuerySet[Session]:
    return Session.objects.filter(expire_date__lte=now)


def _old_jobs(now: datetime.datetime) -> Rows:
    """Jobs that ended, and those that a killed worker left: nobody takes one up again (F2)."""
    left = Q(status=TaskResultStatus.RUNNING, started_at__lte=now - JOBS)
    return DBTaskResult.objects.filter(Q(finished_at__lte=now - JOBS) | left)


KINDS = {
    "texts of dead codes": Kind(_still_sealed, _forget_texts),
    # A run has up to hundreds of sheets, and its codes can go once it has.
    "runs of sheets": Kind(_old_runs, at_once=5),
    "dead codes that nobody used": Kind(_never_used),
    "sign-ups never proved": Kind(_never_proved, at_once=50),
    "pieces of deleted content": Kind(_beyond_recall),
    "files shown nowhere": Kind(_shown_nowhere, _drop_files, at_once=50),
    "notices put away": Kind(_read_notices),
    "expired sessions": Kind(_expired_sessions),
    "jobs that ended": Kind(_old_jobs),
}
"""All that goes, by what it is called, in the order in which it goes."""
