"""The table of a test's results: in the order that its address asks for, and as CSV (C5)."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from classkey.school.assessing import scoring
from classkey.school.assessing.results import Row, State, Table
from classkey.school.models import Question


@dataclass(frozen=True)
class Heading:
    """A column's heading: where its link leads, and how the rows stand by it now, if they do."""

    address: str
    aria_sort: str
    question: Question | None = None


class Sorting:
    """The order that an address asks for: by `name`, `state`, `grade` or, for the first question,
    `q1`; with `-` before it downwards. Without sense it is by name.
    """

    def __init__(self, asked: str, questions: Sequence[Question]) -> None:
        self._questions = questions
        self._keys = _keys(len(questions))
        self.is_down = asked.startswith("-")
        name = asked.removeprefix("-")
        self.by = name if name in self._keys else "name"

    def sort(self, rows: Sequence[Row]) -> list[Row]:
        """Return the rows, which stand by name, in this order. Equal ones stay by name; those
        with nothing to compare stand last, up or down.
        """
        if self.by == "name":
            return list(rows)[:: -1 if self.is_down else 1]
        key = self._keys[self.by]
        ranked = [row for row in rows if key(row) is not None]
        ranked.sort(key=key, reverse=self.is_down)
        return ranked + [row for row in rows if key(row) is None]

    def headings(self) -> dict[str, Heading]:
        """Return the headings of what every table has, by what they sort by."""
        return {name: self._heading(name) for name in ("name", "state", "grade")}

    def questions(self) -> list[Heading]:
        """Return the headings of the questions, in their order."""
        return [
            self._heading(f"q{number}", question)
            for number, question in enumerate(self._questions, start=1)
        ]

    def _heading(self, name: str, question: Question | None = None) -> Heading:
        if name != self.by:
            return Heading(f"?sort={name}", "", question)
        if self.is_down:
            return Heading(f"?sort={name}", "descending", question)
        return Heading(f"?sort=-{name}", "ascending", question)


def _keys(questions: int) -> dict[str, Callable[[Row], Any]]:
    """What the rows are compared by; None where there is nothing to compare."""
    return {
        "name": lambda row: row.student.family_name,
        "state": lambda row: list(State).index(row.state),
        "grade": lambda row: row.grade.percent if row.grade else None,
        **{f"q{at + 1}": _points_at(at) for at in range(questions)},
    }


def _points_at(at: int) -> Callable[[Row], Decimal | None]:
    def points(row: Row) -> Decimal | None:
        answer = row.answers[at]
        return answer.points if answer else None

    return points


# --- CSV ----------------------------------------------------------------------------------
def csv_rows(table: Table) -> Iterator[list[object]]:
    """Return the rows of the file, the headings first: of each question the answer and its points.

    Numbers are numbers, with a point, whatever the language. Of texts, what the CSV writer leaves
    to a spreadsheet to run is made inert.
    """
    heading = [_("Family name"), _("First name"), _("State")]
    for number, question in enumerate(table.questions, start=1):
        text = " ".join(question.text.split())
        heading += [f"{number}. {text}", _("Points for %(number)s") % {"number": number}]
    yield _inert([*heading, _("Points"), _("Possible points"), _("Percent"), _("Passed")])
    for row in table.rows:
        yield _inert(_csv_row(table.questions, row))


def _csv_row(questions: Sequence[Question], row: Row) -> list[object]:
    student, grade = row.student, row.grade
    cells: list[object] = [student.family_name, student.given_name, str(row.state.label)]
    for question, answer in zip(questions, row.answers, strict=True):
        cells.append("; ".join(scoring.in_words(question, answer.given)) if answer else "")
        cells.append(_plain(answer.points) if answer else "")
    if grade is None:
        return [*cells, "", "", "", ""]
    passed = {True: _("yes"), False: _("no"), None: ""}[grade.is_passed]
    return [*cells, _plain(grade.earned), _plain(grade.possible), grade.percent, passed]


def _plain(number: Decimal | None) -> str:
    return "" if number is None else f"{number.normalize():f}"


def _inert(cells: Sequence[object]) -> list[object]:
    return [
        _LEADS_ON.sub(r"\g<0>'", cell.strip()) if isinstance(cell, str) else cell for cell in cells
    ]


_LEADS_ON = re.compile(r"^(?=[＝＋－＠])|[;\t\r\n]\s*(?=[=+\-@|%＝＋－＠])")
"""Where a formula may begin that the CSV writer does not see: in wide letters, and inside of a
text, which a spreadsheet of another country cuts at semicolons, tabs and ends of lines.
"""
