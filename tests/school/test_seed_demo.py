"""A6: the demo school, made once, in a demo only."""

from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from classkey.accounts.models import User
from classkey.school import access
from classkey.school.assessing import results
from classkey.school.management.commands.seed_demo import PASSWORD
from classkey.school.models import Item, ItemKind, QuestionKind
from classkey.school.viewer import Viewer


def seeded() -> str:
    said = StringIO()
    call_command("seed_demo", stdout=said)
    return said.getvalue()


@pytest.mark.django_db
def test_a6_the_demo_school_is_made_once_and_says_its_logins_once(settings: Settings) -> None:
    settings.DEMO = True
    said = seeded()
    logins = [line.split()[-1] for line in said.splitlines()[1:]]
    assert "maya@classkey.example" in logins
    assert "ada.okafor" in logins, "a student without an address"
    assert all(User.objects.get(username=name).check_password(PASSWORD) for name in logins[5:])

    people = User.objects.count()
    assert seeded() == ""
    assert User.objects.count() == people


@pytest.mark.django_db
def test_a6_its_parent_finds_what_is_green_and_nothing_else(settings: Settings) -> None:
    settings.DEMO = True
    seeded()
    parent, child = (User.objects.get(given_name=name) for name in ("Ngozi", "Ada"))
    green = access.visible_items(Viewer(parent, child))
    assert {item.title for item in green} == {
        *("Welcome", "Week 1: cells", "Quiz: the cell"),
        "What we did in 6b",  # last year's course, archived
    }


@pytest.mark.django_db
def test_a6_c5_a_quiz_is_marked_for_one_student_and_waits_for_another(settings: Settings) -> None:
    settings.DEMO = True
    seeded()
    maya, parent, ada = (User.objects.get(given_name=name) for name in ("Maya", "Ngozi", "Ada"))
    quiz = Item.objects.get(kind=ItemKind.TEST)
    kinds = [question.kind for question in quiz.assessment.questions.all()]
    assert kinds == list(QuestionKind)
    grades = {row.student.given_name: row.grade for row in results.table(Viewer(maya), quiz).rows}
    assert [name for name, grade in grades.items() if grade and not grade.waiting] == ["Ada"]
    assert [name for name, grade in grades.items() if grade and grade.waiting] == ["Ben"]
    [shown] = results.on_profile(Viewer(parent, ada), ada)
    assert shown.grade
    assert (shown.grade.earned, shown.grade.possible) == (Decimal("8.5"), Decimal(9))
    assert shown.grade.is_passed


@pytest.mark.django_db
def test_a6_there_is_no_demo_school_in_production() -> None:
    with pytest.raises(CommandError, match="demo mode only"):
        seeded()
    assert not User.objects.exists()
