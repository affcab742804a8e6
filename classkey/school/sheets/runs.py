"""A teacher asks for parent-code sheets, and how far they are (F2)."""

from dataclasses import dataclass
from enum import StrEnum

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from classkey.accounts.addresses import proved_address
from classkey.accounts.models import Role, User
from classkey.school import audit
from classkey.school.access import Action, require
from classkey.school.errors import Refused
from classkey.school.models import (
    AuditAction,
    Item,
    Membership,
    ParentLink,
    PartState,
    Place,
    Sheet,
    SheetPart,
    SheetRun,
)
from classkey.school.models.sheet_runs import PaperSize
from classkey.school.sheets import plan
from classkey.school.viewer import Viewer


class Whom(StrEnum):
    """Which students get a sheet (F2)."""

    ALL = "all"
    NOT_YET_LINKED = "not-yet-linked"


def students_in(place: Place) -> QuerySet[User]:
    """Return the students who are in `place` now, by name. The caller has checked the viewer."""
    members = Membership.objects.live().filter(place=place)
    students = User.objects.filter(role=Role.STUDENT, is_active=True, pk__in=members.values("user"))
    return students.order_by("family_name", "given_name", "pk")


def nothing_is_green(place: Place) -> bool:
    """Tell whether a parent would find nothing in this place, and what is inside it, yet (F2)."""
    green = Item.objects.kept().filter(shown_to_parents=True)
    return not green.filter(Q(place=place) | Q(root=place)).exists()


@transaction.atomic
def start_run(viewer: Viewer, place: Place, whom: Whom, paper: PaperSize) -> SheetRun:
    """Note a run of sheets, one for each student chosen, for the worker to make and mail.

    Raises PermissionDenied for all but the students' teachers, Refused where there is
    nobody to make a sheet for, or no proved address to mail to.
    """
    require(viewer, Action.MAKE_SHEETS, place)
    if proved_address(viewer.user) is None:
        raise Refused(_("Prove your e-mail address first: the sheets are mailed to it."))
    students = students_in(place)
    if whom is Whom.NOT_YET_LINKED:
        linked = ParentLink.objects.filter(ended_at=None).values("student")
        students = students.exclude(pk__in=linked)
    chosen = list(students)
    if not chosen:
        raise Refused(_("There is no student here to make a sheet for."))
    run = SheetRun.objects.create(place=place, requested_by=viewer.user, paper=paper)
    for number, theirs in enumerate(plan.parts(chosen), start=1):
        part = SheetPart.objects.create(run=run, number=number)
        Sheet.objects.bulk_create(
            Sheet(part=part, student=student, position=position)
            for position, student in enumerate(theirs)
        )
    audit.record(
        viewer, AuditAction.SHEETS_ASKED, place=place, thing=run.pk, detail=str(len(chosen))
    )
    return run


@dataclass(frozen=True)
class Progress:
    """How far a run is, in sheets."""

    sheets: int
    made: int
    mailed: int
    is_over: bool
    errors: list[str]

    @property
    def done(self) -> int:
        """How much of `all_steps` is done: each sheet is made, then mailed."""
        return self.made + self.mailed

    @property
    def all_steps(self) -> int:
        """Steps in all, of which `done` are done."""
        return 2 * self.sheets


def progress(run: SheetRun) -> Progress:
    """Return how far `run` is, from its rows."""
    sheets = Sheet.objects.filter(part__run=run)
    parts = list(run.parts.all())
    over = {PartState.MAILED, PartState.FAILED}
    return Progress(
        sheets=sheets.count(),
        made=sheets.filter(code__isnull=False).count(),
        mailed=sheets.filter(part__state=PartState.MAILED).count(),
        is_over=all(part.state in over for part in parts),
        errors=[part.error for part in parts if part.state == PartState.FAILED],
    )


@transaction.atomic
def try_again(viewer: Viewer, run: SheetRun) -> list[SheetPart]:
    """Put the failed parts of a run back in line; return them. Raises PermissionDenied."""
    require(viewer, Action.SEE, run)
    failed = list(run.parts.select_for_update().filter(state=PartState.FAILED))
    run.parts.filter(pk__in=[part.pk for part in failed]).update(
        state=PartState.WAITING, attempts=0, error=""
    )
    return failed
