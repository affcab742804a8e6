"""Sheets are voided: one, one student's, or all of a run (F2, K2)."""

from typing import Any

import pytest
import typst
from django.core.exceptions import PermissionDenied

from classkey.school import linking, membership
from classkey.school.models import Code, PartState, Sheet, SheetPart, SheetRun
from classkey.school.models.sheet_runs import Failure
from classkey.school.sheets import printing, runs, voiding, work
from classkey.school.sheets.runs import Wishes
from classkey.school.viewer import Viewer
from tests.plugins.mail import Mailbox
from tests.sheets import ask, pages_of, pdf_of, run_queue
from tests.world import School, enter


@pytest.fixture(autouse=True)
def _nothing_in_line(north: School) -> None:
    SheetRun.objects.all().delete()


def void(school: School, part: SheetPart, **which: Any) -> int:
    """Tess voids sheets of her run."""
    sheets = Sheet.objects.filter(**which)
    return voiding.void(Viewer(school.tess), part.run, sheets)


def alive(part: SheetPart) -> list[str]:
    """Whose sheets have a code that lives."""
    sheets = voiding.with_standing(part.sheets.all())
    return [sheet.student.given_name for sheet in sheets if sheet.is_alive]  # type: ignore[attr-defined]  # annotated


def test_k2_one_sheet_is_dead_at_once_and_the_others_live(north: School, mailbox: Mailbox) -> None:
    part = ask(north, wishes=Wishes(copies=2))
    run_queue()
    one = part.sheets.all()[0]
    assert void(north, part, pk=one.pk) == 1
    assert alive(part) == ["Anna", "Cleo", "Cleo"]
    one.refresh_from_db()
    assert one.code is not None
    assert one.code.deleted_at is not None
    assert void(north, part, pk=one.pk) == 0, "it is void already"


def test_k2_one_students_or_all_of_them(north: School, mailbox: Mailbox) -> None:
    part = ask(north, wishes=Wishes(copies=2))
    run_queue()
    assert void(north, part, student=north.anna) == 2
    assert alive(part) == ["Cleo", "Cleo"]
    assert void(north, part) == 2
    assert alive(part) == []
    part.refresh_from_db()
    assert part.state == PartState.MAILED, "the mail is out all the same"


def test_k2_another_runs_sheets_are_left_alone(north: School, mailbox: Mailbox) -> None:
    part, other = ask(north), ask(north)
    run_queue()
    assert void(north, part, pk__in=other.sheets.values("pk")) == 0
    assert alive(other) == ["Anna", "Cleo"]


def test_k2_of_sheets_not_made_yet_none_is_made(north: School, mailbox: Mailbox) -> None:
    part = ask(north)
    assert void(north, part, student=north.anna) == 1
    run_queue()
    assert alive(part) == ["Cleo"]
    [page] = pages_of(pdf_of(mailbox[0].message))
    assert "Cleo" in page
    progress = runs.progress(part.run)
    assert (progress.sheets, progress.mailed, progress.is_over) == (1, 1, True)


def test_k2_a_part_of_which_nothing_is_left_is_not_mailed(north: School, mailbox: Mailbox) -> None:
    part, before = ask(north), Code.objects.count()
    assert void(north, part) == 2
    run_queue()
    part.refresh_from_db()
    assert part.state == PartState.VOIDED
    assert Code.objects.count() == before
    assert not mailbox
    progress = runs.progress(part.run)
    assert (progress.all_steps, progress.is_over, progress.failed) == (0, True, [])


def test_k2_a_worker_stops_at_what_is_voided_under_its_hands(
    north: School, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    part, compiles = ask(north), typst.compile

    def slowly(*args: Any, **kwargs: Any) -> Any:
        void(north, part)
        return compiles(*args, **kwargs)

    monkeypatch.setattr(typst, "compile", slowly)
    run_queue()
    part.refresh_from_db()
    assert part.state == PartState.VOIDED
    assert alive(part) == []
    assert not mailbox


def test_k2_a_code_deleted_elsewhere_is_not_printed(
    north: School, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are deleted in the panel, while the worker that made them is gone."""
    part, makes = ask(north), printing.print_part

    def gone(*_args: object) -> bytes:
        Code.objects.filter(sheet__part=part).update(deleted_at=part.run.requested_at)
        raise OSError

    monkeypatch.setattr(printing, "print_part", gone)
    run_queue()
    monkeypatch.setattr(printing, "print_part", makes)
    SheetPart.objects.update(lease_until=None)
    work.work_on(part.pk)
    part.refresh_from_db()
    assert (part.state, part.failure) == (PartState.FAILED, Failure.NOBODY)
    assert not mailbox


def test_f4_who_is_linked_stays_linked(north: School, mailbox: Mailbox) -> None:
    part = ask(north)
    run_queue()
    code = part.sheets.get(student=north.cleo).code
    assert code is not None
    enter(north.ursula, code)
    void(north, part)
    assert linking.live_link(north.ursula, north.cleo)


def test_k2_only_whoever_asked_for_a_run_voids_it(north: School, mailbox: Mailbox) -> None:
    part = ask(north)
    for other in (north.tom, north.gwen, north.anna, north.paula, north.vera):
        with pytest.raises(PermissionDenied):
            voiding.void(Viewer(other), part.run, part.sheets.all())
    membership.leave(Viewer(north.tess), north.maths)
    with pytest.raises(PermissionDenied):
        void(north, part)


def test_f2_the_sheets_by_student_in_the_order_of_the_pages(north: School) -> None:
    part = ask(north, wishes=Wishes(copies=2))
    families = voiding.families(part.run)
    assert [(student, len(sheets)) for student, sheets in families] == [
        (north.anna, 2),
        (north.cleo, 2),
    ]
