"""A teacher voids sheets: lost, handed to the wrong family, or printed in vain (F2, K2)."""

from itertools import groupby

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from classkey.accounts.models import User
from classkey.school import issuing
from classkey.school.access import Action, makeable, require
from classkey.school.models import Code, PartState, Sheet, SheetRun
from classkey.school.models.sheet_runs import OVER
from classkey.school.viewer import Viewer


def with_standing(sheets: QuerySet[Sheet]) -> QuerySet[Sheet]:
    """Return the sheets with their codes and students, and whether each code `is_alive` (K2)."""
    alive = makeable(Code.objects.live()).filter(pk=OuterRef("code"))
    return (
        sheets.annotate(is_alive=Exists(alive))
        .select_related("student", "code", "part")
        .order_by("part__number", "position")
    )


def families(run: SheetRun) -> list[tuple[User, list[Sheet]]]:
    """Return the students of a run, each with their sheets, in the order of the printed pages."""
    sheets = with_standing(Sheet.objects.filter(part__run=run))
    by_student = groupby(sheets, lambda sheet: sheet.student)
    return [(student, list(theirs)) for student, theirs in by_student]


def voidable(run: SheetRun) -> QuerySet[Sheet]:
    """Return the sheets of a run that can be voided: their code lives, or is still to be made."""
    to_be_made = Q(code=None, voided_at=None) & ~Q(part__state__in=OVER)
    return with_standing(Sheet.objects.filter(part__run=run)).filter(Q(is_alive=True) | to_be_made)


@transaction.atomic
def void(viewer: Viewer, run: SheetRun, sheets: QuerySet[Sheet]) -> int:
    """Void these sheets of a run; return how many. Their codes are dead at once (K2), those not
    made yet are not made, and a part of which nothing is left is not mailed.

    Raises PermissionDenied for all but the teacher who asked for the run.
    """
    require(viewer, Action.SEE, run)
    # Whoever makes codes of a part renews its lease first: they wait for this, or this for them.
    parts = run.parts.select_for_update().exclude(state__in=OVER)
    ours = [part.pk for part in parts]
    doomed = list(sheets.filter(part__run=run, pk__in=voidable(run).values("pk")))
    issuing.withdraw(viewer, Code.objects.filter(sheet__in=doomed))
    Sheet.objects.filter(pk__in=[sheet.pk for sheet in doomed]).update(voided_at=timezone.now())
    left = Sheet.objects.filter(part=OuterRef("pk"), voided_at=None)
    run.parts.filter(~Exists(left), pk__in=ours).update(
        state=PartState.VOIDED, worker=None, lease_until=None
    )
    return len(doomed)
