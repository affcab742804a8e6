"""Making a test: its settings and questions (C5)."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from classkey.school import audit, publishing
from classkey.school.access import Action, require
from classkey.school.assessing import marking
from classkey.school.errors import Refused, Unseen
from classkey.school.models import (
    Assessment,
    AuditAction,
    Choice,
    Item,
    ItemKind,
    Place,
    Question,
    QuestionKind,
)
from classkey.school.viewer import Viewer


@dataclass(frozen=True)
class Settings:
    """What is set for a whole test (C5); the names are the fields of `Assessment`."""

    passing_grade: int | None = None
    show_points: bool = True
    show_grade_to_students: bool = True
    show_answers_to_students: bool = False
    show_grade_to_parents: bool = False
    show_answers_to_parents: bool = False
    locked: bool = False


@dataclass(frozen=True)
class ChoiceDraft:
    """A choice as it is written; `pk` is empty for a new one."""

    text: str
    is_right: bool = False
    pk: uuid.UUID | None = None


@dataclass(frozen=True)
class QuestionDraft:
    """A question as it is written, with the part of the key that its kind has."""

    text: str
    points: Decimal = Decimal(1)
    choices: Sequence[ChoiceDraft] = field(default=())
    is_true: bool | None = None
    number: Decimal | None = None
    tolerance: Decimal = Decimal(0)
    accepted: str = ""


@transaction.atomic
def make_test(
    viewer: Viewer, place: Place, folder: Item | None, *, title: str, body: str = ""
) -> Item:
    """Add a test, without questions, both toggles off (C3). Raises as `publishing.make_item`."""
    item = publishing.make_item(viewer, place, folder, kind=ItemKind.TEST, title=title, body=body)
    Assessment.objects.create(item=item)
    return item


@transaction.atomic
def change_settings(viewer: Viewer, item: Item, settings: Settings) -> None:
    """Change the settings of a test. Raises PermissionDenied.

    What students and parents come to see by it leaves its line in the audit log (A1).
    """
    test = _held(viewer, item)
    changed = [name for name, value in asdict(settings).items() if getattr(test, name) != value]
    for name in changed:
        setattr(test, name, getattr(settings, name))
    test.save()
    shown = [name for name in changed if name.startswith("show_") and name != "show_points"]
    for name in shown:
        detail = f"{name} {'on' if getattr(test, name) else 'off'}"
        audit.record(
            viewer, AuditAction.RESULTS_RELEASED, place=item.place, thing=item.pk, detail=detail
        )


@transaction.atomic
def add_question(viewer: Viewer, item: Item, kind: QuestionKind, draft: QuestionDraft) -> Question:
    """Add a question at the end.

    Raises PermissionDenied, and Refused once a student has begun and for a key that is not whole.
    """
    test = _held(viewer, item)
    _check_nobody_began(test)
    _check_key(kind, draft)
    last = test.questions.aggregate(at=Max("position"))["at"]
    question = Question(assessment=test, kind=kind, position=0 if last is None else last + 1)
    _write(question, draft)
    return question


@transaction.atomic
def change_question(viewer: Viewer, item: Item, pk: uuid.UUID, draft: QuestionDraft) -> None:
    """Change a question; what was marked by itself is marked anew by the new key.

    Raises PermissionDenied, Unseen, and Refused for a key that is not whole, and where a choice
    would come or go although a student has begun.
    """
    test = _held(viewer, item)
    # Whoever marks by hand at this moment comes before, or reads what the question is worth after.
    list(test.attempts.select_for_update(of=("self",)))
    question = _question(test, pk)
    _check_key(question.kind, draft)
    _write(question, draft)
    marking.mark_anew(question)


@transaction.atomic
def delete_question(viewer: Viewer, item: Item, pk: uuid.UUID) -> None:
    """Delete a question. Raises PermissionDenied, Unseen, and Refused once a student has begun."""
    test = _held(viewer, item)
    _check_nobody_began(test)
    _question(test, pk).delete()


@transaction.atomic
def move_question(viewer: Viewer, item: Item, pk: uuid.UUID, by: int) -> None:
    """Move a question up (`by` -1) or down (1), as far as it goes.

    Raises PermissionDenied, Unseen.
    """
    test = _held(viewer, item)
    questions = list(test.questions.all())
    at = questions.index(_question(test, pk))
    to = min(max(at + by, 0), len(questions) - 1)
    questions.insert(to, questions.pop(at))
    for position, question in enumerate(questions):
        question.position = position
    Question.objects.bulk_update(questions, ["position"])


@transaction.atomic
def copy_tests(copies: Mapping[uuid.UUID, uuid.UUID]) -> None:
    """Give new items the settings and questions of the tests that they are copies of, and no
    answers (S4): `copies` are the ids of the new items by those of the old.

    The caller has checked that whoever copies may.
    """
    # Held, so that no question is copied half changed.
    tests = Assessment.objects.select_for_update(no_key=True).filter(pk__in=copies)
    Assessment.objects.bulk_create(
        Assessment(
            item_id=copies[test.pk],
            **{name: getattr(test, name) for name in Settings.__dataclass_fields__},
        )
        for test in tests.order_by("pk")
    )
    questions = list(Question.objects.filter(assessment__in=copies).prefetch_related("choices"))
    choices = [choice for question in questions for choice in question.choices.all()]
    new = {question.pk: uuid.uuid4() for question in questions}
    for choice in choices:
        choice.pk, choice.question_id = uuid.uuid4(), new[choice.question_id]
    for question in questions:
        question.pk, question.assessment_id = new[question.pk], copies[question.assessment_id]
    Question.objects.bulk_create(questions)
    Choice.objects.bulk_create(choices)


def _held(viewer: Viewer, item: Item) -> Assessment:
    """Hold the test against other writers, against students who begin it meanwhile, and its tree
    against whoever deletes it or archives its course.
    """
    Place.objects.lock_tree(item.root_id)
    require(viewer, Action.EDIT, item)
    return Assessment.objects.select_for_update(no_key=True).get(item=item)


def _question(test: Assessment, pk: uuid.UUID) -> Question:
    if (question := test.questions.filter(pk=pk).first()) is None:
        raise Unseen
    return question


def _check_nobody_began(test: Assessment) -> None:
    if test.attempts.exists():
        raise Refused(
            _(
                "Students have begun this test, so questions and choices stay. "
                "You can still change their words, points and right answers."
            )
        )


def _check_key(kind: str, draft: QuestionDraft) -> None:
    """Refuse a question to which no answer, or in a single choice more than one, is right."""
    right = [choice for choice in draft.choices if choice.is_right]
    is_choice = kind in {QuestionKind.ONE_CHOICE, QuestionKind.SEVERAL_CHOICES}
    lacks = [
        (is_choice and len(draft.choices) < 2, _("Write at least two choices.")),
        (is_choice and not right, _("Mark the choice that is right.")),
        (kind == QuestionKind.ONE_CHOICE and len(right) > 1, _("Only one choice can be right.")),
        (kind == QuestionKind.TRUE_FALSE and draft.is_true is None, _("Say which is right.")),
        (kind == QuestionKind.NUMBER and draft.number is None, _("Write the right number.")),
    ]
    for is_so, message in lacks:
        if is_so:
            raise Refused(message)


def _write(question: Question, draft: QuestionDraft) -> None:
    for name in ("text", "points", "is_true", "number", "tolerance", "accepted"):
        setattr(question, name, getattr(draft, name))
    question.save()
    if question.has_choices:
        _write_choices(question, draft.choices)


def _write_choices(question: Question, drafts: Sequence[ChoiceDraft]) -> None:
    """Write the choices in their order. One that is not there any more is written anew."""
    gone = {choice.pk: choice for choice in question.choices.all()}
    known = [gone.pop(draft.pk, None) if draft.pk else None for draft in drafts]
    if gone or None in known:
        _check_nobody_began(question.assessment)
    question.choices.filter(pk__in=gone).delete()
    for position, (found, draft) in enumerate(zip(known, drafts, strict=True)):
        choice = found or Choice(question=question)
        choice.text, choice.is_right, choice.position = draft.text, draft.is_right, position
        choice.save()
