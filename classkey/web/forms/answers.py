"""The questions of a test as a student answers them (C5): many on one page, or one by script."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.http import QueryDict

from classkey.school.assessing import scoring
from classkey.school.assessing.results import Sheet
from classkey.school.assessing.taking import Given
from classkey.school.errors import Unseen
from classkey.school.models import Answer, Choice, Question, QuestionKind


@dataclass
class AnswerBox:
    """One question on the page, with what stands in its box.

    `seen` is the version of the answer that the page knows; `elsewhere` the answer that another
    tab has saved since; `error` what is wrong with the one here.
    """

    number: int
    question: Question
    texts: list[str] = field(default_factory=list)
    seen: int = 0
    elsewhere: Answer | None = None
    error: str = ""

    @property
    def name(self) -> str:
        """The name of its field."""
        return f"answer-{self.question.pk}"

    @property
    def is_answered(self) -> bool:
        """Does anything stand in it?"""
        return bool(self.texts)

    @property
    def text(self) -> str:
        """What was typed."""
        return self.texts[0] if self.texts else ""

    @property
    def choices(self) -> list[tuple[Choice, bool]]:
        """The choices, and which are chosen."""
        return [(choice, str(choice.pk) in self.texts) for choice in self.question.choices.all()]

    @property
    def is_no_number(self) -> bool:
        """Is a number asked for, and something else typed?"""
        asks = self.question.kind == QuestionKind.NUMBER
        return asks and self.is_answered and scoring.as_number(self.text) is None

    @property
    def elsewhere_in_words(self) -> list[str]:
        """What the other tab has saved, as people read it."""
        return scoring.in_words(self.question, self.elsewhere.given) if self.elsewhere else []

    @property
    def elsewhere_given(self) -> str:
        """The same for a script to put into the box."""
        return json.dumps(self.elsewhere.given) if self.elsewhere else ""


def boxes(sheet: Sheet) -> list[AnswerBox]:
    """Return the questions of an attempt, with the answers that are saved."""
    return [
        AnswerBox(number, question, answer.given, answer.version)
        if answer
        else AnswerBox(number, question)
        for number, (question, answer) in enumerate(sheet.lines, start=1)
    ]


def boxes_as_sent(
    sheet: Sheet, sent: Mapping[uuid.UUID, Given], elsewhere: Mapping[uuid.UUID, Answer]
) -> list[AnswerBox]:
    """Return them with what a page has sent, of which nothing was saved."""
    found = boxes(sheet)
    for box in found:
        box.elsewhere = elsewhere.get(box.question.pk)
        if given := sent.get(box.question.pk):
            box.texts, box.seen = [text for text in given.texts if text.strip()], given.seen
    return found


def answers_sent(data: QueryDict) -> dict[uuid.UUID, Given]:
    """Return the answers that a page has sent, by question. Raises Unseen for what is none.

    Where another tab had saved another answer, the student has chosen which of them stays:
    "here", to be saved over the version that they were shown, or "there", which is not sent.
    """
    names = [name.removeprefix("seen-") for name in data if name.startswith("seen-")]
    return {
        _question(name): Given(data.getlist(f"answer-{name}"), _seen(data, name))
        for name in names
        if data.get(f"stays-{name}") != "there"
    }


def _question(name: str) -> uuid.UUID:
    try:
        return uuid.UUID(name)
    except ValueError as error:
        raise Unseen from error


def _seen(data: QueryDict, name: str) -> int:
    version = data.get(f"seen-{name}", "")
    if data.get(f"stays-{name}") == "here":
        version = data.get(f"there-{name}", version)
    return int(version) if version.isascii() and version.isdigit() and len(version) < 10 else 0
