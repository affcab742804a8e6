"""What is in a place: pages, folders, links, a handout, and a test that some have taken."""

import datetime
import random
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from classkey.accounts.models import User
from classkey.school.models import (
    Answer,
    Assessment,
    Attempt,
    Choice,
    Item,
    ItemKind,
    Place,
    Question,
    QuestionKind,
    StoredFile,
)
from classkey.school.seeding.rows import Rows

_WEEKS = {"Autumn term": range(1, 6), "Spring term": range(6, 12)}

_LESSON = datetime.timedelta(minutes=45)

_PLAN = """
We read chapter {week}, do the exercises and talk about what was hard.

## This week

- **Monday**: the text, together
- **Wednesday**: exercises 1 to 5
- **Friday**: questions

| day | room |
|---|---|
| Monday and Wednesday | 12 |
| Friday | laboratory |
"""
_HOMEWORK = "Do exercises {week}.1 to {week}.4. Show how you came to each answer."
_NOTES = "Notes on week {week}: who was away, what to say again."


class Content:
    """Makes what is in the places of one cohort."""

    def __init__(
        self, rows: Rows, chance: random.Random, handout: StoredFile, now: datetime.datetime
    ) -> None:
        self._rows = rows
        self._chance = chance
        self._handout = handout
        self._now = now
        self._inside = Counter[object]()

    def fill_course(self, course: Place, takers: Sequence[User]) -> None:
        """Put pages, two terms of eleven weeks and a test into a course; `takers` took the test."""
        for title in ("Welcome", "What you need", "How you are marked", "Trips"):
            self._item(course, ItemKind.PAGE, title, green=0.8, body=_PLAN.format(week=1))
        for title, weeks in _WEEKS.items():
            term = self._item(course, ItemKind.FOLDER, title, green=0.9)
            for week in weeks:
                self._add_week(course, term, week)
        self._add_test(course, takers)

    def fill_group(self, group: Place) -> None:
        """Put a few pages into a group or a workspace."""
        folder = self._item(group, ItemKind.FOLDER, "Shared", green=0.5)
        for title in ("Ideas", "Plan", "Who does what"):
            body = _PLAN.format(week=2)
            self._item(group, ItemKind.PAGE, title, folder, green=0.3, body=body)

    def _add_week(self, course: Place, term: Item, week: int) -> None:
        folder = self._item(course, ItemKind.FOLDER, f"Week {week}", term, blue=0.9, green=0.7)
        plan, homework, notes = (text.format(week=week) for text in (_PLAN, _HOMEWORK, _NOTES))
        page = ItemKind.PAGE
        self._item(course, page, "Plan", folder, green=0.8, body=plan)
        self._item(course, page, "Homework", folder, green=0.9, body=homework)
        self._item(
            course, ItemKind.FILE, "Handout", folder, blue=0.9, green=0.3, file=self._handout
        )
        url = f"https://en.wikipedia.org/wiki/Week_{week}"
        self._item(course, ItemKind.LINK, "To read on", folder, blue=0.9, green=0.3, url=url)
        self._item(course, page, "Notes for teachers", folder, blue=0.0, body=notes)

    def _item(
        self,
        place: Place,
        kind: ItemKind,
        title: str,
        folder: Item | None = None,
        *,
        blue: float = 1.0,
        green: float = 0.0,
        **fields: Any,
    ) -> Item:
        """Add an item at the end; `blue` and `green` are how likely its toggles are on (C2)."""
        above = folder or place
        members_see = self._chance.random() < blue
        parents_see = self._chance.random() < green
        until = place.root.archived_at or self._now
        made = place.created_at + self._chance.random() * (until - place.created_at)
        self._inside[above.pk] += 1
        return self._rows.add(
            Item(
                kind=kind,
                title=title,
                place=place,
                root=place.root,
                folder=folder,
                position=self._inside[above.pk] - 1,
                created_by=place.created_by,
                created_at=made,
                changed_at=made,
                members_see=members_see,
                parents_see=parents_see,
                shown_to_members=members_see and above.shown_to_members,
                shown_to_parents=parents_see and above.shown_to_parents,
                **fields,
            )
        )

    def _add_test(self, course: Place, takers: Sequence[User]) -> None:
        """Add a test, still being made where nobody took it (C5)."""
        shown = float(bool(takers))
        item = self._item(course, ItemKind.TEST, "Test", blue=shown, green=shown)
        test = self._rows.add(
            Assessment(item=item, passing_grade=50, show_grade_to_parents=bool(takers))
        )
        choice, number, text = (
            self._rows.add(Question(assessment=test, position=nth, kind=kind, text=asks, **key))
            for nth, (kind, asks, key) in enumerate(
                [
                    (QuestionKind.ONE_CHOICE, "Which one is it?", {}),
                    (QuestionKind.NUMBER, "How many are there?", {"number": Decimal(12)}),
                    (QuestionKind.LONG_TEXT, "How do you know?", {"points": Decimal(3)}),
                ]
            )
        )
        choices = [
            self._rows.add(Choice(question=choice, position=nth, text=said, is_right=not nth))
            for nth, said in enumerate(("The first", "The second", "The third"))
        ]
        for student in takers:
            given = {
                choice: str(self._chance.choice(choices).pk),
                number: self._chance.choice(("12", "21")),
                text: "I counted them, twice.",
            }
            self._take(test, student, given, str(choices[0].pk))

    def _take(
        self, test: Assessment, student: User, given: dict[Question, str], right: str
    ) -> None:
        """Answer and, most of the time, submit; the teacher has marked some of it."""
        begun = test.item.created_at
        submitted = begun + _LESSON if self._chance.random() < 0.9 else None
        attempt = self._rows.add(
            Attempt(assessment=test, student=student, begun_at=begun, submitted_at=submitted)
        )
        teacher = test.item.created_by
        for question, said in given.items():
            by_hand = question.kind == QuestionKind.LONG_TEXT
            marked = submitted and (not by_hand or self._chance.random() < 0.7)
            is_right = by_hand or said in {right, "12"}
            self._rows.add(
                Answer(
                    attempt=attempt,
                    question=question,
                    given=[said],
                    points=(question.points if is_right else Decimal(0)) if marked else None,
                    marked_by=teacher if marked and by_hand else None,
                )
            )
