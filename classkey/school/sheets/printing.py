"""From codes to printed sheets: a part of a run, or one sheet made anew (F1, F2, F3)."""

import datetime
import uuid
from collections.abc import Sequence

from django.conf import settings
from django.utils import timezone

from classkey.accounts.models import User
from classkey.school import code_panel, web_addresses
from classkey.school.access import Action, get
from classkey.school.errors import Unseen
from classkey.school.models import Code, Sheet, SheetPart, SheetRun
from classkey.school.models.sheet_runs import PaperSize
from classkey.school.sheets.typeset import Paper, PrintSize, SheetContent, Support, typeset
from classkey.school.viewer import Viewer


def print_part(part: SheetPart, sheets: Sequence[Sheet]) -> bytes:
    """Return the PDF of these sheets of a part, each in its student's home language."""
    run = part.run
    return _print(
        [_content(sheet.student, sheet.code, run.language) for sheet in sheets if sheet.code], run
    )


def print_code(viewer: Viewer, pk: uuid.UUID, *, paper: PaperSize, language: str) -> bytes:
    """Return one sheet of a live parent code as a PDF, made anew, for who may read the code: its
    maker (P5). It looks as its run was asked for; else it is on `paper` and, where nobody knows
    what the student's home reads, in `language`.

    Raises Unseen for what is no live parent code, PermissionDenied for who may not read it.
    """
    get(viewer, Code, pk, Action.READ)
    code = code_panel.live_codes(viewer).filter(pk=pk).first()
    if code is None or code.student is None or not code.can_be_opened:
        raise Unseen
    run = SheetRun.objects.filter(parts__sheets__code=code).first()
    run = run or SheetRun(paper=paper, language=language)
    return _print([_content(code.student, code, run.language)], run)


def _print(contents: Sequence[SheetContent], run: SheetRun) -> bytes:
    size = PrintSize.LARGE if run.large_print else PrintSize.REGULAR
    return typeset(contents, Paper(run.paper), Support(**settings.SUPPORT), size)


def _content(student: User, code: Code, otherwise: str) -> SheetContent:
    text = code.text
    return SheetContent(
        student_name=student.full_name,
        school_name=settings.SCHOOL_NAME,
        code=text,
        join_link=web_addresses.join_link(text),
        join_address=web_addresses.join_address_to_type(),
        # The last day on which it works until the evening.
        valid_until=timezone.localdate(code.expires_at - datetime.timedelta(days=1)),
        adults=settings.PARENT_CODE_ADULTS,
        language=student.home_language or otherwise,
    )
