"""A teacher asks for parent-code sheets, and how far they are (F2)."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.db import transaction
from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext as _

from classkey.accounts.addresses import proved_address
from classkey.accounts.models import Role, User
from classkey.school import access, audit
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
    """Which students get a sheet (F2); some others are chosen one by one."""

    ALL = "all"
    NOT_YET_LINKED = "not-yet-linked"


@dataclass(frozen=True)
class Wishes:
    """How the sheets are to be: how many for each student, and how they look."""

    copies: int = 1
    paper: PaperSize = PaperSize.A4
    large_print: bool = False
    language: str = "en"


def students_in(place: Place, whom: Whom = Whom.ALL) -> QuerySet[User]:
    """Return the students who are in `place` now and for whom a code can be made (F9), by name. The
    caller has checked the viewer.
    """
    students = _all_in(place).exclude(pk__in=access.students_without_codes())
    if whom is Whom.NOT_YET_LINKED:
        linked = ParentLink.objects.filter(ended_at=None).values("student")
        students = students.exclude(pk__in=linked)
    return students.order_by("family_name", "given_name", "pk")


def without_sheets(place: Place) -> QuerySet[User]:
    """Return the students who are in `place` now and get no sheet: support lets nobody be linked to
    them (F9). The caller has checked the viewer.
    """
    return _all_in(place).filter(pk__in=access.students_without_codes()).order_by("family_name")


def _all_in(place: Place) -> QuerySet[User]:
    members = Membership.objects.live().filter(place=place)
    return User.objects.filter(role=Role.STUDENT, is_active=True, pk__in=members.values("user"))


def nothing_is_green(place: Place) -> bool:
    """Tell whether a parent would find nothing in this place, and what is inside it, yet (F2)."""
    green = Item.objects.kept().filter(shown_to_parents=True)
    return not green.filter(Q(place=place) | Q(root=place)).exists()


def runs_of(viewer: Viewer, place: Place) -> QuerySet[SheetRun]:
    """Return the viewer's runs in `place`, the newest first, each with how many `sheets`."""
    mine = access.allowed(viewer, Action.SEE, SheetRun).filter(place=place)
    return mine.annotate(sheets=Count("parts__sheets")).order_by("-requested_at", "pk")


@transaction.atomic
def start_run(
    viewer: Viewer, place: Place, students: Iterable[User], wishes: Wishes | None = None
) -> SheetRun:
    """Note a run of sheets for those of `students` who are here, for the worker to make and mail.

    Raises PermissionDenied for all but the students' teachers, Refused where there is
    nobody to make a sheet for, or no proved address to mail to.
    """
    require(viewer, Action.MAKE_SHEETS, place)
    wishes = wishes or Wishes()
    if not 1 <= wishes.copies <= plan.MOST_COPIES:
        raise Refused(_("A student gets one to four sheets. Choose how many."))
    if proved_address(viewer.user) is None:
        raise Refused(_("Prove your e-mail address first: the sheets are mailed to it."))
    chosen = list(students_in(place).filter(pk__in=[student.pk for student in students]))
    if not chosen:
        raise Refused(_("There is no student here to make a sheet for."))
    run = SheetRun.objects.create(
        place=place,
        requested_by=viewer.user,
        paper=wishes.paper,
        large_print=wishes.large_print,
        language=wishes.language,
    )
    for number, theirs in enumerate(plan.parts(chosen, wishes.copies), start=1):
        part = SheetPart.objects.create(run=run, number=number)
        Sheet.objects.bulk_create(
            Sheet(part=part, student=student, position=position)
            for position, student in enumerate(theirs)
        )
    audit.record(
        viewer,
        AuditAction.SHEETS_ASKED,
        place=place,
        thing=run.pk,
        detail=str(len(chosen) * wishes.copies),
    )
    return run


@dataclass(frozen=True)
class Progress:
    """How far a run is, in sheets; those that were voided before they were made do not count."""

    sheets: int
    made: int
    mailed: int
    parts: list[SheetPart]

    @property
    def done(self) -> int:
        """How much of `all_steps` is done: each sheet is made, then mailed."""
        return self.made + self.mailed

    @property
    def all_steps(self) -> int:
        """Steps in all, of which `done` are done."""
        return 2 * self.sheets

    @property
    def is_over(self) -> bool:
        """Is every part mailed, given up or void?"""
        return all(part.is_over for part in self.parts)

    @property
    def is_resting(self) -> bool:
        """Does all that is left wait until the mail server is asked again?"""
        return not self.is_over and all(part.is_over or part.next_try for part in self.parts)

    @property
    def failed(self) -> list[SheetPart]:
        """The parts that were given up."""
        return [part for part in self.parts if part.is_failed]


def progress(run: SheetRun) -> Progress:
    """Return how far `run` is, from its rows; each part knows how many sheets it `holds`."""
    made = Q(code__isnull=False)
    counts = Sheet.objects.filter(Q(voided_at=None) | made, part__run=run).aggregate(
        sheets=Count("pk"),
        made=Count("pk", filter=made),
        mailed=Count("pk", filter=made & Q(part__state=PartState.MAILED)),
    )
    held = Q(sheets__voided_at=None) | Q(sheets__code__isnull=False)
    return Progress(**counts, parts=list(run.parts.annotate(holds=Count("sheets", filter=held))))


@transaction.atomic
def try_again(viewer: Viewer, run: SheetRun) -> list[SheetPart]:
    """Put the failed parts of a run back in line; return them. Raises PermissionDenied.

    Their codes were deleted. What they are made of now is another mail.
    """
    require(viewer, Action.SEE, run)
    failed = list(run.parts.select_for_update().filter(state=PartState.FAILED))
    run.parts.filter(pk__in=[part.pk for part in failed]).update(
        state=PartState.WAITING,
        attempts=0,
        refusals=0,
        series=F("series") + 1,
        in_doubt=False,
        failure="",
    )
    return failed
